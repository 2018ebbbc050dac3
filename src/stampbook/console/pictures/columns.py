"""Charts of reports by buckets of time: stacked columns upwards and downwards, and steps of shares.

Values in, shapes out, as all pictures. Each bar has its exact value in an attribute; the table
below a chart has the same figures.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from stampbook.console.pictures.patterns import definitions, entry, fill
from stampbook.console.pictures.shapes import Element, Picture, element, number, percent
from stampbook.console.pictures.values import Speech
from stampbook.speaking.speech import translatable

WIDTH: Final = 600
"""Units of the plot, which is stretched to the width of the picture."""

TOP: Final = 20
"""Room for the amount of the highest column, which is written above the plot."""

HEIGHT: Final = 200
BELOW: Final = 22
"""Room for the names of buckets."""

LOWEST: Final = 18
"""Room for the amount of the lowest column, above the names."""

LABELS: Final = 8
"""Buckets that are named below the plot."""

GAP: Final = 0.15
"""The share of a bucket's width that is left free at each side of a column."""


class Look(NamedTuple):
    """What a series is called, in English, and the state of points whose look it has."""

    word: str
    state: str
    is_down: bool = False


SERIES: Final = {
    "issued": Look(translatable("Given"), "available"),
    "returned": Look(translatable("Returned"), "pending"),
    "reinstated": Look(translatable("Reinstated"), "held"),
    "redeemed": Look(translatable("Points used"), "spent", is_down=True),
    "expired": Look(translatable("Points expired"), "expired", is_down=True),
    "revoked": Look(translatable("Cancelled"), "revoked", is_down=True),
    "outstanding": Look(translatable("Open points"), "available"),
    "amount": Look(translatable("Available or pending"), "available"),
    "held": Look(translatable("On hold"), "held"),
    "rate": Look(translatable("Share that expired"), "expired"),
}
"""By the names of figures in the native API, in the order in which they are stacked from zero."""


class Bucket(NamedTuple):
    """A span of time: its name in attributes, its name for people, and the decimal value of each
    series. `is_open`: its values may still change."""

    name: str
    label: str
    values: dict[str, str]
    is_open: bool = False


Written = Callable[[str], str]
"""How a value is written for people."""


def columns_picture(
    buckets: Sequence[Bucket], series: Sequence[str], speech: Speech, *, title: str, steps: bool
) -> Picture:
    """The figure `chart`. With `steps` the columns touch each other, a line of
    steps, and the values are shares of one."""
    shown = [each for each in series if any(_value(bucket, each) for bucket in buckets)] or [
        series[0]
    ]
    highest = max((_sum(each, shown, is_down=False) for each in buckets), default=Decimal(0))
    lowest = max((_sum(each, shown, is_down=True) for each in buckets), default=Decimal(0))
    written = speech.share if steps else speech.amount
    plot = _Plot(len(buckets), highest, lowest, 0 if steps else GAP)
    bars = [
        bar
        for place, bucket in enumerate(buckets)
        for bar in plot.bars(place, bucket, shown, speech, written)
    ]
    below = LOWEST if lowest else 0
    zero = element("path", class_="zero", d=f"M0 {plot.y(Decimal(0)):.1f}H{WIDTH}")
    drawing = element(
        "svg",
        element("title", title, id="chart-title"),
        element("desc", description(buckets, shown, speech, written), id="chart-desc"),
        element(
            "svg", *bars, zero,
            class_="plot", y=TOP, width="100%", height=HEIGHT,
            viewbox=f"0 0 {WIDTH} {HEIGHT}", preserveaspectratio="none",
        ),
        *_amounts(plot, written),
        element(
            "svg", *_names(buckets), y=TOP + HEIGHT + below, width="100%", height=BELOW,
        ),
        class_="picture",
        role="img",
        aria_labelledby="chart-title chart-desc",
        width="100%",
        height=TOP + HEIGHT + below + BELOW,
    )  # fmt: skip
    return Picture(
        element(
            "figure",
            drawing,
            element(
                "ul",
                *(_in_words(each, speech) for each in shown),
                class_="picture-legend",
                data_testid="legend",
            ),
            definitions("chart"),
            class_="picture-figure",
            data_testid="chart",
            id="chart",
        )
    )


