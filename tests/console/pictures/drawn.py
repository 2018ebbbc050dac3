"""Random values for pictures, and pictures as trees."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from lxml import etree

from stampbook.console.pictures.shapes import Picture
from stampbook.console.pictures.values import (
    DAY_US,
    CancelOfLot,
    Level,
    LotLevel,
    LotLife,
    LotsHistory,
    OtherLots,
    Split,
    Touch,
)
from stampbook.domain.model import FOREVER

START = 1_767_225_600_000_000
"""2026-01-01, microseconds UTC."""

amounts = st.integers(0, 10**7)
texts = st.one_of(
    st.sampled_from(["order-1001", "", "<script>alert('x')</script> & \"y\"", "onload=\x00\ud800"]),
    st.text(max_size=40),
)


@st.composite
def lives(draw: st.DrawFn, number: int, until: int) -> LotLife:
    """A lot whose points move between its states at random."""
    issued = draw(st.integers(1, 10**7))
    ats = sorted(draw(st.sets(st.integers(START, until), min_size=1, max_size=12)))
    split, levels = [0] * 6, []
    split[draw(st.sampled_from([0, 2]))] = issued
    for at in ats:
        levels.append(LotLevel(at, Split(*split)))
        source, target = draw(st.tuples(st.integers(0, 5), st.integers(0, 5)))
        part = draw(st.integers(0, split[source]))
        split[source] -= part
        split[target] += part
    return LotLife(
        number=number,
        source=draw(texts),
        issued=issued,
        created_at=ats[0],
        activates_at=draw(st.sampled_from([ats[0], ats[-1], FOREVER])),
        expires_at=draw(st.sampled_from([ats[-1], until, until + DAY_US, FOREVER])),
        expiring=levels[-1].split.expired,
        levels=levels,
        cancels=[CancelOfLot(at, number + 7) for at in ats[::3]],
    )


@st.composite
def pasts(draw: st.DrawFn, *, lots: int = 14) -> LotsHistory:
    until = START + draw(st.integers(1, 4_000)) * DAY_US
    at = draw(st.integers(START, until))
    ats = sorted({START, *draw(st.sets(st.integers(START, until), max_size=20))})
    levels = [Level(each, *draw(st.tuples(*[amounts] * 4))) for each in ats]
    found = [draw(lives(1 << 23 | place, until)) for place in range(draw(st.integers(0, lots)))]
    others = None
    if draw(st.booleans()):
        rest = [LotLevel(each, Split(*draw(st.tuples(*[amounts] * 3)))) for each in ats]
        others = OtherLots(draw(st.integers(1, 3_000)), rest)
    numbers = tuple(life.number for life in found)
    return LotsHistory(
        scale=draw(st.integers(0, 6)),
        at=at,
        since=START,
        until=until,
        levels=levels,
        lots=found,
        others=others,
        is_past=draw(st.booleans()),
        is_cut=draw(st.booleans()),
        chosen=[Touch(at, 3 << 23 | 1, numbers[:3])] if draw(st.booleans()) else [],
    )


def tree(picture: Picture) -> etree._Element:
    """The picture as XML. Fails if it is not well formed."""
    return etree.fromstring(str(picture).encode())


def with_id(root: etree._Element, name: str) -> list[etree._Element]:
    """The elements with the test id."""
    return [each for each in root.iter() if each.get("data-testid") == name]


def forbidden(root: etree._Element) -> list[str]:
    """What the Content-Security-Policy of the console would refuse, and ids that come twice."""
    found = [f"<{each.tag}>" for each in root.iter("script", "style", "foreignObject", "image")]
    ids: set[str] = set()
    for each in root.iter():
        for name, value in each.attrib.items():
            key = str(name)
            if key == "style" or key.startswith("on") or "javascript:" in str(value).lower():
                found.append(f"{key}={value!r}")
            if key == "id":
                if str(value) in ids:
                    found.append(f"{value!r} twice")
                ids.add(str(value))
    return found


def corners(d: str) -> Sequence[tuple[float, float]]:
    """The corners of a path of moves, horizontal and vertical lines."""
    found: list[tuple[float, float]] = []
    x = y = 0.0
    word = ""
    for letter in [*d, "Z"]:
        if letter in "MHVLZ":
            if word:
                command, values = word[0], word[1:].split()
                if command in "ML":
                    x, y = map(float, values)
                elif command == "H":
                    x = float(values[0])
                elif command == "V":
                    y = float(values[0])
                found.append((x, y))
            word = "" if letter == "Z" else letter
        else:
            word += letter
    return found
