"""Events arrive at endpoints: each once, in order, signed, and again when it fails."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

from standardwebhooks.webhooks import Webhook as Signer

from stampbook import __version__
from stampbook.dialects.bodies_of_events import FORMATS
from stampbook.events.model import Event
from stampbook.events.places import START, Cursor
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from stampbook.webhooks import claiming
from stampbook.webhooks.following import Body
from stampbook.webhooks.model import Webhook
from stampbook.worker.delivering import Courier
from tests.http.native.asking import Api, Clock, fine, refused
from tests.webhooks.conftest import Post, deliveries, one
from tests.webhooks.receiving import Answer, Got, Receiver, signatures


def _id(event: Any) -> str:
    return str(event["id"])


async def test_what_arrives_is_what_is_pulled_and_is_signed(post: Post, api: Api) -> None:
    cursor = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]
    endpoint = await post.endpoint(headers={"X-Shop": "7"})
    account = await api.account()
    await api.accrue(account, "10")
    await post.deliver()
    pulled = fine(await api.get("/events", cursor=cursor))["data"]
    assert sorted(post.receiver.events, key=_id) == sorted(pulled, key=_id)
    assert "transaction.created" in post.receiver.types
    for got in post.receiver.got:
        headers = got.headers
        assert Signer(endpoint["secret"]).verify(got.body, dict(headers)) == got.event
        assert headers["webhook-id"] == got.event["id"]
        assert headers["user-agent"] == f"Stampbook/{__version__}"
        assert headers["content-type"] == "application/json"
        assert headers["x-request-id"].startswith("req_")
        assert headers["x-shop"] == "7"
    await post.deliver()
    assert len(post.receiver.got) == len(pulled)
    shown = await deliveries(post, endpoint)
    assert {each["status"] for each in shown} == {"delivered"}
    whole = await one(post, shown[0])
    assert whole["body"] in [each.body for each in post.receiver.got]
    assert [(each["status"], each["error"]) for each in whole["tries"]] == [(204, None)]


async def test_only_events_that_are_wanted_arrive(post: Post, api: Api) -> None:
    account = await api.account()
    other = await api.account()
    program = fine(await api.get(f"/accounts/{other}"))["program_id"]
    await post.endpoint(events=["transaction.*"], program_id=program)
    await api.accrue(account, "10")
    await api.accrue(other, "10")
    await api.patch(f"/programs/{program}", {"name": "Another"})
    await post.deliver()
    assert [each["account_id"] for each in post.receiver.events] == [other]


async def test_a_failed_event_holds_up_its_account_and_no_other(post: Post, api: Api) -> None:
    account, other = await api.account(), await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    post.receiver.choose = lambda got: Answer(
        500 if got.event["account_id"] == account else 200, body=b"out of order"
    )
    for _ in range(2):
        await api.accrue(account, "1")
        await api.accrue(other, "1")
    await post.deliver()
    (newest,) = await deliveries(post, endpoint, status="waiting")
    (oldest,) = await deliveries(post, endpoint, status="pending")
    assert newest["account_id"] == account
    assert oldest["account_id"] == account
    assert (oldest["last_status"], oldest["last_error"], oldest["attempts"]) == (500, "refused", 1)
    assert (await one(post, oldest))["tries"][0]["response"] == "out of order"
    assert len(await deliveries(post, endpoint, status="delivered")) == 2
    post.receiver.choose = lambda got: Answer()
    api.clock.advance(seconds=4)
    await post.deliver()
    assert len(await deliveries(post, endpoint, status="delivered")) == 2
    api.clock.advance(seconds=1)
    await post.deliver()
    sequences = [each["sequence"] for each in post.receiver.events if each["account_id"] == account]
    assert sequences == [1, 1, 2]
    assert len({each.headers["webhook-id"] for each in post.receiver.got}) == 4


async def test_a_claim_of_a_worker_that_is_gone_ends(
    post: Post, api: Api, clock: Clock, store_address: str
) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    await api.accrue(account, "1")
    courier = post.courier()
    await courier.work()
    (claimed,) = list(courier._open)
    claimed.cancel()  # killed before its answer was noted
    await asyncio.wait([claimed])
    sent = len(post.receiver.got)
    assert sent <= 1
    store = await open_store(store_address)
    clock.advance(seconds=59)
    assert await claiming.due(store, now=clock.now) == []
    await post.deliver()
    assert len(post.receiver.got) == sent
    clock.advance(seconds=1)
    await post.deliver()
    assert len(post.receiver.got) == sent + 1
    (delivery,) = await deliveries(post, endpoint)
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 1)
    await store.close()


async def test_redelivery_of_a_span(post: Post, api: Api, clock: Clock) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    for _ in range(3):
        await api.accrue(account, "1")
        clock.advance(seconds=60)
    await post.deliver()
    since, until = clock.text(seconds=-130), clock.text(seconds=-50)
    path = f"/webhooks/{endpoint['id']}/redeliver"
    nothing = await api.post(path, {"from": since})
    assert (nothing.status_code, nothing.json()) == (202, {"count": 0})
    tried = await api.ask(
        "POST", f"{path}?dry_run=true", json={"from": since, "to": until, "status": "all"}
    )
    assert tried.json() == {"count": 2}
    await post.deliver()
    assert len(post.receiver.got) == 3
    await api.post(path, {"from": since, "to": until, "status": "all"})
    found = [each["status"] for each in await deliveries(post, endpoint)]
    assert found == ["waiting", "pending", "delivered"]
    await post.deliver()
    assert [each["sequence"] for each in post.receiver.events] == [1, 2, 3, 2, 3]
    assert post.receiver.got[1].body == post.receiver.got[3].body
    acts = fine(await api.get("/audit", action="webhook.redelivered"))["data"]
    assert [each["changes"]["count"]["after"] for each in acts] == [2, 0]


async def test_everything_arrives_in_order_at_a_receiver_that_fails_half_of_the_time(
    post: Post, api: Api, clock: Clock
) -> None:
    chance = Random(7)
    accounts = [await api.account() for _ in range(4)]
    endpoint = await post.endpoint()
    cursor = fine(await api.get("/events", **{"from": "now"}))["next_cursor"]

    def half(got: Got) -> Answer | None:
        return chance.choice([Answer(200), Answer(503), None, Answer(200)])

    post.receiver.choose = half
    couriers = [post.courier("1,1,1,1,1,1,1,1,1,1,1,1,1,1") for _ in range(2)]
    for number in range(40):
        await api.accrue(chance.choice(accounts), "1")
        if number % 8 == 0:
            await asyncio.gather(*(post.deliver(each) for each in couriers))
            clock.advance(seconds=1)
    while not post.receiver.got or await _open(post):
        await asyncio.gather(*(post.deliver(each) for each in couriers))
        clock.advance(seconds=2)
    pulled = fine(await api.get("/events", cursor=cursor, limit="1000"))["data"]
    arrived = _first(post.receiver)
    assert {each["id"] for each in arrived} == {each["id"] for each in pulled}
    assert len({each["id"] for each in pulled}) == len(pulled)
    by_account: dict[str, list[int]] = defaultdict(list)
    for each in arrived:
        if each["account_id"]:
            by_account[each["account_id"]].append(each["sequence"])
    assert all(found == sorted(found) for found in by_account.values())
    assert all(signatures(each, endpoint["secret"]) for each in post.receiver.got)


def _first(receiver: Receiver) -> list[Any]:
    """Events in the order in which each came first."""
    return list({each["id"]: each for each in receiver.events}.values())


async def _open(post: Post) -> bool:
    row = await post.context.store.fetch_one(
        "SELECT count(*) AS count FROM deliveries WHERE status IN ('waiting', 'pending')"
    )
    assert row is not None
    return bool(row["count"])


async def test_a_rotated_secret_signs_beside_the_new_one_for_a_while(
    post: Post, api: Api, clock: Clock
) -> None:
    account = await api.account()
    endpoint = await post.endpoint(events=["transaction.created"])
    path = f"/webhooks/{endpoint['id']}"
    rotated = fine(await api.post(f"{path}/rotate", {"overlap_s": 60}))
    assert rotated["secret"] != endpoint["secret"]
    assert "secret" not in fine(await api.get(path))
    await api.accrue(account, "1")
    await post.deliver()
    assert signatures(post.receiver.got[0], rotated["secret"])
    assert signatures(post.receiver.got[0], endpoint["secret"])
    clock.advance(seconds=60)
    await api.accrue(account, "1")
    await post.deliver()
    assert signatures(post.receiver.got[1], rotated["secret"])
    assert not signatures(post.receiver.got[1], endpoint["secret"])


async def test_a_test_is_sent_at_once(post: Post, api: Api) -> None:
    endpoint = await post.endpoint(events=["lot.expired"], status="disabled")
    made_try = fine(await api.post(f"/webhooks/{endpoint['id']}/test"))
    (got,) = post.receiver.got
    assert got.event["type"] == "webhook.test"
    assert got.event["data"] == {}
    assert made_try["event_id"] == got.event["id"] == got.headers["webhook-id"]
    assert (made_try["status"], made_try["error"]) == (204, None)
    assert signatures(got, endpoint["secret"])
    post.receiver.choose = lambda got: Answer(500, body=b"no")
    made_try = fine(await api.post(f"/webhooks/{endpoint['id']}/test"))
    assert (made_try["status"], made_try["error"], made_try["response"]) == (500, "refused", "no")
    assert [each["status"] for each in await deliveries(post, endpoint)] == ["failed", "delivered"]


async def test_what_goes_wrong_with_one_endpoint_does_not_stop_others(post: Post, api: Api) -> None:
    broken = await post.endpoint(events=["transaction.created"], description="broken")
    whole = await post.endpoint(events=["transaction.*"], status="disabled")
    await api.accrue(await api.account(), "1")
    fine(await api.post(f"/webhooks/{whole['id']}/enable"))

    async def printing(
        store: Store, events: Sequence[Event], webhook: Webhook
    ) -> Sequence[Sequence[Body]]:
        if webhook.description == "broken":
            raise ValueError("it cannot be printed")
        return await FORMATS["stampbook"](store, events, webhook)

    # They are at different places, so they are read for apart.
    await post.context.store.execute(
        "UPDATE webhooks SET cursor = $1 WHERE webhook_id = 2", str(Cursor(START))
    )
    courier = Courier(post.context.store, post.context.sender, {"stampbook": printing}, (1,))
    await post.deliver(courier)
    assert len(post.receiver.got) == 1
    assert await deliveries(post, broken) == []
    await post.deliver()
    assert len(await deliveries(post, broken)) == 1


async def test_where_events_were_sent(post: Post, api: Api, stranger: Api, key_with: Any) -> None:
    account = await api.account()
    one, two = [await post.endpoint(events=["transaction.*"]) for _ in range(2)]
    here = await post.endpoint(events=["*"], program_id="prg_1")
    await api.accrue(account, "1")
    await api.accrue(account, "2")
    await post.deliver()
    events = [each["event_id"] for each in await deliveries(post, one)]
    for asked in (events, events[:1]):
        named = ",".join([*asked, "evt_unknown"])
        found = fine(await api.get("/deliveries", event_id=named))["data"]
        assert [each["id"] for each in found] == sorted(
            [each["id"] for each in found], key=lambda name: -int(name[4:], 16)
        )
        assert {(each["webhook_id"], each["event_id"]) for each in found} == {
            (each["id"], event) for each in (one, two, here) for event in asked
        }
    first = fine(await api.get("/deliveries", event_id=events[0], limit="2"))
    rest = fine(await api.get("/deliveries", event_id=events[0], cursor=first["next_cursor"]))
    assert (len(first["data"]), len(rest["data"])) == (2, 1)
    bound = await key_with("admin", program=1)
    seen = fine(await bound.get("/deliveries", event_id=",".join(events)))["data"]
    assert {each["webhook_id"] for each in seen} == {here["id"]}
    assert fine(await stranger.get("/deliveries", event_id=events[0]))["data"] == []
    for wrong in ({}, {"event_id": ""}, {"event_id": "a,,b"}, {"event_id": ",".join("a" * 101)}):
        refused(await api.get("/deliveries", **wrong), 422, "invalid_request")
