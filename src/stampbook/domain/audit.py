"""Replay: the journal alone rebuilds an account, and every law can be checked on it.

`replay` applies the rows one by one and says what is wrong with the first that cannot
be right; `compare` holds a rebuilt book against what a store keeps beside the journal.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stampbook.domain.applying import append_row, apply_posting, apply_terms, slide
from stampbook.domain.book import AccountFacts, Book
from stampbook.domain.hashing import row_hash
from stampbook.domain.model import (
    CREDITS,
    DEBITS,
    Kind,
    Lot,
    Movement,
    Payee,
    State,
    Status,
    Transaction,
)
from stampbook.domain.policy import Policy


class Fault(NamedTuple):
    """Something that is not as the journal says. `seq` is the row concerned, 0: none."""

    account: int
    seq: int
    what: str


def blank(book: Book) -> Book:
    """The same account before its first row, holding everything (which is nothing)."""
    return Book(book.identity(), book.policy, complete=True)


def rebuild(facts: AccountFacts, policy: Policy, rows: Iterable[Transaction]) -> Book:
    """The book as the rows leave it, nothing checked. The account's status is kept."""
    book = blank(Book(facts, policy))
    for row in rows:
        apply_row(book, row)
    return book


def apply_row(book: Book, row: Transaction) -> None:
    """Do to the book what the row says was done."""
    slide(book, row.slides_at, row.recorded_at)
    if row.kind in DEBITS:
        book.new_payee(row.seq, held=row.kind is Kind.HOLD)
    for terms in row.terms:
        if terms.lot in book.lots:
            apply_terms(book, terms)
        else:
            book.lots_made = terms.lot
            book.lots[terms.lot] = Lot(
                seq=terms.lot,
                accrued_by=row.seq,
                activates_at=terms.activates_at,
                expires_at=terms.expires_at,
                created_at=row.recorded_at,
                sliding=terms.sliding,
                grace=terms.grace,
                locked=terms.locked,
            )
    for posting in row.postings:
        apply_posting(book, posting)
    append_row(book, row)


def replay(book: Book, rows: Iterable[Transaction]) -> Iterator[Fault]:
    """Apply the rows, checking each. Stops after the first fault: what follows is void."""
    for row in rows:
        fault = _row_fault(book, row)
        if fault is None:
            try:
                apply_row(book, row)
            except (KeyError, AssertionError, ValueError) as error:
                fault = f"the row cannot be applied: {error!r}"
        if fault is None:
            fault = _effect_fault(book, row)
        if fault is not None:
            yield Fault(row.account, row.seq, fault)
            return


def _row_fault(book: Book, row: Transaction) -> str | None:
    """What is wrong with a row before it is applied."""
    if row.account != book.number or row.seq != book.seq + 1:
        return f"row {book.seq + 1} of the journal is missing"
    if row.hash != row_hash(book.head, row):
        return "the hash does not cover the row and its predecessor"
    if row.balance_before != book.active:
        return f"balance_before is {row.balance_before}, the row before left {book.active}"
    if row.recorded_at < book.clock:
        return "the row is older than its predecessor"
    if not (0 <= row.target < row.seq and 0 < row.root <= row.seq):
        return "the row refers to a later one"
    if any(amount < 1 or source is target for _, amount, source, target, _ in row.postings):
        return "a posting is not positive, or goes nowhere"
    return None


def _effect_fault(book: Book, row: Transaction) -> str | None:
    """What is wrong with the book after a row: laws 1 and 2, and the row's own balance."""
    if row.balance_after != book.active:
        return f"balance_after is {row.balance_after}, the postings make it {book.active}"
    if book.owed and book.split[State.AVAILABLE]:
        return "a deficit stands although points are available"
    for posting in row.postings:
        lot = book.lots.get(posting.lot)
        if lot is not None and (sum(lot.split) != 0 or min(lot.split[1:]) < 0):
            return f"the states of lot {lot.seq} do not add up"
        if posting.payee and min(book.payees[posting.payee].parts.values(), default=0) < 0:
            return f"the allocation of transaction {posting.payee} is negative"
    return None


