"""Attempts that fail: when the next one comes, and what becomes of the endpoint."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.domain.model import MICROSECONDS
from stampbook.webhooks.sending import MAX_ANSWER, Sender
from tests.http.native.asking import Api, Clock, fine
from tests.webhooks.conftest import Post, deliveries, one
from tests.webhooks.receiving import Answer, Got, signatures


async def test_attempts_follow_the_schedule_and_the_endpoint_is_disabled_without_loss(
    post: Post, api: Api, clock: Clock
) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created", "webhook.disabled"])
    post.receiver.choose = lambda got: Answer(500)
    await api.accrue(account, "1")
    await api.accrue(account, "2")
    waits = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    for tried, wait_s in enumerate(waits, 1):
        await post.deliver()
        assert len(post.receiver.got) == tried
        clock.advance(seconds=wait_s - 1)
        await post.deliver()
        assert len(post.receiver.got) == tried
        clock.advance(seconds=2)
    await post.deliver()
    assert len(post.receiver.got) == 10
    shown = fine(await api.get(f"/webhooks/{endpoint['id']}"))
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "failing")
    events = fine(await api.get("/events", types="webhook.disabled"))["data"]
    assert [each["data"]["webhook"] for each in events] == [
        {"id": endpoint["id"], "url": endpoint["url"], "disabled_reason": "failing"}
    ]
    (row,) = fine(await api.get("/audit", action="webhook.disabled"))["data"]
    assert (row["entity"], row["dialect"]) == (endpoint["id"], "worker")
    await api.accrue(account, "3")
    clock.advance(days=3)
    await post.deliver()
    assert len(post.receiver.got) == 10
    post.receiver.choose = lambda got: Answer()
    fine(await api.post(f"/webhooks/{endpoint['id']}/enable"))
    await post.deliver()
    arrived = post.receiver.events[10:]
    assert [each["sequence"] for each in arrived if each["sequence"]] == [1, 2, 3]
    assert [each["type"] for each in arrived].count("webhook.disabled") == 1


async def test_one_delivery_is_given_up_where_others_arrive(
    post: Post, api: Api, clock: Clock
) -> None:
    account, other = await api.account(), await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])

    def choose(got: Got) -> Answer:
        is_first = got.event["account_id"] == account and got.event["sequence"] == 1
        return Answer(500 if is_first else 200)

    post.receiver.choose = choose
    await api.accrue(account, "1")
    await api.accrue(account, "2")
    await api.accrue(other, "1")
    courier = post.courier("1")
    await post.deliver(courier)
    clock.advance(seconds=2)
    await post.deliver(courier)
    assert fine(await api.get(f"/webhooks/{endpoint['id']}"))["status"] == "active"
    statuses = [each["status"] for each in await deliveries(post, endpoint)]
    assert statuses == ["delivered", "delivered", "failed"]
    # The receiver sees the gap, and gets the event when it is sent again.
    (failed,) = await deliveries(post, endpoint, status="failed")
    post.receiver.choose = lambda got: Answer()
    again = await api.post(f"/deliveries/{failed['id']}/redeliver")
    assert again.status_code == 202
    assert again.json()["status"] == "pending"
    await post.deliver(courier)
    assert post.receiver.got[-1].headers["webhook-id"] == failed["event_id"]
    assert signatures(post.receiver.got[-1], endpoint["secret"])
    assert (await one(post, failed))["attempts"] == 3


async def test_gone_disables_at_once(post: Post, api: Api) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    post.receiver.choose = lambda got: Answer(410)
    await api.accrue(account, "1")
    await post.deliver()
    shown = fine(await api.get(f"/webhooks/{endpoint['id']}"))
    assert (shown["status"], shown["disabled_reason"]) == ("disabled", "gone")
    post.receiver.choose = lambda got: Answer()
    fine(await api.post(f"/webhooks/{endpoint['id']}/enable", {"resume": "now"}))
    await api.accrue(account, "2")
    await post.deliver()
    assert [each["sequence"] for each in post.receiver.events] == [1, 2]
    skipped = await deliveries(post, endpoint, status="failed")
    assert [each["last_error"] for each in skipped] == ["skipped"]


@pytest.mark.parametrize(
    ("status", "asked", "wait_s"),
    [(429, "120", 120), (503, "900000", 86_400), (500, "120", 5), (503, "soon", 5)],
)
async def test_an_endpoint_may_ask_for_time(
    post: Post, api: Api, clock: Clock, status: int, asked: str, wait_s: int
) -> None:
    account = await api.account()
    await post.endpoint(events=["transaction.created"])
    post.receiver.choose = lambda got: Answer(status, {"Retry-After": asked})
    await api.accrue(account, "1")
    await post.deliver()
    (row,) = await post.context.store.fetch("SELECT next_attempt_at FROM deliveries")
    assert row["next_attempt_at"] == clock.now + wait_s * MICROSECONDS


async def test_redirects_are_not_followed_and_answers_are_cut(post: Post, api: Api) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    target = f"http://127.0.0.1:{post.receiver.port}/elsewhere"
    long = b"x" * (2 * MAX_ANSWER)
    post.receiver.choose = lambda got: Answer(302, {"Location": target}, long)
    await api.accrue(account, "1")
    await post.deliver()
    assert [each.path for each in post.receiver.got] == ["/events"]
    (delivery,) = await deliveries(post, endpoint)
    assert (delivery["last_status"], delivery["last_error"]) == (302, "redirected")
    assert (await one(post, delivery))["tries"][0]["response"] == "x" * 1_024


async def test_what_breaks_is_named(post: Post, api: Api, clock: Clock) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    await api.accrue(account, "1")
    post.receiver.choose = lambda got: None
    await post.deliver()
    (delivery,) = await deliveries(post, endpoint)
    assert (delivery["last_status"], delivery["last_error"]) == (None, "broken_answer")
    clock.advance(seconds=6)
    post.context.sender = Sender(clock, post.context.sender.allow, timeout_s=0.2)
    post.receiver.choose = lambda got: Answer(200, wait_s=2)
    await post.deliver()
    (delivery,) = await deliveries(post, endpoint)
    assert (delivery["last_status"], delivery["last_error"]) == (None, "timeout")


async def test_at_most_eight_at_once_and_one_that_probes(
    post: Post, api: Api, clock: Clock
) -> None:
    accounts = [await api.account() for _ in range(12)]
    endpoint = await post.endpoint(events=["transaction.created"])
    for account in accounts:
        await api.accrue(account, "1")
    couriers = [post.courier("1,1,1,1"), post.courier("1,1,1,1")]

    async def work(open_at_once: int) -> None:
        """Both work while nothing is answered; then all that they have sent fails."""
        post.receiver.gate.clear()
        before = len(post.receiver.got)
        for _ in range(3):
            await asyncio.gather(*(each.work() for each in couriers))
        await post.receiver.has_got(before + open_at_once)
        assert post.receiver.open == open_at_once
        post.receiver.gate.set()
        await asyncio.gather(*(each.idle() for each in couriers))

    post.receiver.choose = lambda got: Answer(500)
    await work(8)
    post.receiver.most_open = 0
    clock.advance(seconds=2)
    await work(1)
    assert post.receiver.most_open == 1
    post.receiver.choose = lambda got: Answer(200)
    clock.advance(days=2)
    await post.deliver()
    assert len(await deliveries(post, endpoint, status="delivered")) == 12
