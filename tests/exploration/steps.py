"""Histories as data: steps that can be performed, left out, and printed as a scenario.

A step names its target by the place of an earlier step in the history, so a history keeps its
meaning if irrelevant steps are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
    Settle,
)
from stampbook.domain.deciding import Decision, decide
from stampbook.domain.decisions.cancelling import AlreadyCancelled
from stampbook.domain.model import FOREVER, SPENT, Kind, State, Transaction
from stampbook.domain.policy import (
    ExpiredRestore,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Policy,
)
from stampbook.domain.refusals import Refusal
from tests.ledgers.in_memory import empty_book

DAY = 86_400_000_000
START = 1_767_225_600_000_000
"""2026-01-01, in microseconds UTC: midnight, so that calendar rules tie."""

TARGETING = {"commit", "release", "activate", "expire", "cancel", "reinstate"}


class Step(NamedTuple):
    """One line of a history.

    `amount` 0 means everything. `of` is the place of the step that made the target. `starts` and
    `lasts` are the dates of an accrual, in microseconds from now and from its start; `back` is
    how long ago it happened. `wait` moves the clock by `amount`. `rules` sets the policy `value`.
    """

    verb: str
    amount: int = 0
    of: int = -1
    starts: int | None = None
    lasts: int | None = None
    back: int = 0
    value: str = ""

    def in_days(self) -> Step:
        """The same step, with dates given in days."""
        return self._replace(
            starts=None if self.starts is None else self.starts * DAY,
            lasts=None if self.lasts is None else self.lasts * DAY,
            back=self.back * DAY,
        )


class Played:
    """An account on which a history is played."""

    def __init__(self, policy: Policy) -> None:
        self.book = empty_book(1, policy._replace(currency=1, program=1, tenant=1, version=1))
        self.now = START
        self.made: list[int] = []
        """The sequence number of each step's transaction; 0 if it made none."""

    def copy(self) -> Played:
        twin = Played.__new__(Played)
        twin.book, twin.now, twin.made = self.book.copy(), self.now, self.made.copy()
        return twin

    def perform(self, step: Step) -> Decision:
        """Carry out the step. Any exception means a broken law."""
        if step.verb == "wait":
            self.now += step.amount
            decided = decide(self.book, Settle(), self.now)
        elif step.verb == "rules":
            self.book.policy = with_rule(self.book.policy, step.value)
            decided = None
        else:
            command = self.command(step)
            decided = None if command is None else decide(self.book, command, self.now)
        self.made.append(decided.seq if isinstance(decided, Transaction) else 0)
        return decided

    def command(self, step: Step) -> Command | None:
        """The step as a command; None if its target was never made."""
        target = self.made[step.of] if step.of >= 0 else 0
        if step.verb in TARGETING and not target:
            return None
        part = step.amount or None
        match step.verb:
            case "accrue" | "temporary":
                return self._accrual(step)
            case "adjust+":
                return Accrue(step.amount, kind=Kind.ADJUST_CREDIT)
            case "adjust-":
                return Redeem(step.amount, kind=Kind.ADJUST_DEBIT)
            case "redeem":
                return Redeem(step.amount)
            case "hold":
                return Hold(step.amount)
            case "commit":
                return Commit(target, part)
            case "release":
                return Release(target)
            case "activate":
                return Activate(target)
            case "expire":
                return Expire(target)
            case "reinstate":
                return self._reinstatement(step, target)
            case "cancel":
                return Cancel(target, part)
        raise AssertionError(step)

    def _accrual(self, step: Step) -> Accrue:
        activates = None if step.starts is None else self.now + step.starts
        expires = None
        if step.lasts is not None:
            expires = (self.now if activates is None else activates) + step.lasts
        return Accrue(
            step.amount,
            activates_at=activates,
            expires_at=expires,
            temporary=step.verb == "temporary",
            note=Note(effective_at=self.now - step.back if step.back else None),
        )

    def _reinstatement(self, step: Step, target: int) -> Accrue | None:
        row = self.book.rows[target]
        if not row.terms:
            return None
        return Accrue(step.amount, kind=Kind.REINSTATE, reinstates=row.terms[0].lot)


def with_rule(policy: Policy, rule: str) -> Policy:
    from tests.scenarios.notation import read_policy

    name = rule.split(maxsplit=1)[0]
    changed = read_policy(rule, {})
    return policy._replace(**{name: getattr(changed, name)})


def play(policy: Policy, steps: list[Step]) -> Played:
    played = Played(policy)
    for step in steps:
        played.perform(step)
    return played


def cancels_everything(played: Played) -> int:
    """Cancel all that is in force, newest first, until nothing more can be. Returns how many."""
    book, count = played.book, 0
    decide(book, Settle(), played.now)
    progress = True
    while progress:
        progress = False
        for seq in sorted(book.rows, reverse=True):
            row = book.rows[seq]
            if row.root != seq or row.kind not in ORIGINAL_KINDS:
                continue
            if book.movement(seq).remaining:
                decided = decide(book, Cancel(seq), played.now)
                if isinstance(decided, Transaction):
                    progress, count = True, count + 1
                assert not isinstance(decided, AlreadyCancelled)
    return count


ORIGINAL_KINDS = {
    Kind.ACCRUE,
    Kind.ADJUST_CREDIT,
    Kind.REINSTATE,
    Kind.REDEEM,
    Kind.HOLD,
    Kind.ADJUST_DEBIT,
}

# -- the scenarios' notation -------------------------------------------------------------


