"""Verifies accounts one by one: replays the journal, checks the laws, compares the tables.

Accounts are read in groups of few rows, each group in one snapshot, so that the state is consistent
while servers keep writing. A long journal takes several snapshots, as its rows never change: a
snapshot of minutes would keep the database from clearing away what was replaced meanwhile. Memory
holds what is open in one account, a page of its journal, and recent old facts, however long the
journal is.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

from stampbook.domain.audit import JournalFault, difference, lacking, replay_row
from stampbook.domain.book import Book
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import MAX_SEQUENCE, LotRow, Record, Transaction, split_number
from stampbook.domain.policy import Policy
from stampbook.storage.finding import last_values_in
from stampbook.storage.rows import identity_of, standing_of
from stampbook.storage.store import Demand, Row, Store, Transacting
from stampbook.storage.tables import with_columns
from stampbook.verifying.flow_sums import Tally
from stampbook.verifying.rows import PAGE, Journal, Unreadable, record_of

GROUP: Final = 200
"""Accounts read in one snapshot at most, which should be neither too long nor too frequent."""

LONG: Final = 20_000
"""Rows read in one snapshot: those of about a second."""

CHUNK: Final = 100
"""Parameters in one lookup of references."""

KEPT: Final = 20_000
"""How many lots, rows and allocations of one account are kept, besides what is open."""

SELECT_ACCOUNTS: Final = with_columns("""
    SELECT {accounts.a}, a.due_at FROM accounts a
    WHERE a.shard = $1 AND a.account_id > $2 AND a.account_id <= $5
      AND (CAST($3 AS bigint) = 0 OR a.program_id = CAST($3 AS bigint))
    ORDER BY a.account_id LIMIT $4
""")


MAX_ACCOUNT: Final = 2**31
"""Above every number of an account."""


class Account:
    """The result of verifying one account. `erased`: how many of its rows have lost their texts."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.transactions = 0
        self.erased = 0
        self.faults: list[JournalFault] = []


async def verify_accounts(
    store: Store,
    shard: int,
    *,
    program: int | None = None,
    after: int = 0,
    upto: int = MAX_ACCOUNT,
    tally: Tally | None = None,
) -> AsyncGenerator[Account, None]:
    """Verify the accounts of the shard above `after` and up to `upto`, or only those of one
    program, in order of number. Their rows are added to the tally."""
    while True:
        async with store.snapshot() as reading:
            rows = await _accounts(reading, shard, after, program or 0, GROUP, upto)
            if not rows:
                return
            short = _short(rows)
            async for account in _verify_group(store, reading, shard, short, tally):
                yield account
        if not short:
            yield await _verify_long(store, shard, rows[0], tally)
        after = (short or rows[:1])[-1]["account_id"]


async def _accounts(reading: Transacting, shard: int, *which: object) -> Sequence[Row]:
    """The accounts, each with the number of its `rows`: the journal has no gaps."""
    found = await reading.fetch(SELECT_ACCOUNTS, shard, *which)
    seqs = await last_values_in(reading, shard, [row["account_id"] for row in found], "seq")
    return [{**row, "rows": seqs[row["account_id"]] or 0} for row in found]


def _short(rows: Sequence[Row]) -> Sequence[Row]:
    """The first accounts that together have few rows."""
    lengths = accumulate(row["rows"] for row in rows)
    return rows[: sum(length <= LONG for length in lengths)]


async def _verify_group(
    store: Store, reading: Transacting, shard: int, rows: Sequence[Row], tally: Tally | None
) -> AsyncGenerator[Account, None]:
    if not rows:
        return
    first, last = rows[0]["account_id"], rows[-1]["account_id"]
    currencies = sorted({row["currency_id"] for row in rows})
    policies = {policy.currency: policy for policy in await store.policies(currencies)}
    journal = Journal(reading, shard=shard, first=first, last=last)
    for row in rows:
        policy = policies[row["currency_id"]]
        one = _One(store, Book(identity_of(row), policy), tally)
        await one.verify(reading, journal, row, policy)
        yield one.account


