"""What one person reads: a language, and the zone in which days and hours are meant."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from stampbook.speaking.catalogues import catalogue
from stampbook.speaking.formats import FORMATS, Format
from stampbook.speaking.languages import Language

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

TENTH = Decimal("0.1")

_FRACTION = 2
"""The count whose plural form fractions take: 1.5 points, 1,5 балла."""

_ENDS = (".", "!", "?", "…")
_TAGS = re.compile(r"(?:</\w+>)+$")
"""What comes after the last word of a value that is a part of a page."""

_ENDED = re.compile(r"%\((\w+)\)s\.(?!\.)")


def translatable(text: str) -> str:
    """The same text. It marks one that is translated elsewhere, for `make messages` to find."""
    return text


@dataclass(frozen=True)
class Speech:
    """A language and a program's zone. Instants are microseconds since 1970 UTC.

    Texts are English ones of the sources, with `%(name)s` for values, which are given by name:
    `speech.gettext("Cancelled by %(who)s.", who=name)`. A percent sign is written `%%`. Values are
    texts ready to be read: amounts and dates go through `amount` and `date` before.
    """

    language: Language
    zone: ZoneInfo

    @cached_property
    def _texts(self) -> NullTranslations:
        return catalogue(self.language)

    @cached_property
    def _format(self) -> Format:
        return FORMATS[self.language]

    # -- texts ----------------------------------------------------------------------------------

    def gettext(self, text: str, /, **values: object) -> str:
        return _filled(self._texts.gettext(text), values)

    def ngettext(self, one: str, many: str, number: int | str, /, **values: object) -> str:
        """The form that goes with a number: a count, or an amount as `amount` takes it. The value
        `num` is the number as it is written, unless it is given."""
        values.setdefault("num", self.amount(str(number)))
        return _filled(self._texts.ngettext(one, many, _count(str(number))), values)

    def pgettext(self, context: str, text: str, /, **values: object) -> str:
        """As `gettext`, for a text that needs other words in another context."""
        return _filled(self._texts.pgettext(context, text), values)

    def npgettext(
        self, context: str, one: str, many: str, number: int | str, /, **values: object
    ) -> str:
        values.setdefault("num", self.amount(str(number)))
        return _filled(self._texts.npgettext(context, one, many, _count(str(number))), values)

    # -- numbers --------------------------------------------------------------------------------

    def amount(self, digits: str) -> str:
        """A plain decimal number such as `-1234.50` as it is read: −1,234.50; −1 234,50.

        Zeros at its end stay. Raises ValueError for what is not a number.
        """
        return self._format.number(digits)

    def signed(self, digits: str) -> str:
        """As `amount`, with a plus before what is positive."""
        return f"{'+' if _is_positive(digits) else ''}{self.amount(digits)}"

    def share(self, digits: str) -> str:
        """A part of one such as `0.12345` in percent, to a tenth: 12.3%; 12,3 %."""
        percent = f"{(Decimal(digits) * 100).quantize(TENTH):f}".removesuffix(".0")
        return f"{self.amount(percent)}{self._format.percent}"

    def scaled(self, units: int, scale: int) -> str:
        """As `amount`, for an integer of the smallest unit of a currency with this scale."""
        return self.amount(plain(units, scale))

    # -- instants -------------------------------------------------------------------------------

    def date(self, instant: int, *, year: bool = True, long: bool = False) -> str:
        """A day: 28 Nov 2026; 28 нояб. 2026. `long` has the month's full name."""
        return self._format.date(self.local(instant), year=year, long=long)

    def day(self, instant: int, now: int, *, long: bool = False) -> str:
        """A day, with its year only if that is another one than now."""
        other = self.local(instant).year != self.local(now).year
        return self.date(instant, year=other, long=long)

    def month(self, instant: int) -> str:
        """A month: Nov 2026; нояб. 2026."""
        return self._format.month(self.local(instant))

    def time(self, instant: int, *, seconds: bool = False) -> str:
        return self._format.time(self.local(instant), seconds=seconds)

    def instant(self, instant: int, *, year: bool = True, seconds: bool = False) -> str:
        """A day and a time: 28 Nov 2026, 14:35."""
        return f"{self.date(instant, year=year)}, {self.time(instant, seconds=seconds)}"

    def local(self, instant: int) -> datetime:
        """The instant in the zone. Raises OverflowError for the instant that never comes."""
        return (_EPOCH + timedelta(microseconds=instant)).astimezone(self.zone)


def plain(units: int, scale: int) -> str:
    """An integer of a currency's smallest unit as a plain decimal number: 10050 is 100.50."""
    if not scale:
        return str(units)
    whole, fraction = divmod(abs(units), 10**scale)
    return f"{'-' if units < 0 else ''}{whole}.{fraction:0{scale}d}"


def _is_positive(digits: str) -> bool:
    return not digits.startswith("-") and any(digit in "123456789" for digit in digits)


def _count(digits: str) -> int:
    """The count whose plural form goes with a number."""
    return _FRACTION if "." in digits else abs(int(digits))


def _filled(text: str, values: dict[str, object]) -> str:
    """The text with its values. A full stop after a value that ends a sentence is left out."""

    def ended(found: re.Match[str]) -> str:
        value = _TAGS.sub("", str(values.get(found[1], "")))
        return found[0][:-1] if value.endswith(_ENDS) else found[0]

    return _ENDED.sub(ended, text) % values
