"""The format of Voucherify: types, keys and signatures, against what the vendor documents."""

from __future__ import annotations

import hmac
import json
import re
from typing import Any

import pytest

from stampbook.ledger.engine import Ledger
from stampbook.loyalty.tiers.heralding import herald
from stampbook.webhooks.signing import hex_signature
from tests.http.native.asking import Api, Clock, fine, made
from tests.webhooks.conftest import Post, deliveries
from tests.webhooks.receiving import Answer, Got

CARD = "voucher.loyalty_card."

PENDING = {
    "customer", "campaign", "voucher", "voucher_pending_points_balance", "order", "redemption",
    "pending_points",
}  # fmt: skip
DATA = {
    f"{CARD}points_added": {"voucher", "balance", "campaign", "customer"},
    **{f"{CARD}pending_points.{word}": PENDING
       for word in ("added", "canceled", "activated", "updated")},
    f"{CARD}points_expired": {
        "voucher", "points", "campaign", "customer", "buckets", "transaction",
    },
    f"{CARD}transaction.created": {
        "transaction", "voucher", "campaign", "holder", "holder_loyalty_tier", "balance", "order",
        "event", "earning_rule", "segment", "loyalty_tier", "redemption", "rollback", "reward",
        "custom_event", "source_voucher", "destination_voucher",
    },
    **{f"customer.{word}": {"customer"} for word in ("created", "updated", "deleted")},
    **{f"customer.loyalty.tier.{word}": {"customer", "campaign", "loyalty_tier"}
       for word in ("joined", "upgraded", "downgraded", "prolonged", "left")},
}  # fmt: skip
"""The keys of `data`, by type; those of redemptions are v1's."""

ENVELOPE = ["id", "project_id", "created_at", "type", "data", "source", "event"]


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        ('{"a":1}', "a17d2ac229d1ebbb5f10e839c7985c4818e5986eab297f7e5979196d4d7d3ed2"),
        (r'{"a\"b":1}', "f7cf97814a03146abedb9793f56e1dec34f618f82d10395310d053f749483ffb"),
        ("  message  ", "53ff92957e1427ce23ad5bda9d0c5f2f4ff384d0806b83eeacb510c842d3a358"),
    ],
)
def test_signatures_are_those_of_the_vendors_example(body: str, signature: str) -> None:
    assert hex_signature("secretKey", body) == signature


def is_signed(got: Got, secret: str) -> bool:
    expected = hmac.new(secret.encode(), got.body.encode(), "sha256").hexdigest()
    return bool(got.headers["x-voucherify-signature"] == expected)


def checked(got: Got) -> Any:
    """The body, whose envelope is as the vendor says it."""
    body = json.loads(got.body)
    assert list(body) == ENVELOPE
    assert got.body == json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    assert got.headers["webhook-id"] == body["id"] == body["event"]["id"]
    assert re.fullmatch(r"\w+", body["id"])
    assert body["project_id"] == f"proj_{1:018x}"
    assert body["type"] == body["event"]["type"]
    assert body["event"]["event_source"] == {"channel": "API"}
    assert "webhook-signature" not in got.headers
    if body["type"] in DATA:
        assert set(body["data"]) == DATA[body["type"]]
    return body


class Teller:
    """What comes to the endpoint, a step at a time."""

    def __init__(self, post: Post) -> None:
        self.post, self.seen = post, 0

    async def new(self) -> list[Any]:
        await self.post.deliver()
        got = self.post.receiver.got[self.seen :]
        self.seen += len(got)
        return [checked(each) for each in got]

    async def types(self) -> list[str]:
        return [each["type"].removeprefix(CARD) for each in await self.new()]


async def test_what_happens_to_cards(post: Post, api: Api, clock: Clock) -> None:
    endpoint = await post.endpoint(format="voucherify")
    assert re.fullmatch("[0-9a-f]{64}", endpoint["secret"])
    assert endpoint["format"] == "voucherify"
    teller = Teller(post)
    expiry = {"type": "rolling", "period": {"value": 3, "unit": "day"}}
    account = await api.account(scale=0, expiry=expiry)
    member = fine(await api.get(f"/accounts/{account}"))["member_id"]
    (created,) = await teller.new()
    assert created["type"] == "customer.created"
    await api.patch(f"/members/{member}", {"name": "Łukasz"})
    (updated,) = await teller.new()
    assert (updated["type"], updated["data"]["customer"]["name"]) == ("customer.updated", "Łukasz")
    await api.accrue(account, "100")
    added, listed = await teller.new()
    assert added["type"] == f"{CARD}points_added"
    assert added["data"]["balance"] == {
        "type": "loyalty_card", "total": 100, "object": "balance", "points": 100, "balance": 100,
        "related_object": {"type": "voucher", "id": added["data"]["voucher"]["id"]},
        "operation_type": "AUTOMATIC",
    }  # fmt: skip
    assert added["event"]["entity_id"] == added["data"]["voucher"]["id"]
    assert listed["data"]["transaction"]["type"] == "POINTS_ACCRUAL"
    assert listed["data"]["rollback"] is None
    assert listed["id"] == f"{added['id']}_2"
    redeemed = await api.redeem(account, "30")
    assert await teller.types() == ["redemption.succeeded", "transaction.created"]
    await api.cancel(redeemed["id"])
    rollback, listed = await teller.new()
    assert (rollback["type"], rollback["data"]["amount"]) == ("redemption.rollback.succeeded", -30)
    assert listed["data"]["rollback"] == {"id": rollback["data"]["id"]}
    made(await api.move(account, "adjust", "-5", reason="a slip"))
    assert await teller.types() == ["transaction.created"]
    later = clock.text(days=2)
    pending = await api.accrue(account, "20", activates_at=later)
    (added,) = await teller.new()
    assert added["data"]["voucher_pending_points_balance"]["total"] == 20
    assert added["data"]["pending_points"]["points"] == 20
    await api.cancel(pending["id"], {"amount": "8"})
    assert await teller.types() == ["pending_points.updated"]
    await api.cancel(pending["id"])
    assert await teller.types() == ["pending_points.canceled"]
    for by_hand in (True, False):
        pending = await api.accrue(account, "7", activates_at=clock.text(days=1))
        assert await teller.types() == ["pending_points.added"]
        if by_hand:
            await api.post(f"/transactions/{pending['id']}/activate")
        else:
            clock.advance(days=1)
            await api.get(f"/accounts/{account}/transactions")
        assert sorted(await teller.types()) == ["pending_points.activated", "transaction.created"]
    clock.advance(days=30)
    await api.get(f"/accounts/{account}/transactions")
    events = await teller.new()
    expired = [each for each in events if each["type"] == f"{CARD}points_expired"]
    assert sum(each["data"]["points"] for each in expired) == 109
    assert all(each["data"]["buckets"][0]["bucket"]["total_points"] for each in expired)
    rows = [each["data"]["transaction"]["id"] for each in events if each not in expired]
    assert len(rows) == len(set(rows)) == len({e["data"]["transaction"]["id"] for e in expired})
    sent = await deliveries(post, endpoint)
    assert len({each["event_id"] for each in sent}) == len(sent) == teller.seen
    assert all(is_signed(each, endpoint["secret"]) for each in post.receiver.got)


