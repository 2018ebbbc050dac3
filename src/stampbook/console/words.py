"""Words of forms for spans of time, which many kinds of limits have, and the pairs of a choice."""

from collections.abc import Mapping
from typing import Any, Final

from stampbook.console.view import View
from stampbook.speaking.speech import translatable

UNITS: Final = {
    "hour": translatable("hours"),
    "day": translatable("days"),
    "week": translatable("weeks"),
    "month": translatable("months"),
    "year": translatable("years"),
}

PERIODS: Final = {
    "day": translatable("a day"),
    "week": translatable("a week"),
    "month": translatable("a month"),
    "quarter": translatable("a quarter"),
    "half_year": translatable("half a year"),
    "year": translatable("a year"),
    "lifetime": translatable("in all"),
}

DAYS: Final = {
    1: translatable("Mon"),
    2: translatable("Tue"),
    3: translatable("Wed"),
    4: translatable("Thu"),
    5: translatable("Fri"),
    6: translatable("Sat"),
    0: translatable("Sun"),
}
"""By the native API's number of the day, in the order of a week."""


def choices(
    view: View, words: Mapping[Any, str], *, empty: str | None = None
) -> list[tuple[str, str]]:
    """The pairs of a choice: the API's word, and what it is called. `empty` is the text for no
    choice, if there may be none."""
    made = [] if empty is None else [("", empty)]
    return made + [(str(word), view.say(text)) for word, text in words.items()]
