"""The lower drawing: a lane for each lot, in the order in which they pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stampbook.console.pictures.frame import (
    LEFT,
    PLOT,
    WIDTH,
    at_share,
    grid,
    placed,
    stretched,
    today,
)
from stampbook.console.pictures.patterns import fill
from stampbook.console.pictures.shapes import Element, element, percent
from stampbook.console.pictures.steps import Steps, area, band, fair, steps_of, sums, thinned
from stampbook.console.pictures.time import Axis, Tick
from stampbook.console.pictures.values import (
    STATES,
    CancelOfLot,
    LotLife,
    LotsHistory,
    OtherLots,
    Speech,
    Touch,
    is_dated,
    lot_id,
    split_at,
    transaction_id,
)
from stampbook.console.values import text_of
from stampbook.domain.model import FOREVER
from stampbook.speaking.speech import plain

PITCH: Final = 42
HEIGHT: Final = 22
TOP: Final = 38
"""Room for the label of today and, on narrow screens, of the first lane."""

BELOW: Final = 22

CANCELS: Final = 40
"""Marks of cancels, the newest of all lanes; each takes 400 bytes."""

NARROWEST: Final = 2.0
"""The least width of a lane."""

TAIL: Final = 10.0
"""The width of a piece after its expiry that shows what has expired, or will."""

SOURCE: Final = 20
"""Characters of the label of a lot's source."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where lots and transactions have their pages."""

    lots: str = "/console/lots/"
    transactions: str = "/console/transactions/"


def lanes_drawing(
    history: LotsHistory,
    axis: Axis,
    marks: Sequence[Tick],
    speech: Speech,
    *,
    figure: str,
    addresses: Addresses,
    most: int,
) -> Element:
    """`most` is how many steps a path may have."""
    drawing = _Lanes(history, axis, speech, figure, addresses, most)
    count = len(history.lots) + (history.others is not None)
    bottom = TOP + PITCH * count - (PITCH - HEIGHT) + 10
    lanes = [drawing.lane(place, life) for place, life in enumerate(history.lots)]
    if history.others is not None:
        lanes.append(drawing.others(len(history.lots), history.others))
    return element(
        "svg",
        placed(*grid(axis, marks, top=TOP - 6, bottom=bottom)),
        placed(today(history, axis, speech, top=16, bottom=bottom, named=False)),
        *lanes,
        *drawing.chosen(history.chosen),
        class_="picture picture-lanes",
        role="group",
        aria_label=speech.gettext("Lots, in the order in which they pay"),
        width="100%",
        height=bottom + BELOW,
    )


