"""Cancels of cancels that come back exactly, and those that cannot (domain/decisions/reversing.py).

They are short histories by which faults in a bound can be told from what is right. Which door they
come through makes no difference, so that they are played on the domain alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledgers.in_memory import InMemoryLedger
from tests.scenarios.notation import Scenario, read
from tests.scenarios.playing import play

REVERSALS = list(read(Path(__file__).with_name("reversals.scn")))


@pytest.mark.parametrize("scenario", REVERSALS, ids=lambda each: each.slug)
async def test_reversals(scenario: Scenario) -> None:
    await play(scenario, InMemoryLedger(), worker=False)
