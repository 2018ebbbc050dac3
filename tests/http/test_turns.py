"""No request, however large, holds the event loop for longer than a turn.

What is measured is the time that the loop's thread computes in one go, not how long it takes: a
busy machine makes that no longer.
"""

from __future__ import annotations

import asyncio
import gc
import json
from asyncio.events import Handle
from collections.abc import Iterator
from contextlib import contextmanager
from time import thread_time
from typing import Any

import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.site.dialect import Site
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.table import APIS
from stampbook.edge.connection import Connection
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.wiring import GC_THRESHOLDS
from tests.http.in_process import LIMITS, Wire, application
from tests.http.town import ADMIN, Town

TURN_S = 0.05
MiB = 1024 * 1024
PIECE = 64 * 1024
SOME = 390_000


class Turns:
    """The longest turn of the loop, and what it was."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.what = ""


@contextmanager
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    turns, run = Turns(), Handle._run

    def timed(handle: Handle) -> None:
        begun_s = thread_time()
        run(handle)
        taken_s = thread_time() - begun_s
        if taken_s > turns.longest_s:
            turns.longest_s, turns.what = taken_s, repr(handle)

    gc.collect()
    gc.freeze()
    with monkeypatch.context() as patch:
        patch.setattr(Handle, "_run", timed)
        yield turns


@pytest.fixture(autouse=True)
def collected_as_in_a_server() -> Iterator[None]:
    """The garbage collector looks only at what was made since a test or a measurement began."""
    thresholds = gc.get_threshold()
    gc.set_threshold(*GC_THRESHOLDS)
    yield
    gc.set_threshold(*thresholds)


async def ask(
    town: Town, method: str, path: str, body: bytes, kind: str, *, edge: Edge | None = None
) -> tuple[int, bytes]:
    """What the first server answers: the status and the whole answer, as bytes of the network."""
    bearer = f"{ADMIN}, User {ADMIN}" if path.startswith("/api/v1/") else ADMIN
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: town.test",
        f"Authorization: Bearer {bearer}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
    ]
    if path.startswith(("/v1/customers", "/v1/orders", "/v1/loyalties", "/v2/")):
        lines += ["X-App-Id: town", f"X-App-Token: {ADMIN}"]
    wire, shared = Wire(), Open()
    connection = Connection(edge or application(town.contexts[0]), LIMITS, shared)
    connection.connection_made(wire)
    connection.data_received("\r\n".join([*lines, "", ""]).encode())
    for at in range(0, len(body), PIECE):
        connection.data_received(body[at : at + PIECE])
        while connection._unparsed:  # noqa: ASYNC110 - the server runs in this very loop
            await asyncio.sleep(0)
    async with asyncio.timeout(120):
        while b"\r\n\r\n" not in wire.written or connection._answering is not None:
            wire.came.clear()
            await asyncio.sleep(0.001)
    connection.connection_lost(None)
    return int(wire.written[9:12]), bytes(wire.written)


def words(size: int) -> dict[str, str]:
    """Metadata of about that many bytes."""
    return {f"k{at:04}": "v" * 40 for at in range(size // 52)}


def many(before: bytes, item: bytes, after: bytes, size: int = MiB) -> bytes:
    count = (size - len(before) - len(after)) // (len(item) + 1)
    return before + b",".join([item] * count) + after


def native_bulk(town: Town, account: str, **more: Any) -> bytes:
    operation = {"op": "accrue", "account_id": account, "amount": "1", "metadata": words(9_000)}
    return json.dumps({"operations": [operation] * 1_000, **more}).encode()


BATCH = [{"customer_source_id": "nobody", "metadata": words(9_000)}] * 1_000
ORDER = {
    "source_id": "order",
    "status": "PAID",
    "items": [{"source_id": f"i{at}", "price": 1, "quantity": 1} for at in range(500)],
    "metadata": words(60_000),
}
LINES = [{"item": f"i{at}", "amount": "1", "metadata": words(1_800)} for at in range(500)]
NATIVE_ORDER = {"external_id": "order", "money": "EUR", "amount": "500", "lines": LINES}
RECORD = {
    "staff_id": 1,
    "services": [{"id": 1, "title": "x" * 255, "cost": 1}] * 200,
    "client": {"phone": "79000000001", "name": "Anna", "email": ""},
    "datetime": "2027-01-16T12:00:00+00:00",
    "comment": "c" * 1_000,
}
XML = b"<xml><external_data>" + b"<a>1</a>" * 9_990 + b"</external_data></xml>"

JSON, PLAIN_XML = "application/json", "application/xml"


async def account_of(town: Town) -> str:
    program = ids.write(ids.PROGRAM, town.program.program_id)
    member = (await town.ask("POST", f"/v1/programs/{program}/members", {})).json()["id"]
    body = {
        "member_id": member,
        "currency_id": ids.write(ids.CURRENCY, town.points.currency_id),
    }
    return str((await town.ask("POST", "/v1/accounts", body)).json()["id"])


def requests_of(town: Town, account: str) -> dict[str, tuple[str, str, bytes, str, int]]:
    """Method, path, body, its type, and the status of the answer."""
    program = ids.write(ids.PROGRAM, town.program.program_id)
    theirs = spell(Prefix.PROGRAM, town.program.program_id)
    batch = f"/v2/loyalties/programs/{theirs}/members/batch"
    members = f"/v1/programs/{program}/members"
    record = f"/api/v1/records/{town.location.number}"
    twice = b'{"a":1,' + b",".join(b'"k%d":1' % at for at in range(80_000)) + b',"a":2}'
    return {
        "native, bulk": ("POST", "/v1/bulk", native_bulk(town, account), JSON, 200),
        "native, atomic bulk": (
            *("POST", "/v1/bulk", native_bulk(town, account, atomic=True), JSON, 200),
        ),
        "native, one large operation": (
            *("POST", "/v1/bulk"),
            many(b'{"operations":[{"op":"accrue","metadata":{"a":[', b'"a"', b"]}}]}", 10 * MiB),
            *(JSON, 422),
        ),
        "native, bulk of nothing": (
            "POST", "/v1/bulk", many(b'{"operations":[', b"{}", b"]}", 10 * MiB), JSON, 422,
        ),
        "native, metadata": (
            "POST", members, many(b'{"metadata":{"a":[', b'"aaaaaa"', b"]}}"), JSON, 422,
        ),
        "native, objects": (
            "POST", members, many(b'{"metadata":{"a":[', b'{"a":{"b":{}}}', b"]}}", SOME),
            JSON, 422,
        ),
        "native, texts": (
            "POST", members, many(b'{"metadata":{"a":[', b'"\\n\\u0041\\""', b"]}}"), JSON, 422,
        ),
        "native, twice": ("POST", members, b'{"metadata":%b}' % twice, JSON, 422),
        "native, NaN": (
            "POST", members, many(b'{"metadata":{"a":[', b"1", b",NaN]}}", SOME), JSON, 422,
        ),
        "native, NUL": (
            "POST", members, many(b'{"metadata":{"a":[', b'"a"', b',"\\u0000"]}}', SOME), JSON, 422,
        ),
        "native, deep": (
            "POST", members,
            many(b'{"metadata":{"a":[', b"[" * 60 + b"1" + b"]" * 60, b"]}}", SOME), JSON, 422,
        ),
        "native, order": (
            "POST", f"/v1/programs/{program}/orders", json.dumps(NATIVE_ORDER).encode(), JSON, 201,
        ),
        "Voucherify, batch": ("POST", batch, json.dumps(BATCH).encode(), JSON, 202),
        "Voucherify, batch of nothing": (
            "POST", batch, many(b"[", b"{}", b"]", 10 * MiB), JSON, 400,
        ),
        "Voucherify, metadata": (
            "POST", "/v1/customers", many(b'{"metadata":{"a":[', b'"aaaaaa"', b"]}}"), JSON, 400,
        ),
        "Voucherify, order": ("POST", "/v1/orders", json.dumps(ORDER).encode(), JSON, 200),
        "Altegio, record": ("POST", record, json.dumps(RECORD).encode(), JSON, 201),
        "Altegio, anything": ("POST", record, many(b'{"a":[', b'{"a":1.5}', b"]}"), JSON, 422),
        "Altcraft, data": (
            "POST", "/api/v1.1/loyalty/accrue_points",
            many(b'{"external_data":{"a":[', b'"aaaaaa"', b"]}}"), JSON, 200,
        ),
        "Altcraft, XML": ("POST", "/api/v1.1/loyalty/accrue_points", XML, PLAIN_XML, 200),
        "Altcraft, more XML": (
            "POST", "/api/v1.1/loyalty/accrue_points",
            b"<xml>" + b"<a>1</a>" * 130_000 + b"</xml>", PLAIN_XML, 200,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("store_address", ["postgres"], indirect=True)
async def test_large_bodies(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await account_of(town)
    slow: dict[str, str] = {}
    for what, (method, path, body, kind, status) in requests_of(town, account).items():
        with measured(monkeypatch) as turns:
            got, text = await ask(town, method, path, body, kind)
        assert got == status, (what, text[-500:])
        if turns.longest_s > TURN_S:
            slow[what] = f"{turns.longest_s * 1000:.0f} ms in {turns.what}"
    assert slow == {}


async def test_large_pages(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of 200 members with 60 kB of metadata each, in both APIs that list them."""
    program = ids.write(ids.PROGRAM, town.program.program_id)
    theirs = spell(Prefix.PROGRAM, town.program.program_id)
    body = {"metadata": words(60_000)}
    for _ in range(200):
        made = await town.ask("POST", f"/v1/programs/{program}/members", body)
        assert made.status_code == 201
    for path in (
        f"/v1/programs/{program}/members?limit=200",
        f"/v2/loyalties/programs/{theirs}/members?limit=100",
    ):
        with measured(monkeypatch) as turns:
            got, text = await ask(town, "GET", path, b"", JSON)
        assert (got, len(text) > 5 * MiB) == (200, True)
        assert turns.longest_s <= TURN_S, (path, turns.what)


async def test_pages_that_are_made_when_they_are_first_asked_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(APIS, has_console=True)
    edge = Edge(town.contexts[0], [*APIS, site])
    for path in [path for each in site.operations for path in each.paths]:
        with measured(monkeypatch) as turns:
            got, text = await ask(town, "GET", path, b"", JSON, edge=edge)
        assert got in (200, 303), (path, text[-500:])
        assert turns.longest_s <= TURN_S, (path, turns.longest_s, turns.what)
