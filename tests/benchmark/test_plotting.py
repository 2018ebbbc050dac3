"""The chart of `bench --plot`."""

from __future__ import annotations

from importlib.metadata import packages_distributions
from typing import Any

from lxml import etree

from stampbook.benchmark import plotting
from stampbook.benchmark.plotting import chart


def measured(name: str, rate: float, pgbench: float) -> dict[str, Any]:
    return {
        "scenario": name,
        "operations_per_s": {"median": rate},
        "pgbench_tps": {"median": pgbench},
        "ratio": {"median": rate / pgbench},
    }


def test_the_chart_shows_rates_beside_pgbench() -> None:
    without_a_rate = {"scenario": "start", "figure": {"name": "start", "unit": "s", "value": 0.6}}
    without_pgbench = {"scenario": "memory", "operations_per_s": {"median": 100.0}}
    drawn = chart([measured("spread <&>", 5_672, 7_090), without_a_rate, without_pgbench])
    root = etree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = " ".join(each.text or "" for each in root.iter("{*}text", "{*}desc", "{*}title"))
    assert "spread <&>" in texts
    assert "0.80 times pgbench" in texts
    assert "5672" in texts
    assert "7090" in texts
    assert "start" not in texts
    assert "memory" not in texts


def test_installed_packages_are_still_found() -> None:
    """The library has a finder of its own, which would take the place of Python's."""
    plotting._pygal()
    assert "msgspec" in packages_distributions()
