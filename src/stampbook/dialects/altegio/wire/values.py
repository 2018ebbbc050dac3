"""What callers send, as values: numbers, ids, amounts, phones, dates. None: it is none.

Numbers may arrive as 1, 1.0 or "1".
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from stampbook.dialects import amounts
from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.policy import to_instant
from stampbook.edge.bodies import MAX_TEXT

MAX_ID: Final = 2**53 - 1
"""Ids are numbers that JavaScript holds exactly."""

MAX_MOMENT: Final = 40
"""Characters of a date and time."""

MAX_DIGITS: Final = 28
"""Digits of a number: as many as are computed with exactly."""

_number = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{0,30})?")
_phone = re.compile(r"\+?[0-9]{5,20}(\.0+)?")
_date = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def id_in_path(text: str) -> int | None:
    """The id that a piece of a path spells (`12`, `12.0`), or None."""
    is_plain = text.isdigit() and text.isascii() and len(text) < MAX_DIGITS
    return to_id(int(text) if is_plain else text)


def decimal(value: object) -> Decimal | None:
    """The number that a JSON value (or a numeric string) stands for, or None.

    None too for what arithmetic would round: more digits, or tinier, than any amount has.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _number.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, int):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    digits = len(value.as_tuple().digits)
    return (
        value
        if digits <= MAX_DIGITS and (not value or abs(value.adjusted()) < MAX_DIGITS)
        else None
    )


def to_integer(value: object) -> int | None:
    """The whole number that a value stands for, or None."""
    if type(value) is int:  # by far most of them; the rest as decimals
        return value if abs(value) <= MAX_ID else None
    number = decimal(value)
    if number is None or abs(number) > MAX_ID or number != number.to_integral_value():
        return None
    return int(number)


def to_id(value: object) -> int | None:
    """The positive whole number that a value stands for, or None."""
    number = value if type(value) is int else to_integer(value)
    return number if number is not None and 0 < number <= MAX_ID else None


def to_hundredths(value: object, *, digits: int = 2) -> int | None:
    """An amount in hundredths; None if it has more than `digits` decimals or is too large.

    The noise of binary fractions is taken off (amounts.nearest).
    """
    if type(value) is int:  # by far most of them; the rest as decimals
        found = value * 100
    else:
        number = decimal(value)
        units = None if number is None else amounts.nearest(number, digits)
        if units is None:
            return None
        found = units * 10 ** (2 - digits)
    return found if abs(found) <= MAX_AMOUNT else None


def to_phone(value: object) -> str | None:
    """The digits of a phone number given as a text or a number (`79091552422.0` too)."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    text = re.sub(r"[\s()-]", "", str(value) if len(str(value)) <= MAX_TEXT else "")
    if isinstance(value, Decimal):
        whole = to_integer(value)
        text = "" if whole is None else str(whole)
    if not _phone.fullmatch(text):
        return None
    return text.removeprefix("+").split(".")[0]


def to_date(value: object) -> date | None:
    """A date as YYYY-MM-DD, or None."""
    if not isinstance(value, str) or not _date.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def to_moment(value: object, timezone: str) -> int | None:
    """The instant of an ISO 8601 text; without an offset in that time zone. Years 1 to 9998."""
    if not isinstance(value, str) or not 10 <= len(value) <= MAX_MOMENT:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(timezone))
        if not 1 < moment.year < 9_999:
            return None
        return to_instant(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def plain(value: Any) -> Any:
    """A JSON value for what is only stored and given back; numbers beyond any id become texts."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        whole = to_integer(value)
        number = decimal(value)
        if whole is not None or number is None:
            return str(value) if whole is None else whole
        return float(number) if abs(number) < MAX_ID else str(value)
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
