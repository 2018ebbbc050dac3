"""What answers about orders say: their awards, what came back, and what followed from a refund."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.loyalty.conftest import Cafe


async def test_awards_are_listed_in_one_order(cafe: Cafe) -> None:
    """Whatever the priorities of their rules: in the answer, when read, and in a repeat."""
    program = f"/programs/{cafe.program}"
    for trigger in ({"type": "order_paid"}, {"type": "custom_event", "name": "played"}):
        for priority in (1, 3, 2):
            effect = {"type": "fixed", "currency_id": cafe.currency, "points": str(priority)}
            earnings = [{"effects": [effect]}]
            rule = {"name": "x", "trigger": trigger, "earnings": earnings, "priority": priority}
            number = made(await cafe.api.post(f"{program}/rules", rule))["id"]
            fine(await cafe.api.post(f"/rules/{number}/activate"))
    preview = made(await cafe.api.post(f"{cafe.orders}?dry_run=true", cafe.body("5.00")))
    order = made(await cafe.api.post(cafe.orders, cafe.body("5.00")))
    assert [each["amount"] for each in order["awards"]] == ["5", "1", "3", "2"]
    assert [each["amount"] for each in preview["awards"]] == ["5", "1", "3", "2"]
    assert fine(await cafe.api.get(cafe.order())) == order
    for name in ("a", "b"):  # the second is judged by what the process remembers of the first
        event = {"external_id": name, "member_id": cafe.member, "name": "played"}
        first = made(await cafe.api.post(f"{program}/custom_events", event))
        assert [each["amount"] for each in first["awards"]] == ["1", "3", "2"]
        assert made(await cafe.api.post(f"{program}/custom_events", event)) == first
        assert fine(await cafe.api.get(f"/custom_events/{first['id']}")) == first


async def test_a_cancel_before_payment_gives_points_back(cafe: Cafe, key_with: Any) -> None:
    await cafe.api.accrue(cafe.account, "1000")
    made(await cafe.api.post(cafe.orders, cafe.body("50.00", status="created")))
    fine(await cafe.api.post(f"{cafe.order()}/payments", {"account_id": cafe.account}))
    till: Api = await key_with("read", "ledger:write")
    for body in ({"status": "cancelled"}, cafe.body("50.00", status="cancelled")):
        ask = till.patch if len(body) == 1 else till.post
        path = cafe.order() if len(body) == 1 else cafe.orders
        refused(await ask(path, body), 403, "forbidden")
    assert await cafe.api.active(cafe.account) == "0"

    foreseen = fine(await cafe.api.post(f"{cafe.order()}/cancel?dry_run=true"))
    order = fine(await cafe.api.post(f"{cafe.order()}/cancel"))
    for answer in (foreseen, order):
        (payment,) = answer["payments"]
        assert (payment["left"], payment["returned_at"]) == ("0", answer["cancelled_at"])
    assert fine(await cafe.api.get(cafe.order())) == order
    assert await cafe.api.active(cafe.account) == "1000"


async def test_steps_of_a_refund_have_the_decimals_of_their_accounts(cafe: Cafe) -> None:
    """Also those on accounts to which the order itself gave nothing."""
    fine_points = (await cafe.api.currency(cafe.program, scale=2))["id"]
    stars = (await cafe.api.currency(cafe.program, scale=3))["id"]
    group = {
        "name": "Metals",
        "currency_id": stars,
        "tiers": [{"name": "Gold", "threshold": "5.000"}],
    }
    made(await cafe.api.post(f"/programs/{cafe.program}/tier_groups", group))
    benefit = {
        "name": "Stars",
        "type": "points",
        "points": {"currency_id": stars, "amount": "7.125"},
        "status": "active",
    }
    given = made(await cafe.api.post(f"/programs/{cafe.program}/benefits", benefit))["id"]
    earnings = {
        "order.total == 6000": {"type": "benefit", "benefit_id": given},
        "totals.sold >= 10000": {"type": "fixed", "currency_id": fine_points, "points": "12.34"},
    }
    for condition, effect in earnings.items():
        rule = {
            "name": condition,
            "trigger": {"type": "order_paid"},
            "earnings": [{"condition": condition, "effects": [effect]}],
        }
        path = made(await cafe.api.post(f"/programs/{cafe.program}/rules", rule))["id"]
        fine(await cafe.api.post(f"/rules/{path}/activate"))
    made(await cafe.api.post(cafe.orders, cafe.body("60.00")))
    made(await cafe.api.post(cafe.orders, cafe.body("50.00", external_id="B")))
    path = f"{cafe.order()}/refunds"
    preview = fine(await cafe.api.post(f"{path}?dry_run=true", {"whole": True}))
    refund = fine(await cafe.api.post(path, {"whole": True}))
    (stored,) = fine(await cafe.api.get(cafe.order()))["refunds"]
    changes = fine(await cafe.api.get("/events", types="order.refunded"))["data"]
    for answer in (preview, refund, stored, changes[-1]["data"]["refund"]):
        assert {each["step"]: each["amount"] for each in answer["cascade"]} == {
            "take_back": "60",
            "grant": "7.125",
            "threshold": "12.34",
            "tier": "7.125",
        }
        before = {each["account_id"]: each["before"]["active"] for each in answer["balances"]}
        assert set(before.values()) == {"110", "7.125", "12.34"}
    void = fine(await cafe.api.post(f"{path}/{refund['id']}/void"))
    assert {each["after"]["active"] for each in void["balances"]} == {"110", "7.125", "12.34"}
