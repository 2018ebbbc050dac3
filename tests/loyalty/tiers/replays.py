"""Replays of facts by hand: dates are in Berlin, where the clocks change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import local_date, to_datetime, to_instant
from stampbook.loyalty.tiers.groups import Tier
from stampbook.loyalty.tiers.machine import NO_TIER, Fact, Machine, Step
from stampbook.loyalty.tiers.replaying import Replay
from stampbook.loyalty.tiers.terms import Downgrade, Grace, Retention, Span, Terms
from stampbook.loyalty.tiers.windows import Windows

ZONE = "Europe/Berlin"
SILVER, GOLD, BLACK = 0, 1, 2
MULTI, SINGLE, NEVER = Downgrade("multi"), Downgrade("single"), Downgrade("none")
YEAR, MONTH, DAY = Span(1, "year"), Span(1, "month"), Span(1, "day")


def tier(position: int, threshold: int, **more: Any) -> Tier:
    values: dict[str, Any] = {
        "external_id": None,
        "name": f"T{position}",
        "ceiling": None,
        "segment": None,
        "keep_forever": False,
        "metadata": "{}",
        "origin": None,
    }
    return Tier(tier_id=position + 1, position=position, threshold=threshold, **{**values, **more})


TIERS = (tier(SILVER, 100), tier(GOLD, 1000), tier(BLACK, 5000))


def at(text: str) -> int:
    """`2026-07-20` or `2026-07-20 15:30`, in Berlin."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


def text(instant: int) -> str | None:
    if instant == FOREVER:
        return None
    return to_datetime(instant, ZONE).strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00")


def fixed(n: int, unit: Any) -> Retention:
    return Retention("fixed", Span(n, unit))


def grace(kind: Any, n: int, unit: Any, *, round_up: bool = False) -> Downgrade:
    return Downgrade(kind, Grace(n, unit, round_up))


class Life:
    """An account in a group, told by dates."""

    def __init__(
        self,
        terms: Terms,
        tiers: tuple[Tier, ...] = TIERS,
        *,
        joined: str = "2026-01-10",
        activated: str | None = None,
    ) -> None:
        first_day = None if activated is None else local_date(at(activated), ZONE)
        self.machine = Machine(terms, tiers, Windows(terms.period, first_day, ZONE), ZONE)
        self.replay = Replay(self.machine)
        self.replay.begin(at(joined))
        self.seq = 0
        self.counted: dict[int, int] = {}

    def earn(self, when: str, delta: int, *, effective: str | None = None, **more: Any) -> int:
        """Points arrive; returns what they are known by."""
        self.seq += 1
        self.counted[self.seq] = at(effective or when)
        fact = Fact(at(when), self.seq, delta, self.counted[self.seq], self.seq, **more)
        self.replay.feed([fact._replace(activity="earning")])
        return self.seq

    def cancel(self, when: str, origin: int, amount: int) -> int:
        """Part of them is taken back; a negative amount gives it back again."""
        self.seq += 1
        fact = Fact(at(when), self.seq, -amount, self.counted[origin], origin, undoes=True)
        self.replay.feed([fact])
        return self.seq

    def now(self, when: str) -> int:
        """The tier at the instant."""
        self.machine.pass_time(at(when))
        return self.machine.tier

    @property
    def steps(self) -> list[Step]:
        return self.replay.history()

    def told(self, until: str) -> list[tuple[Any, ...]]:
        """Tier, when it began, until when it is kept, and why."""
        self.now(until)
        return [
            (
                None if step.tier == NO_TIER else step.tier,
                text(step.entered_at),
                text(step.ends_at),
                str(step.cause),
            )
            for step in self.steps
        ]
