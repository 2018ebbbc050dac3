"""Plans payments for a visit: the commands that the card's account must carry out.

Each line that a withdrawal pays is one redemption, whose note names the visit as its
subject and the line in its metadata. So the journal alone says what paid for what.
All functions are pure: they use a visit that was read, and the settled book.

Visits are counted in hundredths, the ledger in the smallest units of the account's currency. A card
pays whole units: whole points, if its currency has no decimals. So a line's part may exceed what
is left to pay of the line, by less than one unit; the parts of all lines together never exceed
what is left to pay of the visit.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeGuard

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Cancel, Command, Note, Redeem
from stampbook.domain.deciding import decide
from stampbook.domain.model import AccountStatus, Kind, Transaction
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.loyalty.judging.splitting import split
from stampbook.visits.model import UNITS, Line, Part, Visit, dues, unpaid
from stampbook.visits.movements.subjects import subject_of


class Ask(NamedTuple):
    """A request: from whom, and the amount to take from the card (hundredths).

    `may_give_back`: whether an edit of the bill, or a smaller withdrawal, may lower what a card
    has paid. Cancels ignore it.
    """

    amount: int
    actor: str | None = None
    reason: str | None = None
    may_give_back: bool = False


GIVES_BACK = Refusal(
    Code.FORBIDDEN, "this gives points back to a card, which needs the scope ledger:cancel"
)

NO_MOVEMENT = Refusal(Code.NOT_FOUND, "no such movement in force")

REMOVED = Refusal(Code.ACCOUNT_CLOSED, "the account is closed")
"""A closed account pays for no visit; what it has paid can still be taken back."""


def line_metadata(visit: Visit, line: Line) -> str:
    """The metadata of a part's row: a JSON object that names its line."""
    return json.dumps({"visit": visit.number, "record": line.record, "line": line.number})


