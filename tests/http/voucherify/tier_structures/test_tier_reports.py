"""How members moved in the tiers of a program, by periods and in all."""

from __future__ import annotations

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.tier_structures.test_standings import club, give

SPAN = {"start_date": "2026-08-06", "end_date": "2026-08-08", "resolution": "day"}


async def test_reports(house: House, stranger: House) -> None:
    card, (structure, silver, gold) = await club(house)
    await give(house, card, 150)
    house.clock.advance(days=2)
    await give(house, card, 400)
    path = f"{V2}/programs/{card.program}/reports/tiers"
    found = made(await house.get(f"{path}/daily", SPAN))["data"]
    moved = [
        (each["date"], each["tier_id"], each["joins"], each["upgrades"])
        for each in found
        if each["tier_structure_id"] == structure
    ]
    assert moved == [
        ("2026-08-06", silver, 1, 0),
        ("2026-08-06", gold, 0, 0),
        ("2026-08-07", silver, 0, 0),
        ("2026-08-07", gold, 0, 0),
        ("2026-08-08", silver, 0, 0),
        ("2026-08-08", gold, 0, 1),
    ]
    later = {**SPAN, "start_date": "2026-08-07"}
    found = made(await house.get(f"{path}/daily", later))["data"]
    assert {each["tier_id"] for each in found} == {gold}
    newest, oldest = made(await house.get(f"{path}/summary"))["data"]
    assert newest.pop("id").startswith("lptrs_")
    assert newest == {
        "tier_structure_id": structure,
        "tier_id": gold,
        "joins": 0,
        "upgrades": 1,
        "downgrades": 0,
        "lefts": 0,
        "prolongs": 0,
        "object": "program_tiers_summary_report",
    }
    assert (oldest["tier_id"], oldest["joins"]) == (silver, 1)
    (first,) = made(await house.get(f"{path}/summary", {"order": "id", "limit": "1"}))["data"]
    assert first == oldest
    chosen = {"filters[tier_id][conditions][$is_not]": gold}
    (one,) = made(await house.get(f"{path}/summary", chosen))["data"]
    assert one == oldest
    for params in ({"order": "name"}, {"limit": "0"}, {"filters[x][conditions][$is]": "y"}):
        response = await house.get(f"{path}/summary", params)
        assert error(response)[:2] == (400, "invalid_query_params")
    for params in ({}, {**SPAN, "end_date": "2026-08-05"}, {**SPAN, "resolution": "year"}):
        response = await house.get(f"{path}/daily", params)
        assert error(response)[:2] == (400, "invalid_query_params")
    assert error(await stranger.get(f"{path}/summary"))[0] == 404
