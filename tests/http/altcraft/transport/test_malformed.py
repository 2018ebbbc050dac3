"""Ten thousand requests that went wrong on their way: each gets a clear answer, never a 5xx.

Valid requests are mutated by a seeded generator: their bytes, their values, their headers. The
seed is in the name of a failing case, so that it can be tried again.
"""

from __future__ import annotations

import json
import os
from random import Random
from typing import Any

import pytest

from stampbook.storage.store import Store
from tests.http.altcraft.house import TOKEN, House, Json, answered, from_xml, opened, to_xml

REQUESTS = 10_000
SEED = int(os.environ.get("STAMPBOOK_SEED", "20260101"))
STATUSES = {200, 413, 415, 429}

WHO: Json = {"token": TOKEN, "loyalty_program_id": 1, "matching": "email", "email": "a@example.com"}
CURRENCY: Json = {"points_currency_iid": 1, "points_currency_eid": "points"}
DATES: Json = {"date_from": "2026-01-01T00:00:00Z", "date_to": "2026-02-01T00:00:00+03:00"}
MOVEMENT: Json = {
    **WHO,
    **CURRENCY,
    "amount": "1.50",
    "is_temp": True,
    "temp_timeout_sec": 60,
    "transaction_eid": "order-1",
    "created_at": "2026-01-01T00:00:00Z",
    "activation_date": "2026-01-02T00:00:00Z",
    "expiration_date": "2026-01-03T00:00:00Z",
    "promotion_id": "1",
    "external_data": {"order": {"lines": ["1", "2"]}},
}
IDS: Json = {
    "token": TOKEN,
    "transaction_id": "00000000-0800-8001-8000-000000000000",
    "transaction_eid": "order-1",
}
VALID: list[tuple[str, Json]] = [
    ("accrue_points", MOVEMENT),
    ("accrue_points", {**WHO, "amount": "10"}),
    ("redeeme_points", MOVEMENT),
    ("redeeme_points", {**WHO, "amount": "0.5"}),
    ("cancel_transaction", IDS),
    ("commit_transaction", IDS),
    ("rollback_transaction", IDS),
    ("account/balance", {**WHO, **CURRENCY}),
    ("account/expiring_points", {**WHO, **CURRENCY, **DATES}),
    ("account/transactions", {**WHO, **CURRENCY, "limit": 5, "from_id": IDS["transaction_id"]}),
    ("account/tiers", {**WHO, "tiers_group_id": 1}),
    ("trigger_promotions", {**WHO, "limit": 5, "from_id": 0, "is_active": True}),
    ("transactions_export", {**WHO, **CURRENCY, **DATES}),
    ("transactions_export_status", {"token": TOKEN, "task_id": "task_1"}),
    ("register_member", {**WHO, "registration_date": "2026-01-01T00:00:00Z"}),
    ("register_member", {**WHO, "matching": "custom", "field_name": "f", "field_value": 7}),
    ("delete_member", {**WHO, "matching": "phone", "phone": "+123"}),
    ("account/balance", {**WHO, "matching": "profile_id", "profile_id": f"{1:024x}"}),
]

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, 10**30, 1.5, 1e300, -0.0,
    "", " ", "0", "-1", "1e5", "NaN", "null", "true", "\x00", "a\x00b", "\x01", "\x7f", "\ufffe",
    "\U0001f4a9", "\u202e", "x" * 255, "x" * 256, "x" * 70_000, "9" * 5_000, "%", "_", "'", '"',
    "'; DROP TABLE members; --", "<a>", "&amp;", "]]>", "../../etc/passwd", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+99:99", "ffffffff-ffff-8fff-8000-000000000000", "f" * 24, "0" * 24,
    [], [1], [[]], {}, {"a": None}, {"a": {"b": [1.0, 10**40]}}, {"": ""}, {"\x00": "x"},
]  # fmt: skip

HEADERS = [
    ("content-type", "application/json"), ("content-type", "application/xml"),
    ("content-type", "text/plain; charset=koi8-r"), ("content-type", ""),
    ("content-type", ";;=,"), ("content-encoding", "gzip"), ("accept", "application/xml"),
    ("accept", "text/xml;q=nan, application/json;q=-1"), ("accept", ",;,q=,;"),
    ("authorization", "Bearer"), ("authorization", "Bearer \xff\xfe"), ("authorization", "x"),
    ("idempotency-key", "k"), ("idempotency-key", "\x00"), ("stampbook-actor", "\xff" * 300),
    ("host", "\"'<>"),
]  # fmt: skip

QUERIES = [b"", b"format=xml", b"format=", b"token=%00", b"token=x&token=y", b"%", b"=&=&", b"\xff"]


