"""`/events`: what is pulled, by whom, and how it goes on."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from stampbook.dialects.native.routes import OPERATIONS
from stampbook.edge.context import Context
from stampbook.events import types
from stampbook.events.pruning import DAY, prune
from stampbook.programs import users
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.verifying.anchors import make_anchors
from tests.http import examples
from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.http.native.people.signing import as_person
from tests.http.native.play import LOGIN, PLAY, is_of_files

MONTHLY = {"type": "period", "period": {"value": 1, "unit": "day"}}
BRIEF = {"type": "rolling", "period": {"value": 3, "unit": "day"}}


async def pulled(api: Api, **params: Any) -> list[Any]:
    """All events, page by page."""
    found: list[Any] = []
    while True:
        page = fine(await api.get("/events", **params))
        found += page["data"]
        params = {**params, "cursor": page["next_cursor"]}
        if not page["has_more"]:
            return found


def named(events: list[Any]) -> list[str]:
    return [each["type"] for each in events]


async def test_each_command_has_its_events_in_their_order(api: Api) -> None:
    account = await api.account(pending=MONTHLY, expiry=BRIEF)
    other = await api.account()
    cursor = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]

    async def new() -> list[Any]:
        nonlocal cursor
        page = fine(await api.get("/events", cursor=cursor))
        cursor = page["next_cursor"]
        return list(page["data"])

    accrued = await api.accrue(account, "10", reason="a gift")
    (event,) = await new()
    assert event["data"] == {
        "transaction": accrued,
        "balance": {
            "active": "0.00",
            "pending": "10.00",
            "held": "0.00",
            "total": "10.00",
            "deficit": "0.00",
        },
    }
    assert (event["account_id"], event["sequence"]) == (account, 1)
    assert (event["program_id"], event["member_id"]) == ("prg_1", "mbr_1")
    assert event["timestamp"] == accrued["created_at"]
    await api.post(f"/transactions/{accrued['id']}/activate")
    created, activated = await new()
    assert named([created, activated]) == ["transaction.created", "lot.activated"]
    assert activated["data"]["amount"] == "10.00"
    assert activated["data"]["by_clock"] is False
    assert activated["data"]["transaction_id"] == created["data"]["transaction"]["id"]
    redeemed = await api.redeem(account, "4")
    assert named(await new()) == ["transaction.created"]
    cancel = fine(await api.cancel(redeemed["id"], {"amount": "1"}))
    _, cancelled = await new()
    assert cancelled["type"] == "transaction.cancelled"
    assert cancelled["data"]["transaction"] == cancel
    assert cancelled["data"]["original"] == {
        "id": redeemed["id"],
        "type": "redeem",
        "amount": "4.00",
        "status": "partly_cancelled",
        "cancelled_amount": "1.00",
    }
    await api.cancel(cancel["id"])
    events = await new()
    assert named(events) == [
        "transaction.created",
        "transaction.cancelled",
        "transaction.restored",
    ]
    assert events[2]["data"]["original"]["status"] == "in_force"
    hold = await api.hold(account, "2")
    assert (await new())[0]["data"]["transaction"]["status"] == "temporary"
    await api.post(f"/transactions/{hold['id']}/release")
    created, released = await new()
    assert released["type"] == "transaction.released"
    assert released["data"]["original"]["status"] == "released"
    held = await api.hold(account, "3", timeout_s=60)
    assert named(await new()) == ["transaction.created"]
    api.clock.advance(days=30)
    await api.get(f"/accounts/{account}/transactions")
    released, expired = await new()
    assert named([released, expired]) == ["transaction.released", "lot.expired"]
    assert released["data"]["by_clock"] is True
    assert released["data"]["original"]["id"] == held["id"]
    assert expired["data"]["lot"]["expired"] == expired["data"]["amount"] == "6.00"
    await api.accrue(other, "5")
    await api.post("/transfers", {"from_account_id": other, "to_account_id": other, "amount": "1"})
    refused(await api.move(account, "redeem", "50"), 409, "insufficient_points")
    await api.move(account, "accrue", "50", params={"dry_run": "true"})
    assert named(await new()) == ["transaction.created"]


async def test_members_accounts_programs_and_currencies(api: Api) -> None:
    account = await api.account()
    program, currency, member, opened = await pulled(api)
    assert named([program, currency, member, opened]) == [
        "program.updated",
        "currency.updated",
        "member.created",
        "account.opened",
    ]
    assert {**program["data"]["program"], "phone_region": None} == fine(
        await api.get("/programs/prg_1")
    )
    assert currency["data"]["currency"] == fine(await api.get("/currencies/cur_1"))
    assert member["data"]["member"] == fine(await api.get("/members/mbr_1"))
    assert opened["data"]["account"] == fine(await api.get(f"/accounts/{account}"))
    assert "name" in program["data"]["changed"]
    start = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    for path, body in (
        ("/programs/prg_1", {"name": "Tea", "status": "inactive"}),
        ("/programs/prg_1", {"name": "Tea"}),
        ("/currencies/cur_1", {"cancel_window": 60}),
        ("/currencies/cur_1/options", {"initial_balance": "5.00", "backdating": True}),
        ("/currencies/cur_1/options", {"approval_above": "50.00"}),
        ("/members/mbr_1", {"name": "Ada", "email": "ada@example.com"}),
        ("/members/mbr_1", {"name": "Ada"}),
    ):
        fine(await api.patch(path, body))
    fine(await api.delete("/members/mbr_1"))
    events = await pulled(api, cursor=start)
    assert [(each["type"], each["data"].get("changed")) for each in events] == [
        ("program.updated", ["name", "status"]),
        ("currency.updated", ["cancel_window"]),
        ("currency.updated", ["initial_balance", "backdating"]),
        ("currency.updated", ["approval_above"]),
        ("member.updated", ["email", "name"]),
        ("member.deleted", None),
        ("account.closed", None),
    ]
    assert events[-1]["data"]["account"]["status"] == "closed"
    assert events[-2]["data"]["member"]["status"] == "deleted"


async def test_the_life_of_a_house(api: Api, client: httpx.AsyncClient, store: Store) -> None:
    """All that the examples do: every event is as its type says, and printed alike forever."""
    async with store.transaction() as writing:
        await users.create(writing, tenant=1, login=LOGIN, password_hash="none", now=0)
    headers = {"Authorization": f"Bearer {api.secret}"}
    await examples.played(
        client,
        [each for each in OPERATIONS if not is_of_files(each.name)],
        [each for each in PLAY if not is_of_files(each.operation)],
        headers,
        after_each=lambda *_: api.clock.advance(seconds=60),
    )
    await make_anchors(store, now=api.clock(), key=None)
    events = await pulled(api, limit=7)
    assert events == await pulled(api, limit=1_000)
    assert len({each["id"] for each in events}) == len(events)
    schemas = {
        each["name"]: Draft202012Validator(each["data_schema"])
        for each in fine(await api.get("/event_types"))["data"]
    }
    assert schemas.keys() == types.TYPES.keys()
    for each in events:
        schemas[each["type"]].validate(each["data"])
    seen = Counter(named(events))
    never = set(types.TYPES) - seen.keys()
    assert never <= {
        "transaction.released", "transaction.restored", "lot.activated", "lot.expired",
        "member.merged", "member.erased", "grant.created", "tier.changed",
        "import.finished", "export.finished",
        "webhook.disabled", "webhook.test",
    }, never  # fmt: skip
    assert seen["anchor.created"] == 1
    for each in events:
        if each["type"] == "award.created":
            assert each["data"]["award"]["amount"] == each["data"]["award"]["in_force"]
        if each["type"] == "order.refunded":
            assert each["data"]["cascade"] == each["data"]["refund"]["cascade"]


async def test_where_it_begins(api: Api) -> None:
    account = await api.account()
    for _ in range(4):
        await api.accrue(account, "1")
        api.clock.advance(seconds=3_600)
    everything = await pulled(api)
    for each in everything[4:]:
        since = each["timestamp"]
        expected = [one for one in everything if one["timestamp"] >= since]
        assert await pulled(api, **{"from": since, "limit": 2}) == expected
    assert await pulled(api, **{"from": "now"}) == []
    assert await pulled(api, **{"from": "2020-01-01T00:00:00Z"}) == everything
    assert await pulled(api, **{"from": "2030-01-01T00:00:00Z"}) == []


async def test_filters(api: Api) -> None:
    first, second = await api.account(), await api.account()
    await api.accrue(first, "1")
    await api.accrue(second, "2")
    everything = await pulled(api)
    for name, key in (("program_id", "prg_2"), ("account_id", second)):
        expected = [each for each in everything if each[name] == key]
        assert expected
        assert await pulled(api, **{name: key, "limit": 1}) == expected
    expected = [each for each in everything if each["type"].startswith(("account.", "lot."))]
    assert await pulled(api, types="account.*,lot.*", limit=1) == expected
    assert await pulled(api, types="*") == everything
    created = await pulled(api, types="transaction.created")
    assert [each["account_id"] for each in created] == [first, second]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"cursor": "c1"}, 422), ({"cursor": "c0_0_0_0_0_g"}, 422), ({"cursor": ""}, 422),
        ({"cursor": "c" + "_".join(["f" * 16] * 6)}, 422), ({"from": "yesterday"}, 422),
        ({"limit": "0"}, 422), ({"limit": "1001"}, 422), ({"limit": "-1"}, 422),
        ({"wait_s": "31"}, 422), ({"wait_s": "1.5"}, 422), ({"types": "lots.*"}, 422),
        ({"types": ""}, 422), ({"types": "lot.expired,x"}, 422), ({"program_id": "prg_9"}, 404),
        ({"account_id": "acc_9"}, 404), ({"program_id": "x"}, 422), ({"until": "now"}, 422),
    ],
)  # fmt: skip
async def test_what_is_not_understood(api: Api, params: dict[str, str], status: int) -> None:
    code = "not_found" if status == 404 else "invalid_request"
    refused(await api.get("/events", **params), status, code)


async def test_who_sees_what(api: Api, stranger: Api, store: Store, key_with: Any) -> None:
    own, other = await api.account(), await api.account()
    await api.accrue(own, "1")
    await api.accrue(other, "1")
    await make_anchors(store, now=api.clock(), key=None)
    everything = await pulled(api)
    assert "anchor.created" in named(everything)
    bound = await key_with("read", program=1)
    mine = [each for each in everything if each["program_id"] == "prg_1"]
    assert mine
    assert await pulled(bound) == mine
    assert await pulled(bound, limit=1) == mine
    refused(await bound.get("/events", program_id="prg_2"), 404, "not_found")
    refused(await bound.get("/events", account_id=other), 404, "not_found")
    assert named(await pulled(stranger)) == ["anchor.created"]
    refused(await stranger.get("/events", account_id=own), 404, "not_found")
    refused(await (await key_with("ledger:write")).get("/events"), 403, "forbidden")
    reader = await key_with("read")
    visible = [each for each in everything if each["type"] != "anchor.created"]
    assert await pulled(reader) == visible
    viewer = await as_person(api, "vera", role="viewer")
    assert await pulled(viewer) == visible
    at_two = await as_person(api, "ted", role="viewer", program_ids=["prg_2"])
    assert {each["program_id"] for each in await pulled(at_two)} == {"prg_2"}


async def test_waiting_ends_with_an_event_of_any_process(
    api: Api, store: Store, store_address: str
) -> None:
    account = await api.account()
    start = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    begun = time.monotonic()
    nothing = fine(await api.get("/events", cursor=start, wait_s=1))
    assert 0.9 < time.monotonic() - begun < 5
    assert (nothing["data"], nothing["has_more"]) == ([], False)
    waiting = asyncio.create_task(
        api.get("/events", cursor=nothing["next_cursor"], wait_s=30, types="anchor.created")
    )
    await asyncio.sleep(0.2)
    await api.accrue(account, "1")  # not what is waited for
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other = await open_store(store_address)
    await make_anchors(other, now=api.clock(), key=None)
    await other.close()
    (event,) = fine(await asyncio.wait_for(waiting, 10))["data"]
    assert event["type"] == "anchor.created"


async def test_nobody_waits_for_a_server_that_stops(api: Api, context: Context) -> None:
    await api.account()
    waiting = [
        asyncio.create_task(api.get("/events", **{"from": "now", "wait_s": 30})) for _ in range(3)
    ]
    await asyncio.sleep(0.3)
    context.pulse.stop()
    for each in waiting:
        assert fine(await asyncio.wait_for(each, 5))["data"] == []
    assert fine(await api.get("/events", **{"from": "now", "wait_s": 30}))["data"] == []


async def test_old_events_end_and_cursors_say_so(api: Api, store: Store, clock: Clock) -> None:
    account = await api.account()
    await api.accrue(account, "1")
    before = fine(await api.get("/events", limit=1))["next_cursor"]
    after = fine(await api.get("/events"))["next_cursor"]
    now = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    clock.advance(days=100)
    await api.program(name="Young")
    young = fine(await api.get("/events", cursor=after))["data"]
    assert named(young) == ["program.updated"]
    while await prune(store, before=clock() - 90 * DAY, limit=3):
        pass
    refused(await api.get("/events", cursor=before), 410, "cursor_expired")
    for cursor in (after, now):
        assert await pulled(api, cursor=cursor) == young
    left = await pulled(api, limit=1)
    assert named(left) == ["transaction.created", "program.updated"]
    assert left[1:] == young
    await api.program(name="Younger")
    assert len(await pulled(api)) == 3


async def test_a_stranger_tenants_pruning_expires_no_cursor(
    api: Api, stranger: Api, store: Store, clock: Clock
) -> None:
    await stranger.program()
    clock.advance(days=1)
    await api.program()
    cursor = fine(await api.get("/events", limit=1))["next_cursor"]
    old = made(await api.post("/programs", {"name": "x"}))
    assert await prune(store, before=clock(), limit=100) > 0
    (event,) = await pulled(api, cursor=cursor)
    assert event["program_id"] == old["id"]


async def test_grants_and_awards(api: Api) -> None:
    program = await api.program()
    currency = (await api.currency(program["id"]))["id"]
    member = (await api.member(program["id"]))["id"]
    body = {"name": "Mug", "type": "code", "status": "active"}
    benefit = made(await api.post(f"/programs/{program['id']}/benefits", body))["id"]
    effects = [
        {"type": "fixed", "currency_id": currency, "points": "5.00"},
        {"type": "benefit", "benefit_id": benefit},
    ]
    rule = {
        "name": "Visits",
        "trigger": {"type": "custom_event", "name": "visit"},
        "earnings": [{"effects": effects}],
    }
    number = made(await api.post(f"/programs/{program['id']}/rules", rule))["id"]
    fine(await api.post(f"/rules/{number}/activate"))
    start = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    answers = []
    for name in ("a", "b"):
        event = {"external_id": name, "member_id": member, "name": "visit"}
        path = f"/programs/{program['id']}/custom_events"
        answers.append(made(await api.post(path, event)))
        assert made(await api.post(path, event)) == answers[-1]
    events = await pulled(api, cursor=start)
    each_time = ["transaction.created", "award.created", "grant.created"]
    assert named(events) == ["account.opened", *each_time, *each_time]
    for answer, part in zip(answers, (events[1:4], events[4:7]), strict=True):
        assert part[1]["data"]["award"] == answer["awards"][0]
        assert part[2]["data"]["grant"] == answer["grants"][0]
        assert part[2]["data"]["grant"]["code"]
        assert (part[1]["sequence"], part[2]["sequence"]) == (part[0]["sequence"], None)


async def test_a_merge(api: Api) -> None:
    program = (await api.program())["id"]
    one, other = [(await api.member(program))["id"] for _ in range(2)]
    start = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    fine(await api.post(f"/members/{one}/merge", {"into": other}))
    (event,) = await pulled(api, cursor=start)
    assert (event["type"], event["member_id"]) == ("member.merged", one)
    assert (event["data"]["member"]["id"], event["data"]["into"]) == (one, other)
