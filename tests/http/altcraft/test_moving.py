"""Accrue and redeem: every field, every refusal, in both formats."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stampbook.dialects import instants
from stampbook.dialects.spelling.altcraft import read_transaction
from stampbook.domain.model import split_number
from stampbook.domain.policy import CountsFrom, ExpiryRule, ExpiryType, Period, Unit
from stampbook.programs import currency_options, members, point_promotions, programs
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.point_promotions import Movement, Rule
from stampbook.programs.policies import Terms
from tests.http.altcraft.house import DAY, SECOND, START, House, Json

ACCRUE = "loyalty/accrue_points"
REDEEM = "loyalty/redeeme_points"
COMMIT = "loyalty/commit_transaction"
INSUFFICIENT = (409, "Insufficient points")
TAKEN = (409, "External transaction ID already used")


@pytest.fixture(autouse=True)
async def _member(house: House) -> None:
    await house.new_member()


def at(instant: int) -> str:
    return instants.write(instant)


async def row_of(house: House, data: Json) -> Any:
    account, seq = split_number(read_transaction(data["transaction_id"]) or 0)
    (row,) = await house.store.journal(account, after=seq - 1, limit=1)
    return row


async def move(house: House, method: str, form: str, **fields: Any) -> Json:
    return await house.done(method, {**house.who(), **fields}, form=form)


async def refused(house: House, method: str, form: str, **fields: Any) -> tuple[int, str]:
    return await house.refused(method, {**house.who(), **fields}, form=form)


async def test_a_json_number_may_carry_the_noise_of_a_sum(house: House) -> None:
    for sent, balance in (
        (0.1 + 0.2, "0.30"),
        (100.55000000000001, "100.85"),
        (70 * 1.1, "177.85"),
    ):
        assert (await move(house, ACCRUE, "json", amount=sent))["balance"] == balance
    for wrong in (0.305, 0.3001, "0.30000000000000004"):
        assert (await refused(house, REDEEM, "json", amount=wrong))[0] == 400


async def test_accrue_then_redeem(house: House, form: str) -> None:
    made = await move(house, ACCRUE, form, amount="100.50")
    assert made["balance"] == "100.50"
    row = await row_of(house, made)
    assert (row.amount, row.effective_at, row.external_id, row.metadata) == (
        10_050, START, None, None,
    )  # fmt: skip
    for method, balance in ((REDEEM, "80.50"), ("loyalty/redeem_points", "60.50")):
        spent = await move(house, method, form, amount="20")
        assert spent["balance"] == balance
    assert spent["transaction_id"] > made["transaction_id"]


AMOUNTS = [
    ("0.01", 1), ("1", 100), ("007.5", 750), ("90000000000000.00", 9 * 10**15),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "units"), AMOUNTS)
async def test_amounts(house: House, form: str, amount: str, units: int) -> None:
    made = await move(house, ACCRUE, form, amount=amount)
    assert (await row_of(house, made)).amount == units


async def test_an_amount_as_a_number(house: House) -> None:
    body = json.dumps({**house.who(), "amount": "A"}).replace('"A"', "0.29").encode()
    answer = await house.post(ACCRUE, body)
    assert answer.json()["data"]["balance"] == "0.29"


BAD_AMOUNTS = [
    ("0", "must be positive"),
    ("0.00", "must be positive"),
    ("-1", "must be positive"),
    ("1.005", "must have at most 2 digits after the point"),
    ("1.000", "must have at most 2 digits after the point"),
    ("90000000000000.01", "must be at most 9 * 10^15 smallest units"),
    ("9" * 200, "must be a plain decimal number such as 12.50"),
    ("1,5", "must be a plain decimal number such as 12.50"),
    ("1e2", "must be a plain decimal number such as 12.50"),
    ("+1", "must be a plain decimal number such as 12.50"),
    (".5", "must be a plain decimal number such as 12.50"),
    ("5.", "must be a plain decimal number such as 12.50"),
    ("1 000", "must be a plain decimal number such as 12.50"),
    ("\u0661", "must be a plain decimal number such as 12.50"),
    ("NaN", "must be a plain decimal number such as 12.50"),
    ("", "is required"),
    (None, "is required"),
]


@pytest.mark.parametrize(("amount", "why"), BAD_AMOUNTS)
async def test_bad_amounts(house: House, form: str, amount: str | None, why: str) -> None:
    for method in (ACCRUE, REDEEM):
        assert await refused(house, method, form, amount=amount) == (
            400,
            f"Incorrect request: amount: {why}",
        )


@pytest.mark.parametrize(
    ("scale", "amount", "balance"), [(0, "5", "5.00"), (4, "0.0001", "0.0001")]
)
async def test_other_scales(house: House, form: str, scale: int, amount: str, balance: str) -> None:
    house.program = await house.new_program("Scales")
    await house.new_currency(house.program, "Points", scale=scale)
    await house.new_member()
    assert (await move(house, ACCRUE, form, amount=amount))["balance"] == balance


async def test_redeem_beyond_the_balance(house: House, form: str) -> None:
    assert await refused(house, REDEEM, form, amount="1") == INSUFFICIENT
    await move(house, ACCRUE, form, amount="1")
    assert await refused(house, REDEEM, form, amount="1.01") == INSUFFICIENT
    assert await refused(house, REDEEM, form, amount="1.01", is_temp=True) == INSUFFICIENT


async def test_temporary_ones(house: House, form: str) -> None:
    await move(house, ACCRUE, form, amount="10")
    assert (await move(house, ACCRUE, form, amount="5", is_temp=True))["balance"] == "10.00"
    held = await move(house, REDEEM, form, amount="4", is_temp=True, temp_timeout_sec=60)
    assert held["balance"] == "6.00"
    assert await house.balance() == ("6.00", "15.00")
    house.now += 60 * SECOND
    assert await house.balance() == ("10.00", "15.00")
    house.now += DAY - 61 * SECOND
    assert await house.balance() == ("10.00", "15.00")
    house.now += SECOND
    assert await house.balance() == ("10.00", "10.00")


async def test_the_currencys_own_timeout(house: House, form: str) -> None:
    await house.set_terms(house.currency, Terms(temporary_timeout_s=10))
    await move(house, ACCRUE, form, amount="10", is_temp=True)
    house.now += 10 * SECOND
    assert await house.balance() == ("0.00", "0.00")


@pytest.mark.parametrize("seconds", [0, -1, 2_592_001])
async def test_timeouts(house: House, form: str, seconds: int) -> None:
    fields = {"amount": "1", "temp_timeout_sec": seconds}
    assert await refused(house, ACCRUE, form, is_temp=True, **fields) == (
        400,
        "Incorrect request: temp_timeout_sec: must be between 1 and 2592000",
    )
    await move(house, ACCRUE, form, **fields)
    await move(house, ACCRUE, form, is_temp=False, **fields)


async def test_delayed_activation_and_own_expiry(house: House, form: str) -> None:
    made = await move(
        house, ACCRUE, form, amount="10",
        activation_date=at(START + DAY), expiration_date=at(START + 3 * DAY),
    )  # fmt: skip
    assert made["balance"] == "0.00"
    house.now += DAY - 1
    assert await house.balance() == ("0.00", "10.00")
    house.now += 1
    assert await house.balance() == ("10.00", "10.00")
    house.now = START + 3 * DAY - 1
    assert await house.balance() == ("10.00", "10.00")
    house.now += 1
    assert await house.balance() == ("0.00", "0.00")


async def test_expiry_must_lie_after_activation(house: House, form: str) -> None:
    later = "Incorrect request: expiration_date: must lie after activation_date"
    for expiry in (START + DAY, START + DAY - 1):
        dates = {"activation_date": at(START + DAY), "expiration_date": at(expiry)}
        assert await refused(house, ACCRUE, form, amount="1", **dates) == (400, later)
    now = "Incorrect request: expiration_date: must lie after the activation"
    dates = {"expiration_date": at(START)}
    assert await refused(house, ACCRUE, form, amount="1", **dates) == (400, now)
    assert await house.balance() == ("0.00", "0.00")
    await move(house, ACCRUE, form, amount="1")
    assert (await move(house, REDEEM, form, amount="1", **dates))["balance"] == "0.00"


async def test_expiry_by_the_currency_counts_from_created_at(house: House, form: str) -> None:
    rule = ExpiryRule(
        type=ExpiryType.ROLLING, period=Period(30, Unit.DAY), counts_from=CountsFrom.ACCRUAL
    )
    await house.set_terms(house.currency, Terms(expiry=rule))
    made = await move(house, ACCRUE, form, amount="10", created_at=at(START - 10 * DAY))
    row = await row_of(house, made)
    assert (row.effective_at, row.recorded_at) == (START - 10 * DAY, START)
    assert row.terms[0].expires_at == START + 20 * DAY


async def test_back_dating(house: House, form: str) -> None:
    future = await refused(house, ACCRUE, form, amount="1", created_at=at(START + 1))
    assert future == (400, "Incorrect request: created_at: must not lie in the future")
    await move(house, ACCRUE, form, amount="10", expiration_date=at(START + DAY))
    house.now = START + 2 * DAY
    made = await move(house, ACCRUE, form, amount="5", created_at=at(START + DAY))
    assert (await row_of(house, made)).effective_at == START + DAY
    why = "Incorrect request: created_at: lies before what has happened to the account since"
    before = at(START + DAY - 1)
    for method in (ACCRUE, REDEEM):
        assert await refused(house, method, form, amount="1", created_at=before) == (400, why)
    async with house.store.transaction() as writing:
        await currency_options.put(
            writing, house.currency.currency_id, CurrencyOptions(backdating=True), now=1
        )
    made = await move(house, REDEEM, form, amount="1", created_at=before)
    assert (await row_of(house, made)).effective_at == START + DAY - 1


async def test_an_eid_is_answered_again(house: House, form: str) -> None:
    for method, fields in (
        (ACCRUE, {"amount": "10", "transaction_eid": "a", "external_data": {"order": "7"}}),
        (REDEEM, {"amount": "4.00", "transaction_eid": "r", "is_temp": True}),
    ):
        first = await move(house, method, form, **fields)
        await house.accrue("1")
        house.now += SECOND
        for other in ("json", "xml"):
            assert await move(house, method, other, **fields) == first
        for changed in ({"amount": "9"}, {"is_temp": not fields.get("is_temp", False)}):
            assert await refused(house, method, form, **{**fields, **changed}) == TAKEN
    assert await refused(house, ACCRUE, form, amount="4", transaction_eid="r") == TAKEN
    await house.new_member("b@example.com")
    stranger = {**house.who("b@example.com"), "amount": "10", "transaction_eid": "a"}
    assert await house.refused(ACCRUE, stranger, form=form) == TAKEN
    assert await house.balance() == ("8.00", "12.00")


async def test_an_eid_stays_taken_after_a_cancel(house: House, form: str) -> None:
    fields = {"amount": "10", "transaction_eid": "a"}
    first = await move(house, ACCRUE, form, **fields)
    await house.done("loyalty/cancel_transaction", {"transaction_eid": "a"}, form=form)
    assert await move(house, ACCRUE, form, **fields) == first
    assert await house.balance() == ("0.00", "0.00")
    assert await refused(house, ACCRUE, form, amount="11", transaction_eid="a") == TAKEN


async def test_an_eid_belongs_to_its_program(house: House, form: str) -> None:
    await move(house, ACCRUE, form, amount="10", transaction_eid="a")
    house.program = await house.new_program("Second")
    await house.new_currency(house.program, "Points")
    await house.new_member()
    await move(house, ACCRUE, form, amount="7", transaction_eid="a")
    assert await house.balance() == ("7.00", "7.00")


async def test_lengths_of_an_eid(house: House, form: str) -> None:
    await move(house, ACCRUE, form, amount="1", transaction_eid="x" * 255)
    long = await refused(house, ACCRUE, form, amount="1", transaction_eid="x" * 256)
    assert long == (400, "Incorrect request: transaction_eid: must have at most 255 characters")


async def test_an_empty_eid(house: House) -> None:
    assert await refused(house, ACCRUE, "json", amount="1", transaction_eid="") == (
        400,
        "Incorrect request: transaction_eid: must have 1 to 255 characters",
    )
    await move(house, ACCRUE, "xml", amount="1", transaction_eid="")


async def test_external_data_is_kept(house: House, form: str) -> None:
    data = {"order_id": "A-1", "lines": [{"sku": "1"}, {"sku": "2"}], "note": "<&>"}
    made = await move(house, ACCRUE, form, amount="1", external_data=data)
    assert json.loads((await row_of(house, made)).metadata) == data


async def test_external_data_in_json_is_kept_as_it_was_written(house: House) -> None:
    body = json.dumps({**house.who(), "amount": "1"})[:-1]
    written = ', "external_data": {"price" : 1.10, "n": 10000000000000000000001, "t": true}}'
    data = (await house.post(ACCRUE, (body + written).encode())).json()["data"]
    kept = (await row_of(house, data)).metadata
    assert kept == '{"price":1.10,"n":10000000000000000000001,"t":true}'


async def test_an_idempotency_key(house: House, form: str) -> None:
    body = {**house.who(), "amount": "3"}
    first = await house.call(ACCRUE, body, form=form, idempotency_key="k")
    assert await house.call(ACCRUE, body, form=form, idempotency_key="k") == first
    assert await house.balance() == ("3.00", "3.00")
    other = {**body, "amount": "4"}
    assert await house.refused(ACCRUE, other, form=form, idempotency_key="k") == (
        409,
        "Idempotency key already used",
    )


async def test_the_actor_is_recorded(house: House, form: str) -> None:
    body = {**house.who(), "amount": "3"}
    made = await house.done(ACCRUE, body, form=form, stampbook_actor="anna@till-3")
    assert (await row_of(house, made)).actor == "anna@till-3"


async def new_promotion(house: House, *rules: Rule, **more: Any) -> int:
    async with house.store.transaction() as writing:
        made = await point_promotions.create(
            writing, house.program, name="Summer", now=house.now, rules=rules, **more
        )
    return made.promotion_id


async def test_a_promotions_bounds(house: House, form: str) -> None:
    currency = house.currency.currency_id
    number = await new_promotion(
        house,
        Rule(Movement.ACCRUAL, currency, min_amount=5_000, max_amount=50_000),
        Rule(Movement.REDEMPTION, currency, static_amount=10_016),
        external_id="PROMO123",
    )
    why = (400, "Incorrect request: amount: is outside of the promotion's bounds")
    for name in ("PROMO123", str(number)):
        for amount in ("49.99", "500.01"):
            assert await refused(house, ACCRUE, form, amount=amount, promotion_id=name) == why
        for amount in ("50", "500"):
            made = await move(house, ACCRUE, form, amount=amount, promotion_id=name)
            assert (await row_of(house, made)).subject == f"promotion:{number}"
        assert await refused(house, REDEEM, form, amount="100.15", promotion_id=name) == why
        await move(house, REDEEM, form, amount="100.16", promotion_id=name)
    await move(house, ACCRUE, form, amount="1")


async def test_a_promotion_that_is_not_there(house: House, form: str) -> None:
    not_found = (404, "Not found: promotion")
    await new_promotion(house, status="inactive", external_id="off")
    await new_promotion(house, starts_at=START + 1, external_id="early")
    await new_promotion(house, ends_at=START, external_id="late")
    program, house.program = house.program, await house.new_program("Second")
    elsewhere = await new_promotion(house, external_id="elsewhere")
    house.program = program
    for name in ("off", "early", "late", "elsewhere", str(elsewhere), "no", "9" * 30):
        for method in (ACCRUE, REDEEM):
            assert await refused(house, method, form, amount="1", promotion_id=name) == not_found


async def test_a_repeat_is_answered_after_the_promotions_end(house: House, form: str) -> None:
    await new_promotion(house, ends_at=START + DAY, external_id="p")
    fields = {"amount": "1", "promotion_id": "p", "transaction_eid": "e"}
    first = await move(house, ACCRUE, form, **fields)
    house.now += 2 * DAY
    assert await move(house, ACCRUE, form, **fields) == first
    again = {**fields, "transaction_eid": "f"}
    assert await refused(house, ACCRUE, form, **again) == (404, "Not found: promotion")


async def test_inactive_and_closed(house: House, form: str) -> None:
    await house.accrue("1")
    member = (await house.store.fetch("SELECT member_id FROM members"))[0]["member_id"]
    async with house.store.transaction() as writing:
        _, touched = await members.update(
            writing, member, {"status": "inactive"}, tenant=1, now=house.now
        )
    house.ledger.forget(touched)
    for method in (ACCRUE, REDEEM):
        assert await refused(house, method, form, amount="1") == (409, "Member is inactive")
    async with house.store.transaction() as writing:
        await programs.update(
            writing, house.program.program_id, {"status": "inactive"}, tenant=1, now=house.now
        )
    for method in (ACCRUE, REDEEM):
        assert await refused(house, method, form, amount="1") == (409, "Program is inactive")


async def test_a_temporary_accrual_that_is_delayed_and_dated_back(house: House, form: str) -> None:
    made = await move(
        house, ACCRUE, form, amount="10", is_temp=True, created_at=at(START - DAY),
        activation_date=at(START + 2 * DAY), transaction_eid="t",
    )  # fmt: skip
    done = await house.done(COMMIT, {"transaction_eid": "t"}, form=form)
    assert (done["balance"], done["transaction_id"] == made["transaction_id"]) == ("0.00", False)
    house.now += 2 * DAY
    assert await house.balance() == ("10.00", "10.00")
