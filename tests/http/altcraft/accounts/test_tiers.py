"""The tiers that a member has reached."""

from __future__ import annotations

import pytest

from stampbook.loyalty.tiers import groups
from stampbook.loyalty.tiers.groups import NewTier, TierGroup
from tests.http.altcraft.accounts.asking import at
from tests.http.altcraft.house import DAY, SECOND, START, House

TIERS = "loyalty/account/tiers"
CANCEL = "loyalty/cancel_transaction"


@pytest.fixture
async def group(house: House) -> TierGroup:
    async with house.store.transaction() as writing:
        return await groups.create(
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
