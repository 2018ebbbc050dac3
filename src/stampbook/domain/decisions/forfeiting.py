"""Forfeits: all that an account has open ends, whatever the status of its member or program.

Nobody spends by this, so nothing is refused: points expire, waiting ones too, and debts are written
off by a credit that pays them. What is reserved, or has a deadline, must have ended before.
"""

from stampbook.domain.book import Book
from stampbook.domain.decisions.accruing import make_available
from stampbook.domain.decisions.entry import Entry
from stampbook.domain.model import AVAILABLE, EXPIRED, FOREVER, Kind, Transaction


def forfeit(book: Book, now: int) -> list[Transaction]:
    """Let all that the account has open expire, and its debts be paid. The book is settled.

    Afterwards it has nothing in any state of its balance, unless it has holds.
    """
    rows: list[Transaction] = []
    for number in sorted(book.open_lots):
        lot = book.lot(number)
        amount = lot.pending + lot.available
        if not amount:
            continue
        entry = Entry(book)
        if lot.pending:
            make_available(entry, lot, now)
        if lot.available:
            entry.move(lot, lot.available, AVAILABLE, EXPIRED)
        rows.append(
            entry.close(Kind.EXPIRE, amount, now=now, target=lot.accrued_by, root=lot.accrued_by)
        )
    if book.owed:
        owed, entry = book.owed, Entry(book)
        entry.issue(owed, into=AVAILABLE, activates_at=now, expires_at=FOREVER, now=now)
        rows.append(entry.close(Kind.ADJUST_CREDIT, owed, now=now))
    return rows
