"""The picture of lots over time: what an account had, has and will have, and which lot pays."""

from typing import Final

from stampbook.console.pictures.balance import balance_drawing
from stampbook.console.pictures.lanes import Addresses, lanes_drawing
from stampbook.console.pictures.patterns import definitions, legend
from stampbook.console.pictures.shapes import Element, Picture, element
from stampbook.console.pictures.steps import STEPS
from stampbook.console.pictures.time import Axis, ticks
from stampbook.console.pictures.values import (
    MOST_LANES,
    STATES,
    LotLevel,
    LotLife,
    LotsHistory,
    Speech,
    is_dated,
)

ADDRESSES: Final = Addresses()

MOST_BYTES: Final = 150_000
"""A longer picture is drawn again with fewer steps."""


def lots_picture(
    history: LotsHistory,
    speech: Speech,
    *,
    figure: str = "lots",
    name: str = "",
    show_all: str | None = None,
    addresses: Addresses = ADDRESSES,
) -> Picture:
    """The figure `lots-picture`.

    `figure` begins the ids in it, and must be another one for each figure of a page. `name` is what
    is counted, such as the currency's name; `show_all` the address of the picture with all lots.
    """
    most = STEPS
    while True:
        shapes = lots_shapes(
            history,
            speech,
            figure=figure,
            name=name,
            show_all=show_all,
            addresses=addresses,
            most=most,
        )
        picture = Picture(shapes)
        if picture.size <= MOST_BYTES:
            return picture
        if most == STEPS:
            most = STEPS * MOST_BYTES // picture.size * 2 // 3
        elif history.lots:  # hundreds of kinds of changes: fewer lanes, and the rest in one
            history = history.folded(len(history.lots) * MOST_BYTES * 9 // picture.size // 10)
        else:
            most //= 2


def lots_shapes(
    history: LotsHistory,
    speech: Speech,
    *,
    figure: str,
    name: str,
    show_all: str | None,
    addresses: Addresses,
    most: int = STEPS,
) -> Element:
    axis = Axis(history.since, history.until)
    marks = ticks(axis, speech)
    title = speech.gettext("Points over time")
    if name:
        title = f"{title}: {name}"
    parts = [
        balance_drawing(
            history,
            axis,
            marks,
            speech,
            figure=figure,
            title=title,
            description=description(history, speech),
            most=most,
        )
    ]
    if history.lots or history.others:
        parts.append(
            lanes_drawing(
                history, axis, marks, speech, figure=figure, addresses=addresses, most=most
            )
        )
    else:
        parts.append(
            element("p", speech.gettext("There were no lots in this time."), class_="picture-empty")
        )
    parts.append(_legend(history, speech, figure))
    if history.others and show_all and len(history.lots) < MOST_LANES:
        total = len(history.lots) + history.others.count
        if total <= MOST_LANES:
            word = speech.ngettext("Show the %(num)s lot", "Show all %(num)s lots", total)
        else:
            word = speech.ngettext("Show %(num)s lot", "Show %(num)s lots", MOST_LANES)
        link = element("a", word, href=show_all, data_testid="show-all")
        parts.append(element("p", link, class_="picture-more"))
    return element(
        "figure",
        *parts,
        definitions(figure),
        class_="picture-figure",
        data_testid="lots-picture",
        id=figure,
        data_reduced="true" if history.is_reduced else None,
    )


def description(history: LotsHistory, speech: Speech) -> str:
    """The main figures in words."""
    now, scale = history.now(), history.scale
    said = [
        speech.gettext("%(amount)s available", amount=speech.scaled(now.available, scale)),
        speech.gettext("%(amount)s on hold", amount=speech.scaled(now.held, scale)),
        speech.gettext("%(amount)s pending", amount=speech.scaled(now.pending, scale)),
    ]
    if now.deficit:
        said.append(
            speech.gettext("a debt of %(amount)s", amount=speech.scaled(now.deficit, scale))
        )
    text = f"{', '.join(said)}."
    dated = [
        (life.expires_at, life.expiring)
        for life in history.lots
        if history.at < life.expires_at and is_dated(life.expires_at) and life.expiring
    ]
    if dated:
        at = min(dated)[0]
        amount = sum(each for when, each in dated if when == at)
        text += " " + speech.gettext(
            "Next, %(amount)s expire on %(date)s.",
            amount=speech.scaled(amount, scale),
            date=speech.date(at),
        )
    return text


def _drawn(history: LotsHistory, life: LotLife) -> list[LotLevel]:
    return [level for level in life.levels if level.at <= history.until]


def _legend(history: LotsHistory, speech: Speech, figure: str) -> Element:
    """What the picture has: the open states, and the others where they occur."""
    present = list(STATES[:3])
    for place, state in enumerate(STATES[3:], start=3):
        if any(level.split[place] for life in history.lots for level in _drawn(history, life)):
            present.append(state)
    if any(level.deficit for level in history.levels):
        present.append("deficit")
    marks = []
    if any(life.created_at < life.activates_at for life in history.lots):
        circle = element("circle", cx=11, cy=7, r=5, class_="mark-shape activation-mark")
        marks.append((circle, speech.pgettext("picture", "Becomes usable")))
    if any(is_dated(life.expires_at) for life in history.lots):
        triangle = element("path", d="M11 2l6 9h-12z", class_="mark-shape expiry-mark")
        marks.append((triangle, speech.pgettext("picture", "Expires")))
    if any(life.cancels for life in history.lots):
        notch = element("path", d="M11 11l5-9h-10z", class_="mark-shape cancel-mark")
        marks.append((notch, speech.pgettext("picture", "Cancel")))
    return legend(figure, present, speech, marks)
