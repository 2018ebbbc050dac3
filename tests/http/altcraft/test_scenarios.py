"""The hard cases through this dialect, in JSON and in XML, on both stores: the same expectations
as everywhere. What the wire has no words for (adjustments, partial cancels, transfers) is done
by the engine, as an operator would do it by the native API meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.http.altcraft.door import AltcraftLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play

SCENARIOS = read_folder(Path(__file__).parents[2] / "scenarios")

every_scenario = pytest.mark.parametrize(
    "scenario", [pytest.param(each, id=f"{each.file}-{each.slug}") for each in SCENARIOS]
)
BEYOND = {"reinstating", "transfers"}
"""Files with scenarios of which this wire has no word."""

in_one_loop = pytest.mark.asyncio(loop_scope="session")


async def through(door: AltcraftLedger, scenario: Scenario, *, worker: bool) -> None:
    await play(scenario, door, worker=worker)
    assert door.spoken or scenario.file in BEYOND, "something of it went over the wire"


@every_scenario
@in_one_loop
async def test_sqlite(scenario: Scenario, form: str, common_sqlite_store: Store) -> None:
    door = AltcraftLedger(common_sqlite_store, form)
    await through(door, scenario, worker=form == "xml")


@every_scenario
@in_one_loop
async def test_postgres(scenario: Scenario, form: str, common_postgres_store: Store) -> None:
    door = AltcraftLedger(common_postgres_store, form)
    await through(door, scenario, worker=form == "json")
