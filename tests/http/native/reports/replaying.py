"""The figures of reports as a replay of the journals has them, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stampbook.dialects import instants
from stampbook.domain.audit import rebuild
from stampbook.domain.book import Book
from stampbook.domain.decisions.settling import settle
from stampbook.domain.model import FOREVER, Kind, Lot, State, Transaction
from tests.ledgers.on_store import StoreLedger

OPEN = (State.PENDING, State.AVAILABLE, State.HELD)


class Replay(NamedTuple):
    """Journals of one currency, by now, with what is due and not written yet."""

    books: Sequence[Book]
    rows: Sequence[Transaction]

    def at(self, instant: int) -> Replay:
        """What the ledger said at a past instant."""
        rows = [row for row in self.rows if row.recorded_at <= instant]
        return Replay(
            [
                rebuild(
                    book.identity(),
                    book.policy,
                    [row for row in rows if row.account == book.number],
                )
                for book in self.books
            ],
            rows,
        )

    # -- figures -----------------------------------------------------------------------------

    @property
    def outstanding(self) -> int:
        return sum(book.split[state] for book in self.books for state in OPEN)

    @property
    def deficit(self) -> int:
        return sum(book.owed for book in self.books)

    def lots(self) -> list[tuple[Book, Lot, int]]:
        """All lots, each with when it expires."""
        return [
            (book, lot, book.expires_at(lot)) for book in self.books for lot in book.lots.values()
        ]

    def liability(self, zone: ZoneInfo) -> dict[str, Any]:
        months: dict[str | None, int] = {}
        for _, lot, expires_at in self.lots():
            if lot.is_open:
                month = None if expires_at == FOREVER else month_of(expires_at - 1, zone)
                months[month] = months.get(month, 0) + lot.pending + lot.available + lot.held
        return {
            "available": sum(book.split[State.AVAILABLE] for book in self.books),
            "pending": sum(book.split[State.PENDING] for book in self.books),
            "held": sum(book.split[State.HELD] for book in self.books),
            "outstanding": self.outstanding,
            "deficit": self.deficit,
            "net": sum(book.total for book in self.books),
            "accounts": sum(book.total != 0 for book in self.books),
            "by_expiry": sorted(months.items(), key=lambda each: each[0] or "never"),
        }

    def expiring(self, edges: Sequence[int]) -> list[dict[str, int]]:
        found = []
        for begin, end in pairwise(edges):
            there = [
                (book, lot)
                for book, lot, expires_at in self.lots()
                if lot.is_open and expires_at != FOREVER and begin <= expires_at - 1 < end
            ]
            found.append(
                {
                    "amount": sum(lot.available + lot.pending for _, lot in there),
                    "held": sum(lot.held for _, lot in there),
                    "lots": len(there),
                    "accounts": len({book.number for book, _ in there}),
                }
            )
        return found

    def activity(self, edges: Sequence[int], dated: Callable[[Transaction], int]) -> list[Any]:
        """The plain figures: those that need no look at what a transfer's other leg did."""
        found = []
        for begin, end in pairwise(edges):
            rows = [row for row in self.rows if begin <= dated(row) < end]
            found.append(
                {
                    "transactions": len(rows),
                    "cancels": sum(row.kind is Kind.CANCEL for row in rows),
                    "accounts": len({row.account for row in rows}),
                    "activated": moved(rows, State.PENDING, State.AVAILABLE),
                    "held": moved(rows, State.AVAILABLE, State.HELD),
                    "released": moved(rows, State.HELD, State.AVAILABLE),
                    "returned": moved(rows, State.SPENT, *OPEN),
                    "expired": sum(moved(rows, state, State.EXPIRED) for state in OPEN),
                    "revoked": sum(moved(rows, state, State.REVOKED) for state in OPEN),
                    "deficit_created": moved(rows, State.OUTSIDE, State.OWED),
                    "deficit_gone": moved(rows, State.OWED, State.OUTSIDE),
                }
            )
        return found

    def breakage(self, edges: Sequence[int]) -> list[dict[str, Any]]:
        given = {(row.account, row.seq): row.effective_at for row in self.rows}
        found = []
        for begin, end in pairwise(edges):
            lots = [
                lot
                for book, lot, _ in self.lots()
                if begin <= given[book.number, lot.accrued_by] < end
            ]
            open_ = sum(lot.pending + lot.available + lot.held for lot in lots)
            found.append(
                {
                    "issued": sum(lot.issued for lot in lots),
                    "revoked": sum(lot.revoked for lot in lots),
                    "spent": sum(lot.spent for lot in lots),
                    "expired": sum(lot.expired for lot in lots),
                    "open": open_,
                    "mature": open_ == 0,
                }
            )
        return found


def moved(rows: Sequence[Transaction], source: State, *targets: State) -> int:
    return sum(
        posting.amount
        for row in rows
        for posting in row.postings
        if posting.source is source and posting.target in targets
    )


def month_of(at: int, zone: ZoneInfo) -> str:
    moment = instants.write(at)
    return f"{_datetime(moment).astimezone(zone):%Y-%m}"


def _datetime(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


async def replay(ledger: StoreLedger, now: int) -> Replay:
    """What the journals will be once what is due by now is written; writes nothing."""
    books, rows = [], []
    for name in ledger.accounts:
        book = await ledger.book(name)
        written = book.seq
        settle(book, max(now, book.clock))
        stored = await ledger.store.journal(book.number, after=0, limit=written)
        rows += [*stored, *(record.row for record in book.records if record.row.seq > written)]
        books.append(book)
    return Replay(books, rows)
