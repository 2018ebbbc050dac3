"""What orders keep, and lists of them."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import House, error, made
from tests.http.voucherify.rules.test_orders import ORDERS, shop


async def test_who_sent_the_customer(house: House) -> None:
    friend = (await house.customer(source_id="friend"))["id"]
    for referrer in ({"id": friend}, {"source_id": "friend"}):
        body = {"amount": 1, "referrer": referrer}
        assert made(await house.post(ORDERS, body))["referrer_id"] == friend
    made(await house.post(ORDERS, {"source_id": "o", "referrer": {"source_id": "new"}}))
    new = made(await house.get("/v1/customers/new"))["id"]
    assert made(await house.get(f"{ORDERS}/o"))["referrer_id"] == new
    assert made(await house.put(f"{ORDERS}/o", {"referrer": None}))["referrer_id"] is None
    assert error(await house.post(ORDERS, {"referrer": {"id": "cust_1"}}))[0] == 404
    assert error(await house.post(ORDERS, {"referrer": {}}))[:2] == (400, "invalid_payload")


async def test_what_an_order_keeps_is_not_left_out_silently(house: House) -> None:
    here = await shop(house)
    other = (await house.customer())["id"]
    order = await here.order(source_id="o-1", status="PAID")
    path = f"{ORDERS}/{order['id']}"
    same = {"source_id": "o-1", "customer": {"source_id": "anna"}, "metadata": {"a": 1}}
    assert made(await house.put(path, same))["metadata"] == {"a": 1}
    changes: list[dict[str, Any]] = [{"source_id": "o-2"}, {"customer": {"id": other}}]
    for change in changes:
        assert error(await house.put(path, change))[:2] == (400, "invalid_payload")
        assert error(await house.post(ORDERS, {"id": order["id"], **change}))[0] == 400
    unpaid = await here.order(source_id="o-3")
    changed = await house.put(f"{ORDERS}/{unpaid['id']}", {"customer": {"id": other}})
    assert made(changed)["customer_id"] == other


async def test_a_page_beyond_the_last_order_tells_how_many_there_are(house: House) -> None:
    for _ in range(3):
        made(await house.post(ORDERS, {"amount": 1}))
    for page, shown in (("1", 2), ("2", 1), ("3", 0), ("1000", 0)):
        body = made(await house.get(ORDERS, {"limit": "2", "page": page}))
        assert (body["total"], len(body["orders"])) == (3, shown)