def as_scenario(title: str, policy: Policy, steps: list[Step]) -> str:
    """The history in the notation of docs/contributing/scenarios.md."""
    played = Played(policy)
    lines = [f"== {title}", f"currency points: {policy_words(policy)}", "at 2026-01-01"]
    for place, step in enumerate(steps):
        moment = played.now
        asks = step.verb not in ("wait", "rules") and played.command(step) is not None
        try:
            decided = played.perform(step)
        except Exception as error:
            lines.append(f"s{place}: {_words(step)}  # {type(error).__name__}: {error}")
            break
        if step.verb == "wait":
            lines.append(f"at {length(played.now - moment)}")
        elif step.verb == "rules":
            lines.append(f"rules {policy_words(played.book.policy)}")
        elif isinstance(decided, Refusal):
            lines.append(f"{_words(step)} -> refused {decided.code}")
        elif isinstance(decided, AlreadyCancelled):
            by = decided.transaction.seq
            if by in played.made:  # otherwise the clock rolled it back, and that row has no name
                lines.append(f"{_words(step)} -> already s{played.made.index(by)}")
        elif asks:
            lines.append(f"s{place}: {_words(step)}")
    book = played.book
    lines.append(f"check\n    active {book.active}, held {book.held}, spent {book.split[SPENT]}")
    return "\n".join([*lines, *_lots_and_parts(played)])


def _lots_and_parts(played: Played) -> Iterator[str]:
    """What became of the lots, and who pays for what. Rows that the clock made have no name."""
    book = played.book
    names: dict[int, str] = {}
    for number, lot in sorted(book.lots.items()):
        if lot.accrued_by in played.made:
            made = [terms.lot for terms in book.rows[lot.accrued_by].terms]
            which = f"#{made.index(number) + 1}" if len(made) > 1 else ""
            names[number] = f"s{played.made.index(lot.accrued_by)}{which}"
            parts = (f"{State(n).name.lower()} {lot.split[n]}" for n in range(1, 7) if lot.split[n])
            yield f"    lot {names[number]}: {', '.join(parts)}"
    for seq, redemption in sorted(book.redemptions.items()):
        if seq in played.made and redemption.parts.keys() <= {0, *names}:
            paid = (f"{names.get(lot, 'deficit')} {n}" for lot, n in redemption.parts.items())
            yield f"    pays s{played.made.index(seq)}: {', '.join(paid) or 'nothing'}"


def _words(step: Step) -> str:
    target = f" s{step.of}" if step.verb in TARGETING else ""
    amount = f" {step.amount}" if step.amount else ""
    verb = {"temporary": "accrue", "adjust+": "adjust", "adjust-": "adjust"}.get(
        step.verb, step.verb
    )
    if step.verb in ("adjust+", "adjust-"):
        amount = f" {step.verb[-1]}{step.amount}"
    words = f"{verb}{target}{amount}"
    if step.starts is not None:
        words += f" activates {length(step.starts)}"
    if step.lasts is not None:
        words += f" expires {length((step.starts or 0) + step.lasts)}"
    if step.back:
        words += f" effective -{length(step.back)[1:]}"
    return words + (" temporary" if step.verb == "temporary" else "")


def length(microseconds: int) -> str:
    for unit, size in (("d", DAY), ("h", DAY // 24), ("s", 1_000_000)):
        if microseconds % size == 0:
            return f"+{microseconds // size}{unit}"
    return f"+{microseconds}us"


def policy_words(policy: Policy) -> str:
    words = [f"spent_accrual {policy.spent_accrual}"]
    if policy.expired_restore is ExpiredRestore.GRACE:
        words.append(f"grace {policy.grace_s}s")
    if policy.overdraft:
        words.append(f"overdraft {policy.overdraft}")
    if policy.cancel_window_s is not None:
        words.append(f"cancel_window {policy.cancel_window_s}s")
    words.append(f"timeout {policy.temporary_timeout_s}s")
    if policy.pending.type is not PendingType.IMMEDIATE:
        words.append(f"pending {_pending_words(policy.pending)}")
    if policy.expiry.type is not ExpiryType.NONE:
        words.append(f"expiry {_expiry_words(policy.expiry)}")
    return ", ".join(words)


def _pending_words(rule: PendingRule) -> str:
    if rule.type is PendingType.PERIOD:
        assert rule.period is not None
        return f"period {rule.period.value} {rule.period.unit}" + (
            " whole_days" if rule.whole_days else ""
        )
    if rule.type is PendingType.FIXED_DATES:
        return "fixed_dates " + " ".join(f"{day.month:02}-{day.day:02}" for day in rule.dates)
    if rule.cancel_period is None:
        return "event"
    return f"event within {rule.cancel_period.value} {rule.cancel_period.unit}"


def _expiry_words(rule: ExpiryRule) -> str:
    if rule.type is ExpiryType.CALENDAR:
        return "calendar " + " ".join(f"{day.month:02}-{day.day:02}" for day in rule.dates)
    assert rule.period is not None
    words = f"{rule.type} {rule.period.value} {rule.period.unit}"
    if rule.type is ExpiryType.SLIDING:
        words += "" if rule.on_spending else " on_earning_only"
        words += "" if rule.on_earning else " on_spending_only"
        return words
    words += f" from {rule.counts_from}"
    return words + (f" to {rule.rounding}" if rule.rounding else "")


FAR = FOREVER // 4
"""Later instants are not part of a history."""


def due_instants(book: Book) -> list[int]:
    """The instants at which the clock will change something, soonest first."""
    keys = [*book.deadlines.keys, *book.waiting.keys, *book.spendable.keys]
    return sorted({at for at, _ in keys if at < FAR})
