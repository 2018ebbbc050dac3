"""Converting a database to one table: the step in Python between two migrations.

The migration before it has renamed the old tables to `old_` names; the one after it drops them. In
between, each row of the old journal is checked against the old chain of hashes and written anew,
together with what the new journal stores beside a row, by the store's own writer. Replay
(domain/audit.py) makes all of that from the rows, so the only other old table that is read is that
of the idempotency keys.

A page of rows is one transaction, and rows are written in the order of accounts: the last row of a
shard in the new journal shows how far it is converted. An interrupted step resumes there. It keeps
in memory one account's open state, a page of its journal, and the facts that the last rows needed.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from msgspec import DecodeError
from msgspec.json import decode

from stampbook.domain.audit import UNFIT, apply_row, lacking
from stampbook.domain.book import Book
from stampbook.domain.facts import AccountFacts
from stampbook.domain.hashing import (
    GENESIS,
    decode_postings,
    decode_terms,
    encode_postings,
    encode_terms,
    row_hash,
    seal_of,
)
from stampbook.domain.model import FOREVER, NOBODY, Kind, Record, Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.recording import record
from stampbook.domain.state import take_state
from stampbook.storage.rows import identity_of
from stampbook.storage.store import Batch, Demand, Key, KeyRow, Row, Store
from stampbook.storage.tables import with_columns

PAGE: Final = 500
"""How many rows one transaction converts: what a crash repeats, and what is kept in memory besides
the account."""

KEPT: Final = 20_000
"""How many closed lots, rows and allocations of one account are kept in memory."""

Place = tuple[int, int]
"""An account and a row of its journal: all rows up to it, and of accounts before it, are done."""


class NotConverted(Exception):
    """A row that cannot be converted. The message names account and row, and says what to do."""


class Progress(NamedTuple):
    """Progress: rows done of all, and how many of them since this run was started."""

    done: int
    total: int
    since_start: int
    seconds: float


Report = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Report nothing."""


async def convert_journal(store: Store, report: Report, *, page: int = PAGE) -> None:
    """Convert all rows that are not converted yet, `page` rows in a transaction.

    Raises NotConverted, or what the store raises.
    """
    counted = await store.fetch_one(
        "SELECT (SELECT count(*) FROM old_transactions) AS total,"
        " (SELECT count(*) FROM transactions) AS done"
    )
    assert counted is not None
    total, before, began = counted["total"], counted["done"], time.monotonic()
    done = before
    for shard in range(store.shards):
        converting = _Shard(store, shard, page)
        while converted := await converting.page():
            done += converted
            report(Progress(done, total, done - before, time.monotonic() - began))


