"""Card types of scale 0 and 1: every path with their exact amounts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from stampbook.dialects.spelling.voucherify import Prefix, parse
from stampbook.programs import currencies
from stampbook.programs.accounts import Account
from stampbook.programs.currencies import Currency
from stampbook.visits import locations, promotions
from stampbook.visits.promotion import Applies, Promotion, Rule
from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.programs.offering import create, pay
from tests.http.altegio.programs.test_cards import PHONE, issue
from tests.http.altegio.shop import KEY, RU, Shop, amounts, data_of
from tests.http.in_process import InProcess
from tests.http.voucherify.house import Clock, House

SCALES = pytest.mark.parametrize(
    ("scale", "shares"), [(0, [1, 99]), (1, [0.7, 99.3]), (2, [0.66, 99.34])]
)


async def currency(shop: Shop, scale: int) -> Currency:
    async with shop.store.transaction() as writing:
        return await currencies.create(
            writing, shop.chain, name=f"Scale {scale}", scale=scale, now=shop.now
        )


async def card(shop: Shop, scale: int, points: int) -> Account:
    """The guest's card of that scale; `points` in smallest units."""
    return await shop.new_card(shop.guest, points, await currency(shop, scale))


async def by_hand(shop: Shop, card: Account, amount: Any) -> httpx.Response:
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/cards/{card.account_id}"
    return await shop.http.post(f"{path}/manual_transaction", json={"amount": amount})


async def balance(shop: Shop, card: Account) -> Any:
    found = data_of(await shop.http.get(f"/api/v1/loyalty/client_cards/{card.member_id}"))
    return next(each["balance"] for each in found if each["id"] == card.account_id)


@SCALES
async def test_withdraw_read_and_cancel(shop: Shop, scale: int, shares: list[float]) -> None:
    own = await card(shop, scale, 150 * 10**scale)
    record, visit = await shop.visit(2_000, 300_000)
    applied = data_of(await shop.apply(record, visit, 100, own))
    assert amounts(applied) == shares
    assert (await shop.details(record, visit)) == applied
    assert await balance(shop, own) == 50
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert [each["amount"] for each in listed] == shares
    days = "created_after=2020-01-01&created_before=2030-01-01&types=3"
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/transactions?{days}"
    assert sorted(each["amount"] for each in data_of(await shop.http.get(path))) == shares
    again = data_of(await shop.apply(record, visit, 60, own))
    assert sum(amounts(again)) == 60
    assert amounts(data_of(await shop.cancel(record, visit, own))) == []
    assert await balance(shop, own) == 150


@SCALES
async def test_memory_and_the_store_agree(shop: Shop, scale: int, shares: list[float]) -> None:
    """The second withdrawal of a visit goes by what the first has left in memory."""
    own = await card(shop, scale, 150 * 10**scale)
    record, visit = await shop.visit(2_000, 300_000)
    data_of(await shop.apply(record, visit, 1, own))
    answered = data_of(await shop.apply(record, visit, 100, own))
    assert amounts(answered) == shares
    assert await shop.details(record, visit) == answered


@pytest.mark.parametrize(
    ("scale", "wrong", "english", "russian"),
    [
        (0, 0.5, "A whole number from 0 on is expected.", "Ожидается неотрицательное целое число."),
        (
            1,
            0.55,
            "A number from 0 on with at most 1 decimal is expected.",
            "Ожидается неотрицательное число не более чем с 1 знаком после запятой.",  # noqa: RUF001
        ),
    ],
)
async def test_more_decimals_than_the_points_have(
    shop: Shop, scale: int, wrong: float, english: str, russian: str
) -> None:
    own = await card(shop, scale, 100)
    record, visit = await shop.visit(2_000)
    for _ in range(2):  # the second time by what the process remembers
        answer = await shop.apply(record, visit, wrong, own)
        assert_invalid(answer, "amount")
        assert answer.json()["meta"]["errors"] == [{"amount": english}]
        told = await shop.apply(record, visit, wrong, own, headers={"Accept": RU})
        assert told.json()["meta"]["errors"] == [{"amount": russian}]
        data_of(await shop.apply(record, visit, 1, own))
    assert_invalid(await by_hand(shop, own, wrong), "amount")
    assert_invalid(await by_hand(shop, own, -wrong), "amount")
    method = {"slug": "loyalty_card", "loyalty_card_id": own.account_id}
    path = f"/api/v1/company/{shop.location.number}/sale/{visit}/payment"
    sale = await shop.http.post(path, json={"payment": {"method": method, "amount": wrong}})
    assert_invalid(sale, "payment.amount")


