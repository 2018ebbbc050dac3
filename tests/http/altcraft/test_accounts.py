"""Balance, expiring points, transactions, tiers."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects import instants
from stampbook.dialects.altcraft.ids import read_transaction, write_transaction
from stampbook.dialects.altcraft.rows import COLUMNS
from stampbook.domain.commands import Cancel
from stampbook.domain.model import split_number
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.ledger.submission import Submission
from stampbook.programs import point_promotions, tiers
from stampbook.programs.policies import Terms
from stampbook.programs.tiers import NewTier, TierGroup
from tests.http.altcraft.house import DAY, SECOND, START, House, Json, as_xml_reads

BALANCE = "loyalty/account/balance"
EXPIRING = "loyalty/account/expiring_points"
TRANSACTIONS = "loyalty/account/transactions"
TIERS = "loyalty/account/tiers"
CANCEL = "loyalty/cancel_transaction"


@pytest.fixture(autouse=True)
async def _member(house: House) -> None:
    await house.new_member()


def at(instant: int) -> str:
    return instants.write(instant)


def named(house: House) -> Json:
    return {**house.who(), "points_currency_iid": house.currency.currency_id}


# -- addressing --------------------------------------------------------------------------


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


async def test_expiring_points(house: House, form: str) -> None:
    async def expiring(start: int, end: int) -> str:
        dates = {"date_from": at(start), "date_to": at(end)}
        data = await house.done(EXPIRING, {**named(house), **dates}, form=form)
        return str(data["expiring_points"])

    assert await expiring(START, START + 99 * DAY) == "0.00"
    for amount, days in (("10", 1), ("100.24", 2), ("50", 3), ("1000", 4)):
        await house.accrue(amount, expiration_date=at(START + days * DAY))
    await house.accrue("5")
    later = {"activation_date": at(START + DAY), "expiration_date": at(START + 2 * DAY)}
    await house.accrue("7", **later)
    await house.redeem("30", is_temp=True)
    assert await expiring(START + DAY, START + 3 * DAY - 2 * SECOND) == "100.24"
    assert await expiring(START + DAY, START + 3 * DAY) == "150.24"
    assert await expiring(START + 2 * DAY, START + 3 * DAY) == "50.00"
    assert await expiring(START, START + DAY) == "10.00"
    assert await expiring(START, START + 9999 * DAY) == "1160.24"
    house.now += DAY
    assert await expiring(START, START + DAY) == "0.00"
    assert await expiring(START, START + 2 * DAY) == "107.24"


async def test_points_that_burn_at_the_end_of_a_day_expire_on_that_day(
    house: House, form: str
) -> None:
    """Their expiry is the next midnight; the last instant at which they live counts."""

    async def expiring(first: str, last: str) -> str:
        dates = {"date_from": first, "date_to": last}
        data = await house.done(EXPIRING, {**named(house), **dates}, form=form)
        return str(data["expiring_points"])

    await house.accrue("10", expiration_date="2027-01-01T00:00:00Z")
    await house.accrue("5", expiration_date="2027-01-01T00:00:00.000001Z")
    assert await expiring("2026-12-31T00:00:00Z", "2026-12-31T23:59:59Z") == "10.00"
    assert await expiring("2026-12-31T00:00:00Z", "2026-12-31T23:59:59.999998Z") == "0.00"
    assert await expiring("2027-01-01T00:00:00Z", "2027-01-31T23:59:59Z") == "5.00"
    moscow = await expiring("2027-01-01T02:00:00+03:00", "2027-01-01T02:59:59+03:00")
    assert moscow == "10.00"


NEVERS = [
    "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999-12:00",
    "9999-12-31T00:00:00+03:00", "9999-12-31 23:59:59", "9500-06-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("never", NEVERS)
async def test_a_date_that_means_never(house: House, form: str, never: str) -> None:
    await house.done(
        "loyalty/accrue_points",
        {**house.who(), "amount": "10", "expiration_date": never},
        form=form,
    )
    data = await house.call("loyalty/account/transactions", named(house))
    (row,) = data["data"]
    assert row["expiration_date"] is None
    dates = {"date_from": at(START), "date_to": never}
    assert await house.done(EXPIRING, {**named(house), **dates}, form=form) == {
        "expiring_points": "0.00"
    }
    await house.accrue("3", expiration_date=at(START + DAY))
    assert await house.done(EXPIRING, {**named(house), **dates}, form=form) == {
        "expiring_points": "3.00"
    }


@pytest.mark.parametrize("wrong", ["9999-13-31", "9999-12-31T25:00:00Z", "99999-12-31", "9999"])
async def test_what_is_no_date_does_not_mean_never(house: House, wrong: str) -> None:
    body = {**house.who(), "amount": "10", "expiration_date": wrong}
    number, text = await house.refused("loyalty/accrue_points", body)
    assert number == 400
    assert "expiration_date" in text


async def test_expiring_points_that_slide(house: House, form: str) -> None:
    rule = ExpiryRule(type=ExpiryType.SLIDING, period=Period(10, Unit.DAY))
    await house.set_terms(house.currency, Terms(expiry=rule))
    await house.accrue("10")
    house.now += 5 * DAY
    await house.accrue("1")
    dates = {"date_from": at(START + 14 * DAY), "date_to": at(START + 15 * DAY)}
    data = await house.done(EXPIRING, {**named(house), **dates}, form=form)
    assert data == {"expiring_points": "11.00"}


DATES = [
    ({}, "date_from: is required"),
    ({"date_from": "2026-01-02T00:00:00Z"}, "date_to: is required"),
    ({"date_from": "2026-01-02T00:00:00Z", "date_to": "2026-01-01T00:00:00Z"},
     "date_to: must not lie before date_from"),
    ({"date_from": "yesterday", "date_to": "2026-01-01T00:00:00Z"},
     "date_from: must be an RFC 3339 instant such as 2026-11-21T09:30:00Z"),
]  # fmt: skip


@pytest.mark.parametrize(("dates", "why"), DATES)
async def test_intervals(house: House, form: str, dates: Json, why: str) -> None:
    for method in (EXPIRING, "loyalty/transactions_export"):
        assert await house.refused(method, {**named(house), **dates}, form=form) == (
            400,
            f"Incorrect request: {why}",
        )


# -- transactions ------------------------------------------------------------------------


async def listed(house: House, **more: Any) -> Json:
    return await house.call(TRANSACTIONS, {**named(house), **more})


async def test_transactions(house: House) -> None:
    async with house.store.transaction() as writing:
        promotion = await point_promotions.create(
            writing, house.program, name="P", external_id="PROMO123", now=house.now
        )
    first = await house.accrue(
        "100.50", transaction_eid="order-1", promotion_id="PROMO123",
        expiration_date=at(START + 10 * DAY), created_at=at(START - DAY),
    )  # fmt: skip
    spent = await house.redeem("20", transaction_eid="order-2")
    held = await house.redeem("5", is_temp=True)
    later = await house.accrue("7", activation_date=at(START + DAY))
    waiting = await house.accrue("3", is_temp=True)
    committed = await house.done(
        "loyalty/commit_transaction", {"transaction_id": waiting["transaction_id"]}
    )
    await house.done("loyalty/rollback_transaction", {"transaction_id": held["transaction_id"]})
    await house.done(CANCEL, {"transaction_id": spent["transaction_id"]})
    house.now = START + 11 * DAY
    envelope = await listed(house)
    assert "next_from_id" not in envelope
    rows = envelope["data"]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert [
        (row["transaction_type"], row["amount"], row["balance_before"], row["balance_after"],
         row["status"], row["is_temp"])
        for row in rows
    ] == [
        ("accrual", "100.50", "0.00", "100.50", "in_force", False),
        ("redemption", "20.00", "100.50", "80.50", "canceled", False),
        ("redemption", "5.00", "80.50", "75.50", "rolled_back", True),
        ("accrual", "7.00", "75.50", "75.50", "in_force", False),
        ("accrual", "3.00", "75.50", "75.50", "committed", True),
        ("accrual", "3.00", "75.50", "78.50", "in_force", False),
        ("rollback", "5.00", "78.50", "83.50", "in_force", False),
        ("cancellation", "20.00", "83.50", "103.50", "in_force", False),
        ("activation", "7.00", "103.50", "110.50", "in_force", False),
        ("expiration", "100.50", "110.50", "10.00", "in_force", False),
    ]  # fmt: skip
    ids = [row["transaction_id"] for row in rows]
    assert ids == sorted(ids)
    assert rows[0] == {
        "transaction_id": first["transaction_id"],
        "transaction_eid": "order-1",
        "created_at": at(START - DAY),
        "transaction_type": "accrual",
        "amount": "100.50",
        "balance_before": "0.00",
        "balance_after": "100.50",
        "promo_iid": promotion.promotion_id,
        "promo_eid": "PROMO123",
        "description": None,
        "activation_date": at(START - DAY),
        "expiration_date": at(START + 10 * DAY),
        "source_type": None,
        "source_iid": None,
        "source_sid": None,
        "is_temp": False,
        "status": "in_force",
        "related_transaction_id": None,
    }
    assert rows[3]["transaction_id"] == later["transaction_id"]
    assert rows[3]["expiration_date"] is None
    assert rows[5]["transaction_id"] == committed["transaction_id"]
    related = {row["transaction_id"]: row["related_transaction_id"] for row in rows}
    assert [related[each] for each in ids[5:]] == [
        waiting["transaction_id"], held["transaction_id"], spent["transaction_id"], None, None,
    ]  # fmt: skip
    assert rows[8]["created_at"] == at(START + DAY)


async def test_transactions_are_the_same_in_xml(house: House) -> None:
    await house.accrue("10", transaction_eid="a<&>b")
    await house.redeem("3")
    for more in ({}, {"limit": 1}):
        in_json = await listed(house, **more)
        in_xml = await house.call(TRANSACTIONS, {**named(house), **more}, form="xml")
        assert in_xml == as_xml_reads(in_json)


async def test_a_partial_cancel_by_another_way(house: House) -> None:
    made = await house.accrue("10")
    number = read_transaction(made["transaction_id"]) or 0

    account, seq = split_number(number)
    await house.ledger.submit(
        Submission(tenant=1, account=account, commands=(Cancel(seq, amount=400),))
    )
    assert [row["status"] for row in (await listed(house))["data"]] == [
        "partly_canceled",
        "in_force",
    ]


async def test_pages(house: House, form: str) -> None:
    for _ in range(5):
        await house.accrue("1")
    ids = [row["transaction_id"] for row in (await listed(house))["data"]]
    seen: list[str] = []
    more: Json = {"limit": 2}
    while True:
        envelope = await house.call(TRANSACTIONS, {**named(house), **more}, form=form)
        data = envelope["data"]
        page = data if isinstance(data, list) else [data]
        seen += [row["transaction_id"] for row in page]
        if "next_from_id" not in envelope:
            break
        assert envelope["next_from_id"] == page[-1]["transaction_id"]
        more["from_id"] = envelope["next_from_id"]
    assert seen == ids
    last = {**named(house), "from_id": ids[-1]}
    empty = await house.call(TRANSACTIONS, last, form=form)
    assert empty.get("data", []) == []


async def test_the_default_page_has_20(house: House) -> None:
    for _ in range(21):
        await house.accrue("1")
    envelope = await listed(house)
    assert len(envelope["data"]) == 20
    assert envelope["next_from_id"] == envelope["data"][-1]["transaction_id"]
    assert len((await listed(house, limit=100))["data"]) == 21


async def test_from_id_must_be_of_the_account(house: House, form: str) -> None:
    not_found = (404, "Not found: transaction")
    body = {**named(house), "from_id": write_transaction((1 << 23) + 1)}
    assert await house.refused(TRANSACTIONS, body, form=form) == not_found
    await house.accrue("1")
    await house.new_member("b@example.com")
    other = await house.done("loyalty/accrue_points", {**house.who("b@example.com"), "amount": "1"})
    for text in (other["transaction_id"], "TRANS12345"):
        body = {**named(house), "from_id": text}
        assert await house.refused(TRANSACTIONS, body, form=form) == not_found


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_limits(house: House, form: str, limit: int) -> None:
    for method in (TRANSACTIONS, "loyalty/trigger_promotions"):
        assert await house.refused(method, {**named(house), "limit": limit}, form=form) == (
            400,
            "Incorrect request: limit: must be between 1 and 100",
        )


# -- tiers -------------------------------------------------------------------------------


@pytest.fixture
async def group(house: House) -> TierGroup:
    async with house.store.transaction() as writing:
        return await tiers.create(
            writing,
            house.program,
            currency=house.currency.currency_id,
            name="Metals",
            tiers=[
                NewTier("Gold", 100_000, "gold"),
                NewTier("Bronze", 0, "bronze"),
                NewTier("Silver", 10_000),
            ],
            now=house.now,
        )


async def reached(house: House, group: TierGroup, form: str = "json") -> list[tuple[str, int, str]]:
    body = {**house.who(), "tiers_group_id": group.tier_group_id}
    data = (await house.call(TIERS, body, form=form)).get("data", [])
    return [
        (row["tier_eid"], int(row["tier_order"]), row["reached_at"])
        for row in (data if isinstance(data, list) else [data])
    ]


async def test_tiers(house: House, group: TierGroup, form: str) -> None:
    bronze, silver = ("bronze", 0, at(START)), (None, 1, at(START + DAY))
    assert await reached(house, group, form) == [bronze]
    await house.accrue("99.99")
    house.now += DAY
    second = await house.accrue("0.01", is_temp=True, temp_timeout_sec=60)
    assert await reached(house, group, form) == [bronze, silver]
    house.now += 60 * SECOND
    assert await reached(house, group, form) == [bronze]
    assert second["balance"] == "99.99"


async def test_tiers_after_a_cancel(house: House, group: TierGroup, form: str) -> None:
    await house.accrue("600")
    house.now += DAY
    big = await house.accrue("400")
    await house.redeem("1000")
    both = [("bronze", 0, at(START)), (None, 1, at(START)), ("gold", 2, at(START + DAY))]
    assert await reached(house, group, form) == both
    await house.done(CANCEL, {"transaction_id": big["transaction_id"]})
    assert await reached(house, group, form) == both[:2]
    house.now += DAY
    await house.accrue("400")
    assert await reached(house, group, form) == [*both[:2], ("gold", 2, at(START + 2 * DAY))]
    rows = await house.store.fetch(
        "SELECT reached_at, lost_at FROM tier_history WHERE tier_id = $1 ORDER BY reached_by",
        group.tiers[2].tier_id,
    )
    assert [tuple(row.values()) for row in map(dict, rows)] == [
        (START + DAY, START + DAY),
        (START + 2 * DAY, None),
    ]


async def test_the_whole_tier_object(house: House, group: TierGroup) -> None:
    body = {**house.who(), "tiers_group_id": group.tier_group_id}
    assert await house.call(TIERS, body) == {
        "error": 0,
        "error_text": "Successful operation",
        "data": [
            {
                "tiers_group_type": "cumulative",
                "tier_eid": "bronze",
                "tier_id": group.tiers[0].tier_id,
                "tier_order": 0,
                "reached_at": at(START),
            }
        ],
    }


async def test_tiers_groups_that_are_not_there(house: House, group: TierGroup, form: str) -> None:
    other = await house.new_program("Second")
    not_found = (404, "Not found: tiers group")
    body = {**house.who(), "tiers_group_id": 999}
    assert await house.refused(TIERS, body, form=form) == not_found
    elsewhere = {"loyalty_program_id": other.program_id, "tiers_group_id": group.tier_group_id}
    assert await house.refused(TIERS, {**house.who(), **elsewhere}, form=form) == not_found
    assert await house.refused(TIERS, house.who(), form=form) == (
        400,
        "Incorrect request: tiers_group_id: is required",
    )
