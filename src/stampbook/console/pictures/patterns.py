"""How the states look: never by color alone. A solid fill, dots, stripes or a hatch, each with an
outline that is easy to see against all of them; and the legend that names them."""

from collections.abc import Mapping, Sequence
from typing import Final

from stampbook.console.pictures.shapes import Element, element
from stampbook.console.pictures.values import Speech

PATTERNED: Final = ("held", "pending", "expired")
"""States whose fill is a pattern; the others have a color of their class."""


def fill(figure: str, state: str) -> str | None:
    """The fill of the state as an attribute, None where its class has it."""
    return f"url(#{figure}-{state})" if state in PATTERNED else None


def definitions(figure: str) -> Element:
    """The patterns, in a drawing of no size, which is never hidden with what uses them."""
    return element(
        "svg",
        element(
            "defs",
            _pattern(figure, "held", 6, element("circle", cx=3, cy=3, r=1.5, class_="dot")),
            _pattern(figure, "pending", 8, element("path", d="M-2 2L2-2M0 8L8 0M6 10L10 6")),
            _pattern(figure, "expired", 6, element("path", d="M0 0L6 6M6 0L0 6")),
        ),
        class_="picture-patterns",
        width="0",
        height="0",
        aria_hidden="true",
        focusable="false",
    )


def _pattern(figure: str, state: str, size: int, *marks: Element) -> Element:
    return element(
        "pattern",
        element("rect", width=size, height=size, class_="ground"),
        *marks,
        id=f"{figure}-{state}",
        class_=f"pattern {state}",
        width=size,
        height=size,
        patternunits="userSpaceOnUse",
    )


def words(speech: Speech) -> Mapping[str, str]:
    """The names of the states."""
    return {
        "available": speech.pgettext("points", "Available"),
        "held": speech.pgettext("points", "On hold"),
        "pending": speech.pgettext("points", "Pending"),
        "spent": speech.pgettext("points", "Used"),
        "expired": speech.pgettext("points", "Expired"),
        "revoked": speech.pgettext("points", "Cancelled"),
        "deficit": speech.pgettext("points", "Debt"),
    }


def legend(
    figure: str, states: Sequence[str], speech: Speech, marks: Sequence[tuple[Element, str]] = ()
) -> Element:
    """The states in words, each beside a sample of how it looks, and the marks likewise."""
    named = words(speech)
    entries = [
        entry(
            element(
                "rect",
                x=1, y=1, width=20, height=12,
                class_=f"state {state}",
                fill=fill(figure, state),
            ),
            named[state],
        )
        for state in states
    ]  # fmt: skip
    entries += [entry(mark, word) for mark, word in marks]
    return element("ul", *entries, class_="picture-legend", data_testid="legend")


def entry(sample: Element, word: str) -> Element:
    """A line of a legend: a sample of how it looks, and what it is."""
    drawn = element("svg", sample, width="22", height="14", aria_hidden="true", focusable="false")
    return element("li", drawn, word)
