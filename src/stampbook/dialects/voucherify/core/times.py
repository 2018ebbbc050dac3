"""Instants and dates as Voucherify spells them: milliseconds and `Z`, dates in a time zone."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import local_date, start_of_day, to_instant

NEVER: Final = date(9999, 12, 31)
"""Printed where the API needs a date and something never happens."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY: Final = date(1970, 1, 1)
TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def stamp(instant: int) -> str:
    """ISO 8601 with milliseconds and `Z`."""
    moment = EPOCH + timedelta(microseconds=instant)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def stamp_or_none(instant: int | None) -> str | None:
    return None if instant is None or abs(instant) >= FOREVER else stamp(instant)


def date_of(instant: int, timezone: str) -> date:
    """The date on which an instant lies in the time zone; `NEVER` for what never comes."""
    try:
        return NEVER if instant >= FOREVER else local_date(instant, timezone)
    except OverflowError:
        return NEVER


def last_date(expires_at: int, timezone: str) -> date:
    """The last date on which points that expire at that instant can be used."""
    return date_of(expires_at if expires_at >= FOREVER else expires_at - 1, timezone)


def end_of(day: date, timezone: str) -> int:
    """The instant at which points of that expiration date expire: the next day's begin."""
    return start_of_day(day + timedelta(days=1), timezone)


def day_number(day: date) -> int:
    """Days since 1970."""
    return (day - EPOCH_DAY).days


def read_instant(text: str) -> int | None:
    """Microseconds of an ISO 8601 date or date-time (without offset: UTC); None if it is none."""
    if not TIMESTAMP.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        instant = to_instant(moment)
    except (ValueError, OverflowError):
        return None
    return instant


def read_date(text: str) -> date | None:
    """A `YYYY-MM-DD`; None for anything else."""
    if not DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def to_year(instant: int) -> int:
    """The year of an instant in UTC."""
    return (EPOCH + timedelta(microseconds=instant)).year


def updated(created_at: int, updated_at: int) -> str | None:
    """`updated_at` of what may never have been changed."""
    return None if updated_at == created_at else stamp(updated_at)
