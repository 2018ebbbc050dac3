"""The protocol of a store, which SQLite and PostgreSQL both implement.

A store has two faces. `LedgerStore` is the hot path: it loads what decisions lack
and saves a decided batch, each in one round trip. `Database` runs named, explicit
SQL for everything else. One conformance suite (tests/storage) must pass on both.
"""

from collections.abc import Awaitable, Callable, Hashable, Mapping, MutableMapping, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, Final, NamedTuple, Protocol

from stampbook.domain.facts import AccountFacts
from stampbook.domain.model import (
    MAX_SEQUENCE,
    Lot,
    Movement,
    Record,
    Redemption,
    Transaction,
)
from stampbook.domain.policy import Policy
from stampbook.storage.examining import Examined
from stampbook.storage.searching import Sought

Row = Mapping[str, Any]
"""One row of an answer, by column name (asyncpg.Record and sqlite3.Row both fit)."""


class Demand(NamedTuple):
    """The missing facts of one account, as of its row `upto` (None: its last row; 0: none yet).

    `opening`: whose the account is, and all that is open.
    `rows`: transactions by number. Each comes with its movement, its root's row and movement, and
    the root's lots (of an accrual) or allocation (of a redemption) with the lots that pay. A cancel
    also comes with the lots and the allocations that its postings name.
    `lots`: closed lots by number.
    `redemptions`: redemptions by number, each with its whole allocation and the lots that pay.
    `paid_by`: lots; the answer has all redemptions for which they pay, likewise.
    `subjects`: all originals of the subject (of a passage between merged accounts, all its rows),
    each as if it had been named in `rows`.
    """

    account: int
    opening: bool = False
    upto: int | None = None
    rows: frozenset[int] = frozenset()
    lots: frozenset[int] = frozenset()
    paid_by: frozenset[int] = frozenset()
    redemptions: frozenset[int] = frozenset()
    subjects: frozenset[str] = frozenset()

    @property
    def last(self) -> int:
        """The last row of the journal that counts."""
        return MAX_SEQUENCE if self.upto is None else self.upto


class AccountFound(NamedTuple):
    """The facts of one demand.

    `facts` and `states` (domain.state.take_state) are given if `opening` was asked for and the
    account exists. `lots` are closed ones, and may be outdated where a lot is open again: then
    `states` count. `paid_by` repeats the lots whose redemptions are now completely known.
    All facts are those of the journal's rows up to one of them. The journal only grows, so facts
    of two instants are never mixed.
    """

    account: int
    facts: AccountFacts | None
    states: Sequence[str]
    lots: Sequence[Lot]
    redemptions: Sequence[Redemption]
    movements: Sequence[Movement]
    rows: Sequence[Transaction]
    paid_by: frozenset[int]


class KeyRow(NamedTuple):
    """An idempotency key that was used for a ledger write; `digest` is the key's.

    `fingerprint` (16 bytes) shows whether a request is the same one. The answer is rebuilt from the
    journal: rows `seq` to `seq + count - 1` of the account; none for what had nothing to do.
    `already` marks the answer "cancelled already". Account 0: the key was used for a write outside
    the ledger. `named`: the rows were an earlier request's, which had the same external id.
    """

    digest: bytes
    fingerprint: bytes
    shard: int
    account: int
    seq: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody counts with
    already: bool
    named: bool = False


class ExternalIdRow(NamedTuple):
    """An external id of a program and the transaction that has it."""

    program: int
    external_id: str
    fingerprint: bytes
    shard: int
    account: int
    seq: int


class Key:
    """An idempotency key of a tenant. Keys are equal if their digests are."""

    __slots__ = ("digest", "tenant", "text")

    def __init__(self, tenant: int, text: str) -> None:
        self.tenant = tenant
        self.text = text
        # 16 bytes instead of the text: what callers write into a key is not stored with movements.
        self.digest = blake2b(f"{tenant}:{text}".encode(), digest_size=16).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


class Guard(NamedTuple):
    """A version by which a save is guarded. The subject names something outside the ledger."""

    subject: str
    version: int


GIVEN: Final = "/* given */"
"""Where an `INSERT … SELECT` of `Beside` says from what it selects: a comment, where there are only
the parameters of one row."""

