"""Memberships and certificates: none are kept."""

# ruff: noqa: RUF001 - Cyrillic letters are meant

from __future__ import annotations

from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.shop import RU, Shop, data_of


async def test_memberships_and_certificates_are_empty(shop: Shop) -> None:
    place = {"company_id": str(shop.location.number), "phone": "79000000001"}
    for path in (
        "loyalty/certificates/",
        "user/loyalty/certificates",
        "loyalty/abonements/",
        "user/loyalty/abonements/",
        f"company/{shop.location.number}/loyalty/abonement_types/search",
        f"company/{shop.location.number}/loyalty/certificate_types/fetch",
    ):
        answer = await shop.http.get(f"/api/v1/{path}", params=place)
        assert data_of(answer) == []
        assert answer.json()["meta"] == {"count": 0}
    chain = f"/api/v1/chain/{shop.chain.program_id}/loyalty/abonements"
    ids = await shop.http.get(chain, params={"abonements_ids": "1,2"})
    assert data_of(ids) == []
    assert (await shop.http.post(f"{chain}/1/freeze", json={})).json() == MISSING


async def test_what_is_lacking_is_said(shop: Shop) -> None:
    headers = {"Accept": RU}
    place = {"location_id": shop.location.number}
    no_phone = await shop.http.get("/api/v1/loyalty/abonements", params=place, headers=headers)
    assert (no_phone.status_code, no_phone.json()["meta"]["message"]) == (
        400,
        "Не указан номер телефона",
    )
    chain = f"/api/v1/chain/{shop.chain.program_id}/loyalty/abonements"
    no_ids = await shop.http.get(chain, headers=headers)
    assert (no_ids.status_code, no_ids.json()["meta"]["message"]) == (
        400,
        "Не указаны идентификаторы абонементов или промежуток дат.",
    )
    code = await shop.http.get(
        f"/api/v1/loyalty/generate_code/{shop.location.number}/1", headers=headers
    )
    assert (code.status_code, code.json()["meta"]["message"]) == (404, "Не найдено")
    assert_invalid(await shop.http.get("/api/v1/loyalty/certificates"), "company_id")
