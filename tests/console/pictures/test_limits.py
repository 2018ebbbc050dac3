"""However much there is, a picture has a bounded size. Shapes and bytes are counted, not time."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stampbook.console.pictures.lots import MOST_BYTES, lots_picture
from stampbook.console.pictures.steps import STEPS, Steps, thinned
from stampbook.console.pictures.values import (
    DAY_US,
    CancelOfLot,
    Level,
    LotLevel,
    LotLife,
    LotsHistory,
    OtherLots,
    Split,
    split_at,
)
from stampbook.domain.model import FOREVER
from tests.conftest import CAMPAIGN_EXAMPLES
from tests.console.pictures.drawn import START, tree, with_id
from tests.console.pictures.saying import English


def busy(rows: int, *, lots: int = 12, largest: int = 10**9, seed: int = 1) -> LotsHistory:
    """An account of so many rows, each of which moves everything."""
    random_ = random.Random(seed)
    step = 300 * DAY_US // rows
    ats = [START + place * step for place in range(rows)]
    levels = [Level(at, *(random_.randint(0, largest) for _ in range(4))) for at in ats]
    found = []
    for place in range(lots):
        split, own = [largest, 0, 0, 0, 0, 0], []
        for at in ats[place::lots]:
            source, target = random_.randrange(6), random_.randrange(6)
            part = random_.randint(0, split[source])
            split[source] -= part
            split[target] += part
            own.append(LotLevel(at, Split(*split)))
        found.append(
            LotLife(
                number=1 << 40 | place,
                source=f"order-{place:020}",
                issued=largest,
                created_at=own[0].at,
                activates_at=own[len(own) // 2].at,
                expires_at=FOREVER if place % 3 == 0 else ats[-1],
                expiring=split[4],
                levels=own,
                cancels=[CancelOfLot(each.at, 1 << 41 | at) for at, each in enumerate(own[::2])],
            )
        )
    others = OtherLots(37, [LotLevel(level.at, Split(*level[1:4])) for level in levels])
    return LotsHistory(2, ats[rows * 8 // 10], START, ats[-1] + DAY_US, levels, found, others)


@pytest.mark.parametrize(
    "history",
    [
        busy(10_000),
        busy(10_000, largest=9 * 10**15),
        busy(STEPS * 10 // 8, largest=9 * 10**15),  # just not thinned
        busy(2_000, lots=60),
        busy(10_000, lots=60, largest=9 * 10**15),
    ],
    ids=["busy", "large amounts", "not thinned", "sixty lots", "all of it"],
)
def test_the_size_is_bounded(history: LotsHistory) -> None:
    picture = lots_picture(history, English(), show_all="?lots=all")
    assert picture.size <= MOST_BYTES
    root = tree(picture)
    for path in root.iter("path"):
        steps = json.loads(path.get("data-steps", "[]"))
        assert len(steps) <= STEPS
        assert str(path.attrib["d"]).count("H") <= 2 * STEPS + 3


def test_shapes_do_not_grow_with_rows() -> None:
    """Four times the rows, the same shapes; all that is drawn is drawn of thinned steps."""
    few, many = (lots_picture(busy(rows), English()) for rows in (2_500, 10_000))
    assert len(list(tree(many).iter())) <= len(list(tree(few).iter())) + 10


def test_what_is_reduced_says_so() -> None:
    for rows, is_reduced in ((200, False), (STEPS * 3, True)):
        root = tree(lots_picture(busy(rows, lots=1), English()))
        (area,) = with_id(root, "balance-area")
        past = [
            path
            for path in area.iter("path")
            if path.get("data-state") and not path.get("data-future")
        ]
        assert {path.get("data-reduced") == "true" for path in past} == {is_reduced}


steps = st.lists(
    st.tuples(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 10**6)),
    min_size=1,
    max_size=300,
    unique_by=lambda each: each[0],
).map(sorted)


@given(drawn=steps, most=st.integers(10, 120))
@settings(max_examples=CAMPAIGN_EXAMPLES or 60)
def test_thinning_keeps_the_ends_and_the_extremes(
    drawn: list[tuple[int, int, int]], most: int
) -> None:
    ats, *amounts = (list(each) for each in zip(*drawn, strict=True))
    stack = [one + other for one, other in zip(*amounts, strict=True)]
    found = thinned(Steps(ats, amounts), stack, most)
    kept = list(zip(found.ats, *found.amounts, strict=True))
    assert set(kept) <= set(drawn)
    assert kept == sorted(kept)
    assert len(kept) <= most
    assert (kept[0], kept[-1]) == (drawn[0], drawn[-1])
    assert found.is_reduced == (len(kept) < len(drawn))
    for before, after in zip(amounts, found.amounts, strict=True):
        assert (max(after), min(after)) == (max(before), min(before))
    if len(drawn) <= most:
        assert kept == drawn


def test_folding_keeps_what_is_open() -> None:
    history = busy(300, lots=9)
    assert history.others is not None
    folded = history.folded(4)
    assert folded.others is not None
    assert folded.lots == history.lots[:4]
    assert folded.others.count == history.others.count + 5
    for level in history.levels:
        before = [split_at(history.others.levels, level.at)]
        before += [life.at(level.at) for life in history.lots[4:]]
        after = split_at(folded.others.levels, level.at)
        assert after[:3] == tuple(map(sum, zip(*(split[:3] for split in before), strict=True)))
