"""The ledger's tables as ordered streams, and their rows as the ledger's values.

A row that no writer of ours could have made (a kind that does not exist, postings that are no
JSON) raises Unreadable, which names it.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from msgspec import DecodeError

from stampbook.domain.book import AccountFacts
from stampbook.domain.model import MAX_SEQUENCE, Lot, Movement, Payee, Transaction
from stampbook.storage import rows
from stampbook.storage.store import Row, Transacting

PAGE: Final = 1_000
"""Rows read at once of every table: what a verification keeps of the database in memory."""

_Value = TypeVar("_Value")


class Unreadable(Exception):
    """A row that cannot be a row of the ledger. `seq`: the transaction concerned, 0 if none."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(seq, what)
        self.seq = seq
        self.what = what


class Table(NamedTuple):
    """Where a stream reads: `key` orders the rows of an account."""

    name: str
    key: tuple[str, ...]
    columns: str


ACCOUNT_COLUMNS: Final = (
    "account_id, shard, tenant_id, program_id, currency_id, member_id, status, version, seq, lots,"
    " clock, head, issued, pending, available, held, spent, expired, revoked, owed, owed_held,"
    " restored, slides_at, slid_at, next_due_at"
)
ROW_COLUMNS: Final = (
    "account_id, seq, kind, amount, balance_before, balance_after, recorded_at, effective_at,"
    " target, root, link, peer, by_clock, deadline_at, slides_at, shortfall, external_id, reason,"
    " actor, metadata, subject, postings, terms, hash"
)
LOT_COLUMNS: Final = (
    "lot, accrued_by, activates_at, expires_at, created_at, sliding, grace, locked, doomed,"
    " reinstated, issued, pending, available, held, spent, expired, revoked"
)
MOVEMENT_COLUMNS: Final = (
    "seq, base, status, cancelled, deadline_at, committed_by, released_by, cancelled_by"
)

JOURNAL: Final = Table("transactions", ("seq",), ROW_COLUMNS)
LOTS: Final = Table("lots", ("lot",), "account_id, " + LOT_COLUMNS)
PARTS: Final = Table("allocations", ("txn_seq", "lot"), "account_id, txn_seq, lot, amount, held")
MOVEMENTS: Final = Table("movements", ("seq",), "account_id, " + MOVEMENT_COLUMNS)


class Stream:
    """One table's rows of a range of a shard's accounts, in order, a page at a time."""

    def __init__(
        self, reading: Transacting, table: Table, *, shard: int, first: int, last: int
    ) -> None:
        self._reading = reading
        self._table = table
        self._shard = shard
        self._last = last
        self._after: tuple[int, ...] = (first - 1, *(MAX_SEQUENCE for _ in table.key))
        self._page: Sequence[Row] = ()
        self._at = 0
        self._more = True
        order = ", ".join(("account_id", *table.key))
        places = ", ".join(f"${number + 3}" for number in range(len(table.key) + 1))
        self._sql = (
            f"SELECT {table.columns} FROM {table.name}"  # noqa: S608 - names of this module
            f" WHERE shard = $1 AND account_id <= $2 AND ({order}) > ({places})"
            f" ORDER BY {order} LIMIT {PAGE}"
        )

    async def of(self, account: int) -> AsyncIterator[Row]:
        """The account's rows. Accounts are asked for in rising order."""
        while await self._filled():
            row = self._page[self._at]
            if row["account_id"] > account:
                return
            self._at += 1
            if row["account_id"] == account:
                yield row

    async def _filled(self) -> bool:
        if self._at < len(self._page):
            return True
        if not self._more:
            return False
        self._page = await self._reading.fetch(self._sql, self._shard, self._last, *self._after)
        self._at = 0
        self._more = len(self._page) == PAGE
        if self._page:
            row = self._page[-1]
            self._after = tuple(row[name] for name in ("account_id", *self._table.key))
        return bool(self._page)


def facts_of(row: Row) -> AccountFacts:
    """A row of `accounts`. Raises Unreadable."""
    return _read(rows.facts_of, row, ACCOUNT_COLUMNS, 0, "the account's row")


def transaction_of(row: Row) -> Transaction:
    """A row of the journal. Raises Unreadable."""
    return _read(rows.row_of, row, ROW_COLUMNS, row["seq"], "the row")


def lot_of(row: Row) -> Lot:
    """A row of `lots`. Raises Unreadable."""
    return _read(rows.lot_of, row, LOT_COLUMNS, row["accrued_by"], f"lot {row['lot']}")


def movement_of(row: Row) -> Movement:
    """A row of `movements`. Raises Unreadable."""
    return _read(rows.movement_of, row, MOVEMENT_COLUMNS, row["seq"], "its standing")


def _read(
    of: Callable[[Sequence[Any]], _Value], row: Row, columns: str, seq: int, what: str
) -> _Value:
    try:
        return of([row[name] for name in columns.split(", ")])
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        raise Unreadable(seq, f"{what} cannot be read: {error}") from None


def add_part(payees: dict[int, Payee], row: Row) -> None:
    """Count a row of `allocations` into its redemption or hold. Raises Unreadable."""
    seq, held = row["txn_seq"], bool(row["held"])
    payee = payees.setdefault(seq, Payee(seq=seq, held=held))
    if payee.held != held:
        raise Unreadable(seq, "a part of its allocation is held, another spent")
    payee.parts[row["lot"]] = row["amount"]