async def test_a_transfer_and_what_is_no_card(post: Post, api: Api) -> None:
    await post.endpoint(format="voucherify", events=["transaction.*"])
    teller = Teller(post)
    first = await api.account(scale=0)
    account = fine(await api.get(f"/accounts/{first}"))
    other = await api.member(account["program_id"])
    body = {"member_id": other["id"], "currency_id": account["currency_id"]}
    second = made(await api.post("/accounts", body))["id"]
    await api.accrue(first, "10")
    await teller.new()
    body = {"from_account_id": first, "to_account_id": second, "amount": "4"}
    fine(await api.post("/transfers", body))
    out, into = sorted(await teller.new(), key=lambda each: each["data"]["balance"]["points"])
    assert out["data"]["source_voucher"] == into["data"]["source_voucher"]
    assert out["data"]["destination_voucher"] == into["data"]["destination_voucher"]
    assert out["data"]["source_voucher"]["id"] == out["data"]["voucher"]["id"]
    assert into["data"]["transaction"]["type"] == "POINTS_TRANSFER_IN"
    await api.accrue(await api.account(scale=2), "10")  # points of a card are whole numbers
    assert await teller.new() == []


async def test_until_the_overlap_is_over_the_former_secret_signs(
    post: Post, api: Api, clock: Clock
) -> None:
    endpoint = await post.endpoint(format="voucherify")
    path = f"/webhooks/{endpoint['id']}"

    async def signer(*secrets: str) -> list[bool]:
        tried = fine(await api.post(f"{path}/test"))
        assert tried["status"] == 204
        body = checked(post.receiver.got[-1])
        assert (body["type"], body["data"]) == ("webhook.test", {})
        return [is_signed(post.receiver.got[-1], each) for each in secrets]

    first = endpoint["secret"]
    second = fine(await api.post(f"{path}/rotate", {"overlap_s": 60}))["secret"]
    assert re.fullmatch("[0-9a-f]{64}", second)
    assert await signer(first, second) == [True, False]
    clock.advance(seconds=60)
    assert await signer(first, second) == [False, True]
    third = fine(await api.post(f"{path}/rotate", {"overlap_s": 0}))["secret"]
    assert await signer(second, third) == [False, True]


async def test_a_retry_has_the_same_id_and_bytes(post: Post, api: Api, clock: Clock) -> None:
    await post.endpoint(format="voucherify", events=["transaction.*"])
    account = await api.account(scale=0)
    await api.accrue(account, "10")
    post.receiver.choose = lambda got: Answer(500 if got.number == 1 else 204)
    await post.deliver()
    clock.advance(seconds=7)
    await post.deliver()
    first, again, second = post.receiver.got
    assert (again.body, again.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])
    assert checked(again)["type"] == f"{CARD}points_added"
    assert checked(second)["type"] == f"{CARD}transaction.created"  # the account is in order


async def test_changes_of_tiers(post: Post, api: Api, ledger: Ledger) -> None:
    await post.endpoint(format="voucherify", events=["tier.changed"])
    teller = Teller(post)
    program = (await api.program())["id"]
    currency = (await api.currency(program, scale=0))["id"]
    tiers = [{"name": "Silver", "threshold": "100"}, {"name": "Gold", "threshold": "500"}]
    body = {"name": "Metals", "currency_id": currency, "tiers": tiers}
    made(await api.post(f"/programs/{program}/tier_groups", body))
    member = (await api.member(program))["id"]
    opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
    account, words = made(opened)["id"], []
    moves = [await api.accrue(account, "100"), None, None, None]
    for step in range(4):
        if step == 1:
            moves[1] = await api.accrue(account, "400")
        elif step > 1:
            await api.cancel(moves[3 - step]["id"])
        while await herald(ledger, ledger.clock):
            pass
        words += [
            (each["type"].rpartition(".")[2], each["data"]["loyalty_tier"]["name"])
            for each in await teller.new()
        ]
    assert words == [
        ("joined", "Silver"), ("upgraded", "Gold"), ("downgraded", "Silver"), ("left", "Silver"),
    ]  # fmt: skip
