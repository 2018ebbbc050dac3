"""What undoes movements needs the scope ledger:cancel, whatever operation does it."""

from __future__ import annotations

from typing import Any

from stampbook.storage.store import Store
from tests.http.voucherify.conftest import secret_of
from tests.http.voucherify.house import House, error, made
from tests.http.voucherify.rules.test_orders import ORDERS, REVOKE, shop
from tests.http.voucherify.v1.club import club_of, entry_of


async def test_an_order_is_cancelled_and_reopened(house: House, store: Store) -> None:
    till = await shop(house, refunds=REVOKE)
    office, house.secret = house.secret, await secret_of(store, "read", "ledger:write")
    order = await till.order(status="PAID")
    unpaid = await till.order()
    path = f"{ORDERS}/{order['id']}"
    steps = (
        ("PUT", path, {"status": "CANCELED"}),
        ("POST", ORDERS, {"id": order["id"], "status": "CANCELED"}),
        ("PUT", path, {"status": "PAID"}),
        ("POST", ORDERS, {"id": order["id"], "status": "PAID"}),
    )
    for at, (method, where, body) in enumerate(steps):
        if at == 2:
            house.secret = office
            made(await house.put(path, {"status": "CANCELED"}))
            house.secret = await secret_of(store, "read", "ledger:write")
        before = await till.balance()
        response = await house.ask(method, where, json=body, key=f"k{at}")
        assert error(response)[:3] == (403, "forbidden", "Forbidden")
        assert await till.balance() == before
    house.secret = await secret_of(store, "ledger:write", "ledger:cancel")
    assert made(await house.put(path, {"status": "PAID"}))["status"] == "PAID"
    # What has moved no points undoes none.
    house.secret = await secret_of(store, "ledger:write")
    made(await house.put(f"{ORDERS}/{unpaid['id']}", {"status": "CANCELED"}))
    made(await house.put(path, {"metadata": {"note": "x"}}))


async def test_an_order_that_moved_no_points(house: House, store: Store) -> None:
    """Nothing was earned with it, so nothing is undone when it is cancelled or reopened."""
    await club_of(house)
    house.secret = await secret_of(store, "read", "ledger:write")
    order = made(await house.post(ORDERS, {"status": "PAID", "amount": 1_000}))
    for status in ("CANCELED", "PAID"):
        answer = await house.put(f"{ORDERS}/{order['id']}", {"status": status})
        assert made(answer)["status"] == status


async def test_pending_points_are_taken_away(house: House, store: Store) -> None:
    club = await club_of(house)
    _, path = await entry_of(house, club)

    async def adjust(points: int) -> Any:
        return await house.post(f"{path}/balance", {"points": points})

    house.secret = await secret_of(store, "ledger:write")
    assert error(await adjust(-5))[:3] == (403, "forbidden", "Forbidden")
    assert made(await adjust(5))["total"] == 25
    house.secret = await secret_of(store, "ledger:write", "ledger:cancel")
    assert made(await adjust(-5))["total"] == 20
