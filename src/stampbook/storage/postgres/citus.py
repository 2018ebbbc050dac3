"""The store on PostgreSQL where Citus has distributed the journal by shard.

The journal and the two projections that have a shard are on the workers, everything else on the
coordinator, to which all connections go. See docs/operating/scale-out.md, and the statements in
sql/citus, which say why they differ.
"""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import asyncpg

from stampbook.domain.model import Transaction
from stampbook.storage.postgres.connections import (
    LOOKING_UP,
    POOL_SIZE,
    PostgresTransacting,
    acquired,
)
from stampbook.storage.postgres.faults import LOST
from stampbook.storage.postgres.loading import STATEMENTS
from stampbook.storage.postgres.saving import (
    citus_save_arguments,
)
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.rows import lot_row_values, standing_values, transaction_values
from stampbook.storage.statements import Statement, named_texts, numbered
from stampbook.storage.store import (
    APART,
    BESIDE,
    Batch,
    ExternalIdRow,
    Key,
    KeyRow,
    OutcomeUnknown,
    Row,
    SaveConflict,
    Transacting,
    Unavailable,
)
from stampbook.storage.tables import LOT_ROWS, STANDINGS, TRANSACTIONS, Table, Values

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

IS_DISTRIBUTED: Final = """
    SELECT to_regclass('public.distributed_saves') IS NOT NULL AS is_distributed
"""
"""That is the last table which deploy/citus/distribute.sql makes."""

CITUS_STATEMENTS: Final[Mapping[str, Statement]] = {
    **STATEMENTS,
    **{name: numbered(text) for name, text in named_texts("citus").items()},
}

SHOWING: Final = MappingProxyType({"citus.override_table_visibility": "off"})
"""Citus hides parts of tables by a look at every relation in each statement on the catalogue. The
driver asks that for the types of parameters, in each connection: it would take seconds."""

LOOKS: Final = ("rows", "standings", "lots", "payers", "histories", "subjects")
"""The parts of the statement `look`, each of which looks for the first array of its own."""

ROWS_AT_ONCE: Final = (64, 16, 4, 1)
"""How many rows one statement writes: only a few sizes, since each is a statement of its own."""


COMPLETE: Final = "SELECT recover_prepared_transactions()"
"""Has Citus end what a lost node has left between the two phases of a commit. It does so by itself,
too, but not at once."""

IN_DOUBT: Final = "a database node has not ended a commit yet"

SHOWN_TRIES: Final = 10
SHOWN_PAUSE_S: Final = 0.02
"""A worker shows rows a millisecond after the coordinator has committed them. It is not waited for
long: what waits has locks."""

_BESIDE: Final = {"standings": "newest_standings", "transactions": "transaction_keys"}
"""What the coordinator has of the journal, by the name of the table there."""

_WRITES: Final = re.compile(
    r"\b(?:INTO|UPDATE|DELETE\s+FROM)\s+(?:transactions|lot_rows|standings|holdings|lot_births)\b"
)


class CitusTransacting(PostgresTransacting):
    """Statements on one connection to the coordinator."""

    _is_in_two_phases = False

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting."""
        return await super().fetch(on_coordinator(sql), *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        return await super().fetch_one(on_coordinator(sql), *args)

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting. What writes on a worker is committed with the rest, in two phases."""
        if _WRITES.search(sql) and not self._is_in_two_phases:
            self._is_in_two_phases = True
            await super().execute(CITUS_STATEMENTS["two_phases"].sql)
        return await super().execute(on_coordinator(sql), *args)


@lru_cache(maxsize=1024)
def on_coordinator(sql: str) -> str:
    """The statement with the standings and keys that are there, and with those parts worked out
    first that Citus would not join."""
    for journal, beside in _BESIDE.items():
        sql = sql.replace(f"{journal}{BESIDE}", beside)
    return sql.replace(APART, "MATERIALIZED")


