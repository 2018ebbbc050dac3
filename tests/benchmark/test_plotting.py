"""The chart of `bench --plot`."""

from __future__ import annotations

from typing import Any

from lxml import etree

from stampbook.benchmark.figures import Figure, Target
from stampbook.benchmark.plotting import chart, share


def told(name: str, value: float, target: Target | None) -> dict[str, Any]:
    return {"scenario": name, "figure": Figure("ratio <&>", "x", value, target).told()}


def test_the_chart_is_an_image() -> None:
    drawn = chart(
        [
            told("spread", 1.8, Target(1.5, 2.0)),
            told("latency", 7.0, Target(10, 5, higher_is_better=False)),
            told("hot", 0.8, None),
        ]
    )
    root = etree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = "".join(text for text in root.itertext() if isinstance(text, str))
    assert "spread" in texts
    assert "latency" in texts
    assert "hot" not in texts


def test_shares_of_the_goal() -> None:
    """More is better in every bar."""
    higher = Figure("ratio", "x", 1.5, Target(1.0, 2.0)).told()
    assert [share(higher, name) for name in ("value", "must", "goal")] == [75.0, 50.0, 100.0]
    lower = Figure("latency", "ms", 10.0, Target(20, 5, higher_is_better=False)).told()
    assert [share(lower, name) for name in ("value", "must", "goal")] == [50.0, 25.0, 100.0]
