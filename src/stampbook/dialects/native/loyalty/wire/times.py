"""Weekly hours and limits on the native wire, as rules and rewards have them."""

import re
from collections.abc import Sequence
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, convert

from stampbook.dialects.native.problems import invalid_field
from stampbook.loyalty.model import Cooldown, Frequency, Hours

Minute = Annotated[str, Meta(max_length=5, pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Weekday = Annotated[int, Meta(ge=0, le=6)]

_MINUTE: Final = re.compile(r"([0-9]{2}):([0-9]{2})")


class HoursShape(Struct, frozen=True, forbid_unknown_fields=True, rename={"from_": "from"}):
    """Hours of some days of the week (0 Sunday), in the program's time zone: from `from` until
    before `to`."""

    days: Annotated[list[Weekday], Meta(min_length=1, max_length=7)]
    from_: Minute
    to: Minute


class CooldownShape(Struct, frozen=True, forbid_unknown_fields=True):
    """The least time between two: `n` units."""

    n: Annotated[int, Meta(ge=1, le=1_000)]
    unit: Literal["hour", "day", "week", "month", "year"]


class FrequencyShape(Struct, frozen=True, forbid_unknown_fields=True):
    """How many in a calendar period of the program's time zone."""

    max: Annotated[int, Meta(ge=1, le=1_000_000)]
    period: Literal["day", "week", "month", "quarter", "half_year", "year", "lifetime"]


AllHours = Annotated[list[HoursShape], Meta(max_length=50)]


def read_hours(bodies: Sequence[HoursShape], pointer: str = "/hours") -> tuple[Hours, ...]:
    """The hours of the body. Raises Failure (422) for hours that end before they begin."""
    found = []
    for at, body in enumerate(bodies):
        begin, end = _minutes(body.from_), _minutes(body.to)
        if end <= begin:
            raise invalid_field(f"{pointer}/{at}/to", "must be after from")
        found.append(Hours(frozenset(body.days), begin, end))
    return tuple(found)


def _minutes(text: str) -> int:
    found = _MINUTE.fullmatch(text)
    assert found is not None, "the shape has checked it"
    return int(found[1]) * 60 + int(found[2])


def hours_shape(hours: Sequence[Hours]) -> list[HoursShape]:
    """The hours as they are answered."""
    return [HoursShape(sorted(h.days), _clock(h.begin), _clock(h.end)) for h in hours]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_cooldown(body: CooldownShape | None) -> Cooldown | None:
    """The cooldown of the body."""
    return None if body is None else Cooldown(body.n, body.unit)


def read_frequency(body: FrequencyShape | None) -> Frequency | None:
    """The frequency of the body."""
    return None if body is None else Frequency(body.max, body.period)


def cooldown_shape(cooldown: Cooldown | None) -> CooldownShape | None:
    """The cooldown as it is answered."""
    return None if cooldown is None else convert(cooldown._asdict(), CooldownShape)


def frequency_shape(frequency: Frequency | None) -> FrequencyShape | None:
    """The frequency as it is answered."""
    return None if frequency is None else convert(frequency._asdict(), FrequencyShape)
