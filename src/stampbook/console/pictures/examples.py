"""Small drawings of what a policy does: a few strips, each divided into states from left to right,
and lines across them for what happens to all."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.console.pictures.patterns import PATTERNED, definitions, fill, legend, words
from stampbook.console.pictures.shapes import Element, Picture, element, number
from stampbook.console.pictures.values import STATES, Speech

WIDTH: Final = 300
EDGE: Final = 2
HEIGHT: Final = 16
ABOVE: Final = 18
"""Room for the words above a strip."""

PITCH: Final = HEIGHT + ABOVE + 6
BELOW: Final = 20
"""Room for the words of the lines."""


class Span(NamedTuple):
    """A part of a strip: from one hundredth of the width to another, and its state."""

    begin: float
    end: float
    state: str


class Strip(NamedTuple):
    """Words, in English, and what is below them."""

    name: str
    spans: Sequence[Span]


class Line(NamedTuple):
    """Where all strips are crossed, in hundredths of the width, and what that is, in English."""

    at: float
    name: str


class Example(NamedTuple):
    strips: Sequence[Strip]
    lines: Sequence[Line] = ()


def example_picture(example: Example, speech: Speech, *, figure: str, name: str) -> Picture:
    """The figure `example`. Names in it are translated; `figure` is unique on the page."""
    bottom = PITCH * len(example.strips)
    height = bottom + (BELOW if example.lines else 4)
    drawn = [
        part
        for place, strip in enumerate(example.strips)
        for part in _strip(strip, speech, figure, PITCH * place)
    ]
    for line in example.lines:
        x = _x(line.at)
        anchor = "end" if line.at > 50 else "start"
        text = speech.gettext(line.name)
        drawn += [
            element("g", element("line", x1=x, x2=x, y1=2, y2=bottom + 4), class_="today"),
            element("text", text, class_="tick", x=x, y=bottom + 16, text_anchor=anchor),
        ]
    picture = element(
        "svg",
        element("title", name, id=f"{figure}-title"),
        element("desc", description(example, speech), id=f"{figure}-desc"),
        *drawn,
        class_="picture",
        role="img",
        aria_labelledby=f"{figure}-title {figure}-desc",
        width="100%",
        viewbox=f"0 0 {WIDTH} {height}",
    )
    states = {span.state for strip in example.strips for span in strip.spans}
    patterns = [definitions(figure)] if states & set(PATTERNED) else []
    return Picture(
        element(
            "figure",
            picture,
            *patterns,
            class_="picture-figure",
            data_testid="example",
            id=figure,
        )
    )


def examples_legend(speech: Speech, *, figure: str = "examples") -> Picture:
    """What the states look like, once for all drawings of a page."""
    states = (*STATES, "deficit")
    return Picture(
        element(
            "figure",
            legend(figure, states, speech),
            definitions(figure),
            class_="picture-figure",
            id=figure,
        )
    )


def description(example: Example, speech: Speech) -> str:
    """The drawing in words: each strip with its states in their order, then the lines."""
    named = words(speech)
    said = [
        f"{speech.gettext(strip.name)}: {', '.join(_states(strip, named))}"
        for strip in example.strips
    ]
    said += [speech.gettext(line.name) for line in example.lines]
    return "; ".join(said)


def _states(strip: Strip, named: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for span in strip.spans:
        word = named[span.state].lower()
        if not found or found[-1] != word:
            found.append(word)
    return found


def _strip(strip: Strip, speech: Speech, figure: str, top: float) -> list[Element]:
    y = top + ABOVE
    parts = [element("text", speech.gettext(strip.name), class_="tick", x=EDGE, y=top + 13)]
    for span in strip.spans:
        begin, end = _x(span.begin), _x(span.end)
        parts.append(
            element(
                "path",
                class_=f"state {span.state}",
                fill=fill(figure, span.state),
                d=f"M{number(begin)} {number(y)}H{number(end)}V{number(y + HEIGHT)}"
                f"H{number(begin)}Z",
                data_state=span.state,
            )
        )
    return parts


def _x(hundredths: float) -> float:
    return EDGE + (WIDTH - 2 * EDGE) * hundredths / 100
