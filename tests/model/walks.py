"""Random walks: the machine's rules chosen at random, for long histories with many effects.

Hypothesis prefers small values and omits rules, which finds short counterexamples; plain random
choices find long ones. A failing walk is reduced to what it needs before it is shown.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from stampbook.domain.commands import Activate, Cancel, Commit, Expire, Hold, Redeem, Release
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import ExpiredRestore, Policy, SpentAccrual
from tests.laws.histories import PLAIN
from tests.model.machine import EXPIRIES, PENDINGS, Histories

Step = tuple[str, dict[str, Any]]
"""The name of a rule and its strategies."""

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


def step(dice: random.Random) -> Step:
    """One rule and its arguments."""
    name = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    drawn: dict[str, dict[str, Callable[[], Any]]] = {
        "earn": {
            "account": lambda: dice.choice("aaab"),
            "how": lambda: dice.choice(["accrue", "accrue", "accrue", "temporary", "adjust"]),
            "amount": lambda: dice.choice([dice.randint(1, 20), dice.randint(10, 90)]),
            "starts": lambda: dice.choice([None, None, None, 0, 1, 2, 4]),
            "lasts": lambda: dice.choice([None, None, 0, 1, 2, 3, 8]),
            "back": lambda: dice.choice([0, 0, 0, 0, 1, 7]),
            "whole": lambda: dice.random() < 0.6,
            "timeout": lambda: dice.choice([1, 2, 5]) * 86_400,
        },
        "spend": {
            "account": lambda: dice.choice("aaab"),
            "how": lambda: dice.choice(["redeem", "redeem", "hold", "hold", "adjust"]),
            "amount": lambda: dice.choice([dice.randint(1, 15), dice.randint(10, 80)]),
            "timeout": lambda: dice.choice([1, 2, 5]) * 86_400,
        },
        "end_what_is_temporary": {
            "account": lambda: dice.choice("aaab"),
            "release": lambda: dice.random() < 0.3,
            "place": lambda: dice.randint(0, 3),
            "part": lambda: dice.choice([None, None, dice.randint(1, 30)]),
        },
        "cancel": {
            "account": lambda: dice.choice("aaab"),
            "what": lambda: dice.choice(
                ["originals", "originals", "cancels", "newest", "newest", "anything"]
            ),
            "place": lambda: dice.choice([dice.randint(0, 3), dice.randint(0, 20)]),
            "part": lambda: dice.choice([None, None, dice.randint(1, 30)]),
        },
        "act_by_hand": {
            "account": lambda: dice.choice("aaab"),
            "what": lambda: dice.choice(
                ["activate", "expire", "reinstate", "reinstate", "only pending", "wrong"]
            ),
            "place": lambda: dice.randint(0, 4),
            "amount": lambda: dice.randint(1, 30),
        },
        "ask_wrongly": {
            "account": lambda: dice.choice("aab"),
            "verb": lambda: dice.choice([Redeem, Hold, Commit, Release, Activate, Expire, Cancel]),
            "flaw": lambda: dice.choice(["nothing", "too much", "other", "other", "tomorrow"]),
            "place": lambda: dice.randint(0, 20),
            "status": lambda: dice.choice([*AccountStatus, AccountStatus.OPEN]),
        },
        "transfer": {
            "amount": lambda: dice.randint(1, 40),
            "there": lambda: dice.random() < 0.6,
        },
        "wait": {
            "hours": lambda: dice.choice([None, None, None, None, 0, 1, 12, 24]),
            "off": lambda: dice.choice([0, 0, -1, 1]),
            "account": lambda: dice.choice("aab"),
            "which": lambda: dice.randint(0, 2),
        },
        "meddle": {
            "account": lambda: dice.choice("ab"),
            "forget": lambda: dice.random() < 0.5,
        },
        "be_barred": {
            "account": lambda: dice.choice("ab"),
            "status": lambda: dice.choice(list(AccountStatus)),
            "amount": lambda: dice.randint(1, 20),
            "place": lambda: dice.randint(0, 4),
        },
        "change_policy": {
            "currency": lambda: dice.choice(["first", "first", "second"]),
            "spent": lambda: dice.choice(list(SpentAccrual)),
            "grace_days": lambda: dice.randint(0, 2),
            "overdraft": lambda: dice.choice([0, 30]),
        },
        "ask_again": {
            "place": lambda: dice.randint(0, 9),
            "dry": lambda: dice.random() < 0.7,
            "amount": lambda: dice.randint(1, 20),
            "account": lambda: dice.choice("ab"),
        },
    }
    return name, {argument: draw() for argument, draw in drawn[name].items()}


def walk(kind: type[Histories], policies: tuple[Policy, Policy], steps: list[Step]) -> None:
    """Carry out the steps on a new ledger. Raises AssertionError if the ledgers disagree."""
    machine = kind()
    machine.begin(*policies)
    try:
        for name, arguments in steps:
            getattr(machine, name)(**arguments)
    finally:
        machine.teardown()


def walk_about(kind: type[Histories], *, seed: int, length: int) -> None:
    """A random walk from a seed. If it fails, it is shortened as much as possible."""
    dice = random.Random(seed)
    policies = policy(dice), policy(dice)
    steps = [step(dice) for _ in range(length)]
    if not fails(kind, policies, steps):
        return
    steps = cut_down(steps, lambda fewer: fails(kind, policies, fewer))
    try:
        walk(kind, policies, steps)
    except Exception as error:
        told = "\n".join(f"  {name} {arguments}" for name, arguments in steps)
        error.add_note(f"seed {seed}, {policies[0]}\n{policies[1]}\n{told}")
        raise


def fails(kind: type[Histories], policies: tuple[Policy, Policy], steps: list[Step]) -> bool:
    try:
        walk(kind, policies, steps)
    except Exception:
        return True
    return False


def cut_down(steps: list[Step], still_fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Omit ever smaller runs of steps, as long as the walk still fails without them."""
    size = len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if still_fails(fewer):
                steps = fewer
            else:
                at += size
        size //= 2
    return steps
