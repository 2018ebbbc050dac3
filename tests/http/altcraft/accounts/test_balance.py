"""Whose account is asked for, and its balance."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.altcraft.accounts.asking import at
from tests.http.altcraft.house import DAY, START, House, Json

BALANCE = "loyalty/account/balance"
EXPIRING = "loyalty/account/expiring_points"
TRANSACTIONS = "loyalty/account/transactions"


async def test_currencies_by_number_and_code(house: House, form: str) -> None:
    async def asked(**fields: Any) -> Json:
        return await house.call(BALANCE, {**house.who(), **fields}, form=form)

    await house.accrue("5")
    other = await house.new_currency(house.program, "Stars")
    number = house.currency.currency_id
    named_rightly: list[Json] = [
        {"points_currency_iid": number},
        {"points_currency_eid": "points"},
        {"points_currency_iid": number, "points_currency_eid": "points"},
    ]
    for fields in named_rightly:
        assert (await asked(**fields))["data"]["active_balance"] == "5.00"
    wrong: list[tuple[Json, str, str]] = [
        ({}, "400", "Incorrect request: points_currency_iid: is required: "
         "the program has several currencies"),
        ({"points_currency_iid": other.currency_id, "points_currency_eid": "points"}, "400",
         "Incorrect request: points_currency_eid: names another currency than the iid"),
        ({"points_currency_iid": 999}, "404", "Not found: currency"),
        ({"points_currency_eid": "moons"}, "404", "Not found: currency"),
        ({"points_currency_iid": number, "points_currency_eid": "moons"}, "404",
         "Not found: currency"),
        ({"points_currency_iid": "one"}, "400",
         "Incorrect request: points_currency_iid: must be an integer"),
    ]  # fmt: skip
    for given, code, text in wrong:
        envelope = await asked(**given)
        assert (str(envelope["error"]), envelope["error_text"]) == (code, text)


@pytest.mark.parametrize("method", [EXPIRING, TRANSACTIONS, "loyalty/transactions_export"])
async def test_methods_that_want_a_currency(house: House, form: str, method: str) -> None:
    body = {**house.who(), "date_from": at(START), "date_to": at(START)}
    assert await house.refused(method, body, form=form) == (
        400,
        "Incorrect request: points_currency_iid: or points_currency_eid is required",
    )


async def test_a_program_without_a_currency(house: House, form: str) -> None:
    house.program = await house.new_program("Empty")
    await house.new_member()
    assert await house.refused(BALANCE, house.who(), form=form) == (404, "Not found: currency")


async def test_programs(house: House, form: str) -> None:
    await house.store.execute("INSERT INTO tenants (name, created_at) VALUES ('other', 0)")
    foreign = await house.new_program("Foreign", tenant=2)
    await house.new_key("bound", "read", program=(await house.new_program("B")).program_id)
    for number in (foreign.program_id, 999):
        body = {**house.who(), "loyalty_program_id": number}
        assert await house.refused(BALANCE, body, form=form) == (404, "Not found: loyalty program")
    assert await house.refused(BALANCE, house.who(), form=form, token="bound") == (
        404,
        "Not found: loyalty program",
    )
    body = {**house.who(), "loyalty_program_id": None}
    assert await house.refused(BALANCE, body, form=form) == (
        400,
        "Incorrect request: loyalty_program_id: is required",
    )


async def test_members(house: House, form: str) -> None:
    member = await house.new_member(
        "B@Example.com",
        phone="+1 (234) 567-890",
        external_id="profile123",
        metadata='{"shoe size":"43","card":7}',
    )
    program = {"loyalty_program_id": house.program.program_id}
    mine = {**program, "matching": "profile_id", "profile_id": f"{member.member_id:024x}"}
    await house.done("loyalty/accrue_points", {**mine, "amount": "5"})
    found: list[Json] = [
        {"matching": "email", "email": "b@eXample.COM"},
        {"matching": "phone", "phone": "+1234567890"},
        {"matching": "phone", "phone": "1-234-567-890", "email": "nobody@example.com"},
        {"matching": "profile_id", "profile_id": "profile123"},
        {"matching": "profile_id", "profile_id": f"{member.member_id:024X}"},
        {"matching": "custom", "field_name": "external_id", "field_value": "profile123"},
        {"matching": "custom", "field_name": "shoe size", "field_value": "43"},
        {"matching": "custom", "field_name": "shoe size", "field_value": 43},
        {"matching": "custom", "field_name": "card", "field_value": 7},
        {"matching": "custom", "field_name": "card", "field_value": "7"},
    ]
    for block in found:
        data = await house.done(BALANCE, {**program, **block}, form=form)
        assert data["active_balance"] == "5.00", block
    unknown = [
        {"matching": "email", "email": "nobody@example.com"},
        {"matching": "phone", "phone": "none"},
        {"matching": "profile_id", "profile_id": "5f4fa1a5ce9448665fef548e"},
        {"matching": "custom", "field_name": "card", "field_value": "8"},
        {"matching": "custom", "field_name": "%", "field_value": "7"},
    ]
    for block in unknown:
        assert await house.refused(BALANCE, {**program, **block}, form=form) == (
            404,
            "Not found: member",
        ), block


MATCHINGS = [
    ({}, "matching: is required"),
    ({"matching": "name"}, "matching: must be one of email, phone, profile_id, custom"),
    ({"matching": "email"}, "email: is required"),
    ({"matching": "phone", "email": "a@example.com"}, "phone: is required"),
    ({"matching": "profile_id", "profile_id": ""}, "profile_id: is required"),
    ({"matching": "custom", "field_value": "x"}, "field_name: is required"),
    ({"matching": "custom", "field_name": "x"}, "field_value: is required"),
]


@pytest.mark.parametrize(("block", "why"), MATCHINGS)
async def test_incomplete_matching(house: House, form: str, block: Json, why: str) -> None:
    body = {"loyalty_program_id": house.program.program_id, **block}
    for method in (BALANCE, "loyalty/register_member", "loyalty/delete_member"):
        assert await house.refused(method, body, form=form) == (400, f"Incorrect request: {why}")


async def test_two_members_match(house: House, form: str) -> None:
    await house.new_member("A@example.com", phone="1")
    await house.new_member("c@example.com", phone="+1", metadata='{"k":"v"}')
    program = {"loyalty_program_id": house.program.program_id}
    for block in (
        {"matching": "email", "email": "a@example.com"},
        {"matching": "phone", "phone": "1"},
    ):
        name = block["matching"]
        assert await house.refused(BALANCE, {**program, **block}, form=form) == (
            400,
            f"Incorrect request: {name}: two members match",
        )


# -- balance and expiring points ---------------------------------------------------------


async def test_balance_of_who_has_nothing(house: House, form: str) -> None:
    assert await house.done(BALANCE, house.who(), form=form) == {
        "total_balance": "0.00",
        "active_balance": "0.00",
    }
    assert await house.store.fetch("SELECT account_id FROM accounts") == []


async def test_balance(house: House, form: str) -> None:
    await house.accrue("100", activation_date=at(START + DAY))
    await house.accrue("50")
    await house.accrue("7", is_temp=True)
    await house.redeem("20", is_temp=True)
    assert await house.done(BALANCE, house.who(), form=form) == {
        "total_balance": "157.00",
        "active_balance": "30.00",
    }