class _Lanes:
    def __init__(
        self,
        history: LotsHistory,
        axis: Axis,
        speech: Speech,
        figure: str,
        addresses: Addresses,
        most: int,
    ) -> None:
        self._history = history
        self._axis = axis
        self._speech = speech
        self._figure = figure
        self._addresses = addresses
        self._steps = {life.number: steps_of(life.levels) for life in history.lots}
        self._most = fair(self._steps.values(), most)
        newest = sorted(each for life in history.lots for each in life.cancels)[-CANCELS:]
        self._first_cancel = newest[0] if newest else CancelOfLot(FOREVER, 0)

    # -- one lot ------------------------------------------------------------------------------

    def lane(self, place: int, life: LotLife) -> Element:
        speech, scale = self._speech, self._history.scale
        top = TOP + PITCH * place
        now = life.at(self._history.at)
        left = now.available + now.held + now.pending
        fills, is_reduced = self._fills(life)
        cancels = [each for each in life.cancels if each >= self._first_cancel]
        link = element(
            "a",
            element("title", self._said(life, left)),
            *self._labels(top, speech.scaled(left, scale), life.source),
            stretched(*fills, y=top, height=HEIGHT),
            class_="lane-link",
            href=self._addresses.lots + lot_id(life.number),
        )
        return element(
            "g",
            link,
            placed(
                *self._marks(top, life),
                *(self._cancel_mark(top, each.at, each.transaction) for each in cancels),
            ),
            *self._dates(top, life),
            class_="lane" if left else "lane closed",
            data_testid="lot-lane",
            data_lot=lot_id(life.number),
            data_issued=plain(life.issued, scale),
            data_activates_at=_date(life.activates_at),
            data_expires_at=_date(life.expires_at),
            data_reduced="true" if is_reduced or len(cancels) < len(life.cancels) else None,
        )

    def _said(self, life: LotLife, left: int) -> str:
        speech, scale = self._speech, self._history.scale
        values = {"left": speech.scaled(left, scale), "issued": speech.scaled(life.issued, scale)}
        if not is_dated(life.expires_at):
            text = speech.gettext("%(left)s of %(issued)s left, never expire", **values)
        elif life.expires_at > self._history.at:
            text = speech.gettext(
                "%(left)s of %(issued)s left, expire on %(date)s",
                **values,
                date=speech.date(life.expires_at),
            )
        else:
            text = speech.gettext(
                "%(left)s of %(issued)s left, expired on %(date)s",
                **values,
                date=speech.date(life.expires_at),
            )
        return f"{life.source}: {text}" if life.source else text

    def _labels(self, top: float, amount: str, source: str) -> list[Element]:
        """The amount above the source at the left; on narrow screens both in a line above."""
        short = source if len(source) <= SOURCE else f"{source[: SOURCE - 1]}…"
        both = f"{amount} · {short}" if short else amount
        drawn = [element("text", amount, class_="lane-amount", x=0, y=top + (9 if short else 15))]
        if short:
            drawn.append(element("text", short, class_="lane-source", x=0, y=top + 23))
        above = element("text", both, class_="lane-both", x=0, y=top - 5)
        return [*drawn, element("svg", above, x=percent(LEFT))]

    def _fills(self, life: LotLife) -> tuple[list[Element], bool]:
        begin, end = self._ends(life)
        end_x = self._x(end)
        if end == life.expires_at and life.levels[-1].split.expired:
            end_x = min(end_x + TAIL, WIDTH)
        end_x = min(max(end_x, self._x(begin) + NARROWEST), WIDTH)
        steps = self._steps[life.number].within(begin, end)
        return self._stack(steps, max(life.issued, 1), end, end_x)

    def _stack(self, steps: Steps, full: int, end: int, end_x: float) -> tuple[list[Element], bool]:
        """What is in the lane up to now, and paler what will be. `full` fills it to its top."""
        now = self._history.at
        drawn: list[Element] = []

        def points(ats: Sequence[int], stack: Sequence[int]) -> list[tuple[float, float]]:
            return [
                (self._x(at), HEIGHT * (1 - amount / full))
                for at, amount in zip(ats, stack, strict=True)
            ]

        if not steps.ats:
            return [], False
        past, future = steps.within(steps.ats[0], now), steps.within(now, end)
        if past.ats:
            past = thinned(past, past.amounts[0], self._most)
            until = end_x if end <= now else self._x(now)
            for count in range(len(STATES), 0, -1):
                if any(past.amounts[count - 1]):
                    d = area(points(past.ats, sums(past.amounts[:count])), until, HEIGHT)
                    drawn.append(self._state(STATES[count - 1], d))
        if end > now and future.ats:
            future = thinned(future, future.amounts[0], self._most)
            lower: Sequence[int] = [0] * len(future.ats)
            for state, amount in zip(STATES, future.amounts, strict=True):
                upper = sums([lower, amount])
                if any(amount):
                    d = band(points(future.ats, upper), points(future.ats, lower), end_x)
                    drawn.append(self._state(state, d, is_future=True))
                lower = upper
        return drawn, past.is_reduced or future.is_reduced

    def _ends(self, life: LotLife) -> tuple[int, int]:
        """A lane goes from its accrual to its expiry, or to the last thing that happened to it."""
        begin = next((each.at for each in life.levels if any(each.split)), self._axis.since)
        last = life.levels[-1].at if life.levels else begin
        return begin, min(max(begin, life.expires_at, last), self._axis.until)

    def _state(self, state: str, d: str, *, is_future: bool = False) -> Element:
        return element(
            "path",
            class_=f"state {state} future" if is_future else f"state {state}",
            fill=fill(self._figure, state),
            d=d,
            data_state=state,
            data_future="true" if is_future else None,
        )

    def _x(self, at: int) -> float:
        return WIDTH * self._axis.share(at)

    # -- its marks and dates --------------------------------------------------------------------

    def _marks(self, top: float, life: LotLife) -> list[Element]:
        speech, axis = self._speech, self._axis
        href = self._addresses.lots + lot_id(life.number)
        drawn: list[Element] = []
        activates_at, expires_at = life.activates_at, life.expires_at
        if is_dated(activates_at) and life.levels and axis.has(activates_at):
            said = speech.gettext("Usable from %(date)s", date=speech.instant(activates_at))
            if activates_at > life.created_at:
                circle = element("circle", cy=HEIGHT / 2, r=5, class_="mark-shape")
                drawn.append(self._mark("activation-mark", top, activates_at, said, href, circle))
        if not is_dated(expires_at):
            arrow = element("path", d=f"M2 {HEIGHT / 2 - 6:g}l8 6l-8 6", class_="never")
            drawn.append(at_share(1, arrow, y=top))
        elif axis.has(expires_at):
            amount = life.expiring
            values = {
                "amount": speech.scaled(amount, self._history.scale),
                "date": speech.instant(expires_at),
            }
            if expires_at > self._history.at:
                said = speech.gettext("%(amount)s expire on %(date)s", **values)
            else:
                said = speech.gettext("%(amount)s expired on %(date)s", **values)
            shape = "mark-shape" if amount else "mark-shape nothing"
            triangle = element("path", d=f"M0 {HEIGHT - 4}l6 9h-12z", class_=shape)
            drawn.append(
                self._mark(
                    "expiry-mark",
                    top,
                    expires_at,
                    said,
                    href,
                    triangle,
                    amount=plain(amount, self._history.scale),
                )
            )
        return drawn

    def _cancel_mark(self, top: float, at: int, transaction: int) -> Element:
        said = self._speech.gettext("Cancel of %(date)s", date=self._speech.instant(at))
        notch = element("path", d="M0 8l5-9h-10z", class_="mark-shape")
        name = transaction_id(transaction)
        href = self._addresses.transactions + name
        return self._mark("cancel-mark", top, at, said, href, notch, transaction=name)

    def _mark(
        self,
        name: str,
        top: float,
        at: int,
        said: str,
        href: str,
        shape: Element,
        *,
        amount: str | None = None,
        transaction: str | None = None,
    ) -> Element:
        link = element(
            "a",
            element("title", said),
            element("circle", cy=HEIGHT / 2, r=12, class_="target"),
            shape,
            class_=f"mark {name}",
            data_testid=name,
            data_at=text_of(at),
            data_amount=amount,
            data_transaction=transaction,
            href=href,
            aria_label=said,
        )
        return at_share(self._axis.share(at), link, y=top)

    def _dates(self, top: float, life: LotLife) -> list[Element]:
        """When it expires, and below it how much does, at the right of the plot."""
        speech, history = self._speech, self._history
        if not is_dated(life.expires_at):
            lines = [speech.pgettext("picture", "never")]
        else:
            lines = [speech.date(life.expires_at)]
            if life.expiring:
                amount = speech.scaled(life.expiring, history.scale)
                if life.expires_at > history.at:
                    lines.append(speech.gettext("%(amount)s expire", amount=amount))
                else:
                    lines.append(speech.gettext("%(amount)s expired", amount=amount))
        y = top + (9 if len(lines) > 1 else 15)
        texts = [element("text", lines[0], class_="lane-date", x=18, y=y)]
        if len(lines) > 1:
            texts.append(element("text", lines[1], class_="lane-expiring", x=18, y=top + 23))
        texts.append(
            element("text", lines[0], class_="lane-above", x=0, y=top - 5, text_anchor="end")
        )
        return [element("svg", *texts, class_="lane-right", x=percent(LEFT + PLOT))]

    # -- all others, and what joins lanes -------------------------------------------------------

    def others(self, place: int, others: OtherLots) -> Element:
        """One lane for all lots that have none: what of them is open, drawn to its own scale."""
        top = TOP + PITCH * place
        steps = steps_of(others.levels).within(self._axis.since, self._axis.until)
        highest = max(sums(steps.amounts), default=0) or 1
        drawn, is_reduced = self._stack(steps, highest, self._axis.until, WIDTH)
        now = split_at(others.levels, self._history.at)
        amount = self._speech.scaled(sum(now), self._history.scale)
        name = self._speech.ngettext("%(num)s older lot", "%(num)s older lots", others.count)
        return element(
            "g",
            *self._labels(top, amount, name),
            stretched(*drawn, y=top, height=HEIGHT),
            class_="lane",
            data_testid="other-lots",
            data_count=str(others.count),
            data_reduced="true" if is_reduced else None,
        )

    def chosen(self, touches: Sequence[Touch]) -> list[Element]:
        """A thin line through the lanes that each row of the chosen transaction moved."""
        places = {life.number: place for place, life in enumerate(self._history.lots)}
        drawn: list[Element] = []
        for touch in touches[-CANCELS:]:
            found = sorted(places[lot] for lot in touch.lots if lot in places)
            if not found or not self._axis.has(touch.at):
                continue
            x = percent(self._axis.share(touch.at))
            ys = [TOP + PITCH * place + HEIGHT / 2 for place in found]
            drawn.append(
                element(
                    "g",
                    element("line", x1=x, x2=x, y1=ys[0], y2=ys[-1]),
                    *(element("circle", cx=x, cy=y, r=3.5) for y in ys),
                    class_="chosen",
                    data_testid="chosen-row",
                    data_transaction=transaction_id(touch.transaction),
                )
            )
        return [placed(*drawn)] if drawn else []


def _date(at: int) -> str:
    return text_of(at) if is_dated(at) else "never"
