"""Long histories: a hundred random commands on the domain, with all laws checked at each step."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

from stampbook.domain.model import CREDITS, Kind, Transaction
from stampbook.domain.policy import (
    CountsFrom,
    DayOfYear,
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    Rounding,
    SpentAccrual,
    Unit,
)
from tests.exploration.checking import check_all, check_emptying, check_inverse, check_rows
from tests.exploration.steps import DAY, Played, Step, as_scenario, due_instants

LENGTH = 100
"""How many steps a history has."""

LAW_7 = 0.1
"""How often the newest transaction is cancelled on a copy, and that cancel cancelled."""

DAYS = tuple(DayOfYear(1, day) for day in range(1, 32, 3))

PENDINGS = (
    PendingRule(),
    PendingRule(),
    PendingRule(),
    PendingRule(PendingType.PERIOD, Period(1, Unit.DAY)),
    PendingRule(PendingType.PERIOD, Period(2, Unit.DAY), whole_days=True),
    PendingRule(PendingType.FIXED_DATES, dates=DAYS),
    PendingRule(PendingType.EVENT),
    PendingRule(PendingType.EVENT, cancel_period=Period(3, Unit.DAY)),
)
EXPIRIES = (
    ExpiryRule(),
    ExpiryRule(),
    ExpiryRule(ExpiryType.ROLLING, Period(3, Unit.DAY)),
    ExpiryRule(ExpiryType.ROLLING, Period(1, Unit.DAY), counts_from=CountsFrom.ACCRUAL),
    ExpiryRule(ExpiryType.ROLLING, Period(2, Unit.DAY), rounding=Rounding.END_OF_DAY),
    ExpiryRule(ExpiryType.CALENDAR, dates=DAYS),
    ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY)),
    ExpiryRule(ExpiryType.SLIDING, Period(2, Unit.DAY), rounding=Rounding.END_OF_DAY),
    ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY), on_spending=False),
    ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY), on_earning=False),
)
RULES = (
    "spent_accrual debt",
    "spent_accrual clamp",
    "spent_accrual refuse",
    "overdraft 0",
    "overdraft 30",
)


class Found(NamedTuple):
    """A history that breaks a law, shortened as much as possible."""

    seed: int
    scenario: str
    error: Exception


def draw_policy(dice: random.Random) -> Policy:
    restore = dice.choice(list(ExpiredRestore))
    return Policy(
        currency=0,
        program=0,
        tenant=0,
        version=1,
        pending=dice.choice(PENDINGS),
        expiry=dice.choice(EXPIRIES),
        spent_accrual=dice.choice(list(SpentAccrual)),
        expired_restore=restore,
        grace_s=dice.choice((1, 2, 4)) * 86_400 if restore is ExpiredRestore.GRACE else 0,
        cancel_window_s=3 * 86_400 if dice.random() < 0.1 else None,
        overdraft=dice.choice((0, 0, 30)),
        temporary_timeout_s=dice.choice((1, 2, 5)) * 86_400,
    )


class Walk:
    """Draws steps that make sense in the present state of the account."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.policy = draw_policy(self.dice)
        self.played = Played(self.policy)
        self.dated = self.dice.random() < 0.4
        """Whether accruals give their own dates."""
        self.changing = self.dice.random() < 0.2
        """Whether the policies change during the history."""
        self.steps: list[Step] = []

    def advance(self) -> None:
        step = self.draw()
        self.steps.append(step)
        before = self.played.book.seq
        decided = self.played.perform(step)
        check_rows(self.played.book, before)
        if isinstance(decided, Transaction) and self.dice.random() < LAW_7:
            check_inverse(self.played.book, decided, self.played.now)

    def draw(self) -> Step:
        at = self.dice.random()
        for share, drawn in self.shares:
            if at < share:
                step = drawn(self)
                if step is not None:
                    return step
            at -= share
        return self.earn()

    def earn(self) -> Step:
        dice = self.dice
        amount = dice.choice((dice.randint(1, 12), dice.randint(1, 60)))
        if self.dated and dice.random() < 0.7:
            return Step(
                dice.choice(("accrue", "accrue", "temporary")),
                amount,
                starts=dice.choice((None, 0, 1, 2, 4)),
                lasts=dice.choice((None, 1, 2, 3)),
                back=dice.choice((0, 0, 0, 2)),
            ).in_days()
        return Step(dice.choice(("accrue", "accrue", "accrue", "temporary", "adjust+")), amount)

    def spend(self) -> Step:
        dice = self.dice
        verb = dice.choice(("redeem", "redeem", "redeem", "hold", "adjust-"))
        active = max(self.played.book.active, 0)
        return Step(verb, dice.choice((dice.randint(1, 15), dice.randint(1, active + 5))))

    def cancel(self) -> Step | None:
        return self.aim("cancel", lambda row: row.kind is not Kind.ACTIVATE, part=0.4)

    def chain(self) -> Step | None:
        """A cancel of one of the newest cancels, so that chains grow long."""
        return self.aim("cancel", lambda row: row.kind is Kind.CANCEL, part=0.3, newest=4)

    def end(self) -> Step | None:
        verb = self.dice.choice(("commit", "commit", "release"))
        return self.aim(verb, lambda row: row.deadline_at < 2**62, part=0.2, newest=6)

    def by_hand(self) -> Step | None:
        verb = self.dice.choice(("activate", "expire", "reinstate", "reinstate"))
        step = self.aim(verb, lambda row: row.kind in CREDITS, part=0)
        return step and step._replace(amount=self.dice.randint(1, 12) if verb == "reinstate" else 0)

    def wait(self) -> Step:
        dice, now = self.dice, self.played.now
        due = [at for at in due_instants(self.played.book) if at > now]
        if due and dice.random() < 0.7:
            return Step("wait", max(1, dice.choice(due[:3]) - now + dice.choice((-1, 0, 0, 1))))
        return Step("wait", dice.choice((1, DAY // 24, DAY // 2, DAY - now % DAY, DAY)))

    def change(self) -> Step | None:
        return Step("rules", value=self.dice.choice(RULES)) if self.changing else None

    def aim(
        self, verb: str, wanted: Callable[[Transaction], bool], *, part: float, newest: int = 100
    ) -> Step | None:
        """A step on one of the history's own transactions of the given kind."""
        dice, rows = self.dice, self.played.book.rows
        places = [place for place, seq in enumerate(self.played.made) if seq and wanted(rows[seq])]
        if not places:
            return None
        place = dice.choice(places[-newest:])
        amount = 0
        if dice.random() < part:
            amount = dice.randint(1, max(1, rows[self.played.made[place]].amount))
        return Step(verb, amount, of=place)

    shares: tuple[tuple[float, Callable[[Walk], Step | None]], ...] = (
        (0.19, spend),
        (0.24, cancel),
        (0.10, chain),
        (0.08, end),
        (0.06, by_hand),
        (0.13, wait),
        (0.02, change),
    )


def walk(seed: int, length: int = LENGTH) -> Found | None:
    """Play one random history from a seed. A failure is reduced to what it needs."""
    history = Walk(seed)
    try:
        for _ in range(length):
            history.advance()
        check_all(history.played.book)
        check_emptying(history.played)
    except Exception as error:
        policy, kind = history.policy, type(error)
        steps = cut_down(
            _trim(policy, history.steps), lambda fewer: isinstance(failure(policy, fewer), kind)
        )
        return Found(seed, as_scenario(f"seed {seed}", history.policy, steps), error)
    return None


def failure(policy: Policy, steps: list[Step]) -> Exception | None:
    """What goes wrong, if anything, when the steps are played with every check."""
    played = Played(policy)
    try:
        for step in steps:
            _perform(played, step)
        check_all(played.book)
        check_emptying(played)
    except Exception as error:
        return error
    return None


def _perform(played: Played, step: Step) -> None:
    """Play one step with every check, including law 7."""
    before = played.book.seq
    decided = played.perform(step)
    check_rows(played.book, before)
    if isinstance(decided, Transaction):
        check_inverse(played.book, decided, played.now)


def cut_down(steps: list[Step], fails: Callable[[list[Step]], bool]) -> list[Step]:
    """Omit, then reduce, whatever the failure does not need."""
    size = max(1, len(steps) // 2)
    while size:
        place = len(steps) - size
        while place >= 0:
            fewer = without(steps, place, size)
            if fails(fewer):
                steps = fewer
                place = min(place, len(steps))
            place -= size
        size //= 2
    for place, step in enumerate(steps):
        for smaller in simpler(step):
            changed = [*steps[:place], smaller, *steps[place + 1 :]]
            if fails(changed):
                steps = changed
                break
    return steps


def _trim(policy: Policy, steps: list[Step]) -> list[Step]:
    """The steps up to the one that fails."""
    played = Played(policy)
    for place, step in enumerate(steps):
        try:
            _perform(played, step)
        except Exception:
            return steps[: place + 1]
    return steps


def without(steps: list[Step], place: int, size: int) -> list[Step]:
    """The history without some steps, and without the steps that refer to them."""
    gone = set(range(place, place + size))
    kept: list[Step] = []
    renumbered: dict[int, int] = {}
    for number, step in enumerate(steps):
        if number in gone or (step.of >= 0 and step.of in gone):
            gone.add(number)
            continue
        renumbered[number] = len(kept)
        kept.append(step._replace(of=renumbered[step.of]) if step.of >= 0 else step)
    return kept


def simpler(step: Step) -> list[Step]:
    """Smaller amounts and fewer dates, the simplest first."""
    found: list[Step] = []
    if step.verb == "wait":
        return found
    if step.starts is not None or step.lasts is not None or step.back:
        found.append(step._replace(starts=None, lasts=None, back=0))
    if step.amount > 1 and step.verb != "rules":
        found += [step._replace(amount=amount) for amount in (1, 2, step.amount // 2)]
    if step.amount and step.verb in ("cancel", "commit"):
        found.append(step._replace(amount=0))
    return found
