"""Instants: RFC 3339 on the wire, microseconds since 1970 UTC inside.

Answers are in UTC with `Z`; a fraction of six digits is written only when it is not zero.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

from stampbook.domain.model import FOREVER, MICROSECONDS
from stampbook.domain.policy import LAST_YEAR, to_instant

FIRST_YEAR = 1900

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DATE = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)


class BadInstant(ValueError):
    """Not an instant; the message is a sentence for people."""


def read(text: str) -> int:
    """Microseconds of `2026-11-21T04:17:00Z`; digits beyond the microsecond are cut off.

    Raises BadInstant for what is no RFC 3339 instant with its offset, and for years before
    FIRST_YEAR or after LAST_YEAR.
    """
    if not _RFC_3339.fullmatch(text):
        raise BadInstant("must be an RFC 3339 instant such as 2026-11-21T09:30:00Z")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInstant("names a date or time that does not exist") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadInstant(f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    return to_instant(moment)


def is_never(text: str) -> bool:
    """Whether a date lies after LAST_YEAR, such as 9999-12-31: how many systems write "never".

    A time and an offset may follow; they make no difference.
    """
    if not _DATE.fullmatch(text) or int(text[:4]) <= LAST_YEAR:
        return False
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4_096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(maxsize=1_024)
def write(instant: int) -> str:
    """`2026-11-21T04:17:00Z`, or with microseconds `2026-11-21T04:17:00.000250Z`.

    Remembered, since all rows of a batch have one instant.
    """
    seconds, micros = divmod(instant, MICROSECONDS)
    return f"{_second(seconds)}.{micros:06d}Z" if micros else f"{_second(seconds)}Z"


def write_date(instant: int) -> str | None:
    """As `write`; None for what never comes."""
    return None if instant == FOREVER else write(instant)