class _Shard:
    """The accounts of one shard, in order of their numbers."""

    def __init__(self, store: Store, shard: int, page: int) -> None:
        self._store = store
        self._shard = shard
        self._page = page
        self._place: Place | None = None
        self._account: _Account | None = None
        self._policies: dict[int, Policy] = {}

    async def page(self) -> int:
        """Convert a page of rows; returns how many it had."""
        place = self._place
        if place is None:
            place = await self._resume()
        old = await self._store.fetch(_OLD_ROWS, self._shard, *place, self._page)
        if not old:
            return 0
        first, last = place, (old[-1]["account_id"], old[-1]["seq"])
        facts = await self._facts(sorted({row["account_id"] for row in old}))
        records = [await self._account_of(row, facts).convert(row) for row in old]
        keys, repeated = await self._keys(first, last)
        await self._store.save([Batch(self._shard, records=records, keys=keys, repeated=repeated)])
        assert self._account is not None
        self._account.saved()
        self._place = last
        return len(old)

    async def _resume(self) -> Place:
        """The end of the shard's new journal, with the account as its rows leave it."""
        row = await self._store.fetch_one(_LAST_ROW, self._shard)
        if row is None:
            return 0, 0
        place = account, seq = row["account_id"], row["seq"]
        old = await self._store.fetch_one(_OLD_HASH, self._shard, account, seq)
        if old is None:
            raise NotConverted(f"account {account} has new rows: a server wrote to the database")
        (found,) = await self._store.load(self._shard, [Demand(account, opening=True)])
        assert found.facts is not None
        _, policy = (await self._facts([account]))[account]
        book = Book(found.facts, policy)
        take_state(book, found.states)
        self._account = _Account(self._store, book, head=bytes(old["hash"]))
        return place

    async def _facts(self, accounts: Sequence[int]) -> Mapping[int, tuple[AccountFacts, Policy]]:
        places = ", ".join(f"${at + 2}" for at in range(len(accounts)))
        rows = await self._store.fetch(f"{_ACCOUNTS} ({places})", self._shard, *accounts)
        found = [identity_of(row) for row in rows]
        lacking = sorted({each.currency for each in found} - self._policies.keys())
        if lacking:
            policies = await self._store.policies(lacking)
            self._policies.update((policy.currency, policy) for policy in policies)
        return {each.number: (each, self._policies[each.currency]) for each in found}

    def _account_of(self, row: Row, facts: Mapping[int, tuple[AccountFacts, Policy]]) -> "_Account":
        number = row["account_id"]
        if self._account is None or self._account.book.number != number:
            if number not in facts:
                raise _broken(number, row["seq"], "there is no such account")
            self._account = _Account(self._store, Book(*facts[number]))
        return self._account

    async def _keys(self, first: Place, last: Place) -> tuple[dict[Place, KeyRow], list[KeyRow]]:
        """The keys of the rows after `first` up to `last`: one for each row, and all the others.

        If several requests were answered with the same row, any of them may have written it,
        except those that found a transaction cancelled already.
        """
        keys: dict[Place, KeyRow] = {}
        repeated: list[KeyRow] = []
        for row in await self._store.fetch(KEYS, self._shard, *first, *last):
            key = KeyRow(
                digest=Key(row["tenant_id"], row["key"]).digest,
                fingerprint=row["fingerprint"],
                shard=self._shard,
                account=row["account_id"],
                seq=row["seq"],
                count=row["count"],
                already=bool(row["already"]),
            )
            if key.already or (key.account, key.seq) in keys:
                repeated.append(key)
            else:
                keys[key.account, key.seq] = key
        return keys, repeated


class _Account:
    """One account, as the rows converted so far leave it. `head`: the old chain's last hash."""

    def __init__(self, store: Store, book: Book, *, head: bytes = GENESIS) -> None:
        self._store = store
        self.book = book
        self._head = head

    async def convert(self, old: Row) -> Record:
        """The row as the new journal has it. Raises NotConverted."""
        number, seq = old["account_id"], old["seq"]
        try:
            content = _old_content(old)
        except (ValueError, TypeError, LookupError, DecodeError) as error:
            raise _broken(number, seq, f"the row cannot be read: {error}") from None
        head = bytes(old["hash"])
        if head != _old_hash(self._head, content):
            raise _broken(number, seq, "the hash does not cover the row and its predecessor")
        self._head = head
        *shared, postings, terms = content
        reason, actor, metadata = content[17:20]
        row = (*shared, NOBODY, seal_of(reason, actor, metadata), postings, terms)
        converted = Transaction._make((*row, row_hash(self.book.head, row)))
        await self._load_for(converted)
        try:
            apply_row(self.book, converted)
            # `verify` reports broken laws, in this database as in any other. A conversion must not
            # stop at them: no release can mend a row, and every database must be able to go on.
            return record(self.book, converted)
        except UNFIT as error:
            raise _broken(number, seq, f"the row cannot be applied: {error!r}") from None

    async def _load_for(self, row: Transaction) -> None:
        """Load again the facts that the row refers to and that were forgotten."""
        book = self.book
        before: tuple[Any, ...] = ()
        while (lack := lacking(book, row)) is not None:
            wanted = (lack.rows, lack.lots, lack.redemptions)
            if wanted == before:
                what = "the row refers to what the journal does not have"
                raise _broken(row.account, row.seq, what)
            before = wanted
            demand = Demand(
                book.number, rows=lack.rows, lots=lack.lots, redemptions=lack.redemptions
            )
            (found,) = await self._store.load(book.shard, [demand])
            book.take_found(found.lots, found.redemptions, found.movements, found.rows)

    def saved(self) -> None:
        """Note that all rows converted so far are in the store, and can be loaded again."""
        book = self.book
        book.saved()
        if len(book.lots) - len(book.open_lots) + len(book.rows) + len(book.redemptions) > KEPT:
            book.prune()


