"""Nodes of a distributed database that fail while points move; `make citus` has them fail for
long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.distribution.cluster import VARIABLE
from tests.distribution.drill import play

SECONDS = 20.0


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    if VARIABLE not in os.environ:
        pytest.skip(f"NOT RUN: {VARIABLE} names no server with Citus, no node was killed")
    figures = play(tmp_path, "test", SECONDS)
    assert sum(count for name, count in figures.items() if name.startswith(("kill", "cut"))) > 3
