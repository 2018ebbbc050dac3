"""Every answer of every API has the request's id: the caller's if it may be one, else a new one."""

from __future__ import annotations

import re

import httpx
import pytest

from stampbook.dialects.table import DIALECTS
from tests.edge.serving import request, served
from tests.http.in_process import InProcess, application
from tests.http.town import ADMIN, Town
from tests.watching.test_metrics import account

MADE = re.compile(r"req_[0-9a-f]{13,}")


@pytest.fixture
def client(town: Town) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=InProcess(application(town.contexts[0])), base_url="http://town.test"
    )


@pytest.mark.parametrize("dialect", [each.name for each in DIALECTS])
async def test_every_operation_has_one(client: httpx.AsyncClient, dialect: str) -> None:
    (api,) = (each for each in DIALECTS if each.name == dialect)
    for operation in api.operations:
        path = re.sub(r"\{\w+\}", "1", operation.path)
        for method in (operation.method, "HEAD", "OPTIONS", "PATCH"):
            for credentials in ("", f"Bearer {ADMIN}"):
                headers = {"x-request-id": "till-7.A_b", "authorization": credentials}
                answer = await client.request(method, path, json={}, headers=headers)
                assert answer.headers["x-request-id"] == "till-7.A_b", (method, path)


@pytest.mark.parametrize(
    ("brought", "is_kept"),
    [
        ("a", True),
        ("0.-_Z" + 59 * "x", True),
        (65 * "x", False),
        ("", False),
        ("a b", False),
        ("a/b", False),
        ("a:b", False),
        ('a"b', False),
        ("Zoë", False),
    ],
)
async def test_which_ids_are_kept(client: httpx.AsyncClient, brought: str, is_kept: bool) -> None:
    found = set()
    for path in ("/healthz", "/v1/programs", "/nowhere"):
        answer = await client.get(path, headers={b"X-Request-Id": brought.encode()})
        found.add(answer.headers["x-request-id"])
    if is_kept:
        assert found == {brought}
    else:
        assert len(found) == 3
        assert all(MADE.fullmatch(each) for each in found)


async def test_it_is_in_problems_and_in_the_journal(town: Town) -> None:
    path = f"/v1/accounts/{await account(town)}/transactions"
    headers = {"authorization": f"Bearer {ADMIN}", "x-request-id": "till-7"}
    client = town.clients[0]
    made = await client.post(path, json={"type": "accrue", "amount": "5"}, headers=headers)
    assert made.status_code == 201
    row = await town.store.fetch_one("SELECT request_id, dialect FROM transactions")
    assert row is not None
    assert (row["request_id"], row["dialect"]) == ("till-7", "native")
    refused = await client.post(path, json={"type": "redeem", "amount": "9"}, headers=headers)
    assert refused.json()["request_id"] == refused.headers["x-request-id"] == "till-7"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\r\n", 400),
        (request("GET /quick", "X: " + 70_000 * "x"), 431),
        (request("GET /quick", "X-Request-Id: mine", "X: " + 70_000 * "x"), 431),
        (request("POST /count", "X-Request-Id: mine", "Content-Length: 9999999"), 413),
        (request("GET /quick", "X-Request-Id: mine", "Host: other"), 400),
        (request("CONNECT /quick", "X-Request-Id: mine"), 501),
        (request("GET /broken", "X-Request-Id: mine", "Connection: close"), 500),
        (request("GET /nowhere", "X-Request-Id: mine", "Connection: close"), 404),
    ],
    ids=[str(number) for number in range(8)],
)
async def test_what_the_edge_refuses_has_one_too(sent: bytes, status: int) -> None:
    async with served() as place:
        line = await place.line()
        line.send(sent)
        answer = await line.rest()
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    found = re.findall(rb"^x-request-id: (\S+)\r$", answer, re.MULTILINE)
    assert len(found) == 1
    assert found[0] == b"mine" or MADE.fullmatch(found[0].decode())
    if status in (413, 500, 404):
        assert found[0] == b"mine"
