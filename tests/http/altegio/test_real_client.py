"""PyPI's `yclients`, unchanged, against a server on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from yclients import YclientsClient
from yclients.exceptions import (
    YclientsAuthError,
    YclientsForbiddenError,
    YclientsNotFoundError,
    YclientsValidationError,
)
from yclients.models.schemas import (
    CompanyCompanyidClientsSearchRequestDataTypes,
    LoyaltyCardsRequestDataTypes,
    VisitLoyaltyApplyResponseDataTypes,
    VisitLoyaltyRequestDataTypes,
)
from yclients.models.schemas import VisitLoyaltyCancelResponseDataTypes as VisitState

from stampbook.edge.bounds.limits import limits_of
from stampbook.edge.server import Server
from stampbook.programs.roles import Role
from stampbook.settings import Settings
from tests.http.altegio.programs.offering import create
from tests.http.altegio.shop import KEY, PARTNER, PASSWORD, READER, Shop

CANCEL = "/api/v1/visit/loyalty/cancel_card_withdrawal/{company_id}/{card_id}"
APPLY = "/api/v1/visit/loyalty/apply_card_withdrawal/{company_id}/{card_id}"


@asynccontextmanager
async def served(shop: Shop) -> AsyncIterator[str]:
    """The shop's application on a port of loopback; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    ready, stopping = asyncio.Event(), asyncio.Event()
    server = Server(shop.app, limits_of(Settings()), drain_s=1)
    task = asyncio.create_task(server.serve_until(stopping, listening, on_ready=ready.set))
    try:
        await ready.wait()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stopping.set()
        await task


@pytest.fixture
async def client(shop: Shop) -> AsyncIterator[YclientsClient]:
    async with (
        served(shop) as address,
        YclientsClient(
            partner_token=PARTNER, user_token=KEY, base_url=address, max_retries=0
        ) as client,
    ):
        yield client


def place(shop: Shop) -> dict[str, Any]:
    return {"company_id": shop.location.number, "card_id": shop.card.account_id}


async def test_the_example_of_the_contract(shop: Shop, client: YclientsClient) -> None:
    await shop.user("owner@example.com", Role.ADMIN)
    record, visit = await shop.visit(2_000, 300_000)
    client._base.set_user_token(None)
    await client.login("owner@example.com", PASSWORD)
    applied = await client._base.request(
        "POST",
        APPLY,
        path_params=place(shop),
        json_body={"record_id": record, "visit_id": visit, "amount": 100},
        response_model=VisitLoyaltyApplyResponseDataTypes,
    )
    assert [each.amount for each in applied.loyalty_transactions] == [0.66, 99.34]
    state = await client._base.request(
        "POST",
        CANCEL,
        path_params=place(shop),
        json_body={"record_id": record, "visit_id": visit},
        response_model=VisitState,
    )
    assert state.loyalty_transactions == []
    assert [item.cost for item in state.items_] == [20, 3_000]
    assert await shop.balance() == 10_000


async def test_its_typed_methods_send_no_body(shop: Shop, client: YclientsClient) -> None:
    with pytest.raises(YclientsValidationError) as raised:
        await client.visit_loyalty.cancel_card_withdrawal(
            float(shop.location.number), float(shop.card.account_id)
        )
    assert set(raised.value.errors or {}) == {"record_id", "visit_id"}


async def test_a_discount_by_its_typed_method(shop: Shop, client: YclientsClient) -> None:
    number = await create(shop)
    record, visit = await shop.visit(2_000)
    state = await client.visit_loyalty.apply_discount_program(
        shop.location.number,
        shop.card.account_id,
        number,
        VisitLoyaltyRequestDataTypes(record_id=record, visit_id=visit),
    )
    assert [each.amount for each in state.loyalty_transactions or []] == [2]


