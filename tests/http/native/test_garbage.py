"""Whatever is sent, the answer is a clear 4xx in the API's own words, and nothing has happened."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from stampbook.dialects.native.openapi import DESCRIPTION
from stampbook.dialects.native.routes import OPERATIONS
from stampbook.dialects.native.rows import MAX_BULK_BODY
from stampbook.edge.operations import MAX_BODY
from tests.http.native.asking import Api, fine, made, refused

BODIES = [
    b"",
    b" ",
    b"null",
    b"[]",
    b"0",
    b'""',
    b"{",
    b"{}}",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{",
    b'{"name": NaN}',
    b'{"name": 1e999}',
    b'{"name": "a\x00b"}',
    b'{"name": "a\\u0000b"}',
    b'{"name": "\\ud800"}',
    b'{"name": "\\udc00\\ud800"}',
    b'{"name": "\xed\xa0\x80"}',
    b'{"name": "\xff"}',
    b'{"name": "x", "metadata": {"\\u0000": 1}}',
    b'{"name": "x", "metadata": {"a": [{"b": "\\u0000"}]}}',
    b'{"name": "x", "metadata": {"a": 1e999}}',
    b'{"name": "x", "metadata": {"a": ' + b"9" * 5_000 + b"}}",
    b'{"name": "x", "metadata": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
    b"[" * 100_000,
    b'{"type": "accrue", "amount": ' + b"9" * 10_000 + b"}",
    b"%00",
    b"name=x",
    b'{"name": "x", "name\\u0000": 1}',
]


@pytest.mark.parametrize("number", range(len(BODIES)))
async def test_bodies_that_no_write_takes(api: Api, number: int) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "1")
    before = await api.balance(account)
    for endpoint in OPERATIONS:
        if endpoint.body is None or (number < 2 and endpoint.name in DESCRIPTION.optional_bodies):
            continue
        name = {"accounts": account, "transactions": accrual["id"]}.get(
            endpoint.path.split("/")[2], "prg_1"
        )
        path = endpoint.path.removeprefix("/v1").replace("{id}", name)
        answer = await api.ask(endpoint.method, path, content=BODIES[number])
        refused(answer, 422, "invalid_request")
    assert await api.balance(account) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"name": "a", "name": "b"}', "/name"),
        (b'{"name": "a", "n\\u0061me": "b"}', "/name"),
        (b'{"name": "x", "metadata": {"a": [{"b/c": 1, "d": 2, "b/c": 3}]}}', "/metadata/a/0/b~1c"),
        (b'{"name": "x", "metadata": {"a": [1, {"b": NaN}]}}', "/metadata/a/1/b"),
        (b'{"name": "x", "metadata": {"a": -Infinity}}', "/metadata/a"),
        (b'{"name": "x", "metadata": {"a": 1e999}}', "/metadata"),
        (
            b'{"name": "x", "metadata": ' + b'{"a":' * 64 + b"1" + b"}" * 64 + b"}",
            "/metadata" + "/a" * 63,
        ),
        (
            b'{"name": "x", "metadata": {"a": [1, -1' + b"0" * 39 + b"]}}",
            "/metadata/a/1",
        ),
        (
            b'{"name": "x", "metadata": {"a": 0.' + b"1" * 39 + b"}}",
            "/metadata/a",
        ),
        (b'{"name": "x", "metadata": {"\\ud800": ' + b"1" * 41 + b"}}", "/metadata/\ufffd"),
    ],
)
async def test_what_json_readers_differ_about_is_refused_where_it_is(
    api: Api, body: bytes, pointer: str
) -> None:
    answer = await api.ask("POST", "/programs", content=body)
    refused(answer, 422, "invalid_request", pointer)
    assert fine(await api.get("/programs"))["data"] == []


async def test_names_may_be_those_of_other_objects_and_texts_may_look_like_json(api: Api) -> None:
    deepest: Any = 1
    for _ in range(63):
        deepest = {"name": deepest}
    text = '"name": "name": ' + "[{" * 50 + "9" * 50
    program = made(
        await api.post(
            "/programs", {"name": text, "metadata": {"a": deepest["name"], "b": deepest["name"]}}
        )
    )
    assert program["metadata"]["b"] == deepest["name"]
    assert program["name"] == text


async def test_strange_but_lawful_texts_are_kept(api: Api) -> None:
    for name in (
        "\\u0000",
        "😀",
        "\u2028",
        "\x7f",
        "'; DROP TABLE programs; --",
        "\U0001d518" * 255,
    ):
        program = made(await api.post("/programs", {"name": name, "metadata": {name: name}}))
        assert (program["name"], program["metadata"]) == (name, {name: name})
    big = made(await api.post("/programs", {"name": "x", "metadata": {"n": 10**39, "f": 0.1}}))
    assert big["metadata"] == {"n": 10**39, "f": 0.1}


VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", "x" * 300, "\\", [], [None], {}, {"a": 1}, [[[]]],
]  # fmt: skip


async def test_every_field_of_every_body_bears_every_value(api: Api) -> None:
    """Right or wrong, never an error of ours."""
    account = await api.account()
    accrual = await api.accrue(account, "1000")
    program = (await api.program())["id"]
    currency, member = await api.currency(program), await api.member(program)
    names = {
        "accounts": account,
        "transactions": accrual["id"],
        "programs": program,
        "currencies": currency["id"],
        "members": member["id"],
    }
    sound: dict[str, dict[str, Any]] = {
        "TransactionBody": {"type": "accrue", "amount": "1"},
        "CurrencyBody": {"name": "x"},
        "ProgramBody": {"name": "x"},
        "ApiKeyBody": {"name": "x", "scopes": ["read"]},
        "BulkBody": {"operations": [{"op": "accrue", "account_id": account, "amount": "1"}]},
        "AccountBody": {"member_id": member["id"], "currency_id": currency["id"]},
        "TransferBody": {"from_account_id": account, "to_account_id": account, "amount": "1"},
    }
    for endpoint in OPERATIONS:
        if endpoint.body is None:
            continue
        path = endpoint.path.replace("{id}", names.get(endpoint.path.split("/")[2], ""))
        for field in endpoint.body.__struct_fields__:
            for value in VALUES:
                body = {**sound.get(endpoint.body.__name__, {}), field: value}
                answer = await api.ask(
                    endpoint.method, path.removeprefix("/v1"), json=body, params={"dry_run": "true"}
                )
                assert answer.status_code < 500, (path, body, answer.text)
                if answer.status_code >= 400:
                    refused(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "query",
    [
        "limit=%00", "cursor=%ff", "cursor=acc_1%00", "q=%00", "q=%ED%A0%80", "a=b",
        "limit=1&limit=2", "limit=-1", "limit=1e3", "cursor=" + "a" * 5_000,
        "&".join(f"x{n}=1" for n in range(50)),
        "limit=" + "9" * 400,
    ],
)  # fmt: skip
async def test_queries_that_no_list_takes(api: Api, query: str) -> None:
    program = (await api.program())["id"]
    refused(await api.get(f"/programs/{program}/members?{query}"), 422, "invalid_request")


@pytest.mark.parametrize("text", ["q=", "q=%25", "q=%27", "email=x", "phone=x", "external_id="])
async def test_lookups_that_find_nobody_are_no_errors(api: Api, text: str) -> None:
    program = (await api.program())["id"]
    assert (await api.get(f"/programs/{program}/members?{text}")).status_code == 200


async def test_bodies_have_a_limit(api: Api, client: httpx.AsyncClient) -> None:
    account = await api.account()
    filler = json.dumps({"type": "accrue", "amount": "1", "reason": "x" * MAX_BODY}).encode()
    refused(
        await api.ask("POST", f"/accounts/{account}/transactions", content=filler),
        413,
        "payload_too_large",
    )
    large = json.dumps({"operations": ["x" * 2 * MAX_BODY]}).encode()
    answer = await api.ask("POST", "/bulk", content=large)
    assert answer.status_code == 200
    assert answer.json()["results"][0]["status"] == 422
    refused(
        await api.ask("POST", "/bulk", content=b" " * (MAX_BULK_BODY + 1)), 413, "payload_too_large"
    )


async def test_a_body_without_a_length_has_a_limit_too(api: Api) -> None:
    account = await api.account()

    async def endless() -> Any:
        for _ in range(2 * MAX_BODY // 65_536):
            yield b" " * 65_536

    for path in (f"/accounts/{account}/transactions", "/programs"):
        answer = await api.ask("POST", path, content=endless())
        refused(answer, 413, "payload_too_large")
