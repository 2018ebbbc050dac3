"""Medians, percentiles and ratios of measurements, and the report, by example."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from stampbook.benchmark.figures import (
    Figure,
    Sample,
    Windows,
    cpu_us,
    described_windows,
    failures_of,
    percentile_ms,
    ratios,
    spread_of,
)
from stampbook.benchmark.reporting import complaints, report


def sample(operations: int, latencies: dict[int, int] | None = None, failed: int = 0) -> Sample:
    """A window of two seconds, in which the server used one second of processor time."""
    failures = Counter({500: failed}) if failed else Counter[int]()
    return Sample(operations, 2.0, Counter(latencies or {}), failures, "", {"server": 1.0})


def test_spread() -> None:
    assert spread_of([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0)
    assert spread_of([1.0, 2.0]).described() == {"median": 1.5, "min": 1.0, "max": 2.0}


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


def test_a_figure_is_rounded() -> None:
    assert Figure("ratio", "x", 1.23456).described() == {
        "name": "ratio",
        "unit": "x",
        "value": 1.235,
    }


def test_windows_are_described() -> None:
    samples = {"spread": [sample(200, {9: 1}), sample(400, {19: 1}), sample(600, {29: 2})]}
    described = described_windows(Windows(samples, [50.0, 100.0, 200.0]), "spread")
    assert described["operations_per_s"] == {"median": 200.0, "min": 100.0, "max": 300.0}
    assert described["pgbench_tps"] == {"median": 100.0, "min": 50.0, "max": 200.0}
    assert described["ratio"] == {"median": 2.0, "min": 1.5, "max": 2.0}
    assert described["latency_ms"] == {"p50": 0.2, "p99": 0.3}


def test_windows_without_a_yardstick() -> None:
    described = described_windows(Windows({"spread": [sample(200)]}, []), "spread")
    assert "ratio" not in described
    assert described["latency_ms"] == {"p50": None, "p99": None}


def test_complaints() -> None:
    fine = {"scenario": "spread", "not_2xx": 0, "verify": {"sound": True, "faults": []}}
    assert complaints([fine]) == []
    failed = {"not_2xx": 3, "not_2xx_by_status": {"500": 3}, "not_2xx_example": "oh"}
    assert complaints([fine, {**fine, **failed}]) == [
        "spread: 3 operations failed ({'500': 3}), for example oh"
    ]
    unsound = {"verify": {"sound": False, "faults": [{"what": "sums differ"}]}}
    assert complaints([{**fine, **unsound}]) == ["spread: the ledger is not sound: sums differ"]


SPREAD: dict[str, Any] = {
    "scenario": "spread",
    "about": "everyday traffic",
    "database": "postgresql",
    "figure": {"name": "ratio to pgbench", "unit": "x", "value": 0.801},
    "operations_per_s": {"median": 5672.0, "min": 5100.0, "max": 6011.0},
    "latency_ms": {"p50": 8.1, "p99": 22.35},
    "pgbench_tps": {"median": 7072.0, "min": 6400.0, "max": 7400.0},
    "ratio": {"median": 0.801, "min": 0.75, "max": 0.85},
    "cpu_us_per_operation": {"server": 148.4, "postgres": 132.0},
    "server_resident_mb": 181.3,
    "not_2xx": 0,
    "verify": {"sound": True, "faults": []},
    "further_figures": [],
    "compared_with": {},
}


def test_the_report_says_what_was_measured() -> None:
    _, block = report([SPREAD]).split("\n\n")
    assert block.splitlines() == [
        "spread (PostgreSQL): everyday traffic",
        "  ratio to pgbench        0.80",
        "  operations a second     5,672 (5,100 to 6,011 in single windows)",
        "  latency                 median 8.1 ms, 99 % within 22.35 ms",
        "  pgbench                 7,072 transactions a second",
        "  processor time          server 148 µs, postgres 132 µs an operation",
        "  memory of the server    181 MB",
        "  failed operations       0",
        "  ledger afterwards       sound",
    ]


def test_the_report_has_the_ratio_beside_another_figure() -> None:
    figure = {"name": "99th percentile", "unit": "ms", "value": 22.35}
    lines = report([{**SPREAD, "figure": figure}]).splitlines()
    assert "  99th percentile         22.35 ms" in lines
    assert "  ratio to pgbench        0.80" in lines


def test_the_report_of_a_scenario_without_windows() -> None:
    start = {
        "scenario": "start",
        "about": "the time to start",
        "database": "sqlite",
        "figure": {"name": "start", "unit": "s", "value": 0.634},
        "server_resident_mb": 60.0,
        "not_2xx": 0,
        "verify": {"sound": False, "faults": []},
        "further_figures": [],
        "compared_with": {},
    }
    _, block = report([start]).split("\n\n")
    assert block.splitlines() == [
        "start (SQLite): the time to start",
        "  start                   0.634 s",
        "  memory of the server    60 MB",
        "  failed operations       0",
        "  ledger afterwards       NOT SOUND",
    ]


def test_the_report_explains_its_yardstick() -> None:
    introduction, *_ = report([SPREAD]).split("\n\n")
    assert "pgbench, PostgreSQL's own benchmark" in introduction
    assert "A ratio of 1 means" in introduction
