"""Three requests with one key: one effect and one answer, of every write of every API."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.voucherify.core.ids import Prefix, spell
from tests.http.town import Town

KEY = "press-once"


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


# -- Voucherify ----------------------------------------------------------------------

PROGRAMS = "/v2/loyalties/programs"
DEFINITIONS = "/v2/loyalties/card-definitions"


def of_town(town: Town) -> str:
    return f"{PROGRAMS}/{spell(Prefix.PROGRAM, town.program.program_id)}"


@write
async def _voucherify_program(town: Town) -> Write:
    return Write("POST", PROGRAMS, {"name": "A"}, {"name": "B"}, "programs")


@write
async def _voucherify_change_of_a_program(town: Town) -> Write:
    return Write("PUT", of_town(town), {"name": "A"}, {"name": "B"})


@write
async def _voucherify_step_of_a_program(town: Town) -> Write:
    return Write("POST", f"{of_town(town)}/deactivate", None, {"x": 1})


@write
async def _voucherify_deletion_of_a_program(town: Town) -> Write:
    program = await made(town, "POST", PROGRAMS, {"name": "A"})
    return Write("DELETE", f"{PROGRAMS}/{program['id']}", None, None)


@write
async def _voucherify_assignments(town: Town) -> Write:
    program = await made(town, "POST", PROGRAMS, {"name": "A"})
    one, other = [
        (await made(town, "POST", DEFINITIONS, {"name": name, "type": "INDIVIDUAL"}))["id"]
        for name in ("A", "B")
    ]
    return Write(
        "POST",
        f"{PROGRAMS}/{program['id']}/card-definitions/batch",
        {"assign": [{"id": one}]},
        {"assign": [{"id": other}]},
        "voucherify_assignments",
    )


@write
async def _voucherify_definition(town: Town) -> Write:
    body = {"name": "A", "type": "INDIVIDUAL"}
    table = "voucherify_card_definitions"
    return Write("POST", DEFINITIONS, body, {**body, "name": "B"}, table)


@write
async def _voucherify_step_of_a_definition(town: Town) -> Write:
    definition = await made(town, "POST", DEFINITIONS, {"name": "A", "type": "INDIVIDUAL"})
    return Write("POST", f"{DEFINITIONS}/{definition['id']}/activate", None, None)


@write
async def _voucherify_deletion_of_a_definition(town: Town) -> Write:
    definition = await made(town, "POST", DEFINITIONS, {"name": "A", "type": "INDIVIDUAL"})
    return Write("DELETE", f"{DEFINITIONS}/{definition['id']}", None, None)


@write
async def _voucherify_customer(town: Town) -> Write:
    body = {"name": "Anna"}
    return Write("POST", "/v1/customers", body, {"name": "Berta"}, "voucherify_customers")


@write
async def _voucherify_change_of_a_customer(town: Town) -> Write:
    await made(town, "POST", "/v1/customers", {"source_id": "anna"})
    return Write("PUT", "/v1/customers/anna", {"source_id": "berta"}, {"source_id": "carla"})


async def customers(town: Town) -> list[str]:
    return [(await made(town, "POST", "/v1/customers", {}))["id"] for _ in range(2)]


@write
async def _voucherify_member(town: Town) -> Write:
    one, other = await customers(town)
    path = f"{of_town(town)}/members"
    return Write("POST", path, {"customer_id": one}, {"customer_id": other}, "members")


@write
async def _voucherify_members(town: Town) -> Write:
    one, other = await customers(town)
    path = f"{of_town(town)}/members/batch"
    body = [{"customer_id": one}, {"customer_id": "nobody"}, {"customer_id": other}]
    return Write("POST", path, body, body[:1], "members", 2)


@write
async def _voucherify_step_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    return Write("POST", f"{of_town(town)}/members/{member}/deactivate", None, None)


@write
async def _voucherify_change_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    path = f"{of_town(town)}/members/{member}"
    return Write("PUT", path, {"metadata": {"a": 1}}, {"metadata": {"a": 2}})


@write
async def _voucherify_deletion_of_a_member(town: Town) -> Write:
    member = (await town.join("79000000009", "anna")).json()["id"]
    return Write("DELETE", f"{of_town(town)}/members/{member}", None, None)


@write
async def _voucherify_publication(town: Town) -> Write:
    path = "/v1/loyalties/Town/members"
    body = {"customer": {"source_id": "anna"}, "voucher": "CODE"}
    return Write("POST", path, body, {**body, "voucher": "OTHER"}, "accounts")


async def card(town: Town) -> str:
    joined = (await town.join("79000000009", "anna")).json()
    return f"{of_town(town)}/members/{joined['id']}/cards/{joined['cards'][0]['card']['id']}"


@write
async def _voucherify_adjustment(town: Town) -> Write:
    path = f"{await card(town)}/points"
    return Write("POST", path, {"points": 5}, {"points": 6}, "transactions")


@write
async def _voucherify_rejected_adjustment(town: Town) -> Write:
    path = f"{await card(town)}/points"
    return Write("POST", path, {"points": -5}, {"points": -6}, "voucherify_rejections")


async def code_of(town: Town) -> str:
    """The code of a published card with 50 points on it."""
    body = {"customer": {"source_id": "anna"}, "voucher": "CODE"}
    await made(town, "POST", "/v1/loyalties/Town/members", body)
    await made(town, "POST", "/v1/loyalties/members/CODE/balance", {"points": 50})
    return "CODE"


@write
async def _voucherify_balance(town: Town) -> Write:
    path = f"/v1/loyalties/members/{await code_of(town)}/balance"
    return Write("POST", path, {"points": 5}, {"points": 6}, "transactions")


@write
async def _voucherify_redemption(town: Town) -> Write:
    path = f"/v1/loyalties/members/{await code_of(town)}/redemption"
    body = {"reward": {"id": "tea", "points": 5}}
    return Write("POST", path, body, {"reward": {"id": "tea", "points": 6}}, "transactions")


@write
async def _voucherify_rollback(town: Town) -> Write:
    first = await _voucherify_redemption(town)
    redemption = (await made(town, "POST", first.path, first.body))["id"]
    path = f"/v1/redemptions/{redemption}/rollback"
    return Write("POST", path, {"reason": "a"}, {"reason": "b"}, "transactions")


@write
async def _voucherify_transfer(town: Town) -> Write:
    await code_of(town)
    body = {"customer": {"source_id": "berta"}, "voucher": "OTHER"}
    await made(town, "POST", "/v1/loyalties/Town/members", body)
    path = "/v1/loyalties/Town/members/OTHER/transfers"
    return Write(
        "POST",
        path,
        [{"code": "CODE", "points": 5}],
        [{"code": "CODE", "points": 6}],
        "transactions",
        2,
    )


@write
async def _voucherify_export(town: Town) -> Write:
    path = "/v1/loyalties/Town/transactions/export"
    body = {"parameters": {"order": "created_at"}}
    other = {"parameters": {"order": "-created_at"}}
    return Write("POST", path, body, other, "voucherify_exports")


# -- the tests -----------------------------------------------------------------------


async def count(town: Town, table: str) -> int:
    if not table:
        return 0
    row = await town.store.fetch_one(f"SELECT count(*) AS found FROM {table}")
    assert row is not None
    return int(row["found"])


def told(answer: httpx.Response) -> Any:
    """What an answer says, but for what differs with each request."""
    return answer.status_code, answer.text


def is_reused(answer: httpx.Response) -> bool:
    """Each API has its own words for it."""
    return "idempotency_key_reused" in answer.text or "Idempotency key already used" in answer.text


@pytest.mark.parametrize("name", WRITES)
async def test_three_in_a_row(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    before = await count(town, write.table)
    first, *others = [
        await town.ask(write.method, write.path, write.body, key=KEY) for _ in range(3)
    ]
    assert first.is_success, first.text
    assert [told(each) for each in others] == [told(first)] * 2
    assert await count(town, write.table) - before == write.rows
    if write.other is not None and "step" not in name:
        other = await town.ask(write.method, write.path, write.other, key=KEY)
        assert is_reused(other), other.text
    assert await count(town, write.table) - before == write.rows


@pytest.mark.parametrize("name", WRITES)
async def test_four_at_once(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    before = await count(town, write.table)
    answers = await asyncio.gather(
        *(town.ask(write.method, write.path, write.body, key=KEY) for _ in range(4))
    )
    assert {told(each) for each in answers} == {told(answers[0])}
    assert answers[0].is_success, answers[0].text
    assert await count(town, write.table) - before == write.rows


REFUSED: dict[str, tuple[Write, Write]] = {
    "native": (
        Write("POST", "/v1/programs/prg_1/members", {"external_id": "a"}, None),
        Write("POST", "/v1/programs/prg_1/members", {"external_id": "b"}, None),
    ),
    "altegio": (
        Write("POST", "/api/v1/loyalty/cards/1", {"loyalty_card_number": "7"}, None),
        Write("POST", "/api/v1/loyalty/cards/1", {"loyalty_card_number": "8"}, None),
    ),
    "voucherify": (
        Write("PUT", "/v1/customers/anna", {"source_id": "a"}, None),
        Write("PUT", "/v1/customers/anna", {"source_id": "b"}, None),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_leaves_the_key_free(town: Town, name: str) -> None:
    """What is taken at first is free in the second request, or with another body."""
    refused, allowed = REFUSED[name]
    if name == "altegio":
        rest = {"loyalty_card_type_id": town.money.currency_id, "phone": 79000000009}
        refused, allowed = (
            each._replace(body={**each.body, **rest}) for each in (refused, allowed)
        )
    if name == "voucherify":
        await made(town, "POST", "/v1/customers", {"source_id": "anna"})
        await made(town, "POST", "/v1/customers", {"source_id": "a"})
    else:
        await made(town, refused.method, refused.path, refused.body)
    first = await town.ask(refused.method, refused.path, refused.body, key=KEY)
    assert first.status_code in (409, 422), first.text
    second = await town.ask(allowed.method, allowed.path, allowed.body, key=KEY)
    assert second.is_success, second.text


async def test_a_key_means_one_thing_in_all_apis(town: Town) -> None:
    """Whichever API a key was used by first, the others refuse it in their words."""
    writes = [
        await make(town)
        for make in (_native_member, _altegio_card, _altcraft_registration, _voucherify_customer)
    ]
    for at, first in enumerate(writes):
        key = f"key {at}"
        done = await town.ask(first.method, first.path, first.body, key=key)
        assert done.is_success
        for other in writes:
            if other is not first:
                answer = await town.ask(other.method, other.path, other.body, key=key)
                assert is_reused(answer), answer.text
