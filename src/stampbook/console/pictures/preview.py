"""What a command would move, drawn: each lot before and after, and bands between the two."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.console.pictures.frame import EDGE, LEFT, PLOT, WIDTH, at_share, placed, stretched
from stampbook.console.pictures.moving import Chunk, LotMoves, Preview, chunks
from stampbook.console.pictures.patterns import definitions, fill, legend, words
from stampbook.console.pictures.shapes import Element, Picture, element, number, percent
from stampbook.console.pictures.values import STATES, Speech, Split
from stampbook.console.values import instant_of
from stampbook.speaking.speech import plain

LOTS: Final = 24
"""Lots that are drawn; a note says how many more there are."""

BAR: Final = 16
GAP: Final = 30
PITCH: Final = 2 * BAR + GAP + 30
TOP: Final = 48

NAME: Final = 18
"""Characters of a lot's name."""

Span = tuple[float, float]
"""Where a part of a bar begins and ends, in units of the plot."""


class Placed(NamedTuple):
    """A chunk, and where it is in the bar before and the bar after; None: not in it."""

    chunk: Chunk
    before: Span | None
    after: Span | None


def preview_picture(
    preview: Preview, speech: Speech, *, figure: str = "preview", name: str = ""
) -> Picture:
    """The figure `preview-picture`. `figure` and `name` are as in `lots_picture`."""
    return Picture(preview_shapes(preview, speech, figure=figure, name=name))


def preview_shapes(preview: Preview, speech: Speech, *, figure: str, name: str) -> Element:
    shown = preview.lots[:LOTS]
    owes = preview.before.deficit != preview.after.deficit
    rows = len(shown) + owes
    drawing = _Preview(preview, speech, figure)
    drawn = [drawing.lot(place, each) for place, each in enumerate(shown)]
    if owes:
        drawn.append(drawing.deficit(len(shown)))
    title = speech.gettext("What would move")
    if name:
        title = f"{title}: {name}"
    parts = [
        element(
            "svg",
            element("title", title, id=f"{figure}-title"),
            element("desc", drawing.description(), id=f"{figure}-desc"),
            drawing.balance(),
            *drawn,
            class_="picture picture-moves",
            role="img",
            aria_labelledby=f"{figure}-title {figure}-desc",
            width="100%",
            height=TOP + PITCH * rows,
        ),
        legend(figure, _present(preview), speech),
    ]
    more = len(preview.lots) - len(shown)
    if more:
        said = speech.ngettext("%(num)s more lot", "%(num)s more lots", more)
        parts.append(element("p", said, class_="picture-more"))
    return element(
        "figure",
        *parts,
        definitions(figure),
        class_="picture-figure",
        data_testid="preview-picture",
        id=figure,
    )


