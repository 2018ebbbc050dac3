"""A few seeds of the simulation, and that a seed replays exactly."""

from __future__ import annotations

from pathlib import Path

from tests.simulation.playing import play

SEEDS = range(1, 7)


def test_the_laws_hold_whatever_fails(tmp_path: Path) -> None:
    found = [play(seed, tmp_path) for seed in SEEDS]
    assert sum(each.faults for each in found) > 200
    assert sum(each.kills for each in found) > 5
    assert all(each.tries > each.answered for each in found)


def test_a_seed_replays_exactly(tmp_path: Path) -> None:
    first, again, other = (play(seed, tmp_path) for seed in (7, 7, 8))
    assert first == again
    assert first.trace != other.trace
