"""Numbers, dates and times are written as Babel writes them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from hypothesis import given
from hypothesis import strategies as st

from stampbook.dialects import amounts
from stampbook.speaking.formats import MINUS
from stampbook.speaking.languages import Language
from stampbook.speaking.speech import Speech, plain

LOCALES: dict[Language, str] = {"en": "en_GB", "ru": "ru"}
ZONES = ["UTC", "Europe/Moscow", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"]

speeches = st.builds(
    Speech, st.sampled_from(sorted(LOCALES)), st.sampled_from([*map(ZoneInfo, ZONES)])
)
instants = st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 31)).map(  # noqa: DTZ001
    lambda moment: int((moment - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001
)
units = st.integers(-9 * 10**15, 9 * 10**15)
scales = st.integers(0, 6)


@given(speeches, units, scales)
def test_amounts(speech: Speech, number: int, scale: int) -> None:
    digits = plain(number, scale)
    pattern = "#,##0" + ("." + "0" * scale if scale else "")
    expected = format_decimal(Decimal(digits), pattern, LOCALES[speech.language])
    assert speech.amount(digits) == speech.scaled(number, scale) == expected.replace("-", MINUS)
    assert speech.signed(digits) == ("+" if number > 0 else "") + speech.amount(digits)


@given(speeches, st.integers(0, 10**6))
def test_shares(speech: Speech, millionths: int) -> None:
    digits = plain(millionths, 6)
    expected = format_percent(round(Decimal(digits), 3), "#,##0.#%", LOCALES[speech.language])
    assert speech.share(digits) == expected.replace("%", speech.share("0")[1:])


@given(units, scales)
def test_plain_amounts_are_those_of_the_apis(number: int, scale: int) -> None:
    assert plain(number, scale) == amounts.write(number, scale)


@given(speeches, instants)
def test_instants(speech: Speech, instant: int) -> None:
    def babel(pattern: str) -> str:
        moment = datetime.fromtimestamp(instant / 1_000_000, speech.zone)
        return format_datetime(moment, pattern, speech.zone, LOCALES[speech.language])

    assert speech.date(instant) == babel("d MMM y")
    assert speech.date(instant, year=False) == babel("d MMM")
    assert speech.date(instant, long=True) == babel("d MMMM y")
    assert speech.month(instant) == babel("LLL y")
    assert speech.time(instant) == babel("HH:mm")
    assert speech.time(instant, seconds=True) == babel("HH:mm:ss")
    assert speech.instant(instant) == babel("d MMM y, HH:mm")


@given(speeches, st.lists(st.integers(1, 12), min_size=1))
def test_every_month(speech: Speech, months: list[int]) -> None:
    for month in months:
        moment = datetime(2026, month, 3, 12, tzinfo=speech.zone)
        instant = int(moment.timestamp()) * 1_000_000
        locale = LOCALES[speech.language]
        assert speech.date(instant) == format_datetime(moment, "d MMM y", speech.zone, locale)
        assert speech.month(instant) == format_datetime(moment, "LLL y", speech.zone, locale)
        assert speech.date(instant, year=False, long=True) == format_datetime(
            moment, "d MMMM", speech.zone, locale
        )


def test_what_people_read() -> None:
    english, russian = Speech("en", ZoneInfo("UTC")), Speech("ru", ZoneInfo("Europe/Moscow"))
    at = int(datetime(2026, 11, 27, 21, 5, 9, tzinfo=ZoneInfo("UTC")).timestamp()) * 1_000_000
    assert english.amount("-1234.50") == "−1,234.50"
    assert russian.amount("1234.50") == "1\xa0234,50"
    assert english.share("0.125000") == "12.5%"
    assert russian.share("0.125000") == "12,5\xa0%"
    assert english.share("1") == "100%"
    assert english.instant(at) == "27 Nov 2026, 21:05"
    assert russian.instant(at, seconds=True) == "28 нояб. 2026, 00:05:09"
    assert english.day(at, at) == "27 Nov"
    assert english.day(at, at + 400 * 86_400_000_000) == "27 Nov 2026"


def test_the_year_is_that_of_the_zone() -> None:
    """An hour before midnight in London, the new year has begun in Moscow."""
    at = int(datetime(2026, 12, 31, 23, tzinfo=ZoneInfo("UTC")).timestamp()) * 1_000_000
    summer = int(datetime(2026, 7, 1, tzinfo=ZoneInfo("UTC")).timestamp()) * 1_000_000
    assert Speech("en", ZoneInfo("UTC")).day(at, summer) == "31 Dec"
    assert Speech("en", ZoneInfo("Europe/Moscow")).day(at, summer) == "1 Jan 2027"


@pytest.mark.parametrize("text", ["", "-", "x", "1.5.2", "1e5"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Speech("en", ZoneInfo("UTC")).amount(text)
