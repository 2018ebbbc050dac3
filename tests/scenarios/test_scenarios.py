"""Every scenario on every ledger, without and with a worker's pass after each step.

The two ways take turns between the two kinds of database; `make campaign` plays both on each.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.over_http import NativeLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play
from tests.turns import WHOLE

SCENARIOS = read_folder(Path(__file__).parent)
OUTSIDE = [each for each in SCENARIOS if not each.inside]

WAYS = {False: "alone", True: "worker"}


def each_of(scenarios: list[Scenario], *turns: int) -> pytest.MarkDecorator:
    """Each scenario in the ways whose turn it is; both without `turns`."""
    return pytest.mark.parametrize(
        ("scenario", "worker"),
        [
            pytest.param(each, worker, id=f"{each.file}-{each.slug}-{word}")
            for at, each in enumerate(scenarios)
            for worker, word in WAYS.items()
            if not turns or WHOLE or (at + worker) % 2 in turns
        ],
    )


@each_of(SCENARIOS)
async def test_domain(scenario: Scenario, worker: bool) -> None:
    await play(scenario, InMemoryLedger(), worker=worker)


@each_of(SCENARIOS, 0)
async def test_sqlite(scenario: Scenario, worker: bool, sqlite_store: Store) -> None:
    await play(scenario, StoreLedger(sqlite_store), worker=worker)


@each_of(SCENARIOS, 1)
async def test_postgres(scenario: Scenario, worker: bool, postgres_store: Store) -> None:
    await play(scenario, StoreLedger(postgres_store), worker=worker)


@each_of(OUTSIDE, 1)
async def test_native_api(scenario: Scenario, worker: bool, sqlite_store: Store) -> None:
    await play(scenario, NativeLedger(sqlite_store), worker=worker)
