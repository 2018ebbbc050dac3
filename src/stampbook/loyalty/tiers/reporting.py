"""How many members of a program came to a tier, and left it, by periods."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final, NamedTuple

from stampbook.loyalty.tiers import groups, standing
from stampbook.loyalty.tiers.groups import TierGroup
from stampbook.loyalty.tiers.machine import NO_TIER, Step
from stampbook.loyalty.tiers.terms import Span
from stampbook.loyalty.tiers.windows import Windows
from stampbook.programs import members
from stampbook.programs.programs import Program
from stampbook.storage.store import Store

LONGEST: Final = 400
"""Periods of one report: a year of days, and some."""

PAGE: Final = 200

_SPANS: Final = {
    "day": Span(1, "day"),
    "week": Span(1, "week"),
    "month": Span(1, "month"),
    "quarter": Span(3, "month"),
    "year": Span(1, "year"),
}


class Moves(NamedTuple):
    """How often a tier was entered by members without one, from a lower one, from a higher one; how
    often it was left for none; and how often it was prolonged."""

    joins: int = 0
    upgrades: int = 0
    downgrades: int = 0
    lefts: int = 0
    prolongs: int = 0


class Bucket(NamedTuple):
    """The moves of one tier in the period that begins at the instant."""

    begins_at: int
    group: int
    tier: int
    moves: Moves


def periods(
    resolution: str, since: int, until: int, timezone: str, *, longest: int = LONGEST
) -> list[int] | None:
    """The instants at which the periods of [since, until) begin, and the end of the last one; None
    if there are more than `longest`. The first and the last may be parts of calendar periods."""
    windows = Windows(_SPANS[resolution], None, timezone)
    first, last = windows.number(since), windows.number(until - 1)
    if last - first >= longest:
        return None
    return [since, *(windows.begin(each) for each in range(first + 1, last + 1)), until]


async def report(store: Store, program: Program, edges: Sequence[int], now: int) -> list[Bucket]:
    """The moves in the periods between the edges, of every tier of the active groups, zeros too.

    It reads the history of each member who is not deleted; callers have settled the accounts.
    """
    found: list[Bucket] = []
    after = 0
    while page := await groups.page(
        store, program.program_id, after=after, limit=PAGE, active=True
    ):
        for group in page:
            found += await _of_group(store, program, group, edges, now)
        after = page[-1].tier_group_id
    return sorted(found, key=lambda each: (each.begins_at, each.group))


async def _of_group(
    store: Store, program: Program, group: TierGroup, edges: Sequence[int], now: int
) -> list[Bucket]:
    counts = [[Moves() for _ in group.tiers] for _ in edges[1:]]
    after = 0
    while page := await members.page(store, program.program_id, after=after, limit=PAGE):
        for member in page:
            history = await standing.of_member(store, program, group, member, now)
            for step in history.steps:
                if edges[0] <= step.entered_at < edges[-1]:
                    count = counts[bisect_right(edges, step.entered_at) - 1]
                    tier, move = move_of(step)
                    count[tier] = count[tier]._replace(**{move: getattr(count[tier], move) + 1})
        after = page[-1].member_id
    return [
        Bucket(begins_at, group.tier_group_id, tier.tier_id, moves[tier.position])
        for begins_at, moves in zip(edges, counts, strict=False)
        for tier in group.tiers
    ]


def move_of(step: Step) -> tuple[int, str]:
    """The tier (its position) for which a standing counts, and as what: a field of Moves."""
    if step.tier == NO_TIER:
        return step.former, "lefts"
    if step.former == NO_TIER:
        return step.tier, "joins"
    if step.tier == step.former:
        return step.tier, "prolongs"
    return step.tier, "upgrades" if step.tier > step.former else "downgrades"