class Mutator:
    """Makes one request after another out of the valid ones."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def request(self) -> tuple[str, list[tuple[bytes, bytes]], bytes, bytes]:
        random = self.random
        method, body = random.choice(VALID)
        fields = dict(body)
        for _ in range(random.choice([0, 1, 1, 1, 2, 3])):
            self.change_a_field(fields)
        form = random.choice(["json", "xml"])
        content = as_bytes(fields, form)
        if random.random() < 0.4:
            content = self.change_bytes(content)
        headers = [(b"content-type", f"application/{form}".encode())]
        if random.random() < 0.2:
            name, value = random.choice(HEADERS)
            headers.insert(0, (name.encode(), value.encode("latin-1")))
        query = random.choice(QUERIES) if random.random() < 0.1 else b""
        return method, headers, query, content

    def change_a_field(self, fields: Json) -> None:
        random = self.random
        name = random.choice(list(fields) or ["a"])
        match random.randrange(4):
            case 0:
                fields.pop(name, None)
            case 1:
                fields[random.choice(["a", "token", "format", "amount", "email"])] = self.value()
            case _:
                fields[name] = self.value()

    def value(self) -> Any:
        return self.random.choice(VALUES)

    def change_bytes(self, content: bytes) -> bytes:
        random = self.random
        at = random.randrange(len(content) + 1)
        other = random.randrange(len(content) + 1)
        match random.randrange(7):
            case 0:
                return content[:at]
            case 1:
                return content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]
            case 2:
                return content[:at] + random.randbytes(random.randrange(8)) + content[at:]
            case 3:
                return content[: min(at, other)] + content[max(at, other) :]
            case 4:
                return content[:at] + content
            case 5:
                return content[:at] + random.choice(SNIPPETS) + content[at:]
            case _:
                return random.choice(SNIPPETS)


SNIPPETS = [
    b"", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"<!DOCTYPE xml>", b"<!ENTITY a 'b'>", b"&a;", b"&#0;",
    b"<![CDATA[", b"<a>" * 100, b"{" * 100, b"[" * 10_000, b'{"a":' * 5_000, b"<xml/>", b"<xml>",
    b'{"a":1,"a":2}', b"<?xml version='1.0' encoding='utf-7'?>", b"<?pi ?>", b"<!-- -- -->",
    b"<x:a/>", b"\\u0000", b"\\ud800", b"null", b"1e999", b"-", b"\x00",
]  # fmt: skip


def as_bytes(fields: Json, form: str) -> bytes:
    if form == "json":
        return json.dumps(fields, ensure_ascii=len(fields) % 2 == 0).encode()
    return to_xml(fields)


def check(seed: int, number: int, status: int, content_type: bytes, body: bytes) -> None:
    """An envelope in the format that the answer says it has."""
    note = f"request {number} of seed {seed}: {body[:300]!r}"
    assert status in STATUSES, note
    xml = content_type.startswith(b"application/xml")
    envelope = from_xml(body) if xml else json.loads(body)
    error = int(envelope["error"])
    assert error in {0, 400, 401, 403, 404, 409, 413, 415, 429}, note
    assert envelope["error_text"], note


@pytest.fixture
async def furnished(house: House) -> House:
    await house.new_member()
    await house.accrue("100")
    return house


@pytest.fixture
def store_address(sqlite_address: str) -> str:
    return sqlite_address


async def run(house: House, seed: int, requests: int) -> None:
    mutator = Mutator(seed)
    for number in range(requests):
        method, headers, query, body = mutator.request()
        sent = await answered(house.edge, method, headers, body, query)
        check(seed, number, sent.status, dict(sent.headers)[b"content-type"], sent.body)


async def test_ten_thousand(furnished: House) -> None:
    await run(furnished, SEED, REQUESTS)
    data = await furnished.done("loyalty/register_member", furnished.who("z@example.com"))
    assert data["profile_id"]


async def test_some_on_postgres(postgres_store: Store) -> None:
    async with opened(postgres_store) as house:
        await house.new_member()
        await run(house, SEED + 1, 1_500)


async def test_some_through_the_whole_application(furnished: House) -> None:
    mutator = Mutator(SEED + 2)
    paths = [
        "loyalty/accrue_points",
        "loyalty//cancel_transaction/",
        "%00",
        "%ff",
        "..",
        "a" * 3_000,
    ]
    for number in range(500):
        _, headers, _, body = mutator.request()
        plain = {
            name: value
            for name, value in reversed(headers)
            if name not in (b"host", b"authorization") and b"\x00" not in value
        }
        path = mutator.random.choice(paths)
        answer = await furnished.client.post(f"/api/v1.1/{path}", content=body, headers=plain)
        if path in paths[:2]:
            content_type = answer.headers["content-type"].encode()
            check(SEED + 2, number, answer.status_code, content_type, answer.content)
        else:
            assert 400 <= answer.status_code < 500
