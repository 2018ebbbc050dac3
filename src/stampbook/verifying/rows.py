"""The journal as an ordered stream, and its rows as the ledger's values.

A row that Stampbook cannot have written (an unknown kind, postings that are not JSON) raises
Unreadable, which names it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from msgspec import DecodeError

from stampbook.domain.model import MAX_SEQUENCE, Record
from stampbook.storage import rows
from stampbook.storage.store import Row, Transacting
from stampbook.storage.tables import with_columns

PAGE: Final = 1_000
"""How many rows are read at once and held in memory."""


class Unreadable(Exception):
    """A row that the ledger cannot have written. `seq` is its transaction, or 0 if unknown."""

    def __init__(self, seq: int, what: str) -> None:
        super().__init__(seq, what)
        self.seq = seq
        self.what = what


class Journal:
    """The journal of a range of accounts in a shard, read in order, page by page. `seq`: of the
    first account the rows after this one."""

    def __init__(
        self, reading: Transacting, *, shard: int, first: int, last: int, seq: int = MAX_SEQUENCE
    ) -> None:
        self._reading = reading
        self._shard = shard
        self._last = last
        self._after = (first - 1, seq) if seq == MAX_SEQUENCE else (first, seq)
        self._page: Sequence[Row] = ()
        self._at = 0
        self._more = True

    async def of(self, account: int) -> AsyncIterator[Row]:
        """The rows of the account. Accounts must be requested in ascending order."""
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
        self._page = await self._reading.fetch(SELECT, self._shard, self._last, *self._after)
        self._at = 0
        self._more = len(self._page) == PAGE
        if self._page:
            row = self._page[-1]
            self._after = row["account_id"], row["seq"]
        return bool(self._page)


SELECT: Final = with_columns(f"""
    SELECT {{transactions}}, position FROM transactions
    WHERE shard = $1 AND account_id <= $2 AND (account_id, seq) > ($3, $4)
    ORDER BY account_id, seq LIMIT {PAGE}
""")  # noqa: S608 - a constant


def record_of(row: Row) -> Record:
    """A row of the journal with its sums and state. Raises Unreadable."""
    try:
        return Record(
            rows.transaction_of(row), rows.sums_of(row), row["state"], row["state_seq"], (), ()
        )
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        raise Unreadable(row["seq"], f"the row cannot be read: {error}") from None
