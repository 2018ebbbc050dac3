"""What a round will write: the books that it changed, the keys and external ids that it uses, and
the guards on which it relies. From these it makes the batches for the store, one per shard.
"""

from collections.abc import Iterable, Sequence

from stampbook.domain.book import Book
from stampbook.domain.model import Record, Transaction
from stampbook.ledger.work import Fingerprinted
from stampbook.pacing import A_TURN, give_way
from stampbook.storage.store import Batch, Beside, ExternalIdRow, Guard, Key, KeyRow, LedgerStore

UsedKey = tuple[Key, KeyRow]
"""An idempotency key and what it is used for."""


class Writing:
    """What one round will save: all of it, or nothing.

    `books` are those with rows to save, by account; `keys` (by digest) and `external_ids` are those
    that the round uses for the first time, with their uses.
    """

    __slots__ = (
        "_beside",
        "_free",
        "_gathered",
        "_guards",
        "_moved",
        "_shards",
        "_store",
        "books",
        "external_ids",
        "keys",
    )

    def __init__(self, store: LedgerStore) -> None:
        self._store = store
        self._shards = store.shards
        self.books: dict[int, Book] = {}
        self.keys: dict[bytes, UsedKey] = {}
        self.external_ids: dict[tuple[int, str], ExternalIdRow] = {}
        self._guards: dict[str, int] = {}
        self._moved: set[str] = set()
        self._beside: list[Beside] = []
        self._gathered: dict[str, tuple[Beside, list[Sequence[object]]]] = {}
        self._free: list[Key] = []

    def remember(
        self, work: Fingerprinted, row: Transaction, count: int, *, already: bool = False
    ) -> None:
        """Note the idempotency key, if there is one, to be written with the effect: `count` rows
        from `row` on, or, if it had been carried out `already`, the row that did so."""
        key = work.key()
        if key is not None:
            account = row.account
            shard = account % self._shards
            self.use(
                key, KeyRow(key.digest, work.fingerprint(), shard, account, row.seq, count, already)
            )

    def remember_nothing(self, work: Fingerprinted, book: Book) -> None:
        """Note the idempotency key, if there is one, of what had nothing to do on the account: a
        retry does not do what others have made possible since, and another request is refused."""
        key = work.key()
        if key is not None:
            self.use(
                key,
                KeyRow(
                    key.digest, work.fingerprint(), book.shard, book.number, book.seq + 1, 0, False
                ),
            )

    def use(self, key: Key, row: KeyRow) -> None:
        """Note what the key is used for."""
        self.keys[key.digest] = key, row

    def remember_external_ids(
        self, program: int, work: Fingerprinted, rows: Iterable[Transaction]
    ) -> None:
        """Note the external ids that the rows take."""
        for row in rows:
            if row.external_id is not None:
                self.take_external_id(program, row, work.content())

    def take_external_id(self, program: int, row: Transaction, fingerprint: bytes) -> None:
        """Note the external id that the row takes; by the fingerprint a repeat is recognised."""
        assert row.external_id is not None
        shard, place = row.account % self._shards, (row.account, row.seq)
        self.external_ids[program, row.external_id] = ExternalIdRow(
            program, row.external_id, fingerprint, shard, *place
        )

    def guard(self, subject: str, version: int) -> None:
        """Save only if the guard still has this version."""
        self._guards[subject] = version

    def move(self, subjects: Iterable[str]) -> None:
        """Increase the versions of these guards, from those that they have when the batches are
        made."""
        self._moved.update(subjects)

    def write_beside(self, rows: Iterable[Beside], free: Iterable[Key]) -> None:
        """Write these rows outside the ledger too; save only if the keys are free."""
        self._beside.extend(rows)
        self._free.extend(free)

    def gather_beside(self, rows: Iterable[Beside]) -> None:
        """Write these rows outside the ledger too. Those of several works with one statement are
        executed together."""
        for each in rows:
            self._gathered.setdefault(each.sql, (each, []))[1].extend(each.rows)

    def is_guarded(self, subject: str) -> bool:
        """Whether a work relies on the guard, or increases its version: then no other work can."""
        return subject in self._guards or subject in self._moved

    def clear(self) -> None:
        """Discard everything."""
        self.books.clear()
        self.keys.clear()
        self.external_ids.clear()
        self._guards.clear()
        self._moved.clear()
        self._beside.clear()
        self._gathered.clear()
        self._free.clear()

    async def batches(self) -> list[Batch]:
        """One batch per shard, in order; empty when there is nothing to write."""
        shards: dict[int, list[Book]] = {}
        for book in self.books.values():
            shards.setdefault(book.shard, []).append(book)
        for _, row in self.keys.values():
            if row.shard not in shards:
                shards[row.shard] = []
        batches: list[Batch] = []
        taken = 0
        for shard, books in sorted(shards.items()):
            if taken >= A_TURN:
                taken = 0
                await give_way()
            batches.append(batch_of(shard, books, self.keys.values(), self.external_ids.values()))
            taken += len(batches[-1].records)
        unread = self._moved.difference(self._guards)
        if unread:
            self._guards |= await self._store.find_guards(sorted(unread))
        if not batches and (self._guards or self._beside):
            batches = [Batch(0)]
        if batches and self._free:
            keys = [*batches[0].key_texts, *self._free]
            batches[0] = batches[0]._replace(key_texts=keys)
        if self._beside or self._gathered:
            gathered = (each._replace(rows=rows) for each, rows in self._gathered.values())
            beside = [*self._beside, *gathered]
            # Last: it may change accounts, of which every batch checks that they are as they were.
            batches[-1] = batches[-1]._replace(beside=beside)
        if self._guards:
            guards = [Guard(*each) for each in sorted(self._guards.items())]
            batches[0] = batches[0]._replace(guards=guards)
        return batches


def batch_of(
    shard: int,
    books: Iterable[Book],
    keys: Iterable[UsedKey],
    external_ids: Iterable[ExternalIdRow],
) -> Batch:
    """The batch of these books.

    `keys` and `external_ids` are those of all shards. The batch has the versions of accounts and
    policies that guard it.
    """
    records: list[Record] = []
    accounts: list[tuple[int, int]] = []
    due: list[tuple[int, int]] = []
    policies: set[tuple[int, int]] = set()
    for book in books:
        assert not book.draft, "its rows were made for looking at"
        records.extend(book.records)
        accounts.append((book.number, book.version))
        policies.add((book.currency, book.policy.version))
        due_at = book.records[-1].sums.due_at
        if due_at < book.saved_due_at:
            due.append((book.number, due_at))
    ours = [used for used in keys if used[1].shard == shard]
    of_rows, repeated = _divided(ours, records) if ours else ({}, [])
    return Batch(
        shard=shard,
        records=records,
        accounts=accounts,
        due=due,
        keys=of_rows,
        repeated=repeated,
        key_texts=[key for key, _ in ours],
        external_ids=[row for row in external_ids if row.shard == shard],
        policies=sorted(policies),
    )


def _divided(
    keys: Iterable[UsedKey], records: Iterable[Record]
) -> tuple[dict[tuple[int, int], KeyRow], list[KeyRow]]:
    """The keys of the written rows, one for each, and those that name another row, or none."""
    new = {(record.row.account, record.row.seq) for record in records}
    of_rows: dict[tuple[int, int], KeyRow] = {}
    repeated: list[KeyRow] = []
    for _, row in keys:
        place = row.account, row.seq
        is_of_rows = row.count and not (row.already or row.named)
        if is_of_rows and place in new and place not in of_rows:
            of_rows[place] = row
        else:
            repeated.append(row)
    return of_rows, repeated
