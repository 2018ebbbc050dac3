"""Register and remove members."""

from __future__ import annotations

import asyncio

import pytest

from stampbook.dialects import instants
from stampbook.programs import currency_options, members
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.members import Member
from tests.http.altcraft.house import DAY, START, House, Json

REGISTER = "loyalty/register_member"
REMOVE = "loyalty/delete_member"
BALANCE = "loyalty/account/balance"
NOT_FOUND = (404, "Not found: member")


async def member_of(house: House, profile: str) -> Member:
    found = await members.get(house.store, int(profile, 16), tenant=1)
    assert found is not None
    return found


def matched(house: House, **block: object) -> Json:
    return {"loyalty_program_id": house.program.program_id, **block}


PEOPLE = [
    ({"matching": "email", "email": "New@example.com"}, {"email": "New@example.com"}),
    ({"matching": "phone", "phone": "+1234567890"}, {"phone": "+1234567890"}),
    ({"matching": "profile_id", "profile_id": "profile123"}, {"external_id": "profile123"}),
    ({"matching": "profile_id", "profile_id": "5f4fa1a5ce9448665fef548e"},
     {"external_id": "5f4fa1a5ce9448665fef548e"}),
    ({"matching": "custom", "field_name": "external_id", "field_value": "x-1"},
     {"external_id": "x-1"}),
    ({"matching": "custom", "field_name": "card", "field_value": "7"},
     {"metadata": '{"card":"7"}'}),
]  # fmt: skip


@pytest.mark.parametrize(("block", "labels"), PEOPLE)
async def test_register(house: House, form: str, block: Json, labels: Json) -> None:
    body = matched(house, **block, name="ignored")
    envelope = await house.call(REGISTER, body, form=form)
    profile = envelope["profile_id"]
    assert set(envelope) == {"error", "error_text", "profile_id"}
    assert len(profile) == 24
    member = await member_of(house, profile)
    assert {name: getattr(member, name) for name in labels} == labels
    assert (member.status, member.created_at, member.name) == ("active", START, None)
    assert (await house.call(REGISTER, body, form=form))["profile_id"] == profile
    by_profile = matched(house, matching="profile_id", profile_id=profile)
    assert (await house.call(REGISTER, by_profile, form=form))["profile_id"] == profile
    assert (await house.done(BALANCE, by_profile, form=form))["total_balance"] == "0.00"


async def test_the_answer_as_bytes(house: House) -> None:
    answer = await house.post(
        REGISTER,
        b"<xml><loyalty_program_id>1</loyalty_program_id><matching>email</matching>"
        b"<email>a@example.com</email></xml>",
    )
    assert answer.content == (
        b"<xml><error>0</error><error_text>Successful operation</error_text>"
        b"<profile_id>000000000000000000000001</profile_id></xml>"
    )


async def test_registration_date(house: House, form: str) -> None:
    date = instants.write(START - DAY)
    envelope = await house.call(REGISTER, {**house.who(), "registration_date": date}, form=form)
    assert (await member_of(house, envelope["profile_id"])).created_at == START - DAY
    future = {**house.who("b@example.com"), "registration_date": instants.write(START + 1)}
    assert await house.refused(REGISTER, future, form=form) == (
        400,
        "Incorrect request: registration_date: must not lie in the future",
    )


STRANGE = [
    ({"matching": "email", "email": "nobody"}, 400, "email: must be an e-mail address"),
    ({"matching": "phone", "phone": "none"}, 400, "phone: must be a phone number"),
    ({"matching": "profile_id", "profile_id": "000000000000000000000777"}, 404, "member"),
]


@pytest.mark.parametrize(("block", "code", "why"), STRANGE)
async def test_who_cannot_be_registered(
    house: House, form: str, block: Json, code: int, why: str
) -> None:
    prefix = "Not found" if code == 404 else "Incorrect request"
    assert await house.refused(REGISTER, matched(house, **block), form=form) == (
        code,
        f"{prefix}: {why}",
    )