async def test_noise_is_taken_off_for_whole_points_too(shop: Shop) -> None:
    own = await card(shop, 0, 100)
    record, visit = await shop.visit(200_000)
    assert amounts(data_of(await shop.apply(record, visit, 70 * 1.1, own))) == [77]
    assert data_of(await by_hand(shop, own, -(2.2 + 1.1 + 0.7)))["balance"] == 19


async def test_cents_are_left_to_pay_in_money(shop: Shop) -> None:
    own = await card(shop, 0, 100)
    record, visit = await shop.visit(1_050, 25)
    assert amounts(data_of(await shop.apply(record, visit, 50, own))) == [10]
    paid = data_of(await pay(shop, record, visit))
    assert paid["payment_status"] == "paid_full"
    details = await shop.details(record, visit)
    assert [each["amount"] for each in details["payment_transactions"]] == [0.5, 0.25]


async def test_an_edit_of_something_else_takes_nothing_back(shop: Shop) -> None:
    """The point of a line may exceed what the line costs; the bill is not overpaid."""
    own = await card(shop, 0, 100)
    record, visit = await shop.visit(50, 50)
    assert amounts(data_of(await shop.apply(record, visit, 50, own))) == [1]
    body = {"attendance": 0, "comment": "by the window"}
    shown = data_of(await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body))
    assert shown["payment_status"] == "paid_full"
    assert amounts(await shop.details(record, visit)) == [1]
    assert await balance(shop, own) == 99


async def test_a_sale_document(shop: Shop) -> None:
    own = await card(shop, 0, 100)
    _, visit = await shop.visit(1_050)
    path = f"/api/v1/company/{shop.location.number}/sale/{visit}"
    methods = data_of(await shop.http.get(path))["payment_methods"]
    offered = [each for each in methods if each.get("loyalty_card_id") == own.account_id]
    assert [each["applicable_amount"] for each in offered] == [10]
    assert offered[0]["loyalty_card"]["balance"] == 100
    method = {"slug": "loyalty_card", "loyalty_card_id": own.account_id}
    body = {"payment": {"method": method, "amount": 20}}
    [row] = data_of(await shop.http.post(f"{path}/payment", json=body))["state"][
        "loyalty_transactions"
    ]
    assert (row["amount"], row["loyalty_card"]["balance"]) == (10, 90)
    await shop.http.delete(f"{path}/payment/loyalty_transaction/{row['id']}")
    assert await balance(shop, own) == 100


@pytest.mark.parametrize(("scale", "earned"), [(0, 3), (1, 2.5), (2, 2.5)])
async def test_cashback(shop: Shop, scale: int, earned: float) -> None:
    own = await card(shop, scale, 0)
    await create(shop, type="cashback_static_sold", loyalty_card_type_ids=[own.currency_id])
    record, visit = await shop.visit(2_500)
    for _ in range(2):
        assert (await pay(shop, record, visit)).status_code == 200
        assert await balance(shop, own) == earned
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    assert [(each["type_id"], each["amount"]) for each in listed] == [(2, earned)]


async def test_a_discount_and_a_referral(shop: Shop) -> None:
    own = await card(shop, 0, 0)
    number = await create(shop, loyalty_card_type_ids=[own.currency_id])
    record, visit = await shop.visit(2_505)
    path = f"{shop.path('apply_discount_program', own)}/{number}"
    state = data_of(await shop.http.post(path, json={"record_id": record, "visit_id": visit}))
    assert amounts(state) == [2.51]
    friend = await shop.member("79000000009")
    theirs = await shop.new_card(
        friend, 0, await currencies.get(shop.store, own.currency_id, tenant=1)
    )
    async with shop.store.transaction() as writing:
        await promotions.create(
            writing,
            Promotion(
                0, 1, shop.chain.program_id, "", "referral", Applies.ANY, Applies.ANY, True,
                (Rule(0, 0, 1_000),), frozenset({own.currency_id}),
                frozenset({shop.location.number}), frozenset(), frozenset(), 0, 0,
            ),
            now=shop.now,
        )  # fmt: skip
    record, visit = await shop.visit(300, 2_550, member=shop.guest)
    path = (
        f"/api/v1/visit/loyalty/apply_referral_program/"
        f"{shop.location.number}/{shop.chain.program_id}"
    )
    body = {"record_id": record, "visit_id": visit, "referrer_phone": "79000000009"}
    assert amounts(data_of(await shop.http.post(path, json=body))) == [0.3, 2.55]
    assert await balance(shop, theirs) == 3


