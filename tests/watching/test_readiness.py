"""`/readyz` names what keeps the server from working; `/healthz` only whether it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from stampbook.domain.commands import Settle
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.ledger.origin import NOWHERE
from stampbook.ledger.submission import Submission
from stampbook.settings import Settings
from stampbook.storage.opening import open_store
from stampbook.storage.postgres.checks import RESERVED
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application

CHECKS = {"database", "schema", "writes", "disk", "connections", "queue"}


@pytest.fixture
async def context(own_store: Store) -> Context:
    return Context(own_store, Ledger(own_store, clock=lambda: 0), lambda: 0, Settings())


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    transport = InProcess(application(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        yield client


async def failing(client: httpx.AsyncClient) -> dict[str, str]:
    """The checks that fail, with what they say; the answer is as it must be."""
    answer = await client.get("/readyz")
    said: dict[str, Any] = answer.json()
    assert said["checks"].keys() == CHECKS
    found = {
        name: check["detail"]
        for name, check in said["checks"].items()
        if check["status"] == "failing"
    }
    assert {check["status"] for check in said["checks"].values()} <= {"ok", "failing"}
    assert (answer.status_code, said["status"]) == ((503, "failing") if found else (200, "ok"))
    assert answer.headers.get("retry-after") == ("1" if found else None)
    head = await client.head("/readyz")
    assert (head.status_code, head.content) == (answer.status_code, b"")
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.head("/healthz")).status_code == 200
    return found


async def test_all_is_well(client: httpx.AsyncClient) -> None:
    assert await failing(client) == {}


async def test_a_disk_that_is_nearly_full(context: Context, client: httpx.AsyncClient) -> None:
    context.settings = Settings(disk_min_free_mb=1_000_000_000)
    found = await failing(client)
    if isinstance(context.store, SqliteStore):
        assert found.keys() == {"disk"}
        assert found["disk"].endswith("MB are free, 1000000000 MB are needed")
    else:
        assert found == {}


async def test_another_schema(context: Context, client: httpx.AsyncClient) -> None:
    await context.store.execute(
        "INSERT INTO schema_migrations (version) VALUES ($1)", "29990101000000"
    )
    assert await failing(client) == {"schema": "the schema is not that of this version"}


async def test_a_queue_that_is_full(context: Context, client: httpx.AsyncClient) -> None:
    context.ledger = ledger = Ledger(context.store, clock=lambda: 0, max_queue=1)
    ledger._put(Submission(1, 1, (Settle(),)), NOWHERE)
    assert await failing(client) == {"queue": "too many writes wait"}


async def test_a_database_that_is_away(
    own_address: str, context: Context, client: httpx.AsyncClient
) -> None:
    context.store = await open_store(own_address)
    await context.store.close()
    found = await failing(client)
    assert found.keys() >= {"database", "schema", "writes", "connections"}
    assert found["database"] == "the database does not answer"


LEFT = """
    SELECT current_setting('max_connections')::int - count(*) AS left
    FROM pg_stat_activity WHERE backend_type = 'client backend'
"""


async def test_connections_that_others_use(
    own_postgres_store: Store, own_postgres_address: str
) -> None:
    store = own_postgres_store
    context = Context(store, Ledger(store, clock=lambda: 0), lambda: 0, Settings())
    others: list[Any] = []
    transport = InProcess(application(context))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        assert await failing(client) == {}
        try:
            # Other stores of the session may open and close some of theirs meanwhile.
            while (row := await store.fetch_one(LEFT)) is not None and row["left"] > RESERVED:
                others.append(await asyncpg.connect(own_postgres_address))
            found = await failing(client)
            assert found.keys() == {"connections"}
            assert "connections are in use" in found["connections"]
        finally:
            for each in others:
                await each.close()