BESIDE: Final = " /* beside */"
"""After `standings` that are joined with rows outside the journal, and `transactions` where a key
is looked for. A distributed database has the newest standings and all keys beside such rows."""

APART: Final = "/* apart */"
"""Before the parenthesis of a part (`WITH … AS`) that is joined with the journal and names no table
of it. A distributed database works the part out first; elsewhere it is as if it were written where
it is used."""

NO_COPIES: Final[Mapping[str, str]] = MappingProxyType({})
"""`Store.copies` where nothing is kept twice."""


class Beside(NamedTuple):
    """Rows outside the ledger that are written in the commit of a batch, after its own rows.

    The statement is executed for each of `rows`, its parameters ($1 …); each execution must touch
    exactly one row, and cannot touch more. It returns nothing.

    `types` are PostgreSQL's types of the parameters of an `INSERT … SELECT $1, … {GIVEN}`, which
    reads them from nowhere else: there one execution then takes all of the rows, and it may be that
    of the batch's own rows too. So it must not read what these, or others beside them, write.
    """

    sql: str
    rows: Sequence[Sequence[object]]
    types: tuple[str, ...] = ()


class Batch(NamedTuple):
    """All that one batch writes in one shard: saved whole or not at all.

    `keys` belong to rows among `records`, by account and number of the first row of their answer;
    `repeated` name older rows. `key_texts` are the keys of both: the save fails if one of them
    was used before, by the ledger or by another write. `due` are the accounts on which something
    becomes due earlier than before, with the instant.

    The save fails with `SaveConflict` unless each version of `accounts` and `policies` (number,
    version) and of `guards` is still the present one; a saved guard's version grows by one. It
    also fails if a journal number, a key or an external id is taken, and with `BesideConflict` if
    a statement of `beside` touches another number of rows than one, or violates a UNIQUE
    constraint.
    """

    shard: int
    records: Sequence[Record] = ()
    accounts: Sequence[tuple[int, int]] = ()
    due: Sequence[tuple[int, int]] = ()
    keys: Mapping[tuple[int, int], KeyRow] = {}
    repeated: Sequence[KeyRow] = ()
    key_texts: Sequence[Key] = ()
    external_ids: Sequence[ExternalIdRow] = ()
    policies: Sequence[tuple[int, int]] = ()
    guards: Sequence[Guard] = ()
    beside: Sequence[Beside] = ()

    @property
    def size(self) -> int:
        """How many postings and rows it has."""
        return sum(
            1 + len(each.row.postings) + len(each.lots) + len(each.standings)
            for each in self.records
        )


class SaveConflict(Exception):
    """A fact on which the batch's decisions rest has changed. Nothing was written.

    Another process has changed a guard, or taken a journal number, an idempotency key or an
    external id: load again and decide again.
    """


class BesideConflict(SaveConflict):
    """What was read outside the ledger has changed. Nothing was written."""


class OutcomeUnknown(Exception):
    """The connection was lost while committing: the batch may be saved or not."""


class Unavailable(Exception):
    """The database cannot be used: unreachable, locked by another process, damaged. Nothing was
    written. The message says what to do."""


class NoRoom(Unavailable):
    """The database's disk is full. Nothing was written; service resumes when there is room."""


