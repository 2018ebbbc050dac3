"""Which rules count for an event, and what they give."""

from collections.abc import Iterable, Mapping, Sequence

from stampbook.loyalty.judging.values import Happening, Room, Used, Verdict
from stampbook.loyalty.model import Version


def judge(
    versions: Iterable[Version], happening: Happening, used: Mapping[int, Used]
) -> list[Verdict]:
    """The verdict on each version, by (priority descending, rule number).

    `versions` are those in force at the event's instant whose trigger and name are the event's;
    `used` is by rule, and may lack rules without limits. Of an exclusive group at most one rule
    is `matched`. The limits of currencies come afterwards: `within`.
    """
    raise NotImplementedError


def within(verdicts: Sequence[Verdict], rooms: Mapping[int, Room]) -> list[Verdict]:
    """The verdicts with their gains capped by what each currency has room for, award by award.

    `rooms` is by currency, and may lack those without limits.
    """
    raise NotImplementedError
