"""A few seeds of the simulation, and that a seed replays exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.playing import Played, play

SEEDS = range(1, 5)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> list[Played]:
    """What happened with each seed."""
    folder = tmp_path_factory.mktemp("simulation")
    return [play(seed, folder) for seed in SEEDS]


def test_the_laws_hold_whatever_fails(played: list[Played]) -> None:
    assert sum(each.faults for each in played) > 130
    assert sum(each.kills for each in played) > 3
    assert all(each.tries > each.answered for each in played)


def test_a_seed_replays_exactly(played: list[Played], tmp_path: Path) -> None:
    first, other, *_ = played
    assert play(SEEDS[0], tmp_path) == first
    assert first.trace != other.trace
