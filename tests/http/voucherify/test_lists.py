"""Lists: pages, cursors, orders, filters; and what is wrong with a query."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import (
    CustomerNumber,
    PointsBucket,
    Prefix,
    parse,
    parse_bucket,
    parse_customer,
    spell,
    spell_bucket,
    spell_customer,
)
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.core.lists.cursors import Cursors
from stampbook.dialects.voucherify.core.times import read_instant, stamp
from stampbook.edge.pace.quota import Quota, Standing
from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made

PROGRAMS = f"{V2}/programs"
NOW = 1_786_024_873_346_000


# -- ids -------------------------------------------------------------------------------------


def test_ids() -> None:
    assert spell(Prefix.CARD, 1) == "lcrd_000000000000000001"
    assert parse(Prefix.CARD, "lcrd_000000000000000001") == 1
    for wrong in (
        "lcrd_1",
        "lcrd_00000000000000000G",
        "lcrd_00000000000000000A",
        "lcrd_0000000000000000001",
        "lmbr_000000000000000001",
        "lcrd_ffffffffffffffffff",
        "lcrd_00000000000000001\u0661",
        "",
    ):
        assert parse(Prefix.CARD, wrong) is None, wrong


def test_customer_ids() -> None:
    assert parse_customer(spell_customer(7, 3)) == CustomerNumber(7, None)
    assert parse_customer(spell_customer(None, 3)) == CustomerNumber(None, 3)
    for wrong in ("cust_", "cust_m", "cust_7", "cust_x" + "0" * 18, "anna"):
        assert parse_customer(wrong) is None


def test_bucket_ids() -> None:
    bucket = PointsBucket(2**30 - 1, 20_671)
    assert parse_bucket(spell_bucket(bucket)) == bucket
    assert parse_bucket("lcpeb_" + "7" + "f" * 17) is None


# -- times -----------------------------------------------------------------------------------


def test_times() -> None:
    assert stamp(NOW + 999) == "2026-08-06T14:01:13.346Z"
    for text in (
        "2026-08-06T14:01:13.346Z",
        "2026-08-06T16:01:13.346+02:00",
        "2026-08-06t14:01:13.346z",
        "2026-08-06T14:01:13.346",
    ):
        assert read_instant(text) == NOW, text
    assert read_instant("1969-12-31T23:59:59Z") == -1_000_000
    for wrong in ("", "now", "2026-08-06T25:00:00Z", "20260806", "2026-8-6", "0000-01-01"):
        assert read_instant(wrong) is None, wrong


# -- cursors ---------------------------------------------------------------------------------


def _key(cursors: Cursors, text: str, *, query: str = "q", now: int = NOW) -> str:
    with pytest.raises(Fault) as caught:
        cursors.read(text, "lcrsprg_", query=query, now=now)
    assert caught.value.status == 400
    return caught.value.key


def test_cursors() -> None:
    cursors = Cursors(b"s" * 32)
    position = (17, "Ä name", 2**60)
    made_ = cursors.write("lcrsprg_", query="q", position=position, now=NOW)
    text = made_["next"]
    assert made_["expires_at"] == "2026-08-06T15:01:13.000Z"
    assert cursors.read(text, "lcrsprg_", query="q", now=NOW) == position
    assert cursors.read(text, "lcrsprg_", query="q", now=NOW + 3599 * 10**6) == position
    assert _key(cursors, text, now=NOW + 3600 * 10**6) == "invalid_or_expired_cursor"
    assert _key(cursors, text, query="r") == "cursor_and_query_mismatch"
    assert _key(Cursors(b"t" * 32), text) == "invalid_or_expired_cursor"
    for at in range(len(text) - 1):
        spoilt = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
        assert _key(cursors, spoilt) == "invalid_or_expired_cursor"
    for wrong in ("", "lcrsprg_", "lcrsprg_xyz", "lcrsmbr_" + text[8:], text + "0", text * 50):
        assert _key(cursors, wrong) == "invalid_or_expired_cursor"


async def test_cursors_of_a_list(house: House) -> None:
    for name in "abcde":
        made(await house.post(PROGRAMS, {"name": name}))
    first = made(await house.get(PROGRAMS, {"limit": "2"}))
    assert first["cursor"]["expires_at"] == "2026-08-06T15:01:13.000Z"
    cursor = first["cursor"]["next"]
    assert cursor.startswith("lcrsprg_")
    for query in (
        {"order": "name"},
        {"filters[status][conditions][$is]": "DRAFT"},
        {"order": "created_at"},
    ):
        response = await house.get(PROGRAMS, {"cursor": cursor, **query})
        assert error(response)[:2] == (400, "cursor_and_query_mismatch")
    response = await house.get(f"{V2}/card-definitions", {"cursor": cursor})
    assert error(response)[:2] == (400, "invalid_or_expired_cursor")
    rest = made(await house.get(PROGRAMS, {"limit": "50", "cursor": cursor}))
    assert [each["name"] for each in rest["data"]] == ["c", "b", "a"]
    assert rest["cursor"] is None
    house.clock.advance(seconds=3600)
    response = await house.get(PROGRAMS, {"cursor": cursor})
    assert error(response)[:2] == (400, "invalid_or_expired_cursor")


async def test_cursors_are_good_on_every_server(house: House, store: Store) -> None:
    row = await store.fetch_one("SELECT secret FROM voucherify_secrets")
    assert row is not None
    assert len(set(bytes(row["secret"]))) > 8


async def test_pages_stand_still(house: House) -> None:
    """What is added meanwhile moves nothing between pages."""
    for name in "abcd":
        made(await house.post(PROGRAMS, {"name": name}))
    first = made(await house.get(PROGRAMS, {"limit": "2"}))
    made(await house.post(PROGRAMS, {"name": "new"}))
    params = {"limit": "2", "cursor": first["cursor"]["next"]}
    second = made(await house.get(PROGRAMS, params))
    names = [each["name"] for each in first["data"] + second["data"]]
    assert names == ["d", "c", "b", "a"]
    assert second["cursor"] is None


async def test_names_of_all_kinds_are_ordered_and_paged(house: House) -> None:
    names = ["b", "B", "", "ä", "é", "日本", "b'; DROP TABLE programs; --", "100%", "a_b", "a\\b"]
    for name in filter(None, names):
        made(await house.post(PROGRAMS, {"name": name}))
    paged = [
        each["name"] for each in await house.all(PROGRAMS, [("order", "name"), ("limit", "1")])
    ]
    whole = [each["name"] for each in await house.all(PROGRAMS, [("order", "name")])]
    assert paged == whole
    assert sorted(whole) == sorted(filter(None, names))
    for condition, value, expected in (
        ("$contains", "%", ["100%"]),
        ("$contains", "_", ["a_b"]),
        ("$contains", "B", ["B", "b'; DROP TABLE programs; --"]),
        ("$starts_with", "a", ["a\\b", "a_b"]),
        ("$ends_with", "本", ["日本"]),
        ("$ends_with", "a long text that no name ends with", []),
        ("$is", "ä", ["ä"]),
        ("$in", "b", ["b"]),
    ):
        pair = (f"filters[name][conditions][{condition}]", value)
        found = [each["name"] for each in await house.all(PROGRAMS, [pair])]
        assert sorted(found) == sorted(expected), condition


# -- queries ---------------------------------------------------------------------------------

IS = "filters[status][conditions][$is]"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=1&limit=2",
        "limit=99999999999999999999",
        "limit=%D9%A1",
        "order=colour",
        "order=name&order=-name",
        "order=id",
        "order[]=name&order[]=name",
        "filters=x",
        "filters[]=x",
        "filters[status]=ACTIVE",
        "filters[status][conditions]=ACTIVE",
        "filters[status][$is]=ACTIVE",
        "filters[status][conditions][$is][x]=ACTIVE",
        "filters[status][conditions][$is][0][1]=ACTIVE",
        "filters[status][conditions][$contains]=ACT",
        "filters[status][conditions][$is]=active",
        "filters[status][conditions][$is]=ACTIVE&filters[status][conditions][$is]=DRAFT",
        "filters[colour][conditions][$is]=red",
        "filters[junction]=XOR",
        "filters[id][conditions][$is]=lmbr_000000000000000001",
        "filters[id][conditions][$is]=lprg_x-y",
        "filters[created_at][conditions][$is]=yesterday",
        "filters[created_at][conditions][$in]=2026-01-01",
        "filters[created_at][conditions][$more_than]=-1",
        "filters[created_at][conditions][$more_than]=1.5",
        "filters[created_at][conditions][$less_than]=100001",
        "filters[name][conditions][$is]=a%00b",
        "filters[name][conditions][$in]=" + "&filters[name][conditions][$in]=".join("abcdefghijk"),
        "filters[name][conditions][$is]=" + "x" * 1001,
        "filters[status][conditions][$is]=ACTIVE]&filters[status=",
        "cursor=lcrsprg_&cursor=lcrsprg_",
    ],
)
async def test_queries_that_are_refused(house: House, query: str) -> None:
    response = await house.ask("GET", f"{PROGRAMS}?{query}")
    assert error(response)[:3] == (400, "invalid_query_params", "Invalid query params")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", 1),
        ("limit=", 3),
        ("order=", 3),
        ("order[]=name", 3),
        ("order[0]=name&order[1]=-created_at", 3),
        (f"{IS}=DRAFT", 3),
        (f"{IS}[]=DRAFT", 3),
        (f"{IS}[0]=DRAFT", 3),
        (f"{IS}=ACTIVE", 0),
        ("filters[id][conditions][$is]=lprg_1", 0),
        ("filters[id][conditions][$is_not]=lprg_1", 3),
        ("filters[created_at][conditions][$has_value]=", 3),
        ("filters[created_at][conditions][$is_unknown]=", 0),
        ("filters[created_at][conditions][$less_than]=1", 3),
        ("filters[created_at][conditions][$before]=2026-08-06T14:01:13.347Z", 3),
        ("filters[created_at][conditions][$before]=2026-08-06T14:01:13.346Z", 0),
        ("filters[created_at][conditions][$after]=2026-08-06", 3),
        ("filters[name][conditions][$not_contain]=a", 2),
        ("filters[name][conditions][$not_in]=a&filters[name][conditions][$not_in]=b", 1),
        ("filters[name][conditions][$is]=a&filters[name][conditions][$contains]=b", 0),
        (f"filters[name][conditions][$is]=a&{IS}=ACTIVE", 0),
        (f"filters[name][conditions][$is]=a&{IS}=ACTIVE&filters[junction]=OR", 1),
        ("something=else", 3),
    ],
)
async def test_queries(house: House, query: str, expected: int) -> None:
    for name in "abc":
        made(await house.post(PROGRAMS, {"name": name}))
    body = made(await house.ask("GET", f"{PROGRAMS}?{query}"))
    assert len(body["data"]) == expected


async def test_a_hundred_ids(house: House) -> None:
    program = made(await house.post(PROGRAMS, {"name": "a"}))
    pairs = [("filters[id][conditions][$in]", f"lprg_{at:018x}") for at in range(1000, 1099)]
    pairs.append(("filters[id][conditions][$in]", program["id"]))
    assert len(await house.all(PROGRAMS, pairs)) == 1
    response = await house.get(PROGRAMS, [*pairs, pairs[0]])
    assert error(response)[1] == "invalid_query_params"


# -- around the handlers ---------------------------------------------------------------------


async def test_unknown_paths_and_methods(house: House) -> None:
    for method, path, status, key in (
        ("GET", "/v2/loyalties/nothing", 404, "not_found"),
        ("GET", "/v2/", 404, "not_found"),
        ("PATCH", PROGRAMS, 405, "method_not_allowed"),
        ("DELETE", f"{V2}/card-definitions", 405, "method_not_allowed"),
        ("PUT", "/v1/loyalties/members/x/balance", 405, "method_not_allowed"),
    ):
        assert error(await house.ask(method, path))[:2] == (status, key)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b'{"name": "\\ud800"}',
        b'{"name": "\\u0000"}',
        b'{"name": NaN}',
        b'{"a": ' * 3000 + b"1" + b"}" * 3000,
        b'{"name": "x", "name": 1}',
    ],
)
async def test_garbage_bodies(house: House, body: bytes) -> None:
    for path in (PROGRAMS, f"{V2}/card-definitions"):
        response = await house.ask("POST", path, content=body)
        assert error(response)[:2] == (400, "invalid_payload")


async def test_headers(house: House, client: Any) -> None:
    first = await house.get(PROGRAMS)
    second = await house.get(PROGRAMS)
    limit, left = (int(first.headers[f"x-rate-limit-{name}"]) for name in ("limit", "remaining"))
    assert 0 < left < limit
    assert int(second.headers["x-rate-limit-remaining"]) == left - 1
    assert first.headers["x-rate-limit-retry"] == "1786028400"
    assert first.headers["access-control-allow-origin"] == "*"
    for path in (PROGRAMS, "/v1/loyalties/members/CARD1/balance", "/v1/customers"):
        response = await client.request(
            "OPTIONS",
            path,
            headers={
                "Origin": "https://shop.example",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "x-app-id,x-app-token,x-voucherify-channel",
            },
        )
        assert response.status_code == 204
        allowed = response.headers["access-control-allow-headers"].lower()
        for name in ("x-app-id", "x-app-token", "authorization", "x-voucherify-channel"):
            assert name in allowed
        assert "PUT" in response.headers["access-control-allow-methods"]
    response = await client.get("/ping")
    assert response.status_code == 200
    response = await client.get(PROGRAMS, headers={"Origin": "https://shop.example"})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == "*"


async def test_errors_tell_the_limits_too(house: House) -> None:
    response = await house.get(f"{PROGRAMS}/lprg_1")
    assert response.status_code == 404
    assert int(response.headers["x-rate-limit-remaining"]) > 0


def test_the_quota() -> None:
    """Counted by key and hour; the first call of an hour begins anew."""
    quota = Quota(2, window_s=3_600)
    assert quota.take(1, now=NOW) == Standing(2, 1, 1_786_028_400)
    assert quota.take(1, now=NOW + 1) == Standing(2, 0, 1_786_028_400)
    assert quota.take(1, now=NOW + 2) is None
    assert quota.take(2, now=NOW + 2) is not None
    assert quota.wait_s(NOW) == 1_786_028_400 - NOW // 10**6
    assert quota.take(1, now=1_786_028_400 * 10**6) == Standing(2, 1, 1_786_032_000)


@pytest.mark.parametrize(
    "path",
    [
        f"{PROGRAMS}/%ff",
        f"{PROGRAMS}/%00",
        f"{PROGRAMS}/%F0%9F%92%A9",
        f"{PROGRAMS}/a%2Fb",
        f"{PROGRAMS}/..%2f..",
        f"{PROGRAMS}/{'x' * 5000}",
        f"{PROGRAMS}/lprg_{'0' * 18}/members/{'0' * 400}/cards/x/transactions",
        "/v1/loyalties/members/%ff",
        "/v1/loyalties/%00/members/%00/transactions",
        "/v1/customers/%ff",
        "/v1/async-actions/%ff",
    ],
)
async def test_garbage_paths(house: House, path: str) -> None:
    assert error(await house.ask("GET", path))[0] == 404


@pytest.mark.parametrize("query", ["limit=%ff", "order=%ff", "filters[%ff]=1", "cursor=%00"])
async def test_garbage_queries(house: House, query: str) -> None:
    assert error(await house.ask("GET", f"{PROGRAMS}?{query}"))[0] == 400


async def test_assigning_at_once(house: House) -> None:
    """One request gives the program its definition, the others find it there."""
    definition = await house.definition()
    program = await house.program(status="DRAFT")
    path = f"{PROGRAMS}/{program['id']}/card-definitions"
    body = {"assign": [{"id": definition["id"]}]}
    responses = await asyncio.gather(*(house.post(path + "/batch", body) for _ in range(5)))
    assert sorted(each.status_code for each in responses) == [200, 409, 409, 409, 409]
    assert len(await house.all(path)) == 1


async def test_a_key_that_cannot_be(house: House) -> None:
    card = await house.card()
    for key in ("", "x" * 256, "a\tb"):
        response = await house.post(card.path + "/points", {"points": 1}, key=key)
        assert error(response)[:2] == (400, "invalid_payload"), key