class LedgerStore(Protocol):
    """The hot path of the ledger on one database."""

    @property
    def shards(self) -> int:
        """The number of shards, fixed when the database was created. An account's shard is its
        number modulo this."""
        ...

    @property
    def looks_everywhere(self) -> bool:
        """Whether one statement can look up a row for each of many accounts, whatever their shards.
        Otherwise each shard needs a statement of its own."""
        ...

    @property
    def copies(self) -> Mapping[str, str]:
        """What must not be where parts of the journal are kept twice, and for each the statement
        that finds the first difference in shard $1. Empty where nothing is."""
        ...

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        """Load the facts that decisions lack: one answer per demand, in order."""
        ...

    async def save(self, batches: Sequence[Batch]) -> None:
        """Write the batches (several if a request spans shards) in one commit.

        Returns after the commit is durable. Raises SaveConflict, OutcomeUnknown or Unavailable.
        """
        ...

    async def until_replicated(self) -> None:
        """Return when all that is committed is also where commits must wait to be: on the standbys
        of synchronous replication, if the database has any. Raises Unavailable."""
        ...

    async def policies(self, currencies: Sequence[int]) -> list[Policy]:
        """The currencies' present policies."""
        ...

    async def find_keys(self, keys: Sequence[Key]) -> list[KeyRow]:
        """The keys among these that are taken; account 0: by a write outside the ledger."""
        ...

    async def find_external_ids(self, ids: Sequence[tuple[int, str]]) -> list[ExternalIdRow]:
        """The (program, external id) pairs among these that are taken."""
        ...

    async def find_guards(self, subjects: Sequence[str]) -> dict[str, int]:
        """The present versions of the guards among these that exist."""
        ...

    async def last_rows(self, shard: int, accounts: Sequence[int]) -> dict[int, int]:
        """The number of the last journal row of each of the shard's accounts; 0 for no row."""
        ...

    async def journal(self, account: int, *, after: int, limit: int) -> list[Transaction]:
        """Rows of an account's journal in order, with a sequence number above `after`."""
        ...

    async def written(self, account: int, seq: int, count: int = 1) -> list[Transaction]:
        """Rows that were committed, `count` from number `seq` on. Raises Unavailable if a lost node
        still hides them."""
        ...

    async def due_accounts(self, shard: int, now: int, limit: int, program: int = 0) -> list[int]:
        """Accounts of the program (0: of all) on which something is due at `now`.

        At most `limit`, roughly in the order in which they became due. There may be fewer although
        more are due, but the list is empty only if nothing is due.
        """
        ...

    async def put_off(self, shard: int, accounts: Sequence[int]) -> None:
        """Set the instants at which accounts are due (`due_accounts`) to what their last rows
        say."""
        ...

    async def complete_upto(self) -> int:
        """The position up to which the journal is complete (ledger/following/feed.py).

        Every row up to it is committed and seen by every read that begins after this call; no
        further row will ever appear there.
        """
        ...


Ending = Callable[["Transacting"], Awaitable[None]]
"""Work that is done last in a transaction, in it."""


class Transacting(Protocol):
    """An open database transaction, or a reading connection."""

    @property
    def endings(self) -> MutableMapping[Hashable, Ending]:
        """What is done right before the commit of this transaction, in order, by name. What takes
        a lock that many transactions need belongs here: it is held for as short as can be, and
        nothing is locked after it. Raises RuntimeError where no transaction is open."""
        ...

    @property
    def locking(self) -> str:
        """What ends a SELECT within a transaction so that nobody else changes its rows before the
        transaction ends. Empty where there is one writer anyway."""
        ...

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """All rows of a statement. Parameters are written $1, $2 … in both databases."""
        ...

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """The first row, or None."""
        ...

    async def execute(self, sql: str, *args: object) -> int:
        """Run a statement; returns how many rows it touched."""
        ...


class UniqueViolation(Exception):
    """A UNIQUE or PRIMARY KEY constraint refused a row; `constraint` names it if known."""

    def __init__(self, constraint: str | None = None) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Database(Transacting, Protocol):
    """Explicit SQL for everything that is not the ledger's hot path.

    `fetch`, `fetch_one` and `execute` outside a transaction are statements of their own;
    reads use reading connections and never wait for writers.
    """

    def transaction(self) -> AbstractAsyncContextManager[Transacting]:
        """A read-write transaction: committed at the end, rolled back on an exception.

        Raises Unavailable, or OutcomeUnknown when the connection is lost at the commit.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Transacting]:
        """One unchanging view for several reads, while others go on writing."""
        ...


class Store(Database, LedgerStore, Protocol):
    """A whole store."""

    @property
    def checks(self) -> Examined:
        """What `/readyz` asks it."""
        ...

    async def find_members(self, sought: Sought) -> list[int]:
        """Numbers of members who are not deleted, MAX_FOUND at most, in no order."""
        ...

    async def purge_search(self) -> None:
        """Drop what the index of members still has of texts that are gone. PostgreSQL does that by
        itself, with its next VACUUM."""
        ...

    def measure(self) -> None:
        """Note how many connections are in use."""
        ...

    async def close(self) -> None:
        """Finish what is running and release all connections."""
        ...
