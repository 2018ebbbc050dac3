"""What one account's lists read, however long its journal and those of others are.

PostgreSQL keeps a plan that it made for short journals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from stampbook.ledger.journal import changes, pages
from stampbook.ledger.journal.pages import Which
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Row, Store
from stampbook.visits.movements import in_force
from stampbook.visits.movements.in_force import Filter
from tests.plans import generic_plan
from tests.storage.test_plans import populate

ACCOUNT = 1_201


async def newest(store: Store) -> None:
    await pages.page(store, ACCOUNT, which=Which.EVENTS, after=None, descending=True, limit=20)


async def originals(store: Store) -> None:
    await pages.originals(store, ACCOUNT, range(1, 50))


async def changed(store: Store) -> None:
    await changes.changes(store, ACCOUNT, since=0, upto=500)


async def accruals(store: Store) -> None:
    await changes.accruals(store, ACCOUNT, range(1, 50))


READING: list[Callable[[Store], Awaitable[None]]] = [newest, originals, changed, accruals]


@pytest.mark.postgres
async def test_rows_are_looked_up_one_by_one(
    postgres_server: TemporaryPostgres, postgres_template: str
) -> None:
    url = postgres_server.create_database("lists", template=postgres_template)
    await populate(url)
    store = await open_store(url)
    asked: list[tuple[str, int]] = []
    fetch = store.fetch

    async def overheard(sql: str, *args: object) -> list[Row]:
        asked.append((sql, len(args)))
        return await fetch(sql, *args)

    store.fetch = overheard  # type: ignore[method-assign]
    for read in READING:
        await read(store)
    await store.close()
    assert len(asked) == len(READING)
    for statement in asked:
        for node in await generic_plan(url, *statement):
            assert node["Node Type"] not in ("Sort", "Seq Scan", "Hash Join", "Merge Join"), node
            if node["Node Type"] == "Index Scan":
                assert "seq" not in node.get("Filter", ""), node
    postgres_server.drop_database("lists")


async def test_what_is_in_force_of_one_account_on_sqlite(own_sqlite_address: str) -> None:
    store = await open_store(own_sqlite_address)
    asked: list[tuple[str, tuple[object, ...]]] = []
    fetch = store.fetch

    async def overheard(sql: str, *args: object) -> list[Row]:
        asked.append((sql, args))
        return await fetch(sql, *args)

    store.fetch = overheard  # type: ignore[method-assign]
    wanted = Filter(program=1, start=0, end=1, account=ACCOUNT)
    await in_force.page(store, wanted, scale=2, skip=0, limit=20)
    ((sql, args),) = asked
    plan = [row["detail"] for row in await fetch(f"EXPLAIN QUERY PLAN {sql}", *args)]
    await store.close()
    assert not [step for step in plan if step.startswith("SCAN t")], plan
