"""Every scenario on every ledger, without and with a worker's pass after each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from stampbook.storage.store import Store
from tests.ledgers.in_memory import InMemoryLedger
from tests.ledgers.on_store import StoreLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play

SCENARIOS = read_folder(Path(__file__).parent)

pytestmark = [
    pytest.mark.parametrize(
        "scenario", [pytest.param(each, id=f"{each.file}-{each.slug}") for each in SCENARIOS]
    ),
    pytest.mark.parametrize(
        "worker", [pytest.param(False, id="alone"), pytest.param(True, id="worker")]
    ),
]

in_one_loop = pytest.mark.asyncio(loop_scope="session")
"""A store that many tests share lives in the loop that opened it."""


async def test_domain(scenario: Scenario, worker: bool) -> None:
    await play(scenario, InMemoryLedger(), worker=worker)


@in_one_loop
async def test_sqlite(scenario: Scenario, worker: bool, shared_sqlite_store: Store) -> None:
    await play(scenario, StoreLedger(shared_sqlite_store), worker=worker)


@in_one_loop
async def test_postgres(scenario: Scenario, worker: bool, shared_postgres_store: Store) -> None:
    await play(scenario, StoreLedger(shared_postgres_store), worker=worker)
