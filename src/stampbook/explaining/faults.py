"""What is wrong with a field, in words: a sentence for each kind of fault of the native API.

The API says it in English, for programmers. Each of its faults is of one of these kinds.
"""

import re
from enum import Enum
from typing import Final

from stampbook.speaking.speech import Speech, translatable


class Kind(Enum):
    """What is wrong."""

    MISSING = "missing"
    TAKEN = "taken"
    NOT_ABOVE_ZERO = "not_above_zero"
    DIGITS = "digits"
    LONG = "long"
    MANY = "many"
    LOW = "low"
    HIGH = "high"
    RANGE = "range"
    CHOICE = "choice"
    INSTANT = "instant"
    ORDER = "order"
    PAST = "past"
    FUTURE = "future"
    ABSENT = "absent"
    TWICE = "twice"
    MISFIT = "misfit"
    CHARACTERS = "characters"
    FIXED = "fixed"
    SPELLED = "spelled"
    OTHER = "other"


_NUMBER: Final = r"(?P<num>\d[\d,]*)"

_KINDS: Final = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        (r"is taken$", Kind.TAKEN),
        (r"is not a field of", Kind.MISFIT),
        (r".*(after the point)", Kind.DIGITS),
        (r"Expected `\w+` of length >= 1$|is missing$|must not be empty$", Kind.MISSING),
        (r"must be given$|must name an activity$|needs a period$", Kind.MISSING),
        (r"Expected `(str|bytes)` of length (<=|==) " + _NUMBER, Kind.LONG),
        (r"Expected `(array|object)` of length <= " + _NUMBER, Kind.MANY),
        (r"Expected `\w+` of length >= " + _NUMBER, Kind.RANGE),
        (r"Expected `(int|float|decimal)` >= " + _NUMBER, Kind.LOW),
        (r"Expected `(int|float|decimal)` <= " + _NUMBER, Kind.HIGH),
        (r"must have (1 to|at most) " + _NUMBER + r" (characters|bytes)", Kind.LONG),
        (r"Invalid enum value|must be one( or more)? of ", Kind.CHOICE),
        (r"is not a code of ISO|is not an IANA|is not the two-letter", Kind.CHOICE),
        (r"Expected `str` matching|Expected `[^`]*`, got|Invalid |is not JSON", Kind.SPELLED),
        (r"must have 1 to 64 of A-Z", Kind.CHARACTERS),
        (r"has a name that no header|.*must be printable ASCII", Kind.CHARACTERS),
        (r".*the character NUL|.*lone surrogate", Kind.CHARACTERS),
        (r"must be a plain decimal|must be days from|takes minutes, hours", Kind.SPELLED),
        (r"must be an RFC 3339|names a date|must lie between the years", Kind.INSTANT),
        (r"must (lie|be) after |a greatest count is below", Kind.ORDER),
        (r".*must not be below|two of them overlap", Kind.ORDER),
        (r"must be in the future", Kind.PAST),
        (r"must not lie in the future", Kind.FUTURE),
        (r"must be (greater than zero|positive$|above 0$)", Kind.NOT_ABOVE_ZERO),
        (r".*must (have|be) (a )?positive", Kind.NOT_ABOVE_ZERO),
        (r".*10\^15|.*is too (small|large)|must be between |must be at least ", Kind.RANGE),
        (r".*and not below -|.*would (cost|give) more", Kind.RANGE),
        (r"(must be|must have|takes) (1 to|at most) " + _NUMBER, Kind.MANY),
        (r"must be \d+ to " + _NUMBER, Kind.MANY),
        (r"must be a number from ", Kind.RANGE),
        (r"must be Unicode", Kind.CHARACTERS),
        (r"is given twice", Kind.TWICE),
        (r"must not be the login", Kind.MISFIT),
        (r".*(the same|is named twice|names two|each (currency )?once)", Kind.TWICE),
        (r".*(does not exist|names nothing|names no |there is no )", Kind.ABSENT),
        (r".*(is not a |no appointment)", Kind.ABSENT),
        (r"one of them is not|must be tiers of|must be (another |a )member", Kind.ABSENT),
        (r"cannot change", Kind.FIXED),
        (r"is more than|is not the sum", Kind.RANGE),
        (r"belongs? to|is for |is not for ", Kind.MISFIT),
        (r"is not (something|what)|excludes|cannot be given", Kind.MISFIT),
        (r"(a static_amount )?excludes|must be given (with|for)|only |takes either", Kind.MISFIT),
        (r"nothing is lost|a balance is not", Kind.MISFIT),
        (r"must (all )?have |says something else|must not have", Kind.MISFIT),
        (r"a rule of the whole tenant", Kind.MISFIT),
    )
)  # fmt: skip
"""How the API words the faults of each kind; the first that fits counts."""

SENTENCES: Final = {
    Kind.MISSING: translatable("This is needed."),
    Kind.TAKEN: translatable("This is taken already."),
    Kind.NOT_ABOVE_ZERO: translatable("An amount above zero."),
    Kind.DIGITS: translatable("This has too many digits after the point."),
    Kind.RANGE: translatable("This is too small or too large."),
    Kind.CHOICE: translatable("Choose one of what is offered."),
    Kind.INSTANT: translatable("This is no date."),
    Kind.ORDER: translatable("The end must come after the beginning."),
    Kind.PAST: translatable("This must be in the future."),
    Kind.FUTURE: translatable("This must not be in the future."),
    Kind.ABSENT: translatable("This does not exist here."),
    Kind.TWICE: translatable("Something is named twice."),
    Kind.MISFIT: translatable("This does not go with the rest of the form."),
    Kind.CHARACTERS: translatable("This has characters that are not possible here."),
    Kind.FIXED: translatable("This cannot change any more."),
    Kind.SPELLED: translatable("This cannot be read."),
    Kind.OTHER: translatable("This is not possible here."),
}
"""By kind, where no number is said."""


def kind_of(detail: str) -> tuple[Kind, str | None]:
    """What kind of fault the API's words are, and the number that they name."""
    for pattern, kind in _KINDS:
        found = pattern.match(detail)
        if found is not None:
            return kind, found.groupdict().get("num")
    return Kind.OTHER, None


def fault(detail: str, speech: Speech) -> str:
    """A fault of a field of the native API in the language of the speech."""
    kind, number = kind_of(detail)
    if number is not None:
        plain = number.replace(",", "")
        shown = speech.amount(plain)
        match kind:
            case Kind.LONG:
                return speech.ngettext(
                    "At most %(num)s character.", "At most %(num)s characters.", plain, num=shown
                )
            case Kind.MANY | Kind.HIGH:
                return speech.gettext("At most %(num)s.", num=shown)
            case Kind.LOW:
                return speech.gettext("At least %(num)s.", num=shown)
    return speech.gettext(SENTENCES.get(kind, SENTENCES[Kind.RANGE]))
