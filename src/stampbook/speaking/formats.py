"""How numbers, dates and times are written in each language.

The names and marks are those of Unicode's CLDR (for English, of Britain): a test compares with
Babel, which the product does not need. Two forms are ours: the sign of a negative number is a true
minus, and a Russian date has no word after its year.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from stampbook.speaking.languages import Language

MINUS: Final = "\N{MINUS SIGN}"
NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"

_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


@dataclass(frozen=True, slots=True)
class Format:
    group: str
    """Between thousands."""

    point: str
    months: tuple[str, ...]
    """Their short names within a date: 3 Oct."""

    months_alone: tuple[str, ...]
    """Their short names without a day: Oct 2026."""

    long_months: tuple[str, ...]
    """Their full names within a date: 3 October."""

    percent: str
    """What comes after a number of hundredths."""

    def number(self, digits: str) -> str:
        """A plain decimal such as `-1234.50`, with the digits as they are given. Raises ValueError
        for what is none."""
        if not (found := _PLAIN.fullmatch(digits)):
            raise ValueError(f"not a plain decimal number: {digits!r}")
        minus, whole, fraction = found.groups()
        grouped = f"{int(whole):,}".replace(",", self.group)
        sign = MINUS if minus else ""
        return f"{sign}{grouped}" if fraction is None else f"{sign}{grouped}{self.point}{fraction}"

    def date(self, day: datetime, *, year: bool, long: bool) -> str:
        month = (self.long_months if long else self.months)[day.month - 1]
        return f"{day.day} {month} {day.year}" if year else f"{day.day} {month}"

    def month(self, day: datetime) -> str:
        return f"{self.months_alone[day.month - 1]} {day.year}"

    def time(self, moment: datetime, *, seconds: bool) -> str:
        return moment.strftime("%H:%M:%S" if seconds else "%H:%M")


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_ENGLISH = _names("Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec")

FORMATS: Final[Mapping[Language, Format]] = {
    "en": Format(
        group=",",
        point=".",
        months=_ENGLISH,
        months_alone=_ENGLISH,
        long_months=_names(
            "January February March April May June July August September October November December"
        ),
        percent="%",
    ),
    "ru": Format(
        group=NO_BREAK_SPACE,
        point=",",
        months=_names("янв. февр. мар. апр. мая июн. июл. авг. сент. окт. нояб. дек."),
        months_alone=_names("янв. февр. март апр. май июнь июль авг. сент. окт. нояб. дек."),
        long_months=_names(
            "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
        ),
        percent=f"{NO_BREAK_SPACE}%",
    ),
}
