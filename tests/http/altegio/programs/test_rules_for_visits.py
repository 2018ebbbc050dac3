"""Rules that visits fire: once, when they are completed, and recounted with their bills."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.native import ids
from stampbook.domain.model import Kind
from tests.http.altegio.programs.offering import create, pay, refer, referral
from tests.http.altegio.shop import KEY, Shop, data_of

KEYED = {"Authorization": f"Bearer {KEY}"}

Bill = tuple[int, int]


async def rule(shop: Shop, *earnings: dict[str, Any], **more: Any) -> None:
    """An active rule for visits; each earning gives points for what is sold."""
    program = ids.write(ids.PROGRAM, shop.chain.program_id)
    body = {
        "name": "Visits",
        "trigger": {"type": "visit_completed"},
        "earnings": list(earnings),
        **more,
    }
    made = await shop.http.post(f"/v1/programs/{program}/rules", json=body, headers=KEYED)
    assert made.status_code == 201, made.text
    active = await shop.http.post(f"/v1/rules/{made.json()['id']}/activate", headers=KEYED)
    assert active.status_code == 200, active.text


def per(shop: Shop, points: str, basis: str = "visit.sold", **more: Any) -> dict[str, Any]:
    """Points for each full 1.00 of what is sold."""
    currency = ids.write(ids.CURRENCY, shop.points.currency_id)
    effect = {"type": "per", "currency_id": currency, "basis": basis, "every": "1.00"}
    return {"effects": [{**effect, "points": points}], **more}


async def gained(shop: Shop) -> int:
    return await shop.balance() - 10_000


async def lower(shop: Shop, bill: Bill, cost: float) -> None:
    record, visit = bill
    [line] = data_of(await shop.http.get(f"/api/v1/visits/{visit}"))["records"][0][
        "goods_transactions"
    ]
    goods = [{"id": line["id"], "good_id": 5_000, "cost": cost}]
    assert (await pay(shop, record, visit, goods_transactions=goods)).status_code == 200


async def completed(shop: Shop, cost: int) -> Bill:
    bill = await shop.visit(cost)
    assert (await pay(shop, *bill)).status_code == 200
    return bill


async def test_a_visit_fires_when_it_is_paid_and_the_guest_came(shop: Shop) -> None:
    await rule(shop, per(shop, "2.00"))
    bill = await shop.visit(10_050)
    await pay(shop, *bill, attendance=0)
    assert await gained(shop) == 0
    for _ in range(3):
        await pay(shop, *bill, comment="came")
        assert await gained(shop) == 20_000


async def test_a_withdrawal_that_completes_the_payment_fires_too(shop: Shop) -> None:
    await rule(shop, per(shop, "1.00", "visit.paid"), per(shop, "1.00"))
    bill = await shop.visit(6_000)
    await pay(shop, *bill, fast_payment=0, new_transactions=[{"amount": 40, "account_id": 1}])
    assert (await shop.apply(*bill, 20)).status_code == 200
    assert await gained(shop) == -2_000 + 4_000
    await shop.cancel(*bill)
    assert await gained(shop) == 4_000


async def test_a_lower_bill_takes_part_of_it_and_a_cancel_the_rest(shop: Shop) -> None:
    await rule(shop, per(shop, "2.00"))
    bill = await completed(shop, 10_000)
    await lower(shop, bill, 60)
    assert await gained(shop) == 12_000
    await lower(shop, bill, 80)
    assert await gained(shop) == 12_000
    await pay(shop, *bill, attendance=-1)
    assert await gained(shop) == 0
    await pay(shop, *bill)
    assert await gained(shop) == 0


async def lose_the_payment(shop: Shop, bill: Bill) -> int:
    path = f"/v1/visits/{ids.write(ids.VISIT, bill[1])}"
    [payment] = (await shop.http.get(path, headers=KEYED)).json()["payments"]
    return (await shop.http.delete(f"{path}/payments/{payment['id']}", headers=KEYED)).status_code


async def delete_record(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    return (await shop.http.delete(path)).status_code


@pytest.mark.parametrize("cancel", [lose_the_payment, delete_record])
async def test_other_ways_to_lose_a_visit(shop: Shop, cancel: Any) -> None:
    await rule(shop, per(shop, "2.00"))
    bill = await completed(shop, 10_000)
    assert await cancel(shop, bill) in (200, 204)
    assert await gained(shop) == 0


async def test_thresholds_of_totals(shop: Shop) -> None:
    """600, 500, 200 at 3 %, from 1000.00 on 5 %, as cashback does it."""
    await rule(
        shop,
        per(shop, "0.05", condition="totals.sold >= 100000"),
        per(shop, "0.03"),
    )
    bills = [await completed(shop, cost) for cost in (60_000, 50_000, 20_000)]
    assert await gained(shop) == 1_800 + 2_500 + 1_000
    await pay(shop, *bills[0], attendance=-1)
    assert await gained(shop) == 1_500 + 600
    await pay(shop, *bills[1], attendance=-1)
    assert await gained(shop) == 600


async def test_beside_cashback_and_a_referral(shop: Shop) -> None:
    await create(shop, type="cashback_static_sold", rules=[{"value": 5}])
    await referral(shop, is_percent=True, value=1_000)
    card = await shop.new_card(await shop.member("70001234567"), 0)
    await rule(shop, per(shop, "1.00"))
    bill = await shop.visit(10_000)
    await refer(shop, *bill, "70001234567")
    await pay(shop, *bill)
    assert (await gained(shop), await shop.balance(card)) == (450 + 9_000, 1_000)
    await delete_record(shop, bill)
    assert (await gained(shop), await shop.balance(card)) == (0, 0)


async def test_a_rule_made_later_is_not_for_earlier_visits(shop: Shop) -> None:
    bill = await completed(shop, 10_000)
    await rule(shop, per(shop, "1.00"))
    await pay(shop, *bill, comment="again")
    assert await gained(shop) == 0


async def test_each_award_is_an_accrual_of_its_event(shop: Shop) -> None:
    await rule(shop, per(shop, "1.00"))
    await completed(shop, 10_000)
    rows = await shop.store.journal(shop.card.account_id, after=0, limit=100)
    [_, award] = [row for row in rows if row.kind is Kind.ACCRUE]
    assert (award.subject or "").startswith("event:")


# -- beside orders ---------------------------------------------------------------------


async def bought(shop: Shop, name: str, amount: str) -> str:
    """A paid order of the guest; its path."""
    path = f"/v1/programs/{ids.write(ids.PROGRAM, shop.chain.program_id)}/orders"
    body = {
        "external_id": name,
        "member_id": ids.write(ids.MEMBER, shop.guest.member_id),
        "status": "paid",
        "money": "RUB",
        "amount": amount,
    }
    made = await shop.http.post(path, json=body, headers=KEYED)
    assert made.status_code == 201, made.text
    return f"{path}/{made.json()['id']}"


async def test_the_refund_of_an_order_recounts_later_visits(shop: Shop) -> None:
    """600.00 as an order, then a visit of 500.00 at 5 %; without the order it earns 3 %."""
    await rule(
        shop,
        per(shop, "0.05", condition="totals.sold >= 100000"),
        per(shop, "0.03"),
    )
    order = await bought(shop, "first", "600.00")
    bill = await completed(shop, 50_000)
    assert await gained(shop) == 2_500
    refund = await shop.http.post(f"{order}/refunds", json={"whole": True}, headers=KEYED)
    assert [step["step"] for step in refund.json()["cascade"]] == ["threshold"]
    assert await gained(shop) == 1_500
    void = f"{order}/refunds/{refund.json()['id']}/void"
    assert (await shop.http.post(void, headers=KEYED)).status_code == 200
    assert await gained(shop) == 2_500
    await pay(shop, *bill, attendance=-1)
    assert await gained(shop) == 0


async def test_a_visit_that_falls_recounts_later_orders(shop: Shop) -> None:
    await rule(
        shop,
        per(shop, "0.05", "order.total", condition="totals.sold >= 100000 && totals.visits >= 1"),
        per(shop, "0.03", "order.total"),
        trigger={"type": "order_paid"},
    )
    bill = await completed(shop, 60_000)
    await bought(shop, "later", "500.00")
    assert await gained(shop) == 2_500
    await lower(shop, bill, 550)
    assert await gained(shop) == 2_500
    await pay(shop, *bill, attendance=-1)
    assert await gained(shop) == 1_500


async def test_what_an_order_and_a_visit_have_lost_together_counts(shop: Shop) -> None:
    """Each of them alone would leave enough."""
    await rule(shop, per(shop, "0.05", condition="totals.sold >= 100000"))
    order = await bought(shop, "first", "600.00")
    bill = await completed(shop, 60_000)
    await completed(shop, 50_000)
    assert await gained(shop) == 3_000 + 2_500
    await shop.http.post(f"{order}/refunds", json={"amount": "300.00"}, headers=KEYED)
    assert await gained(shop) == 2_500
    await lower(shop, bill, 150)
    assert await gained(shop) == 0
