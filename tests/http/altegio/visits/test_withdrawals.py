"""Applying and cancelling a withdrawal: the worked example, and what else is true of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.storage.opening import open_store
from tests.http.altegio.shop import Shop, amounts, data_of, opened_shop


async def test_the_worked_example(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    before = await shop.lots()
    state = data_of(await shop.apply(record, visit, 100))
    card, chain = shop.card.account_id, shop.chain.program_id
    good, service = state["items"]
    first, second = state["loyalty_transactions"]
    assert state["payment_transactions"] == []
    assert state["kkm_transaction_details_container"] == {
        "last_operation_type": 1,
        "transactions": [],
    }
    assert first == {
        "id": first["id"],
        "status_id": 1,
        "amount": 0.66,
        "type_id": 3,
        "program_id": 0,
        "card_id": card,
        "salon_group_id": chain,
        "item_id": good["item_id"],
        "item_type_id": 7,
        "item_record_id": 0,
        "goods_transaction_id": good["id"],
        "is_discount": False,
        "is_loyalty_withdraw": True,
        "type": {"id": 3, "title": "Loyalty card withdrawal"},
    }
    assert second == {
        **first,
        "id": second["id"],
        "amount": 99.34,
        "item_id": service["item_id"],
        "item_type_id": 1,
        "item_record_id": record,
        "goods_transaction_id": 0,
    }
    assert first["id"] != second["id"]
    assert good == {
        "id": good["id"],
        "item_id": 5_000,
        "item_type_id": 7,
        "record_id": 0,
        "item_title": "test two",
        "amount": 1,
        "first_cost": 20,
        "manual_cost": 20,
        "discount": 0,
        "cost": 20,
        "master_id": 7,
        "good_id": 5_000,
        "service_id": 0,
        "event_id": 0,
        "is_service": False,
        "is_event": False,
        "is_good": True,
    }
    assert (service["id"], service["record_id"], service["cost"]) == (0, record, 3_000)
    assert await shop.balance() == 0

    after = data_of(await shop.cancel(record, visit))
    assert after == {**state, "loyalty_transactions": []}
    assert await shop.balance() == 10_000
    assert await shop.lots() == before


async def test_amounts_are_written_as_the_shortest_decimals(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    text = (await shop.apply(record, visit, 100)).text
    assert '"amount":0.66,' in text
    assert '"amount":99.34,' in text
    assert '"cost":20,' in text


@pytest.mark.parametrize("wanted", [150, 100.0, "100", "100.00", 1_000_000])
async def test_it_is_capped_by_the_balance(shop: Shop, wanted: Any) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    assert amounts(data_of(await shop.apply(record, visit, wanted))) == [0.66, 99.34]


async def test_it_is_capped_by_what_is_left_to_pay(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    assert amounts(data_of(await shop.apply(record, visit, 100))) == [20]
    assert await shop.balance() == 8_000


async def test_nothing_on_the_card_is_nothing_withdrawn(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    card = await shop.new_card(shop.guest, 0)
    assert amounts(data_of(await shop.apply(record, visit, 100, card))) == []


async def test_amount_zero_makes_no_transaction_and_leaves_the_first_alone(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    assert amounts(data_of(await shop.apply(record, visit, 0))) == []
    first = data_of(await shop.apply(record, visit, 5))
    assert data_of(await shop.apply(record, visit, 0)) == first


async def test_a_second_one_replaces_the_first(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    first = data_of(await shop.apply(record, visit, 100))
    second = data_of(await shop.apply(record, visit, 50))
    assert amounts(second) == [0.33, 49.67]
    ids = {each["id"] for each in first["loyalty_transactions"]}
    assert not ids & {each["id"] for each in second["loyalty_transactions"]}
    assert data_of(await shop.apply(record, visit, 50)) == second
    assert await shop.balance() == 5_000


async def test_cancelling_nothing_or_twice_is_fine(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    untouched = data_of(await shop.cancel(record, visit))
    assert untouched["loyalty_transactions"] == []
    await shop.apply(record, visit, 10)
    assert data_of(await shop.cancel(record, visit)) == untouched
    assert data_of(await shop.cancel(record, visit)) == untouched
    assert await shop.balance() == 10_000


async def test_a_cancel_leaves_other_cards_and_visits_alone(shop: Shop) -> None:
    record, visit = await shop.visit(5_000)
    other_record, other_visit = await shop.visit(5_000)
    other_card = await shop.new_card(shop.guest, 10_000)
    await shop.apply(record, visit, 10)
    await shop.apply(record, visit, 20, other_card)
    await shop.apply(other_record, other_visit, 5)
    assert amounts(data_of(await shop.cancel(record, visit))) == [20]
    assert (await shop.balance(), await shop.balance(other_card)) == (9_500, 8_000)


async def test_two_tills_cancelling_at_once_have_one_effect(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    await shop.apply(record, visit, 100)
    answers = await asyncio.gather(*(shop.cancel(record, visit) for _ in range(8)))
    assert {answer.text for answer in answers} == {answers[0].text}
    assert data_of(answers[0])["loyalty_transactions"] == []
    assert await shop.balance() == 10_000


async def test_two_cards_at_once_never_pay_too_much(shop: Shop) -> None:
    record, visit = await shop.visit(5_000, 3_000)
    cards = [await shop.new_card(shop.guest, 7_000) for _ in range(6)]
    answers = await asyncio.gather(*(shop.apply(record, visit, 70, card) for card in cards))
    assert {answer.status_code for answer in answers} == {200}
    state = await shop.details(record, visit)
    assert round(sum(amounts(state)), 2) == 80
    left = sum([await shop.balance(card) for card in cards])
    assert left == 6 * 7_000 - 8_000


async def test_points_that_expired_meanwhile_do_not_come_back(shop: Shop) -> None:
    card = await shop.new_card(shop.guest, 0)
    await shop.give(card, 3_000, expires_at=shop.now + 1_000_000)
    record, visit = await shop.visit(5_000)
    assert amounts(data_of(await shop.apply(record, visit, 50, card))) == [30]
    shop.now += 2_000_000
    assert data_of(await shop.cancel(record, visit, card))["loyalty_transactions"] == []
    assert await shop.balance(card) == 0


async def test_a_key_makes_a_retry_harmless(shop: Shop) -> None:
    record, visit = await shop.visit(5_000)
    key = {"Idempotency-Key": "till-1-7"}
    first = await shop.apply(record, visit, 10, headers=key)
    await shop.cancel(record, visit)
    again = await shop.apply(record, visit, 10, headers=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert data_of(again)["loyalty_transactions"] == []
    other = await shop.apply(record, visit, 11, headers=key)
    assert other.status_code == 422
    assert other.json()["meta"]["message"] == "idempotency_key_reused"


async def test_the_list_has_programs_and_the_details_payments(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    await shop.apply(record, visit, 5)
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert [(each["type_id"], each["amount"], each["program"]["id"]) for each in listed] == [
        (3, 5, 0)
    ]
    details = await shop.details(record, visit)
    assert details["loyalty_transactions"] == [
        {name: value for name, value in each.items() if name != "program"} for each in listed
    ]


async def test_tills_at_two_servers_never_take_too_much(postgres_address: str) -> None:
    first, second = [await open_store(postgres_address) for _ in range(2)]
    try:
        async with opened_shop(first) as shop:
            other = Shop(second)
            await other.ledger.start()
            other.location = shop.location
            record, visit = await shop.visit(5_000, 3_000)
            cards = [await shop.new_card(shop.guest, 3_000) for _ in range(6)]
            answers = await asyncio.gather(
                *(
                    (shop, other)[place % 2].apply(record, visit, 30, card)
                    for place, card in enumerate(cards)
                )
            )
            assert {answer.status_code for answer in answers} == {200}
            assert round(sum(amounts(await shop.details(record, visit))), 2) == 80
            cancels = await asyncio.gather(
                *(till.cancel(record, visit, cards[0]) for till in (shop, other, shop, other))
            )
            assert {answer.status_code for answer in cancels} == {200}
            assert await shop.balance(cards[0]) == 3_000
            await other.http.aclose()
            await other.ledger.stop()
    finally:
        await first.close()
        await second.close()
