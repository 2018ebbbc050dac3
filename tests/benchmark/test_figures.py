"""What is made of the measurements, by example."""

from __future__ import annotations

from collections import Counter

import pytest

from stampbook.benchmark.figures import (
    Figure,
    Sample,
    Target,
    Windows,
    cpu_us,
    failures_of,
    percentile_ms,
    ratios,
    spread_of,
    told_windows,
)
from stampbook.benchmark.reporting import complaints


def sample(operations: int, latencies: dict[int, int] | None = None, failed: int = 0) -> Sample:
    """A window of two seconds, of which the server's processor worked one."""
    failures = Counter({500: failed}) if failed else Counter[int]()
    return Sample(operations, 2.0, Counter(latencies or {}), failures, "", {"server": 1.0})


def test_spread() -> None:
    assert spread_of([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)
    assert spread_of([1.0, 2.0]).told() == {"median": 1.5, "min": 1.0, "max": 2.0}


def test_ratios_are_of_the_same_window() -> None:
    assert ratios([10.0, 40.0], [5.0, 20.0]) == [2.0, 2.0]
    assert ratios([10.0], [0.0]) == [0.0]


@pytest.mark.parametrize(
    ("share", "milliseconds"), [(0.5, 0.01), (0.9, 0.01), (0.95, 1.01), (0.99, 1.01), (1.0, 5.01)]
)
def test_percentiles(share: float, milliseconds: float) -> None:
    """90 requests within 10 µs, 9 within 1.01 ms, one within 5.01 ms."""
    assert percentile_ms({0: 90, 100: 9, 500: 1}, share) == milliseconds


def test_no_percentile_of_nothing() -> None:
    assert percentile_ms({}, 0.99) is None


def test_processor_time_is_that_of_all_windows() -> None:
    assert cpu_us([sample(100), sample(300)]) == {"server": 5_000.0}
    assert cpu_us([sample(0)]) == {"server": 1_000_000.0}


def test_failures_are_added_up() -> None:
    assert failures_of([sample(1, failed=2), sample(1), sample(1, failed=1)]) == {500: 3}


@pytest.mark.parametrize(
    ("value", "reached"), [(1.4, "missed"), (1.5, "must"), (1.9, "must"), (2.0, "goal")]
)
def test_a_target_to_exceed(value: float, reached: str) -> None:
    assert Target(1.5, 2.0).reached(value) == reached


@pytest.mark.parametrize(
    ("value", "reached"), [(11.0, "missed"), (10.0, "must"), (5.1, "must"), (5.0, "goal")]
)
def test_a_target_to_stay_below(value: float, reached: str) -> None:
    assert Target(10, 5, higher_is_better=False).reached(value) == reached


def test_a_figure_without_a_target() -> None:
    told = Figure("ratio", "x", 1.23456, None).told()
    assert told["value"] == 1.235
    assert told["reached"] is None


def test_windows_are_told() -> None:
    samples = {"spread": [sample(200, {9: 1}), sample(400, {19: 1}), sample(600, {29: 2})]}
    told = told_windows(Windows(samples, [50.0, 100.0, 200.0]), "spread")
    assert told["operations_per_s"] == {"median": 200.0, "min": 100.0, "max": 300.0}
    assert told["pgbench_tps"] == {"median": 100.0, "min": 50.0, "max": 200.0}
    assert told["ratio"] == {"median": 2.0, "min": 1.5, "max": 2.0}
    assert told["latency_ms"] == {"p50": 0.2, "p99": 0.3}


def test_windows_without_a_yardstick() -> None:
    told = told_windows(Windows({"spread": [sample(200)]}, []), "spread")
    assert "ratio" not in told
    assert told["latency_ms"] == {"p50": None, "p99": None}


def test_complaints() -> None:
    fine = {"scenario": "spread", "not_2xx": 0, "verify": {"sound": True, "faults": []}}
    assert complaints([fine]) == []
    failed = {"not_2xx": 3, "not_2xx_by_status": {"500": 3}, "not_2xx_example": "oh"}
    assert complaints([fine, {**fine, **failed}]) == [
        "spread: 3 operations failed ({'500': 3}), for example oh"
    ]
    unsound = {"verify": {"sound": False, "faults": [{"what": "sums differ"}]}}
    assert complaints([{**fine, **unsound}]) == ["spread: the ledger is not sound: sums differ"]
