"""Taking back what belongs to a card, a member or a program that was removed meanwhile.

The points go back to the card, which stays closed; what would pay or give something new is a 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from stampbook.programs import members
from tests.http.altegio.asserting import MISSING
from tests.http.altegio.programs.offering import create, discount, programs
from tests.http.altegio.shop import Shop, amounts, data_of

Remove = Callable[[Shop], Awaitable[None]]


async def remove_card(shop: Shop) -> None:
    path = f"/api/v1/loyalty/cards/{shop.location.number}/{shop.card.account_id}"
    answer = await shop.http.delete(path)
    assert answer.status_code == 204, answer.text


async def remove_member(shop: Shop) -> None:
    async with shop.store.transaction() as writing:
        closed = await members.delete(writing, shop.guest.member_id, tenant=1, now=shop.now)
    assert closed == [shop.card.account_id]
    shop.ledger.forget(closed)


removals = pytest.mark.parametrize("remove", [remove_card, remove_member])


@removals
async def test_a_withdrawal(shop: Shop, remove: Remove) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    data_of(await shop.apply(record, visit, 100))
    await remove(shop)
    refused = await shop.apply(record, visit, 50)
    assert (refused.status_code, refused.json()) == (404, MISSING)
    for _ in range(2):
        state = data_of(await shop.cancel(record, visit))
        assert state["loyalty_transactions"] == []
        assert [item["cost"] for item in state["items"]] == [20, 3_000]
        assert await shop.balance() == 10_000
    refused = await shop.apply(record, visit, 50)
    assert (refused.status_code, refused.json()) == (404, MISSING)
    closed = await shop.store.fetch_one(
        "SELECT status FROM accounts WHERE account_id = $1", shop.card.account_id
    )
    assert closed is not None
    assert closed["status"] == 2


@removals
async def test_a_part_by_the_sale_document(shop: Shop, remove: Remove) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    first, second = data_of(await shop.apply(record, visit, 100))["loyalty_transactions"]
    await remove(shop)
    document = f"/api/v1/company/{shop.location.number}/sale/{visit}"
    for part, left in ((first, 1), (second, 0)):
        path = f"{document}/payment/loyalty_transaction/{part['id']}"
        state = data_of(await shop.http.delete(path))
        assert len(state["state"]["loyalty_transactions"]) == left
    assert await shop.balance() == 10_000


@removals
async def test_a_discount(shop: Shop, remove: Remove) -> None:
    number = await create(shop)
    record, visit = await shop.visit(2_000)
    data_of(await discount(shop, "apply_discount_program", number, record, visit))
    await remove(shop)
    again = await discount(shop, "apply_discount_program", number, record, visit)
    assert (again.status_code, again.json()) == (404, MISSING)
    for _ in range(2):
        left = await discount(shop, "cancel_discount_program", number, record, visit)
        assert amounts(data_of(left)) == []


async def test_a_discount_of_a_program_that_was_removed(shop: Shop) -> None:
    number = await create(shop)
    record, visit = await shop.visit(2_000)
    data_of(await discount(shop, "apply_discount_program", number, record, visit))
    assert (await shop.http.delete(programs(shop, number))).status_code == 204
    again = await discount(shop, "apply_discount_program", number, record, visit)
    assert (again.status_code, again.json()) == (404, MISSING)
    for _ in range(2):
        left = await discount(shop, "cancel_discount_program", number, record, visit)
        assert amounts(data_of(left)) == []
    unknown = await discount(shop, "cancel_discount_program", number + 1, record, visit)
    assert (unknown.status_code, unknown.json()) == (404, MISSING)


@removals
async def test_deleting_the_record(shop: Shop, remove: Remove) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 20))
    await remove(shop)
    path = f"/api/v1/record/{shop.location.number}/{record}"
    assert (await shop.http.delete(path)).status_code == 204
    assert await shop.balance() == 10_000
