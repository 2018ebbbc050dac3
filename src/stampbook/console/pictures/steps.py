"""Stacks of steps: a balance jumps, it never slopes. Long ones are thinned to pixel columns."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from stampbook.console.pictures.shapes import number
from stampbook.console.pictures.values import STATES, LotLevel

STEPS: Final = 400
"""Steps that a path has at most; longer ones are thinned."""

FEWEST: Final = 16
"""Steps that a thinned path may always have."""

ROOM: Final = 2_000
"""Steps of all states of all lanes together; more are thinned."""


class Steps(NamedTuple):
    """Amounts that are stacked, from each instant on: as many of each as there are instants.

    `is_reduced`: some steps were left out.
    """

    ats: Sequence[int]
    amounts: Sequence[Sequence[int]]
    is_reduced: bool = False

    def within(self, begin: int, end: int) -> "Steps":
        """The steps from `begin` to `end`, the first at the beginning if one is earlier."""
        start, stop = max(bisect_right(self.ats, begin) - 1, 0), bisect_right(self.ats, end)
        ats = list(self.ats[start:stop])
        if ats and ats[0] < begin:
            ats[0] = begin
        return Steps(ats, [each[start:stop] for each in self.amounts], self.is_reduced)


def steps_of(levels: Sequence[LotLevel]) -> Steps:
    """A lot's states, in the order in which they are stacked."""
    amounts = list(zip(*[level.split for level in levels], strict=True))
    return Steps([level.at for level in levels], amounts or [()] * len(STATES))


def fair(lanes: Iterable[Steps], most: int) -> int:
    """How many steps a lane may have, so that all have room; at most `most`."""
    length = states = 0
    for each in lanes:
        present = sum(map(any, each.amounts))
        states += present
        length += present * min(len(each.ats), most)
    room = ROOM * most // STEPS
    return most if length <= room else max(FEWEST, min(most, room // states))


def thinned(steps: Steps, shown: Sequence[int], most: int) -> Steps:
    """The same steps if there are at most `most`, else at most three fifths of that.

    The first and the last are kept, the highest and the lowest of each amount, and of each column
    of pixels the last, the highest and the lowest of `shown`, which has a figure for each step.
    """
    ats, amounts, _ = steps
    length = len(ats)
    if length <= most:
        return steps
    most = most * 3 // 5  # as many pixel columns as are seen, with three steps in each
    kept = {0, length - 1}
    for each in amounts:
        if len(kept) + 2 <= most:
            kept.add(each.index(max(each)))
            kept.add(each.index(min(each)))
    columns = (most - len(kept)) // 3
    since, span = ats[0], max(ats[-1] - ats[0], 1)
    start = 0
    for column in range(columns):
        end = bisect_left(ats, since + span * (column + 1) / columns, start)
        if end > start:
            part = shown[start:end]
            kept.update((end - 1, start + part.index(max(part)), start + part.index(min(part))))
            start = end
    order = sorted(kept)
    return Steps([ats[at] for at in order], [[each[at] for at in order] for each in amounts], True)


Points = Sequence[tuple[float, float]]
"""Corners of a line of steps: where each begins, and how high it is."""


def edge(points: Points, end: float) -> str:
    """A line of steps through the points, each level until the next one, the last until `end`.

    It begins with a move. Points of one level are left out, since nothing happens at them.
    """
    level = number(points[0][1])
    text = [f"M{number(points[0][0])} {level}"]
    last = points[0][1]
    for x, y in points:
        if y != last:
            last = y
            to = number(y)
            if to != level:
                level = to
                text.append(f"H{number(x)}V{level}")
    text.append(f"H{number(end)}")
    return "".join(text)


def area(points: Points, end: float, base: float) -> str:
    """What is below the line of steps, down to the base."""
    return f"{edge(points, end)}V{number(base)}H{number(points[0][0])}Z"


def band(upper: Points, lower: Points, end: float) -> str:
    """What is between two lines of steps at the same places."""
    level = number(lower[-1][1])
    text = [edge(upper, end), f"V{level}"]
    for at in range(len(lower) - 1, 0, -1):
        to = number(lower[at - 1][1])
        if to != level:
            level = to
            text.append(f"H{number(lower[at][0])}V{level}")
    text.append(f"H{number(lower[0][0])}Z")
    return "".join(text)


def sums(amounts: Sequence[Sequence[int]]) -> list[int]:
    """The height of the stack at each step."""
    return [sum(each) for each in zip(*amounts, strict=True)]
