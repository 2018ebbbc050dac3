"""A full disk: every API names it, nothing is written, and it passes by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stampbook.dialects.altegio.texts import MESSAGES
from stampbook.dialects.native import ids
from stampbook.storage.examining import RETRY_S, Room
from stampbook.storage.postgres.store import PostgresStore
from stampbook.storage.sqlite.store import SqliteStore
from stampbook.storage.store import Store
from tests.http.altegio.shop import KEY, Shop, data_of, opened_shop
from tests.http.in_process import InProcess

FILL = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END $$
"""
TABLES = (
    "transactions",
    "programs",
    "members",
    "idempotency_keys",
    "visits",
    "voucherify_customers",
)
MOST_WRITES = 500


async def fill(store: Store) -> None:
    """From now on nothing that needs room can be written."""
    if isinstance(store, SqliteStore):
        await store.write(lambda connection: connection.execute("PRAGMA max_page_count = 1"))
        return
    await store.execute(FILL)
    for table in TABLES:
        await store.execute(
            f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )


async def make_room(store: Store) -> None:
    if isinstance(store, SqliteStore):
        await store.write(
            lambda connection: connection.execute("PRAGMA max_page_count = 1000000000")
        )
        return
    for table in TABLES:
        await store.execute(f"DROP TRIGGER full_disk ON {table}")


@pytest.fixture
def store(own_store: Store) -> Store:
    """These tests take the room away."""
    return own_store


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with opened_shop(store) as shop:
        yield shop


async def ready(shop: Shop) -> tuple[int, str, set[str]]:
    """The status, its word, and the checks that fail."""
    answer = await shop.http.get("/readyz")
    checks = answer.json()["checks"]
    failing = {name for name, check in checks.items() if check["status"] == "failing"}
    return answer.status_code, answer.json()["status"], failing


async def until_refused(shop: Shop, path: str, body: Any, **headers: str) -> httpx.Response:
    """The first answer that is no success: a page has room for a few small rows."""
    headers = headers or {"Authorization": f"Bearer {KEY}"}
    transport = InProcess(shop.app)
    client = httpx.AsyncClient(transport=transport, base_url="http://shop.test", headers=headers)
    for _ in range(MOST_WRITES):
        answer = await client.post(path, json=body)
        if not answer.is_success or answer.json().get("error"):
            return answer
    raise AssertionError("there is always room")


async def test_it_is_named_and_passes_by_itself(shop: Shop) -> None:
    account = ids.write(ids.ACCOUNT, shop.card.account_id)
    moves = f"/v1/accounts/{account}/transactions"
    record, visit = await shop.visit(10_000)
    await fill(shop.store)
    body = {"type": "accrue", "amount": "1", "metadata": {"note": "x" * 9_000}}
    refused = await until_refused(shop, moves, body)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_full")
    assert "no room left on its disk" in refused.json()["detail"]
    assert refused.headers["retry-after"]
    assert await ready(shop) == (503, "failing", {"writes"})
    before = await shop.balance()

    program = await until_refused(shop, "/v1/programs", {"name": "x" * 255})
    assert (program.status_code, program.json()["code"]) == (503, "storage_full")
    who = {"loyalty_program_id": shop.chain.program_id, "matching": "phone"}
    altcraft = await until_refused(
        shop,
        "/api/v1.1/loyalty/accrue_points",
        {**who, "phone": shop.guest.phone, "amount": "1", "external_data": {"x": "y" * 9_000}},
    )
    assert (altcraft.status_code, altcraft.json()["error_text"]) == (503, "Storage full")
    customer = {"name": "Anna", "metadata": {"x": "y" * 9_000}}
    voucherify = await until_refused(
        shop, "/v1/customers", customer, **{"X-App-Id": "app", "X-App-Token": KEY}
    )
    assert voucherify.status_code == 503
    assert "no room left on its disk" in voucherify.json()["details"]
    # What is paid with cannot be said to be paid.
    if isinstance(shop.store, PostgresStore):
        altegio = await shop.apply(record, visit, 1)
        assert altegio.status_code == 503
        assert altegio.json()["meta"]["message"] == MESSAGES["storage_full"][0]
        assert await shop.balance() == before

    await make_room(shop.store)
    assert data_of(await shop.apply(record, visit, 1))
    assert await ready(shop) == (200, "ok", set())
    after = await shop.http.post(moves, json=body, headers={"Authorization": f"Bearer {KEY}"})
    assert after.status_code == 201


async def test_readiness_returns_without_a_write(shop: Shop) -> None:
    """Nobody sends requests to a server that is not ready: it must find out by itself."""
    now_s = 1_000.0
    store = shop.store
    assert isinstance(store, PostgresStore | SqliteStore)
    store.room = Room(lambda: now_s)
    await fill(store)
    body = {"name": "x" * 255}
    assert (await until_refused(shop, "/v1/programs", body)).status_code == 503
    assert await ready(shop) == (503, "failing", {"writes"})
    await make_room(store)
    now_s += RETRY_S - 1
    assert await ready(shop) == (503, "failing", {"writes"})
    now_s += 1
    assert await ready(shop) == (200, "ok", set())
