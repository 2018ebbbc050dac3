"""What a user may do, and the chains that they see."""

from __future__ import annotations

from tests.http.altegio.shop import OTHER_CHAIN, READER, Shop, bearer, data_of


async def test_rights_and_groups(shop: Shop) -> None:
    path = f"/api/v1/user/permissions/{shop.location.number}"
    assert data_of(await shop.http.get(path))["loyalty"] == {
        "loyalty_access": True,
        "has_loyalty_access": True,
        "loyalty_cards_manual_transactions_access": True,
        "has_loyalty_cards_manual_transactions_access": True,
        "loyalty_certificate_and_abonement_manual_transactions_access": False,
        "loyalty_cards_issue_and_removal_access": True,
    }
    reader = data_of(await shop.http.get(path, headers=bearer(READER)))["loyalty"]
    assert reader["loyalty_access"] is True
    assert reader["loyalty_cards_issue_and_removal_access"] is False
    groups = data_of(await shop.http.get("/api/v1/groups"))
    own = next(each for each in groups if each["id"] == shop.chain.program_id)
    assert own["companies"] == [{"id": shop.location.number, "title": "Main street"}]
    assert own["access"]["loyalty_access"] == "1"
    foreign = data_of(await shop.http.get("/api/v1/groups", headers=bearer(OTHER_CHAIN)))
    assert shop.chain.program_id not in [each["id"] for each in foreign]
