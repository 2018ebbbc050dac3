"""One account after the other: its journal replayed, its laws checked, its tables compared.

Accounts are read in groups, each group in one snapshot, so that the state is consistent while
servers go on writing. In memory is one account at a time, its rows without their texts, and a
page of every table.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Final

from stampbook.domain.audit import Fault, blank, compare, laws, replay
from stampbook.domain.book import AccountFacts, Book
from stampbook.domain.model import CREDITS, Payee, Transaction, split_number
from stampbook.domain.policy import Policy
from stampbook.storage.store import Row, Store, Transacting
from stampbook.verifying.rows import (
    ACCOUNT_COLUMNS,
    JOURNAL,
    LOTS,
    MOVEMENTS,
    PAGE,
    PARTS,
    Stream,
    Unreadable,
    add_part,
    facts_of,
    lot_of,
    movement_of,
    transaction_of,
)

GROUP: Final = 200
"""Accounts read in one snapshot: it should not last long, and not be opened too often."""

CHUNK: Final = 100
"""Parameters of one look-up of references."""


class Account:
    """What became of one account's verification."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.transactions = 0
        self.faults: list[Fault] = []


async def verify_accounts(
    store: Store, shard: int, *, program: int | None = None
) -> AsyncGenerator[Account, None]:
    """Every account of the shard, in order of their numbers; of one program if given."""
    after = 0
    while True:
        async with store.snapshot() as reading:
            rows = await reading.fetch(
                f"SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE shard = $1 AND account_id > $2"  # noqa: S608
                " AND (CAST($3 AS bigint) = 0 OR program_id = CAST($3 AS bigint))"
                " ORDER BY account_id LIMIT $4",
                shard,
                after,
                program or 0,
                GROUP,
            )
            async for account in _verify_group(store, reading, shard, rows):
                yield account
        if len(rows) < GROUP:
            return
        after = rows[-1]["account_id"]


async def _verify_group(
    store: Store, reading: Transacting, shard: int, rows: Sequence[Row]
) -> AsyncGenerator[Account, None]:
    if not rows:
        return
    first, last = rows[0]["account_id"], rows[-1]["account_id"]
    currencies = sorted({row["currency_id"] for row in rows})
    policies = {policy.currency: policy for policy in await store.policies(currencies)}
    tables = {
        table.name: Stream(reading, table, shard=shard, first=first, last=last)
        for table in (JOURNAL, LOTS, PARTS, MOVEMENTS)
    }
    for row in rows:
        one = _One(store, reading, tables, Account(row["account_id"]))
        try:
            facts = facts_of(row)
            await one.verify(facts, policies[facts.currency])
        except (Unreadable, ValueError) as error:
            seq = error.seq if isinstance(error, Unreadable) else 0
            what = error.what if isinstance(error, Unreadable) else str(error)
            one.found(seq, what)
        yield one.account


class _One:
    """The verification of one account in a snapshot."""

    def __init__(
        self,
        store: Store,
        reading: Transacting,
        tables: dict[str, Stream],
        account: Account,
    ) -> None:
        self._store = store
        self._reading = reading
        self._tables = tables
        self.account = account

    def found(self, seq: int, what: str) -> None:
        self.account.faults.append(Fault(self.account.number, seq, what))

    async def verify(self, facts: AccountFacts, policy: Policy) -> None:
        """Note every fault of the account; of its journal only the first."""
        number = facts.number
        if facts.shard != number % self._store.shards:
            self.found(0, f"it stands in shard {facts.shard}")
        if (policy.program, policy.tenant) != (facts.program, facts.tenant):
            self.found(0, "its currency is of another program or tenant")
        book = blank(Book(facts, policy))
        if not await self._replay(book):
            return
        self.account.faults += laws(book)
        payees: dict[int, Payee] = {}
        async for row in self._tables["allocations"].of(number):
            add_part(payees, row)
        lots = [lot_of(row) async for row in self._tables["lots"].of(number)]
        movements = [movement_of(row) async for row in self._tables["movements"].of(number)]
        self.account.faults += compare(book, facts, lots, payees.values(), movements)

    async def _replay(self, book: Book) -> bool:
        """Whether the journal is sound; the book is then what it leaves."""
        page: list[Transaction] = []
        async for row in self._tables["transactions"].of(book.number):
            page.append(transaction_of(row))
            if len(page) == PAGE:
                if not await self._apply(book, page):
                    return False
                page = []
        return await self._apply(book, page)

    async def _apply(self, book: Book, page: list[Transaction]) -> bool:
        faults = list(replay(book, page))
        self.account.faults += faults
        if faults:
            return False
        self.account.transactions += len(page)
        await self._check_external_ids(book.program, page)
        await self._check_peers(page)
        for row in page:
            book.rows[row.seq] = _slim(row)
        for changes in (book.changed_lots, book.changed_parts, book.changed_movements):
            changes.clear()
        return True

    async def _check_external_ids(self, program: int, page: Sequence[Transaction]) -> None:
        """Every external id of the journal is known to the directory of external ids."""
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
        """The other leg of a transfer exists and points back."""
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


def _slim(row: Transaction) -> Transaction:
    """What laws still ask of a row that is applied: its texts and postings are not needed."""
    return row._replace(
        external_id=None,
        reason=None,
        actor=None,
        metadata=None,
        subject=None,
        postings=(),
        terms=row.terms if row.kind in CREDITS else (),
        hash=b"",
    )


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