async def test_reading_visits(shop: Shop, client: YclientsClient) -> None:
    record, visit = await shop.visit(2_000)
    await shop.apply(record, visit, 5)
    await shop.http.put(
        f"/api/v1/visits/{visit}/{record}",
        json={"attendance": 0, "comment": "", "new_transactions": [{"amount": 3}]},
    )
    details = await client.visits.get_details(shop.location.number, record, visit)
    assert [each.amount for each in details.loyalty_transactions or []] == [5]
    assert [each.amount for each in details.payment_transactions or []] == [3]
    listed = await client.visit_loyalty.list(visit)
    assert [(each.type_id, each.amount) for each in listed] == [(3, 5)]
    found = await client.visits.get(visit)
    assert [each.id_ for each in found.records or []] == [record]
    # Its typed model of a record expects `custom_fields` to be an object; the wire has a list.
    records = await client._base.request("GET", f"/api/v1/records/{shop.location.number}")
    assert [each["id"] for each in records] == [record]


async def test_cards(shop: Shop, client: YclientsClient) -> None:
    types = await client.loyalty_cards.get_salon_card_types(shop.location.number)
    assert [each.id_ for each in types] == [shop.points.currency_id]
    cards = await client._base.request(
        "GET", f"/api/v1/loyalty/client_cards/{shop.guest.member_id}"
    )
    assert [each["id"] for each in cards] == [shop.card.account_id]


async def test_a_card_from_its_issue_to_its_end(shop: Shop, client: YclientsClient) -> None:
    location = shop.location.number
    order = LoyaltyCardsRequestDataTypes(
        loyalty_card_number="09090909",
        loyalty_card_type_id=str(shop.points.currency_id),
        phone=79091552422,
    )
    card = await client.loyalty_cards.create(location, order)
    assert (card.number, card.balance) == ("09090909", 0)
    assert card.id_ is not None
    path = f"/api/v1/company/{location}/loyalty/cards/{card.id_}/manual_transaction"
    short = await client._base.request("POST", path, json_body={"amount": 12.5})
    assert short["balance"] == 12.5
    await client.loyalty_cards.delete(location, card.id_)
    with pytest.raises(YclientsNotFoundError):
        await client.loyalty_cards.delete(location, card.id_)


async def test_its_exceptions(shop: Shop, client: YclientsClient) -> None:
    _, visit = await shop.visit(2_000)
    with pytest.raises(YclientsNotFoundError):
        await client.visit_loyalty.list(999)
    client._base.set_user_token(READER)
    with pytest.raises(YclientsForbiddenError) as denied:
        await client._base.request("POST", CANCEL, path_params=place(shop), json_body={})
    assert "Доступ запрещен." in str(denied.value)
    client._base.set_user_token("nobody")
    with pytest.raises(YclientsAuthError):
        await client.visit_loyalty.list(visit)


async def test_looking_up_clients_and_locations(shop: Shop, client: YclientsClient) -> None:
    place = shop.location.number
    created = await client._base.request(
        "POST",
        f"/api/v1/clients/{place}",
        json_body={"name": "Olga", "phone": "79165550177", "email": "olga@example.com"},
    )
    listed = await client.clients.list(place, phone="79165550177")
    assert [(each.id_, each.name) for each in listed] == [(created["id"], "Olga")]
    quick = {"type": "quick_search", "state": {"value": "79165550177"}}
    found = await client._base.request(
        "POST",
        f"/api/v1/company/{place}/clients/search",
        json_body={"fields": ["id", "name"], "filters": [quick]},
    )
    assert found == [{"id": created["id"], "name": "Olga"}]
    everybody = await client.clients.search(
        place, CompanyCompanyidClientsSearchRequestDataTypes(page_size=1, order_by="id")
    )
    assert [each.id_ for each in everybody] == [shop.guest.member_id]
    assert (await client.clients.get(place, created["id"]))["phone"] == "79165550177"
    [company] = await client.companies.list(my=1)
    assert (company.id_, company.title) == (place, "Main street")
