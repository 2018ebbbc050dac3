"""`/audit` and `/anchors`: who sees which rows, and what leaves none."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from stampbook.storage.store import Store
from stampbook.verifying.anchor_lines import is_signed, read_line
from stampbook.verifying.anchors import make_anchors
from tests.http.audited import acts_of
from tests.http.native.asking import Api

KEY = b"sixteen bytes or more"


def ok(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


async def listed(api: Api, **params: Any) -> list[Any]:
    data: list[Any] = ok(await api.get("/audit", **params))["data"]
    return data


async def test_a_row(api: Api) -> None:
    program = await api.program(name="Coffee", ends_at="2027-01-01T00:00:00Z")
    headers = {"X-Request-Id": "till-7"}
    await api.patch(f"/programs/{program['id']}", {"ends_at": None}, headers=headers)
    row = (await listed(api))[0]
    assert row == {
        "id": "aud_3",
        "at": api.clock.text(),
        "action": "program.updated",
        "entity": program["id"],
        "program_id": program["id"],
        "user_id": None,
        "api_key_id": "key_1",
        "actor": None,
        "address": "127.0.0.1",
        "request_id": "till-7",
        "dialect": "native",
        "changes": {"ends_at": {"before": "2027-01-01T00:00:00Z", "after": None}},
        "reason": None,
    }


async def test_pages_and_filters(api: Api) -> None:
    for name in ("One", "Two", "Three"):
        await api.program(name=name)
        api.clock.advance(seconds=60)
    await api.patch("/programs/prg_2", {"name": "Zwei"})
    assert [row["id"] for row in await listed(api)] == ["aud_5", "aud_4", "aud_3", "aud_2", "aud_1"]
    first = ok(await api.get("/audit", limit=2))
    assert [row["id"] for row in first["data"]] == ["aud_5", "aud_4"]
    second = ok(await api.get("/audit", limit=200, cursor=first["next_cursor"]))
    assert [row["id"] for row in second["data"]] == ["aud_3", "aud_2", "aud_1"]
    assert second["next_cursor"] is None

    async def ids(**params: Any) -> list[str]:
        return [row["id"] for row in await listed(api, **params)]

    assert await ids(entity="prg_2") == ["aud_5", "aud_3"]
    assert await ids(entity="prg_2", action="program.created") == ["aud_3"]
    assert await ids(action="api_key.created") == ["aud_1"]
    assert await ids(api_key_id="key_1") == ["aud_5", "aud_4", "aud_3", "aud_2"]
    assert await ids(api_key_id="key_2") == await ids(user_id="usr_1") == []
    since = {"from": "2026-03-01T12:01:00Z", "to": "2026-03-01T12:03:00Z"}
    assert await ids(**since) == ["aud_4", "aud_3"]


@pytest.mark.parametrize(
    "params",
    [
        {"action": "program.painted"},
        {"from": "yesterday"},
        {"to": "2026-03-01"},
        {"user_id": "key_1"},
        {"api_key_id": "1"},
        {"cursor": "prg_1"},
        {"limit": 201},
        {"program_id": "prg_1"},
    ],
)
async def test_bad_parameters(api: Api, params: Any) -> None:
    assert (await api.get("/audit", **params)).status_code == 422


async def test_who_may_read_it(api: Api, stranger: Api, key_with: Any) -> None:
    program = await api.program()
    (row,) = await listed(stranger)
    assert (row["action"], row["api_key_id"]) == ("api_key.created", None)
    for path in ("/audit", "/anchors"):
        assert (await (await key_with("ledger:cancel")).get(path)).status_code == 403
        bound = await key_with("admin", program=int(program["id"][4:], 16))
        assert (await bound.get(path)).status_code == 403


async def test_what_leaves_no_row(api: Api, store: Store) -> None:
    program = await api.program(name="Coffee")
    path = f"/programs/{program['id']}"
    nothing = [
        await api.patch(path, {"name": "Tea"}, params={"dry_run": "true"}),
        await api.patch(path, {"name": "Coffee"}),
        await api.patch(path, {"timezone": "Mars/Olympus"}),
        await api.patch("/programs/prg_99", {"name": "Tea"}),
        await api.post(f"{path}/members", {"name": "Anna"}),
    ]
    assert [answer.status_code for answer in nothing] == [200, 200, 422, 404, 201]
    for answer in nothing:
        assert await acts_of(store, answer) == ()
    first, again = [await api.patch(path, {"name": "Tea"}, key="k-1") for _ in range(2)]
    assert again.headers["idempotency-replayed"] == "true"
    assert await acts_of(store, first) == ("program.updated",)
    assert await acts_of(store, again) == ()


async def test_a_currency_is_told_in_the_words_of_the_api(api: Api) -> None:
    program = await api.program()
    currency = await api.currency(program["id"])
    rolling = {"type": "rolling", "period": {"value": 12, "unit": "month"}}
    await api.patch(f"/currencies/{currency['id']}", {"expiry": rolling})
    changes = (await listed(api, action="currency.updated"))[0]["changes"]
    assert changes["expiry"]["before"] == {"type": "none"}
    assert changes["expiry"]["after"]["period"] == {"value": 12, "unit": "month"}
    assert changes.keys() == {"expiry"}


async def test_anchors(api: Api, stranger: Api, store: Store) -> None:
    account = await api.account()
    await api.post(f"/accounts/{account}/transactions", {"type": "accrue", "amount": "5.00"})
    await make_anchors(store, now=api.clock(), key=KEY)
    api.clock.advance(days=1)
    await make_anchors(store, now=api.clock(), key=None, daily=True)
    page = ok(await api.get("/anchors", limit=1))
    (anchor,) = page["data"]
    assert (anchor["id"], anchor["accounts"], anchor["rows"]) == ("anc_2", 1, 1)
    assert anchor["signature"] is None
    rest = ok(await api.get("/anchors", cursor=page["next_cursor"]))
    assert [each["id"] for each in rest["data"]] == ["anc_1"]
    assert rest["next_cursor"] is None
    assert rest["data"][0]["root"] == anchor["root"]
    assert is_signed(read_line(json.dumps(rest["data"][0])), KEY)
    others = ok(await stranger.get("/anchors"))["data"]
    assert [each["accounts"] for each in others] == [0, 0]
