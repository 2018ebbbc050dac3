"""Which visit a body means: by its record, by the visit, or by both."""

from __future__ import annotations

from typing import Any

import httpx

from stampbook.programs import tenants
from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.programs.offering import create, referral
from tests.http.altegio.shop import Shop, amounts, data_of


async def post(shop: Shop, what: str, **body: Any) -> httpx.Response:
    return await shop.http.post(shop.path(what), json=body)


async def further_record(shop: Shop, visit: int) -> int:
    """Another record of the visit, with a service for 10.00."""
    body = {
        "visit_id": visit,
        "staff_id": 7,
        "services": [{"id": 5, "first_cost": 10, "discount": 0, "cost": 10}],
        "datetime": "2027-01-15T12:00:00+03:00",
        "seance_length": 3_600,
    }
    made = data_of(await shop.http.post(f"/api/v1/records/{shop.location.number}", json=body))
    number: int = made[0]["id"]
    return number


async def test_a_record_tells_its_visit_and_a_visit_its_one_record(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    await shop.visit(2_000)
    names: list[dict[str, Any]] = [
        {"record_id": record},
        {"visit_id": visit},
        {"appointment_id": str(record), "visit_id": None},
        {"visit_id": float(visit), "record_id": None},
    ]
    for name in names:
        state = data_of(await post(shop, "apply_card_withdrawal", **name, amount=100))
        assert amounts(state) == [0.66, 99.34]
        state = data_of(await post(shop, "apply_card_withdrawal", **name, amount=50))
        assert sum(amounts(state)) == 50
        assert amounts(data_of(await post(shop, "cancel_card_withdrawal", **name))) == []
        assert await shop.balance() == 10_000


async def test_a_visit_with_several_records_needs_the_one_meant(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    data_of(await shop.apply(record, visit, 1))
    second = await further_record(shop, visit)
    data_of(await shop.apply(record, visit, 2))
    assert_invalid(await post(shop, "cancel_card_withdrawal", visit_id=visit), "record_id")
    assert_invalid(await post(shop, "apply_card_withdrawal", visit_id=visit, amount=5), "record_id")
    assert await shop.balance() == 9_800
    for number in (record, second):
        data_of(await post(shop, "apply_card_withdrawal", record_id=number, amount=20))
        assert await shop.balance() == 8_000
        data_of(await post(shop, "cancel_card_withdrawal", record_id=number))
        assert await shop.balance() == 10_000


async def test_names_that_are_wrong(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    other, _ = await shop.visit(2_000)
    what = "cancel_card_withdrawal"
    assert_invalid(await post(shop, what), "record_id", "visit_id")
    assert_invalid(await post(shop, what, record_id=None, visit_id=None), "record_id", "visit_id")
    assert_invalid(await post(shop, what, record_id="x"), "record_id")
    assert_invalid(await post(shop, what, record_id=0, visit_id=visit), "record_id")
    assert_invalid(await post(shop, what, record_id=record, visit_id=[]), "visit_id")
    for body in ({"record_id": 999}, {"visit_id": 999}, {"record_id": other, "visit_id": visit}):
        answer = await post(shop, what, **body)
        assert (answer.status_code, answer.json()) == (404, MISSING)
    path = f"/api/v1/record/{shop.location.number}/{record}"
    assert (await shop.http.delete(path)).status_code == 204
    for body in ({"record_id": record}, {"visit_id": visit}):
        answer = await post(shop, what, **body)
        assert (answer.status_code, answer.json()) == (404, MISSING)


async def test_another_tenants_record(shop: Shop) -> None:
    record, _ = await shop.visit(2_000)
    async with shop.store.transaction() as writing:
        tenant = await tenants.create(writing, name="Foreign", now=shop.now)
        await writing.execute("UPDATE visits SET tenant_id = $1", tenant.tenant_id)
    answer = await post(shop, "cancel_card_withdrawal", record_id=record)
    assert (answer.status_code, answer.json()) == (404, MISSING)


async def test_programs_and_referrals_too(shop: Shop) -> None:
    number = await create(shop)
    await referral(shop, is_percent=True, value=1_000)
    await shop.new_card(await shop.member("70001234567"), 0)
    guests = [shop.guest, await shop.member("79000000002")]
    for named, guest in zip(("record_id", "visit_id"), guests, strict=True):
        record, visit = await shop.visit(2_000, member=guest)
        name = {named: record if named == "record_id" else visit}
        path = f"{shop.path('apply_discount_program')}/{number}"
        assert amounts(data_of(await shop.http.post(path, json=name))) == [2]
        path = f"{shop.path('cancel_discount_program')}/{number}"
        assert amounts(data_of(await shop.http.post(path, json=name))) == []
        path = (
            f"/api/v1/visit/loyalty/apply_referral_program/"
            f"{shop.location.number}/{shop.chain.program_id}"
        )
        body = {**name, "referrer_phone": 70001234567}
        assert amounts(data_of(await shop.http.post(path, json=body))) == [2]
