"""Orders of customers whose members were merged: before and after it."""

from __future__ import annotations

from stampbook.dialects.spelling.voucherify import Prefix, parse
from tests.http.voucherify.house import Card, House
from tests.http.voucherify.rules.test_orders import ORDERS, REVOKE, shop


async def test_orders_reach_the_member_who_took_over(house: House) -> None:
    here = await shop(house, refunds=REVOKE)
    early = await here.order(1000, status="PAID")
    other = (await house.customer(source_id="berta"))["id"]
    member = await house.member(here.card.program, other)
    there = Card(here.card.program, member["id"], member["cards"][0]["card"]["id"])
    old, new = (f"mbr_{parse(Prefix.MEMBER, each.member):x}" for each in (here.card, there))
    merged = await house.client.post(
        f"/v1/members/{old}/merge",
        json={"into": new},
        headers={"Authorization": f"Bearer {house.secret}"},
    )
    assert merged.status_code == 200, merged.text
    assert await house.balance(there) == (10, 0)
    late = await here.order(500, status="PAID")
    assert await house.balance(there) == (15, 0)
    for order, left in ((early, 5), (late, 0)):
        body = {"status": "CANCELED"}
        answer = await house.put(f"{ORDERS}/{order['id']}", body)
        assert answer.status_code == 200, answer.text
        assert await house.balance(there) == (left, 0)
    again = await house.put(f"{ORDERS}/{early['id']}", {"status": "PAID"})
    assert again.status_code == 200, again.text
    assert await house.balance(there) == (10, 0)