async def _verify_long(store: Store, shard: int, row: Row, tally: Tally | None) -> Account:
    """Verify an account whose journal is long: all but its last rows in snapshots of their own."""
    number = row["account_id"]
    (policy,) = await store.policies([row["currency_id"]])
    one = _One(store, Book(identity_of(row), policy), tally)
    while True:
        async with store.snapshot() as reading:
            (row,) = await _accounts(reading, shard, number - 1, 0, 1, number)
            done = one.account.transactions
            journal = Journal(reading, shard=shard, first=number, last=number, seq=done)
            if row["rows"] - done <= LONG:
                await one.verify(reading, journal, row, policy)
                return one.account
            if not await one.replay(reading, journal, LONG):
                return one.account


class _One:
    """The verification of one account."""

    _reading: Transacting
    _journal: Journal

    def __init__(self, store: Store, book: Book, tally: Tally | None) -> None:
        self._store = store
        self._book = book
        self._tally = tally
        self._narrow = dict.fromkeys(("lot_rows", "standings"), 0)
        self.account = Account(book.number)

    def found(self, seq: int, what: str) -> None:
        self.account.faults.append(JournalFault(self.account.number, seq, what))

    async def verify(
        self, reading: Transacting, journal: Journal, row: Row, policy: Policy
    ) -> None:
        """Note every fault of the account, which is `row` now, but only the first one in its
        journal: of the rows that were not replayed before."""
        facts, due_at = identity_of(row), row["due_at"]
        number = facts.number
        if facts.shard != number % self._store.shards:
            self.found(0, f"it is in shard {facts.shard}, which is the wrong one")
        if (policy.program, policy.tenant) != (facts.program, facts.tenant):
            self.found(0, "its currency belongs to another program or tenant")
        if not await self.replay(reading, journal, MAX_SEQUENCE):
            return
        if due_at > self._book.next_due_at:
            self.found(0, f"account.due_at is {due_at}, but something is due earlier")
        for table, expected in self._narrow.items():
            counted = await self._reading.fetch_one(
                f"SELECT count(*) AS found FROM {table} WHERE shard = $1 AND account_id = $2",  # noqa: S608 - constants
                facts.shard,
                number,
            )
            assert counted is not None
            if counted["found"] != expected:
                self.found(
                    0, f"{table} has {counted['found']} rows, but the journal requires {expected}"
                )

    async def replay(self, reading: Transacting, journal: Journal, most: int) -> bool:
        """Whether the next rows of the journal, at most `most`, are sound. If so, the book has the
        state after them."""
        self._reading, self._journal = reading, journal
        try:
            return await self._replay(most)
        except (Unreadable, ValueError) as error:
            seq = error.seq if isinstance(error, Unreadable) else 0
            self.found(seq, error.what if isinstance(error, Unreadable) else str(error))
            return False

    async def _replay(self, most: int) -> bool:
        page: list[Record] = []
        async for row in self._journal.of(self._book.number):
            record = record_of(row)
            page.append(record)
            most -= 1
            if self._tally is not None and row["position"] <= self._tally.position:
                self._tally.add(self._book.policy.currency, record.row)
            if len(page) == PAGE:
                if not await self._check(page):
                    return False
                page = []
            if not most:
                break
        return await self._check(page)

    async def _check(self, page: list[Record]) -> bool:
        """Whether a page of the journal, and everything stored beside it, is sound."""
        book = self._book
        made: list[Record] = []
        for kept in page:
            fault = await self._fault(kept, made)
            if fault is not None:
                self.found(kept.row.seq, fault)
                return False
            self.account.transactions += 1
            self.account.erased += kept.row.seal is not None and kept.row.seal.salt is None
        rows = [record.row for record in page]
        sound = await self._check_narrow(made)
        await self._check_external_ids(book.program, rows)
        await self._check_peers(rows)
        book.saved_seq = book.seq
        if len(book.lots) - len(book.open_lots) + len(book.rows) + len(book.redemptions) > KEPT:
            book.prune()
        return sound

    async def _fault(self, kept: Record, made: list[Record]) -> str | None:
        """What is wrong with a row. If nothing is, the record that it makes is added to `made`."""
        book, row = self._book, kept.row
        before: tuple[Any, ...] = ()
        while (lack := lacking(book, row)) is not None:
            wanted = (lack.rows, lack.lots, lack.redemptions)
            if wanted == before:
                return "the row refers to something that is not in the journal"
            before = wanted
            await self._load(lack, row.seq - 1)
        record = replay_row(book, row)
        if isinstance(record, str):
            return record
        made.append(record)
        return difference(record._replace(lots=(), standings=()), kept)

    async def _load(self, lack: Unloaded, upto: int) -> None:
        """Load again what was dropped, as it was before a row. It has already been checked."""
        book = self._book
        demand = Demand(
            book.number, upto=upto, rows=lack.rows, lots=lack.lots, redemptions=lack.redemptions
        )
        (found,) = await self._store.load(book.shard, [demand])
        book.take_found(found.lots, found.redemptions, found.movements, found.rows)

    async def _check_narrow(self, made: Sequence[Record]) -> bool:
        """Whether the rows in `lot_rows` and `standings` agree with the journal."""
        lots = {(lot.lot, record.row.seq): lot for record in made for lot in record.lots}
        standings = {
            (standing.target, record.row.seq): standing
            for record in made
            for standing in record.standings
        }
        self._narrow["lot_rows"] += len(lots)
        self._narrow["standings"] += len(standings)
        return await self._agree("lot_rows", "lot", lots, _lot_row) and await self._agree(
            "standings", "target", standings, standing_of
        )

    async def _agree(
        self, table: str, column: str, expected: dict[tuple[int, int], Any], read: Any
    ) -> bool:
        """Whether each of the rows exists with the right contents."""
        book = self._book
        for chunk in _chunks(list(expected)):
            # One arm for each row: with a single condition for all of them, PostgreSQL could read
            # everything the account has, for each chunk.
            arms = " UNION ALL ".join(
                f"SELECT * FROM {table} WHERE shard = $1 AND account_id = $2"  # noqa: S608 - constants
                f" AND {column} = ${2 * at + 3} AND seq = ${2 * at + 4}"
                for at in range(len(chunk))
            )
            rows = await self._reading.fetch(
                arms, book.shard, book.number, *[number for place in chunk for number in place]
            )
            kept = {(row[column], row["seq"]): read(row) for row in rows}
            for place in chunk:
                if kept.get(place) != expected[place]:
                    what = f"{table} says {kept.get(place)}, but the journal says {expected[place]}"
                    self.found(place[1], what)
                    return False
        return True

    async def _check_external_ids(self, program: int, page: Sequence[Transaction]) -> None:
        """Check that every external id of the journal is in the directory of external ids."""
        named = {row.external_id: row for row in page if row.external_id is not None}
        for chunk in _chunks(list(named)):
            places = ", ".join(f"${at + 2}" for at in range(len(chunk)))
            found = await self._reading.fetch(
                "SELECT external_id, account_id, seq FROM external_ids"  # noqa: S608
                f" WHERE program_id = $1 AND external_id IN ({places})",
                program,
                *chunk,
            )
            known = {row["external_id"]: (row["account_id"], row["seq"]) for row in found}
            for external_id in chunk:
                row = named[external_id]
                if known.get(external_id) != (row.account, row.seq):
                    self.found(row.seq, f"its external id {external_id!r} leads elsewhere")

    async def _check_peers(self, page: Sequence[Transaction]) -> None:
        """Check that the other leg of each transfer exists and points back."""
        for row in page:
            if not row.peer:
                continue
            account, seq = split_number(row.peer)
            peer = await self._reading.fetch_one(
                "SELECT peer, amount FROM transactions"
                " WHERE shard = $1 AND account_id = $2 AND seq = $3",
                account % self._store.shards,
                account,
                seq,
            )
            if peer is None or peer["peer"] != row.number:
                self.found(row.seq, "the other leg of its transfer does not point back")


def _lot_row(row: Row) -> LotRow:
    return LotRow(row["lot"], row["closed"])


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
