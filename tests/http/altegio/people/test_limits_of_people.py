"""Limits of people and the need of a second one, by Altegio's user token."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.programs import currency_options
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.people import overseeing
from stampbook.programs.people.overseeing import AmountLimit
from stampbook.programs.roles import Role
from tests.http.altegio.asserting import sign_in
from tests.http.altegio.shop import PASSWORD, RU, Shop, bearer, data_of

LOGIN = "anna@cafe.example"


async def signed_in(shop: Shop, **limit: int) -> dict[str, str]:
    """A person with the limit, and the headers by which they call."""
    user = await shop.user(LOGIN, Role.SUPPORT)
    limits = [AmountLimit(shop.points.currency_id, **limit)] if limit else []
    async with shop.store.transaction() as writing:
        await overseeing.set_amount_limits(writing, user.user_id, limits, tenant=1, now=0)
    return bearer(
        data_of(await sign_in(shop, {"login": LOGIN, "password": PASSWORD}))["user_token"]
    )


async def by_hand(shop: Shop, amount: float, headers: dict[str, str]) -> httpx.Response:
    path = (
        f"/api/v1/company/{shop.location.number}/loyalty/cards/{shop.card.account_id}"
        "/manual_transaction"
    )
    return await shop.http.post(path, json={"amount": amount, "title": "x"}, headers=headers)


def message_of(answer: httpx.Response) -> str:
    assert answer.status_code == 403, answer.text
    content: dict[str, Any] = answer.json()
    assert content["success"] is False
    message: str = content["meta"]["message"]
    return message


async def test_one_day_holds_over_visits_and_by_hand(shop: Shop) -> None:
    headers = await signed_in(shop, per_day=15_000)
    record, visit = await shop.visit(2_000, 300_000)
    data_of(await shop.apply(record, visit, 90, headers=headers))
    assert message_of(await by_hand(shop, 61, headers)) == "The user's limit is exceeded."
    data_of(await by_hand(shop, 60, headers))
    second, other = await shop.visit(2_000, 300_000)
    refused = await shop.apply(second, other, 1, headers={**headers, "Accept": RU})
    assert message_of(refused) == "Превышен лимит пользователя."
    data_of(await shop.cancel(record, visit, headers=headers))  # their own, of this day
    assert message_of(await by_hand(shop, 0.01, headers)) == "The user's limit is exceeded."


async def test_one_act_holds_for_cancels_of_others(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    data_of(await shop.apply(record, visit, 90))
    headers = await signed_in(shop, per_transaction=8_999)
    assert await shop.balance() == 1_000
    assert message_of(await shop.cancel(record, visit, headers=headers))
    assert await shop.balance() == 1_000
    data_of(await by_hand(shop, 89.99, headers))


async def test_this_api_cannot_ask_for_a_second_person(shop: Shop) -> None:
    headers = await signed_in(shop)
    async with shop.store.transaction() as writing:
        options = CurrencyOptions(approval_above=5_000)
        await currency_options.put(writing, shop.points.currency_id, options, now=shop.now)
    refused = message_of(await by_hand(shop, 50.01, headers))
    assert refused == "Another person must approve this operation."
    data_of(await by_hand(shop, 50, headers))
    assert await shop.balance() == 15_000
    data_of(await by_hand(shop, 50.01, {}))  # a key
    row = await shop.store.fetch_one("SELECT count(*) AS kept FROM approvals")
    assert row is not None
    assert row["kept"] == 0


async def test_the_journal_has_the_person_and_the_key_that_they_came_by(shop: Shop) -> None:
    headers = await signed_in(shop)
    data_of(await by_hand(shop, 5, {**headers, "X-Request-Id": "till-7.42"}))
    row = await shop.store.fetch_one(
        "SELECT api_key_id, user_id, dialect, request_id FROM transactions"
        " ORDER BY seq DESC LIMIT 1"
    )
    assert row is not None
    assert dict(row) == {
        "api_key_id": 1,
        "user_id": 1,
        "dialect": "altegio",
        "request_id": "till-7.42",
    }
