"""The upper drawing: an account's balance over time, as stacked steps."""

import json
from collections.abc import Sequence
from typing import Final

from stampbook.console.pictures.frame import (
    LEFT,
    WIDTH,
    at_share,
    grid,
    placed,
    stretched,
    today,
)
from stampbook.console.pictures.patterns import fill
from stampbook.console.pictures.shapes import Element, element, percent
from stampbook.console.pictures.steps import FEWEST, Steps, area, band, sums, thinned
from stampbook.console.pictures.time import Axis, Tick, written_second
from stampbook.console.pictures.values import LotsHistory, Speech
from stampbook.speaking.speech import plain

TOP: Final = 20
HEIGHT: Final = 150
BELOW: Final = 22
"""Room for ticks."""

UPWARDS: Final = ("available", "held", "pending")
"""From zero; a deficit goes downwards."""

FUTURE_SHARE: Final = 4
"""A long future has a quarter of the steps of a long past."""


def balance_drawing(
    history: LotsHistory,
    axis: Axis,
    marks: Sequence[Tick],
    speech: Speech,
    *,
    figure: str,
    title: str,
    description: str,
    most: int,
) -> Element:
    """`most` is how many steps a path may have."""
    levels = history.levels or [history.now()]
    ats, *amounts = zip(*levels, strict=True)
    steps = Steps(ats, amounts)
    past = steps.within(ats[0], history.at)
    future = steps.within(history.at, history.until)
    stack = sums(amounts[: len(UPWARDS)])
    drawing = _Drawing(axis, history.scale, figure, max(stack), max(amounts[-1]))
    bottom = TOP + HEIGHT
    areas = [*drawing.past(past, history.at, most), *drawing.future(future, most)]
    zero = drawing.y(0)
    areas.append(element("path", class_="zero", d=f"M0 {zero:.1f}H{WIDTH}"))
    return element(
        "svg",
        element("title", title, id=f"{figure}-title"),
        element("desc", description, id=f"{figure}-desc"),
        placed(*grid(axis, marks, top=TOP, bottom=bottom)),
        element(
            "g",
            stretched(*areas, y=TOP, height=HEIGHT),
            data_testid="balance-area",
        ),
        element(
            "svg",
            *_amounts(drawing, speech),
            x=percent(LEFT), y=TOP,
        ),
        placed(
            today(history, axis, speech, top=TOP, bottom=bottom, named=True),
            *_cut(history, speech, bottom),
        ),
        class_="picture picture-balance",
        role="img",
        aria_labelledby=f"{figure}-title {figure}-desc",
        width="100%",
        height=bottom + BELOW,
    )  # fmt: skip


class _Drawing:
    def __init__(self, axis: Axis, scale: int, figure: str, highest: int, lowest: int) -> None:
        self.axis = axis
        self.scale = scale
        self.figure = figure
        self.highest = highest
        self.lowest = lowest

    def y(self, amount: int) -> float:
        """From the top of the plot."""
        span = self.highest + self.lowest
        return HEIGHT * (self.highest - amount) / span if span else HEIGHT

    def past(self, steps: Steps, now: int, most: int) -> list[Element]:
        """From the top of the stack to its bottom: each area reaches down to zero, and the next
        one is drawn over it. That takes half the text of areas with two edges."""
        steps = _thinned(steps, most)
        ats, amounts, _ = steps
        drawn = []
        end, zero = self._x(now), self.y(0)
        for count in range(len(UPWARDS), 0, -1):
            d = area(self._points(ats, sums(amounts[:count])), end, zero)
            drawn.append(self._path(UPWARDS[count - 1], steps, count - 1, d))
        below = [-each for each in amounts[-1]]
        drawn.append(self._path("deficit", steps, -1, area(self._points(ats, below), end, zero)))
        return drawn

    def future(self, steps: Steps, most: int) -> list[Element]:
        """Areas with two edges, since they are paler and nothing may show through."""
        steps = _thinned(
            steps, max(FEWEST, most // FUTURE_SHARE) if len(steps.ats) > most else most
        )
        ats, amounts, _ = steps
        drawn = []
        lower: Sequence[int] = [0] * len(ats)
        for place, state in enumerate(UPWARDS):
            upper = sums([lower, amounts[place]])
            d = band(self._points(ats, upper), self._points(ats, lower), WIDTH)
            drawn.append(self._path(state, steps, place, d, is_future=True))
            lower = upper
        below = [-each for each in amounts[-1]]
        zeros = self._points(ats, [0] * len(ats))
        d = band(zeros, self._points(ats, below), WIDTH)
        drawn.append(self._path("deficit", steps, -1, d, is_future=True))
        return drawn

    def _x(self, at: int) -> float:
        return WIDTH * self.axis.share(at)

    def _points(self, ats: Sequence[int], amounts: Sequence[int]) -> list[tuple[float, float]]:
        return [(self._x(at), self.y(amount)) for at, amount in zip(ats, amounts, strict=True)]

    def _path(
        self, state: str, steps: Steps, place: int, d: str, *, is_future: bool = False
    ) -> Element:
        """With `data-steps`: the first, the last, and all at which this state changes."""
        amounts, last = steps.amounts[place], len(steps.ats) - 1
        listed = [
            (written_second(at), plain(amount, self.scale))
            for number, (at, amount) in enumerate(zip(steps.ats, amounts, strict=True))
            if number in (0, last) or amount != amounts[number - 1]
        ]
        return element(
            "path",
            class_=f"state {state} future" if is_future else f"state {state}",
            fill=fill(self.figure, state),
            d=d if any(amounts) else "M0 0",
            data_state=state,
            data_future="true" if is_future else None,
            data_reduced="true" if steps.is_reduced else None,
            data_steps=json.dumps(listed, separators=(",", ":")),
        )


def _thinned(steps: Steps, most: int) -> Steps:
    if len(steps.ats) <= most:
        return steps
    return thinned(steps, sums(steps.amounts[: len(UPWARDS)]), most)


def _amounts(drawing: _Drawing, speech: Speech) -> list[Element]:
    """The highest amount, zero, and the largest debt, where there is room for them."""
    drawn: list[Element] = []
    taken: list[float] = []
    for amount in (drawing.highest, -drawing.lowest, 0):
        y = drawing.y(amount)
        if all(abs(y - other) >= 14 for other in taken):
            taken.append(y)
            text = speech.scaled(amount, drawing.scale)
            drawn.append(
                element("text", text, class_="amount-tick", x=-8, y=y + 4, text_anchor="end")
            )
    return drawn


def _cut(history: LotsHistory, speech: Speech, bottom: float) -> list[Element]:
    """The axis is broken where lots expire after its end."""
    if not history.is_cut:
        return []
    mark = element(
        "path",
        element("title", speech.gettext("Some points expire later than this.")),
        d=f"M-1 {bottom + 6:g}l4-5l3 8l4-6",
        class_="cut",
    )
    return [at_share(1, mark)]
