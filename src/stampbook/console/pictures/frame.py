"""What the drawings of one picture share: columns, heights, ticks, and the line of today.

The drawings have no size of their own: columns are shares of the width, so that texts keep their
size on every screen. What is drawn to scale is in an inner drawing that is stretched to its column,
`WIDTH` units wide; marks are placed by shares of that column.
"""

from collections.abc import Sequence
from typing import Final

from stampbook.console.pictures.shapes import Element, element, percent
from stampbook.console.pictures.time import Axis, Tick
from stampbook.console.pictures.values import LotsHistory, Speech
from stampbook.console.values import text_of

LEFT: Final = 0.2
PLOT: Final = 0.65
"""Shares of the width: labels, the plot, and the rest for what is at its right."""

WIDTH: Final = 600
"""Units of the stretched drawings."""

EDGE: Final = 0.05
"""Within this share of an end of the axis there is no room for a label in the middle, and on narrow
screens within twice as much."""


def stretched(*children: Element, y: float, height: float, class_: str = "plot") -> Element:
    """A drawing to scale, stretched to the column of the plot."""
    return element(
        "svg",
        *children,
        class_=class_,
        x=percent(LEFT),
        y=y,
        width=percent(PLOT),
        height=height,
        viewbox=f"0 0 {WIDTH} {height:g}",
        preserveaspectratio="none",
    )


def placed(*children: Element, y: float = 0) -> Element:
    """Marks and texts at shares of the plot; they are not stretched."""
    return element(
        "svg", *children,
        class_="plot", x=percent(LEFT), y=y, width=percent(PLOT),
    )  # fmt: skip


def at_share(share: float, *children: Element, y: float = 0) -> Element:
    """A mark with its own origin at a share of the plot."""
    return element("svg", *children, x=percent(share), y=y)


def grid(axis: Axis, marks: Sequence[Tick], *, top: float, bottom: float) -> list[Element]:
    """A line at each tick and its label below. Narrow screens show every second label."""
    drawn: list[Element] = []
    for place, tick in enumerate(marks):
        share = axis.share(tick.at)
        x = percent(share)
        drawn.append(element("line", class_="tick-line", x1=x, x2=x, y1=top, y2=bottom))
        is_minor = place % 2 or not 2 * EDGE <= share <= 1 - 2 * EDGE
        if EDGE <= share <= 1 - EDGE:
            drawn.append(
                element(
                    "text",
                    tick.label,
                    class_="tick minor" if is_minor else "tick",
                    x=x,
                    y=bottom + 14,
                    text_anchor="middle",
                )
            )
    return drawn


def today(
    history: LotsHistory, axis: Axis, speech: Speech, *, top: float, bottom: float, named: bool
) -> Element:
    """The line between what was and what will be, with its label above. `named`: it has the test
    id, which a picture has once; wide screens show no other label."""
    share = axis.share(history.at)
    x = percent(share)
    word = (
        speech.pgettext("picture", "then")
        if history.is_past
        else speech.pgettext("picture", "today")
    )
    return element(
        "g",
        element("line", x1=x, x2=x, y1=top, y2=bottom),
        element("text", word, x=x, y=top - 5, text_anchor="middle"),
        class_="today" if named else "today again",
        data_testid="today" if named else None,
        data_at=text_of(history.at) if named else None,
    )
