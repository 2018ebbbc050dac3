"""Each bound of a body, in each API: what is just within it is taken, what is just beyond it is
refused in the words of that API, and nothing of it is written.
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any, NamedTuple

import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.native.rows import MAX_BULK_BODY
from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.operations import MAX_BATCH_BODY
from stampbook.edge.bodies import (
    MAX_DEPTH,
    MAX_ENTRY,
    MAX_ITEMS,
    MAX_METADATA,
    MAX_NUMBER,
    MAX_TEXT,
)
from stampbook.edge.operations import MAX_BODY
from tests.http.town import ADMIN, Town

TABLES = re.findall(
    r"CREATE TABLE ([a-z_]+)",
    resources.files("stampbook.storage.schema").joinpath("sqlite.sql").read_text("utf-8"),
)


class Said(NamedTuple):
    """How an API refuses a body: the status, and what the answer has."""

    status: int
    has: dict[str, Any]


NATIVE = Said(422, {"status": 422, "code": "invalid_request"})
ALTEGIO = Said(422, {"success": False, "data": None})
VOUCHERIFY = Said(400, {"code": 400, "key": "invalid_payload"})
ALTCRAFT = Said(200, {"error": 400, "data": None})

TOO_LARGE = {
    "native": Said(413, {"status": 413, "code": "payload_too_large"}),
    "altegio": Said(413, {"success": False, "data": None}),
    "voucherify": Said(413, {"statusCode": 413, "error": "Request Entity Too Large"}),
    "altcraft": Said(413, {"error": 413, "data": None}),
}


class Case(NamedTuple):
    """A path, a body within the bound and one beyond it; what is said then, and where it is."""

    path: str
    within: bytes
    beyond: bytes
    said: Said
    where: str = ""


def deep(depth: int) -> bytes:
    """A list that is so many deep, with itself."""
    return b"[" * depth + b"1" + b"]" * depth


def number(characters: int) -> bytes:
    return b"-" + b"1" * (characters - 1)


def padded(body: bytes, size: int) -> bytes:
    """The body with blanks, which mean nothing, up to that size."""
    return body + b" " * (size - len(body))


def metadata(size: int) -> bytes:
    """An object of so many bytes."""
    return b'{"a":"%b"}' % (b"x" * (size - len(b'{"a":""}')))


def cases(town: Town) -> dict[str, Case]:
    program = ids.write(ids.PROGRAM, town.program.program_id)
    members = f"/v1/programs/{program}/members"
    customers = "/v1/customers"
    clients = f"/api/v1/clients/{town.location.number}"
    records = f"/api/v1/records/{town.location.number}"
    theirs = spell(Prefix.PROGRAM, town.program.program_id)
    batch = f"/v2/loyalties/programs/{theirs}/members/batch"
    register = "/api/v1.1/loyalty/register_member"
    accrue = "/api/v1.1/loyalty/accrue_points"

    def native(value: bytes) -> bytes:
        return b'{"metadata":{"a":%b}}' % value

    def voucherify(value: bytes) -> bytes:
        return b'{"name":"Anna","metadata":{"a":%b}}' % value

    def altegio(value: bytes) -> bytes:
        return b'{"phone":"79000000009","name":"Anna","ignored":%b}' % value

    def altcraft(value: bytes) -> bytes:
        return (
            b'{"loyalty_program_id":%d,"matching":"phone","phone":"79000000008","ignored":%b}'
            % (town.program.program_id, value)
        )

    def accrued(value: bytes) -> bytes:
        return (
            b'{"loyalty_program_id":%d,"points_currency_iid":%d,"matching":"phone",'
            b'"phone":"79000000007","amount":"1","external_data":%b}'
            % (town.program.program_id, town.money.currency_id, value)
        )

    def record(**more: Any) -> bytes:
        body = {
            "staff_id": 1,
            "services": [{"id": 1, "cost": 100}],
            "client": {"phone": "79000000006", "name": "Anna", "email": ""},
            "datetime": "2027-01-16T12:00:00+00:00",
        }
        return json.dumps({**body, **more}).encode()

    def bulk(count: int) -> bytes:
        return json.dumps({"operations": [{}] * count}).encode()

    return {
        "native, size": Case(
            members, padded(b"{}", MAX_BODY), padded(b"{}", MAX_BODY + 1), TOO_LARGE["native"]
        ),
        "native, size of a bulk": Case(
            "/v1/bulk",
            padded(bulk(1), MAX_BULK_BODY),
            padded(bulk(1), MAX_BULK_BODY + 1),
            TOO_LARGE["native"],
        ),
        "native, operations": Case(
            "/v1/bulk", bulk(MAX_ITEMS), bulk(MAX_ITEMS + 1), NATIVE, "/operations"
        ),
        "native, depth": Case(
            members,
            native(deep(MAX_DEPTH - 2)),
            native(deep(MAX_DEPTH - 1)),
            NATIVE,
            "/metadata/a" + "/0" * (MAX_DEPTH - 2),
        ),
        "native, number": Case(
            members, native(number(MAX_NUMBER)), native(number(MAX_NUMBER + 1)), NATIVE,
            "/metadata/a",
        ),
        "native, metadata": Case(
            members,
            b'{"metadata":%b}' % metadata(MAX_METADATA),
            b'{"metadata":%b}' % metadata(MAX_METADATA + 1),
            NATIVE,
            "/metadata",
        ),
        "Voucherify, size": Case(
            customers,
            padded(b'{"name":"Anna"}', MAX_BODY),
            padded(b'{"name":"Anna"}', MAX_BODY + 1),
            TOO_LARGE["voucherify"],
            str(MAX_BODY),
        ),
        "Voucherify, size of a batch": Case(
            batch,
            padded(b"[]", MAX_BATCH_BODY),
            padded(b"[]", MAX_BATCH_BODY + 1),
            TOO_LARGE["voucherify"],
            str(MAX_BATCH_BODY),
        ),
        "Voucherify, members": Case(
            batch,
            json.dumps([{}] * MAX_ITEMS).encode(),
            json.dumps([{}] * (MAX_ITEMS + 1)).encode(),
            VOUCHERIFY,
            str(MAX_ITEMS),
        ),
        "Voucherify, depth": Case(
            customers, voucherify(deep(MAX_DEPTH - 2)), voucherify(deep(MAX_DEPTH - 1)),
            VOUCHERIFY, str(MAX_DEPTH),
        ),
        "Voucherify, number": Case(
            customers, voucherify(number(MAX_NUMBER - 25)), voucherify(number(MAX_NUMBER + 1)),
            VOUCHERIFY, str(MAX_NUMBER),
        ),
        "Voucherify, metadata": Case(
            customers,
            b'{"metadata":%b}' % metadata(MAX_METADATA),
            b'{"metadata":%b}' % metadata(MAX_METADATA + 1),
            VOUCHERIFY,
            "Payload.metadata",
        ),
        "Voucherify, text": Case(
            customers,
            json.dumps({"name": "a" * MAX_TEXT}).encode(),
            json.dumps({"name": "a" * (MAX_TEXT + 1)}).encode(),
            VOUCHERIFY,
            "Payload.name",
        ),
        "Altegio, size": Case(
            clients, padded(altegio(b"1"), MAX_BODY), padded(altegio(b"1"), MAX_BODY + 1),
            TOO_LARGE["altegio"],
        ),
        "Altegio, depth": Case(
            clients, altegio(deep(MAX_DEPTH - 1)), altegio(deep(MAX_DEPTH)), ALTEGIO, "64 deep"
        ),
        "Altegio, number": Case(
            clients, altegio(number(MAX_NUMBER)), altegio(number(MAX_NUMBER + 1)), ALTEGIO,
            "40 characters",
        ),
        "Altegio, text": Case(
            records, record(comment="a" * MAX_TEXT), record(comment="a" * (MAX_TEXT + 1)), ALTEGIO,
            "comment",
        ),
        "Altegio, list": Case(
            records,
            record(services=[{"id": 1, "cost": 100}] * 200),
            record(services=[{"id": 1, "cost": 100}] * 201),
            ALTEGIO,
            "services",
        ),
        "Altcraft, size": Case(
            register, padded(altcraft(b"1"), MAX_BODY), padded(altcraft(b"1"), MAX_BODY + 1),
            TOO_LARGE["altcraft"],
        ),
        "Altcraft, depth": Case(
            register, altcraft(deep(MAX_DEPTH - 1)), altcraft(deep(MAX_DEPTH)), ALTCRAFT,
            "nested more than 64",
        ),
        "Altcraft, number": Case(
            register, altcraft(number(MAX_NUMBER)), altcraft(number(MAX_NUMBER + 1)), ALTCRAFT,
            "40 characters",
        ),
        "Altcraft, metadata": Case(
            accrue, accrued(metadata(MAX_METADATA)), accrued(metadata(MAX_METADATA + 1)), ALTCRAFT,
            "external_data",
        ),
    }  # fmt: skip


NAMES = (
    "native, size", "native, size of a bulk", "native, operations", "native, depth",
    "native, number", "native, metadata", "Voucherify, size", "Voucherify, size of a batch",
    "Voucherify, members", "Voucherify, depth", "Voucherify, number", "Voucherify, metadata",
    "Voucherify, text", "Altegio, size", "Altegio, depth", "Altegio, number", "Altegio, text",
    "Altegio, list", "Altcraft, size", "Altcraft, depth", "Altcraft, number", "Altcraft, metadata",
)  # fmt: skip


async def rows(town: Town) -> dict[str, int]:
    """How many rows there are of everything."""
    found = {}
    for table in TABLES:
        row = await town.store.fetch_one(f"SELECT count(*) AS found FROM {table}")
        assert row is not None
        found[table] = row["found"]
    return found


async def post(town: Town, path: str, body: bytes) -> Any:
    headers = {"authorization": f"Bearer {ADMIN}", "idempotency-key": "once"}
    if path.startswith(("/v1/customers", "/v2/")):
        headers |= {"x-app-id": "town", "x-app-token": ADMIN}
    elif path.startswith("/api/v1/"):
        headers["authorization"] = f"Bearer {ADMIN}, User {ADMIN}"
    headers["content-type"] = "application/json"
    return await town.clients[0].post(path, content=body, headers=headers)


@pytest.mark.parametrize("name", NAMES)
async def test_a_bound(town: Town, name: str) -> None:
    assert tuple(cases(town)) == NAMES
    case = cases(town)[name]
    await town.register("79000000007")
    before = await rows(town)
    refused = await post(town, case.path, case.beyond)
    assert refused.status_code == case.said.status, refused.text[-500:]
    answer = refused.json()
    assert case.said.has.items() <= answer.items()
    assert case.where in refused.text
    if case.said is NATIVE:
        assert [each["pointer"] for each in answer["errors"]] == [case.where]
    assert await rows(town) == before
    taken = await post(town, case.path, case.within)
    assert taken.is_success, taken.text[-500:]
    assert taken.json().get("error", 0) == 0
    if name not in ("native, size of a bulk", "native, operations"):
        assert await rows(town) != before


async def test_an_operation_of_a_bulk_is_bounded_like_its_single_call(town: Town) -> None:
    """What one of them exceeds is the problem of that one."""
    program = ids.write(ids.PROGRAM, town.program.program_id)
    member = (await town.ask("POST", f"/v1/programs/{program}/members", {})).json()["id"]
    currency = ids.write(ids.CURRENCY, town.points.currency_id)
    opened = await town.ask("POST", "/v1/accounts", {"member_id": member, "currency_id": currency})
    account = opened.json()["id"]

    def operation(value: bytes, reason: int = 1) -> bytes:
        head = b'{"op":"accrue","account_id":"%b","amount":"1","metadata":' % account.encode()
        return head + value + b',"reason":"%b"}' % (b"a" * reason)

    operations = {
        operation(metadata(MAX_METADATA)): None,
        operation(metadata(MAX_METADATA + 1)): "/operations/1/metadata",
        operation(b'{"a":%b}' % deep(MAX_DEPTH - 4)): None,
        operation(b'{"a":%b}' % deep(MAX_DEPTH - 3)): "/operations/3/metadata/a"
        + "/0" * (MAX_DEPTH - 4),
        operation(b'{"a":%b}' % number(MAX_NUMBER + 1)): "/operations/4/metadata/a",
        operation(b'{"a":1,"a":2}'): "/operations/5/metadata/a",
        padded(b"{", MAX_ENTRY) + b"}": "/operations/6",
        operation(b"{}", MAX_TEXT): None,
        operation(b"{}", MAX_TEXT + 1): "/operations/8/reason",
    }
    body = b'{"operations":[' + b",".join(operations) + b"]}"
    answer = (await post(town, "/v1/bulk", body)).json()
    found = [
        each["problem"]["errors"][0]["pointer"] if "problem" in each else None
        for each in answer["results"]
    ]
    assert found == list(operations.values())
    twice = b'{"operations":[{}],"operations":[{}]}'
    refused = await post(town, "/v1/bulk", twice)
    assert refused.json()["errors"][0]["pointer"] == "/operations"
    deeper = b'{"operations":[' + deep(100_000) + b"]}"
    refused = await post(town, "/v1/bulk", deeper)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_an_entry_of_a_batch_is_bounded_like_its_single_call(town: Town) -> None:
    theirs = spell(Prefix.PROGRAM, town.program.program_id)
    entries = [
        b'{"metadata":%b}' % metadata(MAX_METADATA + 1),
        b'{"metadata":{"a":%b}}' % deep(MAX_DEPTH - 2),
        padded(b"{", MAX_ENTRY) + b"}",
    ]
    body = b"[" + b",".join(entries) + b"]"
    made = await post(town, f"/v2/loyalties/programs/{theirs}/members/batch", body)
    action = made.json()["async_action_id"]
    read = await town.ask("GET", f"/v1/async-actions/{action}")
    results = read.json()["result"]["results"]
    assert [each["status"] for each in results] == ["FAILED"] * 3
    details = [each["error"]["details"] for each in results]
    assert "Payload.metadata must NOT" in details[0]
    assert "nested" in details[1]
    assert str(MAX_ENTRY) in details[2]