def line_of(metadata: str | None) -> int:
    """The line that a part's row names, 0 if none."""
    try:
        found = json.loads(metadata or "{}").get("line", 0)
    except (ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def in_force(book: Book, row: Transaction) -> int:
    """How much of the row is in force. It is only looked at: a copy of the book keeps what it has
    in common with the book."""
    movement = book.movements.get(row.seq)
    return row.amount if movement is None else movement.remaining


def standing(book: Book, subject: str, kind: Kind = Kind.REDEEM) -> list[Transaction]:
    """The book's rows of the subject that are in force at least in part, in their order."""
    movements, rows = book.movements, book.rows
    taken_back = {seq for seq, each in movements.items() if not each.remaining}
    found = (rows[seq] for seq in sorted(rows) if seq not in taken_back)
    return [row for row in found if row.subject == subject and row.kind is kind]


def unit_of(book: Book) -> int:
    """Hundredths in the smallest unit of the account's currency."""
    return UNITS[book.policy.scale]


def parts_in(book: Book, visit: int) -> list[Part]:
    """What the account pays for the visit."""
    unit = unit_of(book)
    return [
        part_of(book.number, row, in_force(book, row), unit)
        for row in standing(book, subject_of(visit))
    ]


def part_of(account: int, row: Transaction, remaining: int, unit: int) -> Part:
    """The part of the visit that the row pays. `remaining`: its amount in force, in the ledger's
    units."""
    return Part(account, row.seq, line_of(row.metadata), remaining * unit, row.recorded_at, unit)


def plan_withdrawal(visit: Visit, ask: Ask, book: Book, now: int) -> Sequence[Command] | Refusal:
    """Let the card pay min(amount, its balance, what is left to pay), line by line.

    It replaces an earlier withdrawal of the card for the visit, unless the amount stays the same:
    the card's own parts count neither as spent nor as paid. A smaller withdrawal is refused unless
    the caller may give points back.
    """
    if book.status is AccountStatus.CLOSED:
        return REMOVED
    unit = unit_of(book)
    own = parts_in(book, visit.number)
    stands = sum(part.amount for part in own)
    others = [part for part in visit.parts if part.account != book.number]
    cap = _whole_units(min(ask.amount, unpaid(visit, others)), unit)
    if ask.amount > 0 and cap < stands and not ask.may_give_back:
        return GIVES_BACK
    within_reach = _balance_without(book, own, now) * unit
    if within_reach < min(cap, stands):
        return _shrink(own, to=min(cap, stands) // unit, ask=ask)
    target = min(cap, within_reach)
    if not ask.amount or target == stands:
        return []
    left = dues(visit, others)
    return [*_take_back(own, ask), *_redeem(visit, left, target // unit, ask)]


def after_withdrawal(visit: Visit, account: int, outcome: Outcome) -> Visit | None:
    """The visit as `plan_withdrawal` has left it; None: it must be read.

    The movements were guarded by the visit's version, so the rest of the visit is as it was read.
    """
    if not has_written(outcome):
        return None
    unit = UNITS[outcome.account.scale]
    own = [
        part_of(account, row, row.amount, unit)
        for row in outcome.transactions
        if row.kind is Kind.REDEEM
    ]
    return _with_parts(visit, account, own) if own else None


def after_cancel(visit: Visit, account: int, outcome: Outcome) -> Visit | None:
    """The visit when all that the account paid was taken back; None as in after_withdrawal."""
    return _with_parts(visit, account, []) if has_written(outcome) else None


def has_written(outcome: Outcome) -> TypeGuard[Done]:
    """Whether the movements of the outcome were written by this very request."""
    return isinstance(outcome, Done) and not (
        outcome.replayed or outcome.already or outcome.dry_run or not outcome.transactions
    )


def _with_parts(visit: Visit, account: int, own: Sequence[Part]) -> Visit:
    others = [part for part in visit.parts if part.account != account]
    parts = sorted([*others, *own], key=lambda part: (part.account, part.seq))
    return visit._replace(version=visit.version + 1, parts=tuple(parts))


def plan_cancel(visit: Visit, ask: Ask, book: Book, now: int) -> Sequence[Command]:
    """Take back all that the card pays."""
    note = _note(ask)
    return [Cancel(row.seq, note=note) for row in standing(book, subject_of(visit.number))]


def plan_keeping(
    visit: int, allowed: Mapping[int, int], ask: Ask, book: Book, now: int
) -> Sequence[Command]:
    """Take back what the card pays beyond `allowed`, by line."""
    left = dict(allowed)
    commands: list[Command] = []
    for part in parts_in(book, visit):
        kept = min(part.amount, left.get(part.line, 0))
        left[part.line] = left.get(part.line, 0) - kept
        commands += _cut(part, part.amount - kept, ask)
    return commands


def plan_cancel_of(
    subject: str, seq: int, ask: Ask, book: Book, now: int
) -> Sequence[Command] | Refusal:
    """Take back the one movement of the subject with that number, if it is in force."""
    rows = standing(book, subject, Kind.REDEEM) + standing(book, subject, Kind.ACCRUE)
    found = [Cancel(row.seq, note=_note(ask)) for row in rows if row.seq == seq]
    return found or NO_MOVEMENT


def plan_accruals(
    subject: str, wanted: Mapping[int, int], ask: Ask, book: Book, now: int
) -> Sequence[Command]:
    """Make the accruals of the subject equal `wanted` (hundredths by promotion).

    Amounts are rounded to the currency's scale, half up. Accruals that have the right amount stay;
    the others are cancelled by the currency's policy and accrued anew.
    """
    unit = unit_of(book)
    units = {promotion: (amount + unit // 2) // unit for promotion, amount in wanted.items()}
    missing = {promotion: amount for promotion, amount in units.items() if amount}
    commands: list[Command] = []
    for row in standing(book, subject, Kind.ACCRUE):
        promotion = promotion_of(row.metadata)
        if missing.get(promotion) == in_force(book, row):
            del missing[promotion]
        else:
            commands.append(Cancel(row.seq, note=_note(ask)))
    return commands + [
        Accrue(amount, note=_note(ask, subject, json.dumps({"promotion": promotion})))
        for promotion, amount in missing.items()
    ]


def promotion_of(metadata: str | None) -> int:
    """The promotion that an accrual's row names, 0 if none."""
    try:
        found = json.loads(metadata or "{}").get("promotion", 0)
    except (ValueError, AttributeError):
        return 0
    return found if isinstance(found, int) else 0


def allowances(before: Visit, after: Visit) -> dict[int, dict[int, int]]:
    """How much each account may go on paying, by line, when the visit becomes `after`.

    Earlier parts go first; only the excess over what is left to pay of a line (or of the whole
    visit, if money was paid beyond the lines) goes back, in whole units of its account.
    """
    left = dues(after, ())
    for line, excess in _rounded_up(before).items():
        if line in left:
            left[line] += excess
    keep: dict[int, dict[int, int]] = {}
    room = unpaid(after, ())
    for part in before.parts:
        amount = _whole_units(min(part.amount, left.get(part.line, 0), room), part.unit)
        lines = keep.setdefault(part.account, {})
        lines[part.line] = lines.get(part.line, 0) + amount
        room -= amount
        if amount:
            left[part.line] -= amount
    return keep


def _rounded_up(visit: Visit) -> dict[int, int]:
    """How much more the parts of a line pay than was left to pay of it, since they were rounded.

    A change that does not touch the line must not give that back.
    """
    paid: dict[int, int] = {}
    for part in visit.parts:
        paid[part.line] = paid.get(part.line, 0) + part.amount
    left = dues(visit, ())
    return {line: max(0, amount - left.get(line, 0)) for line, amount in paid.items()}


def _whole_units(amount: int, unit: int) -> int:
    """The largest multiple of the unit that is not above the amount."""
    return amount - amount % unit


def cut_parts(visit: Visit, allowed: Mapping[int, Mapping[int, int]]) -> tuple[Part, ...]:
    """The visit's withdrawals when every account keeps what is allowed, by line."""
    left = {account: dict(lines) for account, lines in allowed.items()}
    kept = []
    for part in visit.parts:
        amount = min(part.amount, left[part.account].get(part.line, 0))
        if amount:
            left[part.account][part.line] -= amount
            kept.append(part._replace(amount=amount))
    return tuple(kept)


def _balance_without(book: Book, own: Sequence[Part], now: int) -> int:
    """The units that the card could pay if its own parts were taken back first; tried on a
    copy, since points that come back may have expired or may pay a deficit."""
    if not own:
        return max(0, book.active)
    twin = book.copy()
    for command in _take_back(own, Ask(0)):
        decide(twin, command, now)
    return max(0, twin.active)


def _take_back(parts: Sequence[Part], ask: Ask) -> list[Command]:
    """Cancel whole parts, the last first, so that every lot is again as it was before them."""
    return [Cancel(part.seq, note=_note(ask)) for part in reversed(parts)]


def _shrink(parts: Sequence[Part], *, to: int, ask: Ask) -> list[Command]:
    """Reduce the parts to `to` units by partial cancels. Cancelling them whole and withdrawing
    again is not possible: their points have expired and could not be taken again."""
    kept = split(to, [part.amount for part in parts])
    return [
        command
        for part, units in zip(parts, kept, strict=True)
        for command in _cut(part, part.amount - units * part.unit, ask)
    ]


def _cut(part: Part, amount: int, ask: Ask) -> list[Command]:
    if not amount:
        return []
    units = None if amount == part.amount else amount // part.unit
    return [Cancel(part.seq, units, note=_note(ask))]


def _redeem(visit: Visit, left: Mapping[int, int], units: int, ask: Ask) -> list[Command]:
    """Redeem the units for the lines, in proportion to what is left to pay of each."""
    parts = split(units, [left[line.number] for line in visit.lines])
    subject = subject_of(visit.number)
    return [
        Redeem(part, note=_note(ask, subject, line_metadata(visit, line)))
        for line, part in zip(visit.lines, parts, strict=True)
        if part
    ]


def _note(ask: Ask, subject: str | None = None, metadata: str | None = None) -> Note:
    return Note(reason=ask.reason, actor=ask.actor, subject=subject, metadata=metadata)
