"""What a visit earns is within the limits of whoever completes it, or nothing happens at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from stampbook.programs import currency_options
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.visits import reading
from stampbook.visits.model import Visit
from tests.http.altegio.people.test_limits_of_people import by_hand, message_of, signed_in
from tests.http.altegio.programs.offering import create
from tests.http.altegio.shop import PASSWORD, Shop, data_of
from tests.http.altegio.visits.test_sale import document

LOGIN = "anna@cafe.example"
COST, CASHBACK, LEFT = 100_000, 10_000, 5_000
"""Of the visit, a tenth of it, and what is still to be paid: in hundredths."""

Way = Callable[[Shop, int, int, dict[str, str]], Awaitable[httpx.Response]]
"""Completes the payment of a visit (record, visit) that took place."""


async def with_its_record(
    shop: Shop, record: int, visit: int, headers: dict[str, str]
) -> httpx.Response:
    body = {"attendance": 1, "comment": "", "fast_payment": 1}
    return await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body, headers=headers)


async def at_the_till(
    shop: Shop, record: int, visit: int, headers: dict[str, str]
) -> httpx.Response:
    method = {"slug": "account", "account_id": 1}
    body = {"payment": {"method": method, "amount": LEFT / 100}}
    return await shop.http.post(document(shop, visit, "/payment"), json=body, headers=headers)


async def with_points(
    shop: Shop, record: int, visit: int, headers: dict[str, str]
) -> httpx.Response:
    return await shop.apply(record, visit, LEFT / 100, headers=headers)


async def with_points_at_the_till(
    shop: Shop, record: int, visit: int, headers: dict[str, str]
) -> httpx.Response:
    method = {"slug": "loyalty_card", "loyalty_card_id": shop.card.account_id}
    body = {"payment": {"method": method, "amount": LEFT / 100}}
    return await shop.http.post(document(shop, visit, "/payment"), json=body, headers=headers)


async def natively(shop: Shop, record: int, visit: int, headers: dict[str, str]) -> httpx.Response:
    body = {"amount": f"{LEFT / 100:.2f}"}
    return await shop.http.post(
        f"/v1/visits/vis_{visit:x}/payments", json=body, headers=await session(shop)
    )


async def natively_with_points(
    shop: Shop, record: int, visit: int, headers: dict[str, str]
) -> httpx.Response:
    body = {"amount": f"{LEFT / 100:.2f}", "account_id": f"acc_{shop.card.account_id:x}"}
    return await shop.http.post(
        f"/v1/visits/vis_{visit:x}/withdrawals", json=body, headers=await session(shop)
    )


async def session(shop: Shop) -> dict[str, str]:
    body = {"login": LOGIN, "password": PASSWORD}
    made = await shop.http.post("/v1/sessions", json=body, headers={"Authorization": ""})
    return {"Authorization": f"Bearer {made.json()['token']}"}


WAYS = (
    with_its_record, at_the_till, with_points, with_points_at_the_till, natively,
    natively_with_points,
)  # fmt: skip


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


async def a_visit(shop: Shop) -> tuple[int, int]:
    """One that took place, of which LEFT is not paid, and that earns CASHBACK."""
    await create(shop, type="cashback_static_sold", rules=[{"value": 10}])
    record, visit = await shop.visit(COST)
    body = {"attendance": 1, "comment": ""}
    data_of(await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body))
    method = {"slug": "account", "account_id": 1}
    paid = {"payment": {"method": method, "amount": (COST - LEFT) / 100}}
    data_of(await shop.http.post(document(shop, visit, "/payment"), json=paid))
    assert await credits_of(shop, visit) == []
    return record, visit


async def seen(shop: Shop, visit: int) -> Visit:
    found = await reading.get(shop.store, visit, tenant=1)
    assert found is not None
    return found


async def credits_of(shop: Shop, visit: int) -> list[int]:
    return [each.amount for each in await reading.credits_of(shop.store, visit)]


async def test_a_limit(shop: Shop, way: Way) -> None:
    record, visit = await a_visit(shop)
    headers = await signed_in(shop, per_day=CASHBACK - 1)
    before, balance = await seen(shop, visit), await shop.balance()
    answer = await way(shop, record, visit, headers)
    assert answer.status_code == 403, answer.text
    assert await seen(shop, visit) == before
    assert await shop.balance() == balance
    data_of(await by_hand(shop, (CASHBACK - 1) / 100, headers))  # nothing is used up
    assert (await way(shop, record, visit, headers)).status_code == 403


async def test_within_the_limit(shop: Shop, way: Way) -> None:
    record, visit = await a_visit(shop)
    headers = await signed_in(shop, per_transaction=COST)
    answer = await way(shop, record, visit, headers)
    assert answer.is_success, answer.text
    assert await credits_of(shop, visit) == [CASHBACK]


async def test_what_was_paid_within_the_limit_earns_all_that_it_is_worth(shop: Shop) -> None:
    """Paying with points uses the day up, so that what follows from it would no longer fit."""
    record, visit = await a_visit(shop)
    headers = await signed_in(shop, per_day=LEFT + CASHBACK - 1)
    data_of(await with_points(shop, record, visit, headers))
    assert await credits_of(shop, visit) == [CASHBACK]
    assert message_of(await by_hand(shop, CASHBACK / 100, headers))


async def test_what_another_person_must_approve(shop: Shop, way: Way) -> None:
    record, visit = await a_visit(shop)
    headers = await signed_in(shop)
    await approval_above(shop, CASHBACK - 1)
    before, balance = await seen(shop, visit), await shop.balance()
    answer = await way(shop, record, visit, headers)
    is_native = way in (natively, natively_with_points)
    assert answer.status_code == (202 if is_native else 403), answer.text
    assert await seen(shop, visit) == before
    assert await shop.balance() == balance
    await approval_above(shop, COST)
    assert (await way(shop, record, visit, headers)).is_success
    assert await credits_of(shop, visit) == [CASHBACK]


async def test_keys_are_bound_by_nothing(shop: Shop) -> None:
    record, visit = await a_visit(shop)
    await approval_above(shop, 1)
    data_of(await with_its_record(shop, record, visit, {}))
    assert await credits_of(shop, visit) == [CASHBACK]


async def approval_above(shop: Shop, amount: int) -> None:
    async with shop.store.transaction() as writing:
        options = CurrencyOptions(approval_above=amount)
        await currency_options.put(writing, shop.points.currency_id, options, now=shop.now)
    shop.context.people.forget_all()
