"""A currency's policies in words: what each choice is called, and what it means."""

from calendar import monthrange
from typing import Final

from stampbook.console import words
from stampbook.console.api import Json
from stampbook.console.typed import instant_typed
from stampbook.speaking.speech import Speech, translatable

LEAP: Final = 2024
"""A year in which every day of a year comes."""

UNITS: Final = {"minute": translatable("minutes"), **words.UNITS}

SECONDS: Final = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
"""Units of a fixed length."""

FIXED: Final = {
    "second": translatable("seconds"),
    **{name: UNITS[name] for name in ("minute", "hour", "day", "week")},
}

COUNTS_FROM: Final = {
    "activation": translatable("when the points become usable"),
    "accrual": translatable("when the points are earned"),
}

ROUNDINGS: Final = {
    "": translatable("not rounded"),
    "end_of_day": translatable("the end of the day"),
    "end_of_month": translatable("the end of the month"),
    "end_of_quarter": translatable("the end of the quarter"),
    "end_of_half_year": translatable("the end of the half-year"),
    "end_of_year": translatable("the end of the year"),
    "end_of_particular_month": translatable("the end of the month chosen below"),
}

RETURNS: Final = {
    "proportional": translatable("In proportion to what is refunded"),
    "points_first": translatable("Points come back first, then money"),
    "points_last": translatable("Money comes back first, then points"),
    "on_whole": translatable("Only when the whole order is refunded"),
    "none": translatable("Never"),
}

PERIODS: Final = {
    "": translatable("no limit"),
    "day": translatable("each day"),
    "week": translatable("each week"),
    "month": translatable("each month"),
    "quarter": translatable("each quarter"),
    "half_year": translatable("each half-year"),
    "year": translatable("each year"),
    "lifetime": translatable("altogether"),
}


def length(speech: Speech, value: int, unit: str) -> str:
    """A length of time: 12 months."""
    match unit:
        case "second":
            return speech.ngettext("%(num)s second", "%(num)s seconds", value)
        case "minute":
            return speech.ngettext("%(num)s minute", "%(num)s minutes", value)
        case "hour":
            return speech.ngettext("%(num)s hour", "%(num)s hours", value)
        case "day":
            return speech.ngettext("%(num)s day", "%(num)s days", value)
        case "week":
            return speech.ngettext("%(num)s week", "%(num)s weeks", value)
        case "month":
            return speech.ngettext("%(num)s month", "%(num)s months", value)
        case _:
            return speech.ngettext("%(num)s year", "%(num)s years", value)


def period(speech: Speech, shape: Json) -> str:
    return length(speech, shape["value"], shape["unit"])


def unit_of(seconds: int) -> str:
    """The longest unit that divides the seconds; no weeks, which nobody counts in."""
    units = ("day", "hour", "minute", "second")
    return next(unit for unit in units if seconds % SECONDS[unit] == 0)


def time(speech: Speech, seconds: int) -> str:
    """A number of seconds in a unit that fits."""
    unit = unit_of(seconds)
    return length(speech, seconds // SECONDS[unit], unit)


def days(speech: Speech, dates: list[Json]) -> str:
    """Days of a year: 30 Jun, 31 Dec."""
    said = []
    for each in dates:
        day = min(each["day"], monthrange(LEAP, each["month"])[1])
        at = instant_typed(f"{LEAP}-{each['month']:02}-{day:02}", speech.zone)
        said.append(speech.date(at, year=False))
    return ", ".join(said)


def pending_text(speech: Speech, pending: Json) -> str:
    """When points become usable."""
    match pending["type"]:
        case "immediate":
            return speech.gettext("Usable at once")
        case "period":
            text = speech.gettext(
                "Usable after %(period)s", period=period(speech, pending["period"])
            )
            if pending["whole_days"]:
                text = speech.gettext("%(text)s, from the start of that day", text=text)
            return text
        case "fixed_dates":
            return speech.gettext("Usable on %(days)s", days=days(speech, pending["dates"]))
        case _:
            if pending["cancel_period"] is None:
                return speech.gettext("Usable after an event")
            return speech.gettext(
                "Usable after an event; taken back if it does not come within %(period)s",
                period=period(speech, pending["cancel_period"]),
            )


def expiry_text(speech: Speech, expiry: Json) -> str:
    """When points expire."""
    match expiry["type"]:
        case "none":
            return speech.gettext("Never expire")
        case "rolling":
            span = period(speech, expiry["period"])
            if expiry["counts_from"] == "accrual":
                text = speech.gettext("Expire %(period)s after they are earned", period=span)
            else:
                text = speech.gettext("Expire %(period)s after they become usable", period=span)
        case "calendar":
            return speech.gettext(
                "Expire at the end of %(days)s", days=days(speech, expiry["dates"])
            )
        case _:
            text = speech.gettext(
                "Expire %(period)s after the last activity",
                period=period(speech, expiry["period"]),
            )
    if expiry["rounding"] is None:
        return text
    end = speech.gettext(ROUNDINGS[expiry["rounding"]])
    if expiry["rounding"] == "end_of_particular_month":
        end = speech.gettext("the end of %(month)s", month=month(speech, expiry["rounding_month"]))
    return speech.gettext("%(text)s, moved on to %(end)s", text=text, end=end)


def month(speech: Speech, number: int) -> str:
    """The name of a month, short."""
    at = instant_typed(f"{LEAP}-{number:02}-01", speech.zone)
    return speech.date(at, year=False).strip("0123456789 .,") or str(number)