def description(
    buckets: Sequence[Bucket], series: Sequence[str], speech: Speech, written: Written
) -> str:
    """The chart in a sentence: the highest value of each series, and when."""
    said = []
    for each in series:
        highest = max(buckets, key=lambda bucket: _value(bucket, each), default=None)
        if highest is not None and _value(highest, each):
            said.append(
                speech.gettext(
                    "%(series)s: at most %(amount)s, %(when)s",
                    series=speech.gettext(SERIES[each].word),
                    amount=written(highest.values[each]),
                    when=highest.label,
                )
            )
    return "; ".join(said) or speech.gettext("Nothing in this time.")


class _Plot:
    def __init__(self, buckets: int, highest: Decimal, lowest: Decimal, gap: float) -> None:
        self.highest = highest
        self.lowest = lowest
        self._pitch = WIDTH / max(buckets, 1)
        self._gap = gap * self._pitch

    def y(self, amount: Decimal) -> float:
        """From the top of the plot."""
        span = self.highest + self.lowest
        return float(HEIGHT * (self.highest - amount) / span) if span else HEIGHT

    def bars(
        self, place: int, bucket: Bucket, series: Sequence[str], speech: Speech, written: Written
    ) -> list[Element]:
        """The bucket's column: a bar for each series that is not zero, from zero outwards."""
        drawn = []
        up = down = Decimal(0)
        begin, end = place * self._pitch + self._gap, (place + 1) * self._pitch - self._gap
        for name in series:
            value, look = _value(bucket, name), SERIES[name]
            if not value:
                continue
            if look.is_down:
                top, down = -down, down + value
                bottom = -down
            else:
                bottom, up = up, up + value
                top = up
            upper, lower = self.y(top), self.y(bottom)
            drawn.append(
                element(
                    "path",
                    element("title", _said(bucket, name, speech, written)),
                    class_=f"state {look.state} future"
                    if bucket.is_open
                    else f"state {look.state}",
                    fill=fill("chart", look.state),
                    d=f"M{number(begin)} {number(lower)}V{number(upper)}"
                    f"H{number(end)}V{number(lower)}Z",
                    data_testid="bar",
                    data_bucket=bucket.name,
                    data_series=name,
                    value=bucket.values[name],
                )
            )
        return drawn


def _said(bucket: Bucket, name: str, speech: Speech, written: Written) -> str:
    return f"{bucket.label}, {speech.gettext(SERIES[name].word)}: {written(bucket.values[name])}"


def _value(bucket: Bucket, name: str) -> Decimal:
    return Decimal(bucket.values.get(name) or 0)


def _sum(bucket: Bucket, series: Sequence[str], *, is_down: bool) -> Decimal:
    values = (_value(bucket, each) for each in series if SERIES[each].is_down is is_down)
    return sum(values, Decimal(0))


def _amounts(plot: _Plot, written: Written) -> list[Element]:
    """The amounts of the highest column and of the lowest."""
    lines = ((plot.highest, TOP - 6), (-plot.lowest, TOP + HEIGHT + 14))
    return [
        element("text", written(f"{amount:f}"), class_="amount-tick", x=0, y=y)
        for amount, y in lines
        if amount
    ]


def _names(buckets: Sequence[Bucket]) -> list[Element]:
    """The names of some buckets. Narrow screens show every second of them."""
    step = -(-len(buckets) // LABELS) or 1
    return [
        element(
            "text",
            bucket.label,
            class_="tick minor" if place // step % 2 else "tick",
            x=percent((place + 0.5) / len(buckets)),
            y=14,
            text_anchor="middle",
        )
        for place, bucket in enumerate(buckets)
        if place % step == 0
    ]


def _in_words(name: str, speech: Speech) -> Element:
    look = SERIES[name]
    sample = element(
        "rect",
        x=1, y=1, width=20, height=12,
        class_=f"state {look.state}",
        fill=fill("chart", look.state),
    )  # fmt: skip
    return entry(sample, speech.gettext(look.word))
