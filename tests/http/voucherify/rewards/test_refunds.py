"""Purchases are taken back: points, stock, codes, and who may not."""

from __future__ import annotations

from typing import Any

from stampbook.loyalty.rewards import codes
from stampbook.storage.store import Store
from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.rewards.shop import open_shop
from tests.http.voucherify.rewards.test_purchases import COUPON, VOUCHER

NOT_APPROVED = (409, "invalid_reward_transaction_status")


async def test_refund(house: House, store: Store) -> None:
    """The points return to the card, the piece to the stock. Nothing must be active any more."""
    shop = await open_shop(house, store)
    bought = made(await shop.buy())["transaction"]
    house.clock.advance(seconds=1)
    made(await house.post(f"{V2}/programs/{shop.card.program}/deactivate"))
    body = made(await shop.refund(bought["id"]))
    transaction = body.pop("transaction")
    assert body == {
        "status": "APPROVED",
        "message": "Reward refund transaction created."
        " Points will be returned to the member's card shortly.",
    }
    assert transaction["id"] != bought["id"]
    assert transaction["type"] == "REFUND"
    assert transaction["created_at"] == "2026-08-06T14:01:14.346Z"
    details = transaction["details"]
    assert details["points"] == {"total": 250}
    assert details["purchase"] == {
        "card_transaction": {"id": bought["card_transaction_id"]},
        "reward_transaction": {"id": bought["id"]},
    }
    assert await house.balance(shop.card) == (1000, 0)
    assert await shop.stock() == 10
    (listed,) = await house.all(shop.path)
    assert (listed["id"], listed["status"]) == (bought["id"], "REFUNDED")
    for twice in (bought["id"], transaction["id"]):
        assert error(await shop.refund(twice))[:2] == NOT_APPROVED


async def test_policies(house: House, store: Store) -> None:
    shop = await open_shop(house, store, refunds={"type": "NONE"})
    bought = made(await shop.buy())["transaction"]["id"]
    for policies in (None, {}, {"refund": "DEFAULT"}, {"refund": None, "stock": "WRITE_OFF"}):
        response = await shop.refund(bought, {"policies": policies})
        assert error(response)[:2] == (409, "reward_refund_not_allowed")
    made(await shop.refund(bought, {"policies": {"refund": "ALLOW", "stock": "WRITE_OFF"}}))
    assert await house.balance(shop.card) == (1000, 0)
    assert await shop.stock() == 9


async def test_what_is_not_there(house: House, store: Store, stranger: House) -> None:
    shop = await open_shop(house, store)
    other = await open_shop(house, store)
    bought = made(await shop.buy())["transaction"]["id"]
    for response in (
        await shop.refund("lrtx_000000000000000fff"),
        await shop.refund("lrtx"),
        await other.refund(bought),
    ):
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "reward_transaction"
    path = f"{V2}/programs/{shop.card.program}/rewards/purchases/{bought}/refund"
    assert error(await stranger.post(path))[0] == 404
    bad: list[dict[str, Any]] = [{"policies": {"refund": "NEVER"}}, {"policy": {}}]
    for body in bad:
        assert error(await shop.refund(bought, body))[:2] == (400, "invalid_payload")


async def test_codes(house: House, store: Store) -> None:
    """An unused code is void; a used one stays, and is said to."""
    for digital, kind, word in (
        (COUPON, "discount_coupons", "DELETED"),
        (VOUCHER, "gift_vouchers", "CREDITS_SUBTRACTED"),
    ):
        shop = await open_shop(house, store, type="DIGITAL", digital=digital)
        for expected in (word, "SKIPPED"):
            bought = made(await shop.buy())["transaction"]["id"]
            (listed, *_) = await house.all(shop.path, [("filters[id][conditions][$is]", bought)])
            (item,) = listed["details"]["result"]["digital"][kind]
            if expected == "SKIPPED":
                async with store.transaction() as writing:
                    await codes.use(writing, item["code"], tenant=1, now=house.clock.now)
            body = made(await shop.refund(bought))
            (became,) = body["transaction"]["details"]["result"]["digital"][kind]
            assert became == {**item, "result": expected}
            house.clock.advance(seconds=1)
