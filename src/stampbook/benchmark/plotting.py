"""A chart of the figures beside what they must and should be; needs the extra `bench`."""

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from stampbook.benchmark.faults import Lacking


def check_plotting() -> None:
    """Raise Lacking if no chart can be drawn."""
    if find_spec("pygal") is None:
        raise Lacking("--plot needs pygal, which is not installed: `pip install pygal`")


def chart(scenarios: Sequence[Mapping[str, Any]]) -> bytes:
    """An SVG: for each scenario how far the figure is on its way to the goal, and the must too.

    The goal is 100; where less is better the shares are inverted, so that more is better in every
    bar. Scenarios without a target are left out.
    """
    pygal = _pygal()
    aimed = [each["figure"] | {"of": each["scenario"]} for each in scenarios]
    aimed = [figure for figure in aimed if figure["goal"] is not None]
    drawn = pygal.Bar(
        title="stampbook bench: per cent of the goal",
        x_labels=[figure["of"] for figure in aimed],
        js=(),
        range=(0, 100),
        disable_xml_declaration=False,
    )
    for title, name in (("measured", "value"), ("must", "must"), ("goal", "goal")):
        drawn.add(
            title,
            [{"value": share(figure, name), "label": _label(figure, name)} for figure in aimed],
        )
    rendered: bytes = drawn.render()
    return rendered


def _pygal() -> ModuleType:
    """The library, without the hook that it leaves in Python's imports.

    The hook finds plugins, which we do not use, and makes Python 3.11 warn at every later import.
    """
    before = list(sys.meta_path)
    import pygal

    sys.meta_path[:] = before
    module: ModuleType = pygal
    return module


def share(figure: Mapping[str, Any], name: str) -> float:
    """A value of the figure in per cent of the goal, more being better."""
    value, goal = float(figure[name]), float(figure["goal"])
    if figure["higher_is_better"]:
        return round(100 * value / goal, 1)
    return round(100 * goal / value, 1) if value > 0 else 100.0


def _label(figure: Mapping[str, Any], name: str) -> str:
    return f"{figure['name']}: {figure[name]:.4g} {figure['unit']}"