async def test_twenty_registrations_at_once_make_one_member(house: House, form: str) -> None:
    answers = await asyncio.gather(
        *(house.call(REGISTER, house.who(), form=form) for _ in range(20))
    )
    assert len({answer["profile_id"] for answer in answers}) == 1
    assert len(await house.store.fetch("SELECT member_id FROM members")) == 1


async def test_registrations_and_reads_by_metadata_do_not_wait_for_each_other(
    house: House, form: str
) -> None:
    """More at once than the store has connections: those in a transaction never wait for a turn."""
    body = matched(house, matching="custom", field_name="crm", field_value="c-1")
    methods = (REGISTER, "loyalty/account/balance", REMOVE)
    async with asyncio.timeout(30):
        answers = await asyncio.gather(
            *(house.call(methods[at % 3], body, form=form) for at in range(90))
        )
    assert {int(answer["error"]) for answer in answers} <= {0, 404}
    assert {int(answer["error"]) for answer in answers[::3]} == {0}


async def test_initial_balance(house: House, form: str) -> None:
    async with house.store.transaction() as writing:
        await currency_options.put(
            writing, house.currency.currency_id, CurrencyOptions(initial_balance=1_050), now=1
        )
    for _ in range(2):
        await house.call(REGISTER, house.who(), form=form)
        assert await house.balance() == ("10.50", "10.50")
    (row,) = (await house.call(
        "loyalty/account/transactions", {**house.who(), "points_currency_eid": "points"}
    ))["data"]  # fmt: skip
    assert (row["transaction_type"], row["description"]) == ("accrual", "initial balance")


async def test_remove(house: House, form: str) -> None:
    registered = (await house.call(REGISTER, house.who(), form=form))["profile_id"]
    await house.accrue("5")
    envelope = await house.call(REMOVE, house.who(), form=form)
    assert envelope == {
        "error": envelope["error"],
        "error_text": "Successful operation",
        "profile_id": registered,
    }
    by_profile = matched(house, matching="profile_id", profile_id=registered)
    for body in (house.who(), by_profile):
        for method in (REMOVE, BALANCE):
            assert await house.refused(method, body, form=form) == NOT_FOUND
    assert await house.refused(REGISTER, by_profile, form=form) == NOT_FOUND
    new = (await house.call(REGISTER, house.who(), form=form))["profile_id"]
    assert new != registered
    assert await house.balance() == ("0.00", "0.00")


async def test_remove_who_never_was(house: House, form: str) -> None:
    assert await house.refused(REMOVE, house.who(), form=form) == NOT_FOUND


async def test_idempotency_keys(house: House, form: str) -> None:
    body = house.who()
    registered = await house.call(REGISTER, body, form=form, idempotency_key="r")
    removed = await house.call(REMOVE, body, form=form, idempotency_key="d")
    for other in ("json", "xml"):
        again = await house.call(REMOVE, body, form=other, idempotency_key="d")
        assert again["profile_id"] == removed["profile_id"]
        again = await house.call(REGISTER, body, form=other, idempotency_key="r")
        assert again["profile_id"] == registered["profile_id"]
    reused = (409, "Idempotency key already used")
    for method, key in ((REGISTER, "d"), (REMOVE, "r")):
        assert await house.refused(method, body, form=form, idempotency_key=key) == reused
    await house.new_member()
    movement = {**body, "amount": "1"}
    assert await house.refused(
        "loyalty/accrue_points", movement, form=form, idempotency_key="r"
    ) == reused  # fmt: skip
    await house.call("loyalty/accrue_points", movement, form=form, idempotency_key="a")
    assert await house.refused(REGISTER, body, form=form, idempotency_key="a") == reused


async def test_twenty_removals_at_once_with_one_key(house: House, form: str) -> None:
    await house.new_member()
    answers = await asyncio.gather(
        *(house.call(REMOVE, house.who(), form=form, idempotency_key="k") for _ in range(20))
    )
    assert len({answer["profile_id"] for answer in answers}) == 1
