"""Undoing natively what this API took back: never beyond what the visit is now."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.dialects.native import ids
from stampbook.dialects.spelling.altcraft import write_transaction
from stampbook.domain.model import Kind
from stampbook.programs.accounts import Account
from tests.http.altegio.programs.offering import create, discount, pay, refer, referral
from tests.http.altegio.shop import KEY, Shop, data_of


async def last_cancel(shop: Shop, card: Account | None = None) -> str:
    """The native id of the last cancel on the card."""
    number = (card or shop.card).account_id
    rows = await shop.store.journal(number, after=0, limit=100)
    row = max((row for row in rows if row.kind is Kind.CANCEL), key=lambda row: row.seq)
    return ids.write(ids.TRANSACTION, row.number)


async def undo(shop: Shop, cancel: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    return await shop.http.post(f"/v1/transactions/{cancel}/cancel", json={}, headers=headers)


async def refuses(shop: Shop, cancel: str, why: str, *, card: Account | None = None) -> None:
    before = await shop.balance(card)
    answer = await undo(shop, cancel)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable"), answer.text
    assert answer.json()["detail"] == why
    assert await shop.balance(card) == before


async def paid_and_taken_back(shop: Shop) -> tuple[int, int, str]:
    record, visit = await shop.visit(6_000)
    data_of(await shop.apply(record, visit, 60))
    data_of(await shop.cancel(record, visit))
    return record, visit, await last_cancel(shop)


async def test_the_record_was_deleted(shop: Shop) -> None:
    record, _, cancel = await paid_and_taken_back(shop)
    path = f"/api/v1/record/{shop.location.number}/{record}"
    assert (await shop.http.delete(path)).status_code == 204
    await refuses(shop, cancel, "the line that it paid for is no longer in the visit")


async def test_through_altcraft(shop: Shop) -> None:
    record, visit, cancel = await paid_and_taken_back(shop)
    data_of(await pay(shop, record, visit, fast_payment=1))
    number = ids.read(ids.TRANSACTION, cancel)
    assert number is not None
    answer = await shop.http.post(
        "/api/v1.1/loyalty/cancel_transaction",
        json={"transaction_id": write_transaction(number)},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert (answer.json()["error"], answer.json()["error_text"]) == (
        409,
        "Transaction cannot be canceled",
    )
    assert await shop.balance() == 10_000


async def test_the_card_was_removed_too(shop: Shop) -> None:
    """A till's cancel after the removal can be undone as well, while the bill has room for it."""
    record, visit = await shop.visit(6_000)
    data_of(await shop.apply(record, visit, 60))
    path = f"/api/v1/loyalty/cards/{shop.location.number}/{shop.card.account_id}"
    assert (await shop.http.delete(path)).status_code == 204
    data_of(await shop.cancel(record, visit))
    cancel = await last_cancel(shop)
    data_of(await pay(shop, record, visit, fast_payment=0, new_transactions=[{"amount": 10}]))
    why = "the bill was paid otherwise meanwhile, or costs less: too little is left to pay"
    await refuses(shop, cancel, why)


async def test_a_discount_took_the_room(shop: Shop) -> None:
    number = await create(shop)
    record, visit, cancel = await paid_and_taken_back(shop)
    data_of(await discount(shop, "apply_discount_program", number, record, visit))
    why = "the bill was paid otherwise meanwhile, or costs less: too little is left to pay"
    await refuses(shop, cancel, why)
    data_of(await discount(shop, "cancel_discount_program", number, record, visit))
    assert (await undo(shop, cancel)).status_code == 200
    assert await shop.balance() == 4_000


async def test_cashback_that_the_visit_has_earned_anew(shop: Shop) -> None:
    await create(shop, type="cashback_static_sold")
    record, visit = await shop.visit(6_000)
    data_of(await pay(shop, record, visit))
    assert await shop.balance() == 10_600
    data_of(await pay(shop, record, visit, attendance=0, fast_payment=0))
    assert await shop.balance() == 10_000
    cancel = await last_cancel(shop)
    await refuses(shop, cancel, "the visit did not take place, or is not paid")
    data_of(await pay(shop, record, visit, fast_payment=0))
    assert await shop.balance() == 10_600
    await refuses(shop, cancel, "the visit has earned it anew meanwhile")
    accrual = await last_accrual(shop)
    assert (await undo(shop, accrual)).status_code == 200
    assert await shop.balance() == 10_000
    assert (await undo(shop, cancel)).status_code == 200
    assert await shop.balance() == 10_600


async def last_accrual(shop: Shop) -> str:
    rows = await shop.store.journal(shop.card.account_id, after=0, limit=100)
    row = max((row for row in rows if row.kind is Kind.ACCRUE), key=lambda row: row.seq)
    return ids.write(ids.TRANSACTION, row.number)


async def test_the_reward_of_a_referral_that_was_taken_back(shop: Shop) -> None:
    await referral(shop, is_percent=True, value=1_000)
    card = await shop.new_card(await shop.member("70001234567"), 0)
    record, visit = await shop.visit(6_000)
    (given,) = data_of(await refer(shop, record, visit, 70001234567))["loyalty_transactions"]
    assert await shop.balance(card) == 600
    document = f"/api/v1/company/{shop.location.number}/sale/{visit}/payment/loyalty_transaction"
    listed: Any = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    reward = next(each["id"] for each in listed if each["type_id"] == 4)
    data_of(await shop.http.delete(f"{document}/{reward}"))
    assert await shop.balance(card) == 0
    cancel = await last_cancel(shop, card)
    assert (await undo(shop, cancel)).status_code == 200
    assert await shop.balance(card) == 600
    data_of(await shop.http.delete(f"{document}/{reward}"))
    data_of(await shop.http.delete(f"{document}/{given['id']}"))
    await refuses(shop, await last_cancel(shop, card), "the referral was taken back", card=card)