async def test_lists_and_issuing(shop: Shop) -> None:
    known = [await currency(shop, scale) for scale in range(4)]
    numbers = [shop.points.currency_id, *(each.currency_id for each in known[:3])]
    place, chain = shop.location.number, shop.chain.program_id
    for path in (
        f"/api/v1/loyalty/card_types/salon/{place}",
        f"/api/v1/loyalty/card_types/client/{place}/{PHONE}",
        f"/api/v1/chain/{chain}/loyalty/card_types",
    ):
        assert [each["id"] for each in data_of(await shop.http.get(path))] == numbers
    for each in known[:3]:
        issued = data_of(await issue(shop, loyalty_card_type_id=each.currency_id))
        assert (issued["type_id"], issued["balance"]) == (each.currency_id, 0)
    listed = data_of(await shop.http.get(f"/api/v1/loyalty/cards/{PHONE}/{chain}/{place}"))
    assert [each["type_id"] for each in listed] == numbers[1:]


async def test_a_finer_currency_is_not_seen(shop: Shop) -> None:
    own = await card(shop, 3, 5_000)
    record, visit = await shop.visit(2_000)
    assert (await shop.apply(record, visit, 1, own)).json() == MISSING
    assert (await by_hand(shop, own, 1)).json() == MISSING
    found = data_of(await shop.http.get(f"/api/v1/loyalty/client_cards/{own.member_id}"))
    assert [each["id"] for each in found] == [shop.card.account_id]
    days = "created_after=2020-01-01&created_before=2030-01-01"
    path = f"/api/v1/chain/{shop.chain.program_id}/loyalty/transactions?{days}"
    assert {each["card_id"] for each in data_of(await shop.http.get(path))} == {
        shop.card.account_id
    }


async def test_a_location_and_a_voucherify_program_share_a_card(shop: Shop) -> None:
    """What one API gives, the other takes and gives back, on one account of whole points."""
    clock = Clock()
    clock.now = shop.now
    async with httpx.AsyncClient(
        transport=InProcess(shop.app), base_url="http://shop.test"
    ) as client:
        house = House(client, KEY, clock, shop.ledger)
        shared = await house.card()  # points wait for ten days, unless they are given by hand
        program = parse(Prefix.PROGRAM, shared.program)
        assert program is not None
        async with shop.store.transaction() as writing:
            shop.location = await locations.create(
                writing, tenant=1, program=program, title="", timezone="UTC", now=shop.now
            )
        body = {"points": 150, "reason": "welcome"}
        assert (await house.post(f"{shared.path}/points", body)).is_success
        place = shop.location.number
        by_hand = f"/api/v1/company/{place}/loyalty/cards/{shared.account}/manual_transaction"
        key = {"Idempotency-Key": "gift"}
        for _ in range(2):
            shop.now += 1_000_000
            clock.now = shop.now
            given = await shop.http.post(by_hand, json={"amount": 50}, headers=key)
            assert data_of(given)["balance"] == 200
        assert data_of(await shop.http.post(by_hand, json={"amount": -50}))["balance"] == 150
        types = data_of(await shop.http.get(f"/api/v1/loyalty/card_types/salon/{place}"))
        assert [each["title"] for each in types] == ["Points card"]
        booked = await shop.http.post(
            f"/api/v1/records/{place}",
            json={
                "staff_id": 1,
                "datetime": "2027-01-15T12:00:00",
                "services": [{"id": 1, "cost": 20}, {"id": 2, "cost": 3000}],
            },
        )
        [record] = data_of(booked)
        ids = {"record_id": record["id"], "visit_id": record["visit_id"]}
        path = f"/api/v1/visit/loyalty/%s/{place}/{shared.account}"
        applied = await shop.http.post(path % "apply_card_withdrawal", json={**ids, "amount": 100})
        assert amounts(data_of(applied)) == [1, 99]
        assert await house.balance(shared) == (50, 0)
        cancelled = await shop.http.post(path % "cancel_card_withdrawal", json=ids)
        assert amounts(data_of(cancelled)) == []
        assert await house.balance(shared) == (150, 0)
