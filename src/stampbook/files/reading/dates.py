"""Dates as files have them: ISO 8601, or the one format that is declared."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import LAST_YEAR, start_of_day, to_instant, zone
from stampbook.files.reading.faults import Wrong

FIRST_YEAR: Final = 1900

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_SERIAL: Final = re.compile(r"[0-9]{4,6}([.,][0-9]+)?")
_TIME: Final = re.compile(r"%[HIMSfpXcTR]")


class Calendar(NamedTuple):
    """In which zone dates are, and how they are written (None: ISO 8601)."""

    timezone: str
    date_format: str | None = None


def read_date(text: str, calendar: Calendar) -> int:
    """Microseconds UTC; a day alone is its beginning in the zone. Raises Wrong."""
    moment, is_day = _parsed(text, calendar)
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise Wrong("date", f"must lie between the years {FIRST_YEAR} and {LAST_YEAR}")
    if is_day:
        return start_of_day(moment.date(), calendar.timezone)
    return _instant(moment, calendar)


def read_expiry(text: str, calendar: Calendar) -> int:
    """The same for the instant from which points are no longer there: a day alone is its end.

    FOREVER for an empty text, `never`, and every year from 9000 on.
    """
    if not text or text.casefold() == "never":
        return FOREVER
    moment, is_day = _parsed(text, calendar)
    if moment.year >= LAST_YEAR:
        return FOREVER
    if moment.year < FIRST_YEAR:
        raise Wrong("date", f"must not lie before the year {FIRST_YEAR}")
    if is_day:
        return start_of_day(moment.date() + timedelta(days=1), calendar.timezone)
    return _instant(moment, calendar)


def _instant(moment: datetime, calendar: Calendar) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone(calendar.timezone))
    return to_instant(moment.astimezone(UTC))


def _parsed(text: str, calendar: Calendar) -> tuple[datetime, bool]:
    """The moment, with the offset if one is written, and whether it is a day alone."""
    if calendar.date_format is not None:
        try:
            moment = datetime.strptime(text, calendar.date_format)  # noqa: DTZ007 - zone follows
        except ValueError:
            raise _wrong(text, f"is not a date of the form {calendar.date_format}") from None
        return moment, not _TIME.search(calendar.date_format)
    is_day = _DAY.fullmatch(text) is not None
    if not is_day and not _MOMENT.fullmatch(text):
        raise _wrong(text, "is not a date such as 2026-11-28; declare date_format=")
    try:
        return datetime.fromisoformat(text.replace(",", ".")), is_day
    except ValueError:
        raise Wrong("date", "names a date or time that does not exist") from None


def _wrong(text: str, message: str) -> Wrong:
    if _SERIAL.fullmatch(text):
        return Wrong("spreadsheet_date", "is a spreadsheet's number; format the column as dates")
    return Wrong("date", message)
