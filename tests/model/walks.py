"""Random walks: steps chosen at random, for long histories with many effects.

Hypothesis prefers small values and omits rules, which finds short counterexamples; plain random
choices find long ones. A failing walk is reduced to what it needs before it is shown.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from stampbook.domain.commands import Activate, Cancel, Commit, Expire, Hold, Redeem, Release
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import ExpiredRestore, Policy, SpentAccrual
from tests.laws.histories import PLAIN
from tests.ledgers.seen import Ledger
from tests.model.comparing import Comparison
from tests.model.machine import EXPIRIES, PENDINGS
from tests.model.steps import Steps, plan_for

Step = tuple[str, dict[str, Any]]
"""Its name and its arguments."""

WEIGHTS = {
    "earn": 22,
    "spend": 22,
    "end_what_is_temporary": 10,
    "cancel": 24,
    "act_by_hand": 6,
    "ask_wrongly": 3,
    "transfer": 4,
    "wait": 10,
    "meddle": 2,
    "be_barred": 1,
    "change_policy": 2,
    "ask_again": 2,
}


def policy(dice: random.Random) -> Policy:
    restore = dice.choice(list(ExpiredRestore))
    return PLAIN._replace(
        pending=dice.choice(PENDINGS),
        expiry=dice.choice(EXPIRIES),
        spent_accrual=dice.choice(list(SpentAccrual)),
        expired_restore=restore,
        grace_s=2 * 86_400 if restore is ExpiredRestore.GRACE else 0,
        cancel_window_s=dice.choice([None, None, None, 3 * 86_400]),
        overdraft=dice.choice([0, 0, 0, 40]),
    )


Drawn = Callable[[random.Random], dict[str, Any]]

DRAWN: dict[str, Drawn] = {
    "earn": lambda dice: {
        "account": dice.choice("aaab"),
        "how": dice.choice(["accrue", "accrue", "accrue", "temporary", "adjust"]),
        "amount": dice.choice([dice.randint(1, 20), dice.randint(10, 90)]),
        "starts": dice.choice([None, None, None, 0, 1, 2, 4]),
        "lasts": dice.choice([None, None, 0, 1, 2, 3, 8]),
        "back": dice.choice([0, 0, 0, 0, 1, 7]),
        "whole": dice.random() < 0.6,
        "timeout_s": dice.choice([1, 2, 5]) * 86_400,
    },
    "spend": lambda dice: {
        "account": dice.choice("aaab"),
        "how": dice.choice(["redeem", "redeem", "hold", "hold", "adjust"]),
        "amount": dice.choice([dice.randint(1, 15), dice.randint(10, 80)]),
        "timeout_s": dice.choice([1, 2, 5]) * 86_400,
    },
    "end_what_is_temporary": lambda dice: {
        "account": dice.choice("aaab"),
        "release": dice.random() < 0.3,
        "place": dice.randint(0, 3),
        "part": dice.choice([None, None, dice.randint(1, 30)]),
    },
    "cancel": lambda dice: {
        "account": dice.choice("aaab"),
        "what": dice.choice(["originals", "originals", "cancels", "newest", "newest", "anything"]),
        "place": dice.choice([dice.randint(0, 3), dice.randint(0, 20)]),
        "part": dice.choice([None, None, dice.randint(1, 30)]),
    },
    "act_by_hand": lambda dice: {
        "account": dice.choice("aaab"),
        "what": dice.choice(
            ["activate", "expire", "reinstate", "reinstate", "only pending", "wrong"]
        ),
        "place": dice.randint(0, 4),
        "amount": dice.randint(1, 30),
    },
    "ask_wrongly": lambda dice: {
        "account": dice.choice("aab"),
        "verb": dice.choice([Redeem, Hold, Commit, Release, Activate, Expire, Cancel]),
        "flaw": dice.choice(["nothing", "too much", "other", "other", "tomorrow"]),
        "place": dice.randint(0, 20),
        "status": dice.choice([*AccountStatus, AccountStatus.OPEN]),
    },
    "transfer": lambda dice: {
        "amount": dice.randint(1, 40),
        "there": dice.random() < 0.6,
    },
    "wait": lambda dice: {
        "hours": dice.choice([None, None, None, None, 0, 1, 12, 24]),
        "off": dice.choice([0, 0, -1, 1]),
        "account": dice.choice("aab"),
        "which": dice.randint(0, 2),
    },
    "meddle": lambda dice: {
        "account": dice.choice("ab"),
        "forget": dice.random() < 0.5,
    },
    "be_barred": lambda dice: {
        "account": dice.choice("ab"),
        "status": dice.choice(list(AccountStatus)),
        "amount": dice.randint(1, 20),
        "place": dice.randint(0, 4),
    },
    "change_policy": lambda dice: {
        "currency": dice.choice(["first", "first", "second"]),
        "spent": dice.choice(list(SpentAccrual)),
        "grace_days": dice.randint(0, 2),
        "overdraft": dice.choice([0, 30]),
    },
    "ask_again": lambda dice: {
        "place": dice.randint(0, 9),
        "dry": dice.random() < 0.7,
        "amount": dice.randint(1, 20),
        "account": dice.choice("ab"),
    },
}
"""The arguments of each step."""


def step(dice: random.Random, weights: Mapping[str, int]) -> Step:
    """One step and its arguments."""
    name = dice.choices(list(weights), list(weights.values()))[0]
    return name, DRAWN[name](dice)


def history(seed: int, length: int) -> tuple[tuple[Policy, Policy], list[Step]]:
    """The policies of the two currencies, and steps."""
    dice = random.Random(seed)
    return (policy(dice), policy(dice)), [step(dice, WEIGHTS) for _ in range(length)]


async def walk(ledger: Ledger, policies: tuple[Policy, Policy], steps: list[Step]) -> None:
    """Carry out the steps on a new ledger. Raises AssertionError if it differs from the model."""
    played = Steps(Comparison(ledger, plan_for(policies)))
    await played.begin()
    try:
        for name, arguments in steps:
            await getattr(played, name)(**arguments)
    finally:
        await ledger.finish()


async def walk_about(open_ledger: Callable[[], Ledger], *, seed: int, length: int) -> None:
    """A random walk from a seed. If it fails, it is shortened as much as possible."""
    policies, steps = history(seed, length)

    async def fails(fewer: list[Step]) -> Exception | None:
        try:
            await walk(open_ledger(), policies, fewer)
        except Exception as error:
            return error
        return None

    if await fails(steps) is None:
        return
    steps, error = await cut_down(steps, fails)
    told = "\n".join(f"  {name} {arguments}" for name, arguments in steps)
    error.add_note(f"seed {seed}, {policies[0]}\n{policies[1]}\n{told}")
    raise error


async def cut_down(
    steps: list[Step], failing: Callable[[list[Step]], Awaitable[Exception | None]]
) -> tuple[list[Step], Exception]:
    """Omit ever smaller runs of steps, as long as the walk still fails without them."""
    error = await failing(steps)
    assert error is not None, "a failure that did not come again"
    size = len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            found = await failing(fewer)
            if found is not None:
                steps, error = fewer, found
            else:
                at += size
        size //= 2
    return steps, error
