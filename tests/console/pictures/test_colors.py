"""The colors of the pictures in both themes: what differs is seen to (WCAG 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from stampbook.console.pictures.patterns import PATTERNED
from stampbook.console.pictures.values import STATES

CSS = resources.files("stampbook.console").joinpath("static/pictures.css").read_text("utf-8")
DECLARED = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--p-(\w+):light-dark\((#\w+),(#\w+)\)", CSS)
}
THEMES = pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])

MARKS = {"held": "dots", "pending": "stripes", "expired": "hatch"}
FILLS = {"expired": "bg", "revoked": "bg"}
"""The color of a state's ground, where it has another name."""


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lower, higher = sorted((luminance(one), luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


@THEMES
@pytest.mark.parametrize("state", [*STATES, "deficit"])
def test_each_state_has_an_outline_that_is_seen_against_it(state: str, theme: int) -> None:
    """So neighbors differ, whichever two they are."""
    ink, fill = DECLARED["ink"][theme], DECLARED[FILLS.get(state, state)][theme]
    assert contrast(ink, fill) >= 3


@THEMES
@pytest.mark.parametrize("state", PATTERNED)
def test_patterns_are_seen(state: str, theme: int) -> None:
    mark, fill = DECLARED[MARKS[state]][theme], DECLARED[FILLS.get(state, state)][theme]
    assert contrast(mark, fill) >= 3


@THEMES
def test_texts_and_lines_are_seen(theme: int) -> None:
    ground = DECLARED["bg"][theme]
    assert contrast(DECLARED["ink"][theme], ground) >= 7
    assert contrast(DECLARED["muted"][theme], ground) >= 4.5
    assert contrast(DECLARED["chosen"][theme], ground) >= 3


def test_it_is_small_and_every_color_is_used() -> None:
    assert len(CSS.encode()) <= 3_072
    used = set(re.findall(r"var\(--p-(\w+)\)", CSS))
    assert used == set(DECLARED)
    assert CSS.count("{") == CSS.count("}")
