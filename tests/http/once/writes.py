"""One request for each kind of write of every API, to be asked several times with one key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from stampbook.dialects.native import ids
from tests.http.town import Town


class Write(NamedTuple):
    """A request, another one with the same path, and what counts its objects."""

    method: str
    path: str
    body: Any
    other: Any
    table: str = ""
    added: int = 1

    @property
    def rows(self) -> int:
        """How many rows of the table its one effect adds."""
        return self.added if self.table else 0


Make = Callable[[Town], Awaitable[Write]]

WRITES: dict[str, Make] = {}


def write(make: Make) -> Make:
    WRITES[make.__name__.removeprefix("_").replace("_", " ")] = make
    return make


async def made(town: Town, method: str, path: str, body: Any = None) -> Any:
    answer = await town.ask(method, path, body)
    assert answer.is_success, answer.text
    return answer.json()


# -- native --------------------------------------------------------------------------


@write
async def _native_program(town: Town) -> Write:
    return Write("POST", "/v1/programs", {"name": "A"}, {"name": "B"}, "programs")


@write
async def _native_currency(town: Town) -> Write:
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/currencies"
    return Write("POST", path, {"name": "A"}, {"name": "B"}, "currencies")


@write
async def _native_member(town: Town) -> Write:
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/members"
    return Write("POST", path, {"name": "A"}, {"name": "B"}, "members")


@write
async def _native_member_with_an_external_id(town: Town) -> Write:
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/members"
    return Write("POST", path, {"external_id": "a"}, {"external_id": "b"}, "members")


@write
async def _native_deletion(town: Town) -> Write:
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/members"
    member = await made(town, "POST", path, {})
    return Write("DELETE", f"/v1/members/{member['id']}", None, None)


@write
async def _native_account(town: Town) -> Write:
    path = f"/v1/programs/{ids.write(ids.PROGRAM, town.program.program_id)}/members"
    member = await made(town, "POST", path, {})
    body = {
        "member_id": member["id"],
        "currency_id": ids.write(ids.CURRENCY, town.points.currency_id),
    }
    return Write("POST", "/v1/accounts", body, {**body, "number": "7"}, "accounts")


async def account(town: Town) -> str:
    first = await _native_account(town)
    return str((await made(town, "POST", first.path, first.body))["id"])


@write
async def _native_accrual(town: Town) -> Write:
    path = f"/v1/accounts/{await account(town)}/transactions"
    body = {"type": "accrue", "amount": "5"}
    return Write("POST", path, body, {**body, "amount": "6"}, "transactions")


@write
async def _native_cancel(town: Town) -> Write:
    first = await _native_accrual(town)
    transaction = await made(town, "POST", first.path, first.body)
    path = f"/v1/transactions/{transaction['id']}/cancel"
    return Write("POST", path, {}, {"reason": "b"}, "transactions")


@write
async def _native_location(town: Town) -> Write:
    body = {"program_id": ids.write(ids.PROGRAM, town.program.program_id), "title": "A"}
    return Write("POST", "/v1/locations", body, {**body, "title": "B"}, "locations")


@write
async def _native_payment(town: Town) -> Write:
    visit = await made(
        town,
        "POST",
        "/v1/visits",
        {
            "location_id": ids.write("loc", town.location.number),
            "lines": [{"kind": "service", "price": "90"}],
        },
    )
    path = f"/v1/visits/{visit['id']}/payments"
    return Write("POST", path, {"amount": "30"}, {"amount": "40"}, "visit_payments")


# -- Altegio -------------------------------------------------------------------------


@write
async def _altegio_record(town: Town) -> Write:
    body = {
        "staff_id": 1,
        "services": [{"id": 1, "cost": 100}],
        "client": {"phone": "79000000009", "name": "", "email": ""},
        "datetime": "2027-01-16T12:00:00+00:00",
    }
    path = f"/api/v1/records/{town.location.number}"
    return Write("POST", path, body, {**body, "staff_id": 2}, "visits")


@write
async def _altegio_card(town: Town) -> Write:
    body = {
        "loyalty_card_number": "",
        "loyalty_card_type_id": town.money.currency_id,
        "phone": 79000000009,
    }
    path = f"/api/v1/loyalty/cards/{town.location.number}"
    return Write("POST", path, body, {**body, "phone": 79000000008}, "accounts")


@write
async def _altegio_program(town: Town) -> Write:
    body = {
        "title": "A",
        "type": "discount_static",
        "value_unit": "percent",
        "service_item_type": "any_allowed",
        "good_item_type": "any_allowed",
        "rules": [{"value": 10, "parameter": 0}],
        "company_ids": [town.location.number],
        "loyalty_card_type_ids": [town.money.currency_id],
    }
    path = f"/api/v1/chain/{town.program.program_id}/loyalty/programs"
    return Write("POST", path, body, {**body, "title": "B"}, "promotions")


@write
async def _altegio_change_of_a_program(town: Town) -> Write:
    first = await _altegio_program(town)
    program = (await made(town, "POST", first.path, first.body))["data"]
    path = f"{first.path}/{program['id']}"
    return Write("PUT", path, {**first.body, "title": "C"}, {**first.body, "title": "D"})


@write
async def _altegio_points_by_hand(town: Town) -> Write:
    card = (await town.issue("79000000009")).json()["data"]
    path = f"/api/v1/company/{town.location.number}/loyalty/cards/{card['id']}/manual_transaction"
    return Write("POST", path, {"amount": 5}, {"amount": 6}, "transactions")


@write
async def _altegio_change_of_a_record(town: Town) -> Write:
    first = await _altegio_record(town)
    [record] = (await made(town, "POST", first.path, first.body))["data"]
    path = f"/api/v1/record/{town.location.number}/{record['id']}"
    return Write("PUT", path, {"comment": "a"}, {"comment": "b"})


@write
async def _altegio_change_of_a_record_that_changes_nothing(town: Town) -> Write:
    first = await _altegio_record(town)
    [record] = (await made(town, "POST", first.path, first.body))["data"]
    path = f"/api/v1/record/{town.location.number}/{record['id']}"
    return Write("PUT", path, {}, {"comment": "b"})


@write
async def _altegio_deletion_of_a_record(town: Town) -> Write:
    first = await _altegio_record(town)
    [record] = (await made(town, "POST", first.path, first.body))["data"]
    path = f"/api/v1/record/{town.location.number}/{record['id']}"
    return Write("DELETE", path, None, None)


@write
async def _altegio_payment(town: Town) -> Write:
    first = await _altegio_record(town)
    [record] = (await made(town, "POST", first.path, first.body))["data"]
    path = f"/api/v1/company/{town.location.number}/sale/{record['visit_id']}/payment"
    body = {"payment": {"method": {"slug": "account", "account_id": 1}, "amount": 30}}
    other = {"payment": {"method": {"slug": "account", "account_id": 1}, "amount": 31}}
    return Write("POST", path, body, other, "visit_payments")


# -- Altcraft ------------------------------------------------------------------------


def altcraft(town: Town, **fields: Any) -> dict[str, Any]:
    return {"loyalty_program_id": town.program.program_id, **fields}


@write
async def _altcraft_registration(town: Town) -> Write:
    body = altcraft(town, matching="email", email="a@town.example")
    path = "/api/v1.1/loyalty/register_member"
    return Write("POST", path, body, {**body, "email": "b@town.example"}, "members")


@write
async def _altcraft_removal(town: Town) -> Write:
    await town.register("79000000009")
    await town.register("79000000008")
    body = altcraft(town, matching="phone", phone="79000000009")
    path = "/api/v1.1/loyalty/delete_member"
    return Write("POST", path, body, {**body, "phone": "79000000008"})


@write
async def _altcraft_accrual(town: Town) -> Write:
    await town.register("79000000009")
    body = altcraft(
        town,
        matching="phone",
        phone="79000000009",
        points_currency_iid=town.points.currency_id,
        amount="5",
    )
    path = "/api/v1.1/loyalty/accrue_points"
    return Write("POST", path, body, {**body, "amount": "6"}, "transactions")


@write
async def _altcraft_export(town: Town) -> Write:
    body = altcraft(
        town,
        points_currency_iid=town.points.currency_id,
        date_from="2026-01-01T00:00:00Z",
        date_to="2027-01-01T00:00:00Z",
    )
    path = "/api/v1.1/loyalty/transactions_export"
    other = {**body, "date_to": "2027-01-02T00:00:00Z"}
    return Write("POST", path, body, other, "altcraft_exports")
