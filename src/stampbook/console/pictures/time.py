"""The axis of time: linear, with ticks at midnights, months or years of a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from stampbook.console.pictures.values import DAY_US, Speech

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

MOST_TICKS: Final = 8

_DAYS: Final = (1, 2, 5, 7, 14)
_MONTHS: Final = (1, 2, 3, 6)


class Tick(NamedTuple):
    at: int
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From `since` to `until`, which comes later."""

    since: int
    until: int

    def share(self, at: int) -> float:
        """Where the instant is: 0 at the beginning, 1 at the end, and never outside."""
        return min(max((at - self.since) / (self.until - self.since), 0.0), 1.0)

    def has(self, at: int) -> bool:
        return self.since <= at <= self.until


def written_second(at: int) -> str:
    """The same without a fraction of the second."""
    return f"{(_EPOCH + timedelta(microseconds=at)).isoformat()[:19]}Z"


def ticks(axis: Axis, speech: Speech) -> list[Tick]:
    """At most MOST_TICKS, at the beginnings of days, months or years."""
    days = (axis.until - axis.since) / DAY_US
    for step in _DAYS:
        if days / step <= MOST_TICKS:
            return [Tick(at, speech.date(at, year=False)) for at in _midnights(axis, speech, step)]
    for step in _MONTHS:
        if days / 30.4 / step <= MOST_TICKS:
            return [Tick(at, speech.month(at)) for at in _months(axis, speech, step)]
    years = 1
    while days / 365 / years > MOST_TICKS:
        years += 1
    return [Tick(at, str(speech.local(at).year)) for at in _months(axis, speech, 12 * years)]


def _midnights(axis: Axis, speech: Speech, step: int) -> Iterator[int]:
    day = _midnight(speech.local(axis.since)) + timedelta(days=1)
    while (at := _instant(day)) <= axis.until:
        yield at
        day += timedelta(days=step)


def _months(axis: Axis, speech: Speech, step: int) -> Iterator[int]:
    first = _midnight(speech.local(axis.since)).replace(day=1)
    month = first.year * 12 + first.month - 1
    while True:
        month += 1
        if month % step:
            continue
        at = _instant(first.replace(year=month // 12, month=month % 12 + 1))
        if at > axis.until:
            return
        yield at


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _instant(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