def _broken(account: int, seq: int, what: str) -> NotConverted:
    return NotConverted(
        f"the journal of account acc_{account:x} cannot be converted, transaction {seq}: {what}."
        " Restore the backup and run `stampbook verify` of the version that made the database"
    )


# -- rows of the old journal ---------------------------------------------------------------

_ACCOUNTS: Final = with_columns(
    "SELECT {accounts} FROM accounts WHERE shard = $1 AND account_id IN"
)
_LAST_ROW: Final = """
    SELECT account_id, seq FROM transactions WHERE shard = $1
    ORDER BY account_id DESC, seq DESC LIMIT 1
"""
_OLD_HASH: Final = """
    SELECT hash FROM old_transactions WHERE shard = $1 AND account_id = $2 AND seq = $3
"""
_OLD_ROWS: Final = """
    SELECT account_id, seq, kind, amount, balance_before, balance_after, recorded_at,
           effective_at, target, root, link, peer, by_clock, deadline_at, slides_at, shortfall,
           external_id, reason, actor, metadata, subject, postings, terms, hash
    FROM old_transactions
    WHERE shard = $1 AND (account_id, seq) > ($2, $3) ORDER BY account_id, seq LIMIT $4
"""
KEYS: Final = """
    SELECT tenant_id, key, fingerprint, account_id, seq, count, already FROM idempotency_keys
    WHERE account_id IS NOT NULL  -- as the index says
      AND shard = $1 AND (account_id, seq) > ($2, $3) AND (account_id, seq) <= ($4, $5)
    ORDER BY account_id, seq, key, tenant_id
"""

_NUMBERS: Final = ",".join(["%d"] * 16)
_KINDS: Final = {int(kind): kind for kind in Kind}


def _old_content(row: Row) -> tuple[Any, ...]:
    """What the old hash covers, in its order: numbers, texts, postings, terms."""
    deadline_at, slides_at = row["deadline_at"], row["slides_at"]
    return (
        row["account_id"],
        row["seq"],
        _KINDS[row["kind"]],
        row["amount"],
        row["balance_before"],
        row["balance_after"],
        row["recorded_at"],
        row["effective_at"],
        row["target"],
        row["root"],
        row["link"],
        row["peer"] or 0,
        bool(row["by_clock"]),
        FOREVER if deadline_at is None else deadline_at,
        FOREVER if slides_at is None else slides_at,
        row["shortfall"],
        row["external_id"],
        row["reason"],
        row["actor"],
        row["metadata"],
        row["subject"],
        decode_postings(decode(row["postings"])),
        decode_terms(decode(row["terms"])),
    )


def _old_hash(previous: bytes, content: tuple[Any, ...]) -> bytes:
    """The hash of a row as it was: of its texts themselves, where there is a seal now."""
    texts = "|".join("-" if text is None else f"{len(text)}:{text}" for text in content[16:21])
    postings, terms = content[21:]
    covered = f"{_NUMBERS % content[:16]}|{texts}|{encode_postings(postings)}|{encode_terms(terms)}"
    return sha256(previous + covered.encode("utf-8", "surrogatepass")).digest()
