"""Instants in the fields of forms: by the clocks of the program's zone."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from stampbook.console.api import Json
from stampbook.console.loyalty.places import Mistyped
from stampbook.console.typed import BadInstant, instant_typed
from stampbook.console.values import text_of


def local_text(instant: str | None, zone: ZoneInfo) -> str:
    """An instant of the API as a field for a day and a time shows it."""
    if instant is None:
        return ""
    moment = datetime.fromisoformat(instant).astimezone(UTC).astimezone(zone)
    precision = "seconds" if moment.second else "minutes"
    return moment.replace(tzinfo=None, microsecond=0).isoformat(timespec=precision)


def instant_kept(
    name: str, text: str, before: Json | None, zone: ZoneInfo, say: Callable[..., str]
) -> str | None:
    """The instant that was typed, in the API's form. Where the text is what was shown for `before`,
    it is exactly the one that is there. Raises Mistyped."""
    if before is not None and text == local_text(before[name], zone):
        found: str | None = before[name]
        return found
    if not text:
        return None
    try:
        return text_of(instant_typed(text, zone))
    except BadInstant:
        raise Mistyped(name, say("This is no day and time.")) from None
