"""What every picture keeps: its figures, its frame, and what a browser is allowed to be given."""

from __future__ import annotations

import json
import re

from hypothesis import given, settings
from lxml import etree

from stampbook.console.pictures.lots import lots_picture
from stampbook.console.pictures.patterns import words
from stampbook.console.pictures.time import MOST_TICKS, Axis, ticks
from stampbook.console.pictures.values import (
    STATES,
    Level,
    LotsHistory,
    lot_id,
    transaction_id,
    units,
)
from stampbook.console.values import instant_of
from stampbook.speaking.speech import plain
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.console.pictures.drawn import START, corners, forbidden, pasts, tree, with_id
from tests.console.pictures.saying import English

SPEECH = English()
SECOND = 1_000_000


def steps_of(path: etree._Element, scale: int) -> list[tuple[int, int]]:
    return [
        (instant_of(at), units(amount, scale))
        for at, amount in json.loads(path.attrib["data-steps"])
    ]


def amount_at(steps: list[tuple[int, int]], at: int) -> int:
    return next((amount for then, amount in reversed(steps) if then <= at), 0)


def level_of(history: LotsHistory, at: int) -> Level:
    """The last level that is recorded by the end of the second."""
    second = at - at % SECOND + SECOND - 1
    return [level for level in history.levels if level.at <= second][-1]


@given(history=pasts())
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_the_steps_of_all_states_add_up_to_the_balance(history: LotsHistory) -> None:
    root = tree(lots_picture(history, SPEECH))
    (area,) = with_id(root, "balance-area")
    paths = {
        (str(path.attrib["data-state"]), path.get("data-future") == "true"): path
        for path in area.iter("path")
        if path.get("data-state")
    }
    assert {state for state, _ in paths} == {"available", "held", "pending", "deficit"}
    for level in history.levels:
        is_future = level.at > history.at
        by_state = {
            state: amount_at(steps_of(paths[state, is_future], history.scale), level.at)
            for state in ("available", "held", "pending", "deficit")
        }
        said = level_of(history, level.at)
        if said.at <= history.at or is_future:
            assert by_state == {state: getattr(said, state) for state in by_state}
            assert sum(by_state.values()) - 2 * by_state["deficit"] == said.total


@given(history=pasts())
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_nothing_is_outside_of_its_frame(history: LotsHistory) -> None:
    root = tree(lots_picture(history, SPEECH))
    for drawing in root.iter("svg"):
        box = drawing.get("viewBox")
        if box is None:
            continue
        _, _, width, height = map(float, box.split())
        for path in drawing.iter("path"):
            for x, y in corners(str(path.attrib["d"])):
                assert 0 <= x <= width, path.attrib
                assert 0 <= y <= height, path.attrib
    for each in root.iter():
        for name in ("x", "x1", "x2", "cx", "width"):
            share = each.get(name, "")
            assert not share.endswith("%") or 0 <= float(share[:-1]) <= 100
    for drawing in root.findall("svg"):
        height = float(drawing.attrib["height"])
        for each in drawing.iter("text", "rect", "line"):
            for name in ("y", "y1", "y2"):
                assert -20 <= float(each.get(name, "0")) <= max(height, 20), each.attrib


@given(history=pasts(lots=3))
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_it_is_markup_that_the_policy_allows_and_texts_stay_texts(history: LotsHistory) -> None:
    picture = lots_picture(history, SPEECH, name="<b>Stars</b> & 'more'", show_all='?a="1"&b=<2>')
    root = tree(picture)
    assert forbidden(root) == []
    assert {str(each.tag) for each in root.iter()} <= {
        "figure", "svg", "g", "a", "path", "rect", "line", "circle", "text", "tspan", "title",
        "desc", "defs", "pattern", "ul", "li", "p",
    }  # fmt: skip
    assert "Points over time: <b>Stars</b> & 'more'" in [each.text for each in root.iter("title")]
    for used in re.findall(r"url\(#([\w-]+)\)", str(picture)):
        assert root.xpath(f"//*[@id='{used}']"), used
    # An HTML parser reads the same: nothing in it closes itself that HTML does not let.
    parsed = etree.fromstring(f"<body>{picture}</body>", etree.HTMLParser())
    assert len(list(parsed.iter("figure"))) == 1
    assert not list(parsed.iter("script"))


@given(history=pasts())
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_each_lot_has_its_lane_in_the_given_order(history: LotsHistory) -> None:
    root = tree(lots_picture(history, SPEECH))
    lanes = with_id(root, "lot-lane")
    assert [lane.get("data-lot") for lane in lanes] == [lot_id(lot.number) for lot in history.lots]
    for lane, lot in zip(lanes, history.lots, strict=True):
        assert lane.get("data-issued") == plain(lot.issued, history.scale)
        assert (lane.get("data-expires-at") == "never") == (lot.expires_at > 2**62)
        drawn = {path.get("data-state") for path in lane.iter("path")} - {None}
        assert drawn <= set(STATES)
        links = list(lane.iter("a"))
        assert links
        for link in links:
            assert link.find("title") is not None
            assert link.get("href", "").startswith("/console/")
            assert not list(link.iterchildren("a"))
        shown = {mark.get("data-transaction") for mark in with_id(lane, "cancel-mark")}
        assert shown <= {transaction_id(each.transaction) for each in lot.cancels}
    assert len(with_id(root, "today")) == 1
    assert len(with_id(root, "legend")) == 1
    assert len(with_id(root, "other-lots")) == (history.others is not None)


@given(history=pasts(lots=4))
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_a_lane_is_filled_by_its_six_states(history: LotsHistory) -> None:
    """At an instant that a lane shows, its stack reaches up to what was issued."""
    root = tree(lots_picture(history, SPEECH))
    for lane, lot in zip(with_id(root, "lot-lane"), history.lots, strict=True):
        for level in lot.levels:
            assert sum(level.split) == lot.issued
        tops = [
            min(y for _, y in corners(str(path.attrib["d"])))
            for path in lane.iter("path")
            if path.get("data-state")
        ]
        assert min(tops) == 0


@given(history=pasts(lots=2))
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_what_it_names_is_in_the_legend(history: LotsHistory) -> None:
    root = tree(lots_picture(history, SPEECH))
    (legend,) = with_id(root, "legend")
    said = "".join(str(text) for text in legend.itertext())
    named = words(SPEECH)
    for lane in with_id(root, "lot-lane"):
        for path in lane.iter("path"):
            state = path.get("data-state")
            assert state is None or named[state] in said


@given(history=pasts(lots=0))
@settings(max_examples=CAMPAIGN_EXAMPLES or 25)
def test_ticks_are_beginnings_in_the_zone(history: LotsHistory) -> None:
    marks = ticks(Axis(history.since, history.until), SPEECH)
    assert len(marks) <= MOST_TICKS + 1
    assert len({mark.at for mark in marks}) == len(marks)
    for mark in marks:
        assert history.since <= mark.at <= history.until
        local = SPEECH.local(mark.at)
        assert (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)


def test_an_empty_account_has_a_picture() -> None:
    history = LotsHistory(2, START, START, START + 1, [], [])
    root = tree(lots_picture(history, SPEECH))
    assert with_id(root, "balance-area")
    assert not with_id(root, "lot-lane")
    assert "There were no lots in this time." in "".join(map(str, root.itertext()))
