"""Days, instants and amounts as people type them."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from stampbook.console.values import text_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class BadInstant(ValueError):
    """No day, or no instant."""


def instant_typed(text: str, zone: ZoneInfo) -> int:
    """The microseconds since 1970 of an instant: with an offset, or of the zone's clocks. A day
    alone is its first moment. Raises BadInstant."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        if not 1900 <= moment.year <= 9998:
            raise BadInstant(text)
        return (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise BadInstant(text) from None


def local_text(instant: str | None, zone: ZoneInfo) -> str:
    """An instant of the API as a field for a day and a time shows it: by the zone's clocks."""
    if instant is None:
        return ""
    moment = datetime.fromisoformat(instant).astimezone(zone)
    precision = "seconds" if moment.second else "minutes"
    return moment.replace(tzinfo=None, microsecond=0).isoformat(timespec=precision)


def instant_kept(text: str, before: str | None, zone: ZoneInfo) -> str | None:
    """The instant that was typed, in the API's form. Where the text is what was shown for `before`,
    it is exactly that one. Raises BadInstant."""
    if text == local_text(before, zone):
        return before
    return text_of(instant_typed(text, zone)) if text else None


def day_typed(text: str, zone: ZoneInfo, *, after: bool = False) -> int:
    """The first moment of a day in the zone; with `after`, of the day after it, so that the whole
    day is meant. Instants are taken as they are. Raises BadInstant."""
    at = instant_typed(text, zone)
    if after and len(text) == len("2026-11-28"):
        local = (_EPOCH + timedelta(microseconds=at)).astimezone(zone)
        following = (local + timedelta(days=1)).date()
        return instant_typed(following.isoformat(), zone)
    return at


def amount_typed(text: str) -> str:
    """An amount in the native API's form: a comma is a point, spaces between thousands go. What is
    no amount is left for the API to refuse."""
    plain = "".join(text.split()).replace("\N{MINUS SIGN}", "-")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    return plain
