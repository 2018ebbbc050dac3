"""The hard cases through this dialect, each in JSON and in XML, each on both stores: the same
expectations as everywhere. What the wire has no words for (adjustments, partial cancels, transfers)
is done by the engine, as an operator would do it by the native API meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.http.altcraft.door import AltcraftLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play

SCENARIOS = read_folder(Path(__file__).parents[2] / "scenarios")

every_scenario = pytest.mark.parametrize(
    ("scenario", "turn"),
    [
        pytest.param(each, at % 2, id=f"{each.file}-{each.slug}")
        for at, each in enumerate(SCENARIOS)
    ],
)
BEYOND = {"reinstating", "transfers"}
"""Files with scenarios of which this wire has no word."""

in_one_loop = pytest.mark.asyncio(loop_scope="session")


async def through(store: Store, scenario: Scenario, turn: int) -> None:
    """In XML with a worker, or in JSON without one: the stores take turns."""
    door = AltcraftLedger(store, ("json", "xml")[turn])
    await play(scenario, door, worker=bool(turn))
    assert door.spoken or scenario.file in BEYOND, "something of it went over the wire"


@every_scenario
@in_one_loop
async def test_sqlite(scenario: Scenario, turn: int, common_sqlite_store: Store) -> None:
    await through(common_sqlite_store, scenario, turn)


@every_scenario
@in_one_loop
async def test_postgres(scenario: Scenario, turn: int, common_postgres_store: Store) -> None:
    await through(common_postgres_store, scenario, 1 - turn)