class CitusStore(PostgresStore):
    """The store protocol on the coordinator of a distributed database."""

    statements = CITUS_STATEMENTS
    transacting = CitusTransacting
    # Citus plans by the values: a plan for any value would not know the shard.
    settings = MappingProxyType({**LOOKING_UP, **SHOWING, "plan_cache_mode": "force_custom_plan"})
    others_settings = SHOWING
    saves_at_once = False
    looks_everywhere = False
    copies = MappingProxyType(
        {
            "what is in force on the coordinator is not what the journal says": CITUS_STATEMENTS[
                "differing_standings"
            ].sql,
            "the keys on the coordinator are not those of the journal": CITUS_STATEMENTS[
                "differing_keys"
            ].sql,
        }
    )

    async def _fetch(
        self, name: str, values: Mapping[str, object], pool: "asyncpg.Pool[Any] | None" = None
    ) -> list[Any]:
        if name != "look":
            return await super()._fetch(name, values, pool)
        found: dict[str, list[Any]] = {}
        for part in LOOKS:
            statement = self.statements[f"look_{part}"]
            wanted = any(values[each] for each in statement.names if each not in _GIVEN)
            found[part] = await super()._fetch(f"look_{part}", values, pool) if wanted else []
        return [found]

    async def _save(self, batches: Sequence[Batch]) -> None:
        """What is in the way, or has become of the save, may be in doubt on a worker."""
        try:
            await super()._save(batches)
        except (SaveConflict, OutcomeUnknown):
            await self._complete()
            raise

    async def due_accounts(self, shard: int, now: int, limit: int, program: int = 0) -> list[int]:
        """See LedgerStore. While nothing is due in the shard, its node is not asked."""
        values = {"shard": shard, "now": now, "program": program}
        if not await self._fetch("may_be_due", values, self._other):
            return []
        return await super().due_accounts(shard, now, limit, program)

    async def find_keys(self, keys: Sequence[Key]) -> list[KeyRow]:
        """See LedgerStore. Raises Unavailable if the rows of a key are in doubt on a worker."""
        found = await super().find_keys(keys)
        for each in found:
            if each.count:
                await self.written(each.account, each.seq + each.count - 1)
        return found

    async def find_external_ids(self, ids: Sequence[tuple[int, str]]) -> list[ExternalIdRow]:
        """See LedgerStore. Raises Unavailable if the row of one is in doubt on a worker."""
        found = await super().find_external_ids(ids)
        for each in found:
            await self.written(each.account, each.seq)
        return found

    async def written(self, account: int, seq: int, count: int = 1) -> list[Transaction]:
        """See LedgerStore. The server that wrote them has their keys in memory, and the other row
        of a transfer may be on another node: so those who need rows ask here."""
        found = await super().written(account, seq, count)
        if len(found) < count:
            await self._complete()
            found = await super().written(account, seq, count)
            if len(found) < count:
                raise Unavailable(IN_DOUBT)
        return found

    async def _complete(self) -> None:
        """End what is in doubt on the nodes that can be reached."""
        with suppress(*LOST, asyncpg.PostgresError, Unavailable):
            async with acquired(self._other, self._url) as connection:
                await connection.execute(COMPLETE)

    async def complete_upto(self) -> int:
        """See LedgerStore. A worker keeps the lock of a save until its rows appear there, which is
        after the coordinator has given its own back: so it is asked afterwards."""
        upto = await super().complete_upto()
        return _shown_upto(upto, await self._fetch("drawing_on_workers", {}, self._other))

    async def put_off(self, shard: int, accounts: Sequence[int]) -> None:
        """See LedgerStore. Raises Unavailable if a worker hides rows that may be the last ones of
        the accounts: what they make due would never be done."""
        values = {"shard": shard, "accounts": accounts}
        lock, put_off = self.statements["lock_accounts"], self.statements["put_off"]
        try:
            async with self.transaction() as writing:
                await writing.fetch(lock.sql, *lock.arguments(values))
                await self._until_shown(writing)
                await writing.execute(put_off.sql, *put_off.arguments(values))
        except Unavailable:
            await self._complete()
            raise

    async def _until_shown(self, writing: Transacting) -> None:
        """Return when the workers show all rows that were committed before this was called."""
        (last,) = await writing.fetch(self.statements["last_position"].sql)
        for _ in range(SHOWN_TRIES):
            drawing = await writing.fetch(self.statements["drawing_on_workers"].sql)
            if _shown_upto(last["position"], drawing) == last["position"]:
                return
            await asyncio.sleep(SHOWN_PAUSE_S)
        raise Unavailable(IN_DOUBT)

    def _arguments(self, batch: Batch) -> list[object]:
        return citus_save_arguments(self.statements["save"], batch)

    async def _write(
        self, connection: "PoolConnectionProxy[Any]", batch: Batch, arguments: list[object]
    ) -> None:
        """In one transaction: what is on the coordinator, which guards the rest, then the rows."""
        await connection.execute(self.statements["two_phases"].sql)
        save = self.statements["save"].sql
        guarded = await connection.fetchrow(save, *arguments)
        assert guarded is not None
        for table, columns, rows in _written(batch, guarded["positions"]):
            for chunk in _chunks(rows):
                values = [value for row in chunk for value in row]
                sql = _insertion(table, columns, len(chunk))
                await connection.execute(sql, *values)


_GIVEN: Final = ("shard", "originals")


def _shown_upto(upto: int, drawing: Iterable[Row]) -> int:
    """The last position up to this one before which no worker hides a row."""
    for row in drawing:
        if not row["success"]:
            raise Unavailable("a database node does not answer")
        if row["result"]:
            upto = min(upto, int(row["result"]))
    return upto


def _written(
    batch: Batch, positions: Sequence[int]
) -> Iterator[tuple[Table, Sequence[str], Sequence[Values]]]:
    """The rows of each table of the journal, with their columns."""
    shard, keys, records = batch.shard, batch.keys, batch.records
    yield (
        TRANSACTIONS,
        (*TRANSACTIONS.columns, "position"),
        [
            (*transaction_values(shard, each, keys.get((each.row.account, each.row.seq))), position)
            for each, position in zip(records, positions, strict=True)
        ],
    )
    lots = [lot_row_values(shard, each.row, lot) for each in records for lot in each.lots]
    yield LOT_ROWS, LOT_ROWS.columns, lots
    standings = [
        standing_values(shard, each.row, standing)
        for each in records
        for standing in each.standings
    ]
    yield STANDINGS, STANDINGS.columns, standings


def _insertion(table: Table, columns: Sequence[str], rows: int) -> str:
    """Writes that many rows. Their values are parameters, so that Citus sees their shard."""
    width = len(columns)
    places = ", ".join(
        f"({', '.join(f'${row * width + at}' for at in range(1, width + 1))})"
        for row in range(rows)
    )
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES {places}"  # noqa: S608 - names of columns and numbers of parameters


def _chunks(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    at = 0
    for size in ROWS_AT_ONCE:
        while len(rows) - at >= size:
            yield rows[at : at + size]
            at += size


async def open_postgres(url: str, *, pool_size: int = POOL_SIZE) -> PostgresStore:
    """The store of a migrated PostgreSQL database, distributed or not.

    Raises SchemaProblem or Unavailable."""
    store = await PostgresStore.open(url, pool_size=pool_size)
    row = await store.fetch_one(IS_DISTRIBUTED)
    if row is None or not row["is_distributed"]:
        return store
    await store.close()
    return await CitusStore.open(url, pool_size=pool_size)
