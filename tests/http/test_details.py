"""What HTTP asks of every answer, whatever dialect it is in."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import api_keys
from stampbook.settings import Settings
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application

NOW = 1_786_000_000_000_000


class Caller(httpx.AsyncClient):
    """Calls with a key that may do everything; adds no headers of its own accord."""

    secret: str


@pytest.fixture
async def caller(sqlite_store: Store) -> AsyncIterator[Caller]:
    ledger = Ledger(sqlite_store, clock=lambda: NOW)
    await ledger.start()
    context = Context(sqlite_store, ledger, lambda: NOW, Settings())
    async with sqlite_store.transaction() as writing:
        await api_keys.create(
            writing, tenant=1, name="all", scopes=["admin"], secret="sbk_all", now=NOW
        )
    async with Caller(transport=InProcess(application(context)), base_url="http://test") as client:
        client.secret = "sbk_all"
        client.headers.clear()
        client.headers["Authorization"] = f"Bearer {client.secret}"
        yield client
    await context.jobs.stop()
    await ledger.stop()


PATHS = ("/v1/programs", "/api/v1/chain/1/loyalty/card_types", "/v2/loyalties/programs", "/healthz")


@pytest.mark.parametrize("path", PATHS)
async def test_head_is_get_without_its_body(caller: Caller, path: str) -> None:
    whole = await caller.get(path)
    head = await caller.head(path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["content-type"] == whole.headers["content-type"]


@pytest.mark.parametrize("path", PATHS)
async def test_options_names_every_method_and_so_does_405(caller: Caller, path: str) -> None:
    asked = await caller.options(path)
    assert asked.status_code == 204
    methods = asked.headers["allow"].split(", ")
    assert {"GET", "HEAD", "OPTIONS"} <= set(methods)
    refused = await caller.request("TRACE", path)
    assert refused.status_code == 405
    assert refused.headers["allow"] == asked.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [*PATHS, "/nowhere", "/v1/nowhere", "/api/v1/nowhere", "/api/v1.1/nowhere", "/v2/nowhere"],
)
async def test_every_answer_bears_the_requests_name(caller: Caller, path: str) -> None:
    brought = await caller.get(path, headers={"X-Request-Id": "order-77.a"})
    assert brought.headers["x-request-id"] == "order-77.a"
    first, second = [(await caller.get(path)).headers["x-request-id"] for _ in range(2)]
    assert first.startswith("req_")
    assert first != second


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "ü"])
async def test_what_is_no_name_of_a_request_is_replaced(caller: Caller, name: str) -> None:
    answer = await caller.get("/healthz", headers={b"X-Request-Id": name.encode()})
    assert answer.headers["x-request-id"].startswith("req_")


async def test_a_problem_has_the_name_in_its_body_too(caller: Caller) -> None:
    answer = await caller.get("/v1/programs/prg_77", headers={"X-Request-Id": "mine"})
    assert answer.json()["request_id"] == "mine"


async def test_a_large_answer_is_compressed_on_demand(caller: Caller) -> None:
    plain = await caller.get("/openapi.json")
    assert "content-encoding" not in plain.headers
    packed = await caller.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 3
    assert packed.json() == plain.json()


@pytest.mark.parametrize("path", ["/v1/programs", "/api/v1/auth", "/v2/loyalties/programs"])
async def test_a_compressed_body_is_refused_in_the_dialects_words(
    caller: Caller, path: str
) -> None:
    body = gzip.compress(json.dumps({"name": "x"}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = await caller.post(path, content=body, headers=headers)
    assert answer.status_code == 415
    assert answer.json()


async def test_a_header_that_means_one_thing_is_not_sent_twice(caller: Caller) -> None:
    def twice(first: str, second: str) -> list[tuple[str, str]]:
        credentials = ("Authorization", f"Bearer {caller.secret}")
        return [credentials, ("Idempotency-Key", first), ("Idempotency-Key", second)]

    answer = await caller.post("/v1/programs", json={"name": "x"}, headers=twice("a", "b"))
    assert answer.status_code == 400
    assert "idempotency-key" in answer.json()["detail"]
    assert (await caller.get("/v1/programs")).json()["data"] == []
    same = await caller.post("/v1/programs", json={"name": "x"}, headers=twice("a", "a"))
    assert same.status_code == 201
