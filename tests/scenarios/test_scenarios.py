"""Every scenario on every ledger, with and without a pass of the worker after each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.over_http import NativeLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play

SCENARIOS = read_folder(Path(__file__).parent)
OUTSIDE = [each for each in SCENARIOS if not each.inside]

in_one_loop = pytest.mark.asyncio(loop_scope="session")
"""A store that many tests share runs in the event loop that opened it."""

both_ways = pytest.mark.parametrize(
    "worker", [pytest.param(False, id="alone"), pytest.param(True, id="worker")]
)


def each_of(scenarios: list[Scenario]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "scenario", [pytest.param(each, id=f"{each.file}-{each.slug}") for each in scenarios]
    )


@each_of(SCENARIOS)
@both_ways
async def test_domain(scenario: Scenario, worker: bool) -> None:
    await play(scenario, InMemoryLedger(), worker=worker)


@each_of(SCENARIOS)
@both_ways
@in_one_loop
async def test_sqlite(scenario: Scenario, worker: bool, shared_sqlite_store: Store) -> None:
    await play(scenario, StoreLedger(shared_sqlite_store), worker=worker)


@each_of(SCENARIOS)
@both_ways
@in_one_loop
async def test_postgres(scenario: Scenario, worker: bool, shared_postgres_store: Store) -> None:
    await play(scenario, StoreLedger(shared_postgres_store), worker=worker)


@each_of(OUTSIDE)
@both_ways
@in_one_loop
async def test_native_api(scenario: Scenario, worker: bool, shared_sqlite_store: Store) -> None:
    await play(scenario, NativeLedger(shared_sqlite_store), worker=worker)