class _Preview:
    def __init__(self, preview: Preview, speech: Speech, figure: str) -> None:
        self._preview = preview
        self._speech = speech
        self._figure = figure
        self._words: Mapping[str, str] = {
            **words(speech),
            "owed": words(speech)["deficit"],
            "outside": speech.pgettext("points", "New"),
        }
        sums = [sum(split) for each in preview.lots for split in (each.before, each.after)]
        self._full = max((*sums, preview.before.deficit, preview.after.deficit, 1))

    def description(self) -> str:
        """The moves in words."""
        speech, scale = self._speech, self._preview.scale
        said = []
        for each in self._preview.lots[:LOTS]:
            for source, target, amount in each.moves:
                text = speech.gettext(
                    "%(amount)s: %(source)s → %(target)s",
                    amount=speech.scaled(amount, scale),
                    source=self._words.get(source, source),
                    target=self._words.get(target, target),
                )
                said.append(f"{each.name or each.lot}, {text}")
        return "; ".join(said)

    def balance(self) -> Element:
        """The active balance before and after, and the difference."""
        speech, scale = self._speech, self._preview.scale
        before, after = self._preview.before.active, self._preview.after.active
        change = speech.scaled(after - before, scale)
        return element(
            "text",
            element("tspan", f"{self._words['available']} ", class_="figure-name"),
            element("tspan", f"{speech.scaled(before, scale)} → "),
            element("tspan", speech.scaled(after, scale), class_="figure"),
            element("tspan", f"  ({'+' if after > before else ''}{change})"),
            class_="preview-figures",
            x="50%",
            y=16,
            text_anchor="middle",
            data_testid="balance-change",
            data_before=plain(before, scale),
            data_after=plain(after, scale),
        )

    # -- a lot ----------------------------------------------------------------------------------

    def lot(self, place: int, lot: LotMoves) -> Element:
        top = TOP + PITCH * place
        ways = chunks(lot.moves)
        before, after = lot.before, lot.after
        begins = self._spans_of([way.path[0] for way in ways], ways, before)
        # In the bar after, ways have the order that they have in the bar before: few bands cross.
        order = sorted(range(len(ways)), key=lambda way: -(begins[way] or (0, 0))[1])
        ends = self._spans_of(
            [ways[way].path[-1] for way in order], [ways[way] for way in order], after
        )
        found = [Placed(ways[way], begins[way], end) for way, end in zip(order, ends, strict=True)]
        bands: list[Element] = []
        marks: list[Element] = []
        for each in found:
            drawn, texts = self._band(lot.lot, each)
            bands += drawn
            marks += texts
        return element(
            "g",
            *self._names(top, lot.name or lot.lot),
            self._bar("lot-before", lot.lot, top, before, [each.before for each in found]),
            self._bar("lot-after", lot.lot, top + BAR + GAP, after, [e.after for e in found]),
            stretched(*bands, y=top + BAR, height=GAP),
            placed(*marks, y=top + BAR),
            *self._date(top, lot.expires_at),
            class_="preview-lot",
            data_lot=lot.lot,
        )

    def _spans(self, split: Split) -> dict[str, Span]:
        """Where each state is in the bar."""
        spans: dict[str, Span] = {}
        x = 0.0
        for state, amount in zip(STATES, split, strict=True):
            width = self._width(amount)
            spans[state] = x, x + width
            x += width
        return spans

    def _spans_of(
        self, states: Sequence[str], ways: Sequence[Chunk], split: Split
    ) -> list[Span | None]:
        """Where each way begins or ends: a part of the state's span, from its right end."""
        spans, used = self._spans(split), dict.fromkeys(STATES, 0)
        found: list[Span | None] = []
        for state, way in zip(states, ways, strict=True):
            if state not in spans:
                found.append(None)
                continue
            right = spans[state][1] - self._width(used[state])
            used[state] += way.amount
            found.append((max(0.0, right - self._width(way.amount)), right))
        return found

    def _width(self, amount: int) -> float:
        return WIDTH * amount / self._full

    def _bar(
        self, name: str, lot: str, top: float, split: Split, moving: Sequence[Span | None]
    ) -> Element:
        parts = [
            self._rect(span, state, amount)
            for (state, span), amount in zip(self._spans(split).items(), split, strict=True)
            if amount
        ]
        if not parts:  # a lot that is not there yet
            parts.append(element("path", d=f"M0 0V{BAR}", class_="zero"))
        parts += [self._outline(span) for span in moving if span is not None]
        return element("g", stretched(*parts, y=top, height=BAR), data_testid=name, data_lot=lot)

    def _rect(self, span: Span, state: str, amount: int) -> Element:
        return element(
            "path",
            class_=f"state {state}",
            fill=fill(self._figure, state),
            d=_rectangle(span),
            data_state=state,
            data_amount=plain(amount, self._preview.scale),
        )

    def _outline(self, span: Span) -> Element:
        return element("path", class_="moving", d=_rectangle(span))

    def _band(self, lot: str, found: Placed) -> tuple[list[Element], list[Element]]:
        """A band for each state that the chunk comes to, and what is written on the way."""
        path, amount = found.chunk
        scale = self._preview.scale
        before, after = found.before, found.after
        if before is None:
            before = _point(after)
        if after is None:
            after = _point(before)
        hops = len(path) - 1
        bands, marks = [], []
        for hop in range(hops):
            start, end = (
                _between(before, after, hop / hops),
                _between(before, after, (hop + 1) / hops),
            )
            y, to = GAP * hop / hops, GAP * (hop + 1) / hops
            corners = ((start[0], y), (start[1], y), (end[1], to), (end[0], to))
            bands.append(
                element(
                    "path",
                    d="M" + "L".join(f"{number(x)} {number(y)}" for x, y in corners) + "Z",
                    class_="move-band",
                    data_testid="move-band",
                    data_lot=lot,
                    data_from=path[hop],
                    data_to=path[hop + 1],
                    data_amount=plain(amount, scale),
                )
            )
        middle = (before[0] + before[1] + after[0] + after[1]) / 4 / WIDTH
        text = self._speech.scaled(amount, scale)
        marks.append(
            at_share(
                middle,
                element("text", text, class_="moving-amount", y=12, text_anchor=_anchor(middle)),
            )
        )
        if hops > 1 and path[-1] == "expired":  # it comes back and expires at once
            end_share = (after[0] + after[1]) / 2 / WIDTH
            triangle = element("path", d=f"M0 {GAP}l6-9h-12z", class_="mark-shape")
            mark = element(
                "g",
                triangle,
                class_="mark expiry-mark",
                data_testid="expiry-mark",
                data_amount=plain(amount, scale),
            )
            marks.append(at_share(end_share, mark))
        return bands, marks

    def _names(self, top: float, name: str) -> list[Element]:
        speech = self._speech
        short = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
        below = top + 2 * BAR + GAP
        above = element("text", short, class_="lane-both", x=0, y=top - 5)
        return [
            element("text", short, class_="lane-amount", x=0, y=top + 12),
            element(
                "text", speech.pgettext("picture", "after"), class_="lane-source", x=0, y=below - 4
            ),
            element("svg", above, x=percent(LEFT)),
        ]

    def _date(self, top: float, expires_at: str | None) -> list[Element]:
        if expires_at is None:
            said = self._speech.gettext("never expires")
        else:
            said = self._speech.date(instant_of(expires_at))
        return [
            element(
                "svg",
                element("text", said, class_="lane-date", x=12, y=top + 2 * BAR + GAP - 4),
                element("text", said, class_="lane-above", x=0, y=top - 5, text_anchor="end"),
                x=percent(LEFT + PLOT),
            )
        ]

    # -- the debt -------------------------------------------------------------------------------

    def deficit(self, place: int) -> Element:
        """The debt before and after; what appears or goes is outlined."""
        top = TOP + PITCH * place
        before, after = self._preview.before.deficit, self._preview.after.deficit
        scale = self._preview.scale
        span = self._width(min(before, after)), self._width(max(before, after))
        bars = []
        for y, amount in ((0, before), (BAR + GAP, after)):
            parts = (
                [self._rect((0, self._width(amount)), "deficit", amount)]
                if amount
                else [element("path", d=f"M0 0V{BAR}", class_="zero")]
            )
            if amount == max(before, after):
                parts.append(self._outline(span))
            bars.append(stretched(*parts, y=top + y, height=BAR))
        change = self._speech.scaled(after - before, scale)
        text = f"{'+' if after > before else ''}{change}"
        middle = (span[0] + span[1]) / 2 / WIDTH
        anchor = _anchor(middle)
        label = element("text", text, class_="moving-amount", y=19, text_anchor=anchor)
        return element(
            "g",
            *self._names(top, self._words["deficit"]),
            *bars,
            placed(at_share(middle, label), y=top + BAR),
            class_="preview-lot",
            data_testid="deficit",
            data_before=plain(before, scale),
            data_after=plain(after, scale),
        )


def _anchor(share: float) -> str:
    """How a text at this share of the plot is aligned, so that it does not leave it."""
    if share < EDGE:
        return "start"
    return "end" if share > 1 - EDGE else "middle"


def _rectangle(span: Span) -> str:
    return f"M{number(span[0])} 0H{number(span[1])}V{BAR}H{number(span[0])}Z"


def _point(span: Span | None) -> Span:
    """The middle of a span: the other side has no part of it."""
    if span is None:
        return 0.0, 0.0
    middle = (span[0] + span[1]) / 2
    return middle, middle


def _between(one: Span, other: Span, share: float) -> Span:
    return (
        one[0] + (other[0] - one[0]) * share,
        one[1] + (other[1] - one[1]) * share,
    )


def _present(preview: Preview) -> list[str]:
    """The states that occur, for the legend."""
    found = [
        state
        for place, state in enumerate(STATES)
        if any(each.before[place] or each.after[place] for each in preview.lots)
    ]
    owes = preview.before.deficit != preview.after.deficit
    return [*found, "deficit"] if owes else found