def laws(book: Book) -> Iterator[Fault]:
    """Laws 1 and 2 of semantics.md §6 on a complete book."""
    number = book.number
    for lot in book.lots.values():
        if sum(lot.split) != 0 or min(lot.split[1:]) < 0:
            yield Fault(number, lot.accrued_by, f"the states of lot {lot.seq} do not add up")
    for row in book.rows.values():
        if row.kind in DEBITS:
            paid = sum(book.payees[row.seq].parts.values())
            if paid != book.movement(row.seq).remaining:
                yield Fault(number, row.seq, "its allocation is not what is in force of it")
    yield from _net(book)


def _net(book: Book) -> Iterator[Fault]:
    number, split = book.number, book.split
    debits = [book.movement(row.seq) for row in book.rows.values() if row.kind in DEBITS]
    held = sum(m.remaining for m in debits if m.status is Status.TEMPORARY)
    spent = sum(m.remaining for m in debits if m.status is Status.IN_FORCE)
    if split[State.HELD] + book.owed_held != held:
        yield Fault(number, 0, "held points and the holds in force differ")
    if split[State.SPENT] + book.owed - book.owed_held != spent:
        yield Fault(number, 0, "spent points and the redemptions in force differ")
    for row in book.rows.values():
        fault = _accrual_fault(book, row) if row.kind in CREDITS else None
        if fault:
            yield Fault(number, row.seq, fault)


def _accrual_fault(book: Book, row: Transaction) -> str | None:
    """An accrual is in force by what was neither cancelled nor released; what its cancels
    could not take (expired, or short under `clamp`) is still in its lots."""
    lots = book.lots_of(row)
    kept = sum(lot.issued - lot.revoked for lot in lots)
    movement = book.movement(row.seq)
    least = movement.remaining
    most = least + sum(lot.doomed + lot.expired for lot in lots)
    if movement.status is Status.RELEASED:
        return "a released accrual has points" if kept else None
    if not least <= kept <= most:
        return "its lots hold another amount than what is in force of it"
    return None


def compare(
    book: Book,
    facts: AccountFacts,
    lots: Iterable[Lot],
    payees: Iterable[Payee],
    movements: Iterable[Movement],
) -> Iterator[Fault]:
    """Where a store's projections differ from a rebuilt book (law 8)."""
    number = book.number
    for name, rebuilt, kept in zip(
        AccountFacts._fields,
        book.facts()._replace(version=facts.version, status=facts.status),
        facts,
        strict=True,
    ):
        if rebuilt != kept:
            yield Fault(number, 0, f"account.{name} is {kept!r}, the journal says {rebuilt!r}")
    yield from _compare_lots(book, lots)
    parts = {payee.seq: (payee.held, payee.parts) for payee in payees if payee.parts}
    for payee in book.payees.values():
        expected = (payee.held, payee.parts) if payee.parts else None
        if parts.pop(payee.seq, None) != expected:
            yield Fault(number, payee.seq, "its allocation differs from the journal's")
    for seq in parts:
        yield Fault(number, seq, "it has an allocation that the journal does not know")
    yield from _compare_movements(book, movements)


def _compare_lots(book: Book, lots: Iterable[Lot]) -> Iterator[Fault]:
    kept = {lot.seq: lot for lot in lots}
    for lot in book.lots.values():
        other = kept.pop(lot.seq, None)
        differing = [
            name for name in Lot.__slots__ if getattr(other, name, None) != getattr(lot, name)
        ]
        if differing:
            yield Fault(
                book.number,
                lot.accrued_by,
                f"lot {lot.seq} differs from the journal in {', '.join(differing)}",
            )
    for seq in kept:
        yield Fault(book.number, 0, f"lot {seq} is not known to the journal")


def _compare_movements(book: Book, movements: Iterable[Movement]) -> Iterator[Fault]:
    kept = {movement.seq: movement for movement in movements}
    for seq, row in book.rows.items():
        expected = book.movement(seq)
        found = kept.pop(seq, None) or Movement(seq=seq, base=row.amount)
        if any(getattr(expected, name) != getattr(found, name) for name in Movement.__slots__):
            yield Fault(book.number, seq, "its standing differs from the journal's")
    for seq in kept:
        yield Fault(book.number, seq, "it has a standing but no journal row")
