"""Values of the native API's JSON, for pages."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Final

from msgspec.json import encode

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def instant_of(text: str) -> int:
    """The microseconds since 1970 UTC of an instant in RFC 3339. Raises ValueError."""
    return (datetime.fromisoformat(text) - _EPOCH) // _MICROSECOND


def text_of(instant: int) -> str:
    """An instant as RFC 3339 in UTC, with no more digits than it needs."""
    moment = _EPOCH + timedelta(microseconds=instant)
    precision = "microseconds" if moment.microsecond else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def is_zero(amount: str) -> bool:
    return not any(digit in "123456789" for digit in amount)


def number_of(name: str) -> int:
    """The number in an id such as `acc_7f`. Raises ValueError."""
    return int(name.rpartition("_")[2], 16)


def short(number: str) -> str:
    """A decimal without zeros at its end."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def digest_of(value: Any) -> str:
    """What a part of a page shows, in a word for the open page to say it."""
    return blake2b(encode(value), digest_size=8).hexdigest()
