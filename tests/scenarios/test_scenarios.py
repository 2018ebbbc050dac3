"""Every scenario on every ledger, without and with a worker's pass after each step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledgers.in_memory import InMemoryLedger
from tests.scenarios.notation import Scenario, read_folder
from tests.scenarios.playing import play

SCENARIOS = read_folder(Path(__file__).parent)

every_scenario = pytest.mark.parametrize(
    "scenario", [pytest.param(each, id=f"{each.file}-{each.slug}") for each in SCENARIOS]
)
with_and_without_worker = pytest.mark.parametrize(
    "worker", [pytest.param(False, id="alone"), pytest.param(True, id="worker")]
)


@every_scenario
@with_and_without_worker
async def test_domain(scenario: Scenario, worker: bool) -> None:
    await play(scenario, InMemoryLedger(), worker=worker)
