"""The store on PostgreSQL where Citus has distributed the journal by shard.

The journal and the two projections that have a shard are on the workers, everything else on the
coordinator, to which all connections go. See docs/operating/scale-out.md, and the statements in
sql/citus, which say why they differ.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import asyncpg

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
    Key,
    KeyRow,
    OutcomeUnknown,
    Row,
    SaveConflict,
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

_WRITES: Final = re.compile(
    r"\b(?:INTO|UPDATE|DELETE\s+FROM)\s+(?:transactions|lot_rows|standings|holdings|lot_births)\b"
)


class CitusTransacting(PostgresTransacting):
    """Statements on one connection to the coordinator."""

    _is_in_two_phases = False

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        """See Transacting."""
        return await super().fetch(_on_coordinator(sql), *args)

    async def fetch_one(self, sql: str, *args: object) -> Row | None:
        """See Transacting."""
        return await super().fetch_one(_on_coordinator(sql), *args)

    async def execute(self, sql: str, *args: object) -> int:
        """See Transacting. What writes on a worker is committed with the rest, in two phases."""
        if _WRITES.search(sql) and not self._is_in_two_phases:
            self._is_in_two_phases = True
            await super().execute(CITUS_STATEMENTS["two_phases"].sql)
        return await super().execute(_on_coordinator(sql), *args)


@lru_cache(maxsize=1024)
def _on_coordinator(sql: str) -> str:
    """The statement with the standings that are beside what they are joined with, and with those
    parts worked out first that Citus would not join."""
    return sql.replace(f"standings{BESIDE}", "newest_standings").replace(APART, "MATERIALIZED")


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
            if each.count and not await self._has_rows(each):
                await self._complete()
                if not await self._has_rows(each):
                    raise Unavailable("a database node has not ended a commit yet")
        return found

    async def _has_rows(self, key: KeyRow) -> bool:
        return bool(await self.journal(key.account, after=key.seq + key.count - 2, limit=1))

    async def _complete(self) -> None:
        """End what is in doubt on the nodes that can be reached."""
        with suppress(*LOST, asyncpg.PostgresError, Unavailable):
            async with acquired(self._other, self._url) as connection:
                await connection.execute(COMPLETE)

    async def complete_upto(self) -> int:
        """See LedgerStore. A worker keeps the lock of a save until its rows appear there, which is
        after the coordinator has given its own back: so it is asked afterwards."""
        upto = await super().complete_upto()
        for row in await self._fetch("drawing_on_workers", {}, self._other):
            if not row["success"]:
                raise Unavailable("a database node does not answer")
            if row["result"]:
                upto = min(upto, int(row["result"]))
        return upto

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
