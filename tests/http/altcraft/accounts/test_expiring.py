"""Expiring points, and the dates that they are asked for."""

from __future__ import annotations

import pytest

from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Unit
from stampbook.programs.policies import Terms
from tests.http.altcraft.accounts.asking import at, named
from tests.http.altcraft.house import DAY, SECOND, START, House, Json

EXPIRING = "loyalty/account/expiring_points"


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
