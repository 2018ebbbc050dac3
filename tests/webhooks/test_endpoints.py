"""`/webhooks`: what endpoints may be, who sees them, and what is kept of them."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.events.pruning import DAY
from stampbook.events.pruning import prune as prune_events
from stampbook.webhooks.endpoints import MOST
from stampbook.webhooks.pruning import prune
from tests.http.native.asking import Api, Clock, fine, made, refused
from tests.webhooks.conftest import Post
from tests.webhooks.receiving import Answer

BODY = {"url": "https://93.184.216.34/events", "events": ["*"]}


async def test_a_secret_is_shown_once_and_to_a_retry(api: Api, key_with: Any) -> None:
    first = made(await api.post("/webhooks", BODY, key="one"))
    again = await api.post("/webhooks", BODY, key="one")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first
    path = f"/webhooks/{first['id']}"
    shown = fine(await api.get(path))
    assert shown == {name: value for name, value in first.items() if name != "secret"}
    assert fine(await api.get("/webhooks"))["data"] == [shown]
    rotated = fine(await api.post(f"{path}/rotate", {"overlap_s": 0}, key="two"))
    assert fine(await api.post(f"{path}/rotate", {"overlap_s": 0}, key="two")) == rotated
    # What the first answer has shown is no longer the secret.
    assert "secret" not in (await api.post("/webhooks", BODY, key="one")).json()
    other = await key_with("admin")
    refused(await other.post("/webhooks", BODY, key="one"), 422, "idempotency_key_reused")
    rows = fine(await api.get("/audit", action="webhook.rotated"))["data"]
    assert first["secret"] not in str(rows)
    assert rotated["secret"] not in str(rows)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"events": []}, "/events"),
        ({"events": ["transaction.unheard"]}, "/events"),
        ({"events": ["unheard.*"]}, "/events"),
        ({"headers": {"Host": "x"}}, "/headers"),
        ({"headers": {"Webhook-Id": "x"}}, "/headers"),
        ({"headers": {"content-type": "x"}}, "/headers"),
        ({"headers": {"a b": "x"}}, "/headers"),
        ({"headers": {"a": "x\r\ny: z"}}, "/headers"),
        ({"headers": {"A": "x", "a": "y"}}, "/headers"),
        ({"headers": {f"x-{number}": "" for number in range(11)}}, "/headers"),
        ({"status": "deleted"}, "/status"),
        ({"description": "x" * 1_001}, "/description"),
    ],
)
async def test_what_no_endpoint_may_have(api: Api, change: Any, pointer: str) -> None:
    refused(await api.post("/webhooks", {**BODY, **change}), 422, "invalid_request", pointer)
    endpoint = made(await api.post("/webhooks", BODY))
    answer = await api.patch(f"/webhooks/{endpoint['id']}", change)
    refused(answer, 422, "invalid_request", pointer)


async def test_there_are_at_most_fifty_of_a_tenant(api: Api, stranger: Api) -> None:
    for _ in range(MOST):
        last = made(await api.post("/webhooks", BODY))
    refused(await api.post("/webhooks", BODY), 409, "conflict")
    made(await stranger.post("/webhooks", BODY))
    fine(await api.delete(f"/webhooks/{last['id']}"))
    refused(await api.get(f"/webhooks/{last['id']}"), 404, "not_found")
    made(await api.post("/webhooks", BODY))


async def test_changes_leave_rows_without_values_of_headers(api: Api) -> None:
    endpoint = made(await api.post("/webhooks", BODY))
    path, change = f"/webhooks/{endpoint['id']}", {"headers": {"Authorization": "Bearer hidden"}}
    changed = fine(await api.patch(path, {**change, "status": "disabled"}))
    assert changed["headers"] == {"authorization": "Bearer hidden"}
    assert (changed["status"], changed["disabled_reason"]) == ("disabled", None)
    rows = fine(await api.get("/audit", entity=endpoint["id"]))["data"]
    assert [each["action"] for each in rows] == [
        "webhook.disabled", "webhook.updated", "webhook.created",
    ]  # fmt: skip
    assert rows[1]["changes"] == {"headers": {"before": [], "after": ["authorization"]}}
    assert "hidden" not in str(rows)
    assert fine(await api.patch(path, {"status": "active"}))["status"] == "active"


async def test_a_bound_key_sees_the_webhooks_of_its_program(api: Api, key_with: Any) -> None:
    ours, theirs = (await api.program())["id"], (await api.program())["id"]
    bound = await key_with("admin", program=int(ours[4:], 16))
    refused(await bound.post("/webhooks", BODY), 403, "forbidden")
    refused(await bound.post("/webhooks", {**BODY, "program_id": theirs}), 404, "not_found")
    made_ours = made(await bound.post("/webhooks", {**BODY, "program_id": ours}))
    other = made(await api.post("/webhooks", {**BODY, "program_id": theirs}))
    whole = made(await api.post("/webhooks", BODY))
    assert [each["id"] for each in fine(await bound.get("/webhooks"))["data"]] == [made_ours["id"]]
    for each in (other, whole):
        refused(await bound.get(f"/webhooks/{each['id']}"), 404, "not_found")
        refused(await bound.get(f"/webhooks/{each['id']}/deliveries"), 404, "not_found")
        refused(await bound.post(f"/webhooks/{each['id']}/test"), 404, "not_found")


async def test_another_tenant_sees_nothing(post: Post, api: Api, stranger: Api) -> None:
    endpoint = await post.endpoint(events=["transaction.created"])
    await api.accrue(await api.account(), "1")
    await post.deliver()
    (delivery,) = fine(await api.get(f"/webhooks/{endpoint['id']}/deliveries"))["data"]
    assert fine(await stranger.get("/webhooks"))["data"] == []
    for path in (f"/webhooks/{endpoint['id']}", f"/deliveries/{delivery['id']}"):
        refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.post(f"/deliveries/{delivery['id']}/redeliver"), 404, "not_found")


async def test_lists_of_deliveries(post: Post, api: Api, clock: Clock) -> None:
    endpoint = await post.endpoint(events=["transaction.*", "lot.*"])
    account = await api.account(pending={"type": "event"})
    accrued = await api.accrue(account, "1")
    clock.advance(seconds=60)
    await api.post(f"/transactions/{accrued['id']}/activate")
    await post.deliver()
    path = f"/webhooks/{endpoint['id']}/deliveries"
    every = fine(await api.get(path))["data"]
    assert [each["type"] for each in every] == [
        "lot.activated", "transaction.created", "transaction.created",
    ]  # fmt: skip

    async def found(**query: Any) -> list[Any]:
        return list(fine(await api.get(path, **query))["data"])

    assert await found(type="lot.activated") == every[:1]
    assert await found(event_id=every[1]["event_id"]) == every[1:2]
    assert await found(**{"from": clock.text(seconds=-1)}) == every[:2]
    assert await found(to=clock.text(seconds=-1)) == every[2:]
    assert await found(status="failed") == []
    refused(await api.get(path, status="lost"), 422, "invalid_request", "status")
    first = fine(await api.get(path, limit=2))
    assert await found(cursor=first["next_cursor"]) == every[2:]


async def test_what_is_old_is_deleted_and_what_has_not_arrived_stays(
    post: Post, api: Api, clock: Clock
) -> None:
    store = post.context.store
    endpoint = await post.endpoint(events=["transaction.created"])
    account, other = await api.account(), await api.account()
    post.receiver.choose = lambda got: Answer(500 if got.event["account_id"] == other else 200)
    for _ in range(3):
        await api.accrue(account, "1")
    await api.accrue(other, "1")
    await post.deliver()
    clock.advance(days=90)
    assert await prune(store, before=clock.now - 91 * DAY) == 0
    assert await prune(store, before=clock.now - 89 * DAY, limit=2) == 2
    assert await prune(store, before=clock.now - 89 * DAY, limit=2) == 1
    (left,) = fine(await api.get(f"/webhooks/{endpoint['id']}/deliveries"))["data"]
    assert (left["status"], left["account_id"]) == ("pending", other)
    fine(await api.delete(f"/webhooks/{endpoint['id']}"))
    assert await prune(store, before=0) == 1
    refused(await api.get(f"/deliveries/{left['id']}"), 404, "not_found")
    await post.deliver()
    assert len(post.receiver.got) == 4


async def test_an_endpoint_goes_on_after_events_were_deleted(
    post: Post, api: Api, clock: Clock
) -> None:
    endpoint = await post.endpoint(events=["transaction.created", "member.*"])
    fine(await api.post(f"/webhooks/{endpoint['id']}/disable"))
    account = await api.account()
    await api.accrue(account, "1")
    clock.advance(days=100)
    await prune_events(post.context.store, before=clock.now - DAY)
    await api.member("prg_1")
    fine(await api.post(f"/webhooks/{endpoint['id']}/enable"))
    await post.deliver()
    assert sorted(post.receiver.types) == ["member.created", "transaction.created"]
