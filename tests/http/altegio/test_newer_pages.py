"""The paths of the vendor's newer pages, `/v1/visit/…`: bare where those pages are."""

from __future__ import annotations

import pytest

from tests.http.altegio.programs.offering import create, referral
from tests.http.altegio.shop import RU, V2, Shop, data_of

STATE = [
    "payment_transactions",
    "loyalty_transactions",
    "kkm_transaction_details_container",
    "items",
]


@pytest.mark.parametrize("accept", [V2, RU, "application/json", "*/*"])
async def test_all_of_visit_loyalty_answers_bare(shop: Shop, accept: str) -> None:
    number = await create(shop)
    await referral(shop, is_percent=True, value=1_000)
    referrer = await shop.member("79000000003", "Clara")
    await shop.new_card(referrer, 0)
    record, visit = await shop.visit(2_000, 300_000)
    ids = {"record_id": record, "visit_id": visit}
    place = f"{shop.location.number}/{shop.card.account_id}"
    chain = f"{shop.location.number}/{shop.chain.program_id}"
    for path, body in (
        (f"apply_card_withdrawal/{place}", {**ids, "amount": 100}),
        (f"apply_card_withdrawal/{place}", {**ids, "amount": 50}),
        (f"cancel_card_withdrawal/{place}", ids),
        (f"apply_discount_program/{place}/{number}", ids),
        (f"cancel_discount_program/{place}/{number}", ids),
        (f"apply_referral_program/{chain}", {**ids, "referrer_phone": "79000000003"}),
    ):
        answer = await shop.http.post(
            f"/v1/visit/loyalty/{path}", json=body, headers={"Accept": accept}
        )
        assert answer.status_code == 200, (path, answer.text)
        assert list(answer.json()) == STATE, path
    listed = f"/v1/visit/loyalty/transactions/{visit}"
    found = await shop.http.get(listed, headers={"Accept": accept})
    assert [each["type_id"] for each in found.json()] == [1, 1, 4]


async def test_its_errors_and_the_details_are_enveloped(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    path = shop.path("cancel_card_withdrawal").removeprefix("/api")
    ids = {"record_id": record, "visit_id": visit}
    for status, body, headers in (
        (401, ids, {"Authorization": "Bearer nobody"}),
        (403, ids, {"Authorization": "Bearer partner, User reader"}),
        (404, {**ids, "visit_id": visit + 1}, {}),
        (422, {}, {}),
    ):
        answer = await shop.http.post(path, json=body, headers=headers)
        assert answer.status_code == status
        assert list(answer.json()) == ["success", "data", "meta"]
        assert answer.json()["success"] is False
    wrong = await shop.http.get(path)
    assert (wrong.status_code, wrong.json()["success"]) == (405, False)
    details = f"/v1/visit/details/{shop.location.number}/{record}/{visit}"
    assert list(data_of(await shop.http.get(details))) == STATE
