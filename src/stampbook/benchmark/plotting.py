"""A chart of the scenarios beside pgbench; needs the extra `bench`."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from stampbook.benchmark.faults import Lacking


def check_plotting() -> None:
    """Raise Lacking if no chart can be drawn."""
    if find_spec("pygal") is None:
        raise Lacking("--plot needs pygal, which is not installed. Run `pip install pygal`")


def chart(scenarios: Sequence[Mapping[str, Any]]) -> bytes:
    """An SVG: operations a second and pgbench's transactions a second, for each scenario.

    Scenarios that measure no rate, or ran without pgbench, are left out.
    """
    pygal = _pygal()
    drawn_of = [each for each in scenarios if "ratio" in each]
    drawn = pygal.Bar(
        title="stampbook bench",
        x_labels=[each["scenario"] for each in drawn_of],
        y_title="a second",
        js=(),
        include_x_axis=True,
        disable_xml_declaration=False,
    )
    drawn.add(
        "Stampbook: operations",
        [
            {
                "value": each["operations_per_s"]["median"],
                "label": f"{each['ratio']['median']:.2f} times pgbench",
            }
            for each in drawn_of
        ],
    )
    drawn.add("pgbench: transactions", [each["pgbench_tps"]["median"] for each in drawn_of])
    rendered: bytes = drawn.render()
    return rendered


def _pygal() -> ModuleType:
    """The library, without the import hook that it leaves behind.

    The hook finds plugins, which we do not use, and makes Python 3.11 warn at every later import.
    It also takes the place of Python's own finder of installed packages, which is put back.
    """
    before = list(sys.meta_path)
    finders = {each: each.__dict__["find_distributions"] for each in before if _finds(each)}
    import pygal

    sys.meta_path[:] = before
    for finder, find in finders.items():
        finder.find_distributions = find  # type: ignore[attr-defined]
    module: ModuleType = pygal
    return module


def _finds(finder: object) -> bool:
    """Whether an import hook finds installed packages by a method of its own."""
    return "find_distributions" in getattr(finder, "__dict__", {})
