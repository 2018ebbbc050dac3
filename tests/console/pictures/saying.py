"""A plain English speech, so that pictures are tested without catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stampbook.speaking.speech import plain

BERLIN = ZoneInfo("Europe/Berlin")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class English:
    """Implements stampbook.console.pictures.values.Speech."""

    zone: ZoneInfo = BERLIN

    def gettext(self, text: str, /, **values: object) -> str:
        return text % values

    def ngettext(self, one: str, many: str, number: int | str, /, **values: object) -> str:
        return (one if number in (1, "1") else many) % {"num": number, **values}

    def pgettext(self, context: str, text: str, /, **values: object) -> str:
        return text % values

    def amount(self, digits: str) -> str:
        whole, point, fraction = digits.partition(".")
        return f"{int(whole):,}{point}{fraction}"

    def share(self, digits: str) -> str:
        return f"{float(digits):.1%}"

    def scaled(self, units: int, scale: int) -> str:
        sign, digits = ("-" if units < 0 else ""), plain(abs(units), scale)
        whole, point, fraction = digits.partition(".")
        return f"{sign}{int(whole):,}{point}{fraction}"

    def date(self, instant: int, *, year: bool = True, long: bool = False) -> str:
        day = self.local(instant)
        return f"{day.day} {day:%b} {day.year}" if year else f"{day.day} {day:%b}"

    def month(self, instant: int) -> str:
        return f"{self.local(instant):%b %Y}"

    def instant(self, instant: int, *, year: bool = True, seconds: bool = False) -> str:
        return f"{self.date(instant, year=year)}, {self.local(instant):%H:%M}"

    def local(self, instant: int) -> datetime:
        return (EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)
