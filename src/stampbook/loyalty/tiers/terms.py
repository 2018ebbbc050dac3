"""The terms of a group of tiers: what is counted, when a tier is reached, and when it is lost."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, ValidationError
from msgspec.json import Decoder, encode

from stampbook.programs.faults import Invalid

Unit = Literal["day", "week", "month", "year"]
Activity = Literal["earning", "spending"]

MAX_SPAN: Final = 900
"""Units of a period: no date that follows from one leaves the calendar."""

MAX_DATES: Final = 20

Count = Annotated[int, Meta(ge=1, le=MAX_SPAN)]


class Span(Struct, frozen=True, forbid_unknown_fields=True):
    """A number of days, weeks, months or years in the program's time zone."""

    n: Count
    unit: Unit


class YearDay(Struct, frozen=True, forbid_unknown_fields=True):
    """A day that comes every year; 29 February means the last of February."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]


class Retention(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How long a tier is kept whatever the count.

    `fixed`: to the end of the day that is `span` after it was reached. `sliding`: to the end of the
    day that is `span` after the last of `activities`. `calendar`: until the next of `dates` begins.
    """

    type: Literal["none", "fixed", "sliding", "calendar"] = "none"
    span: Span | None = None
    activities: Annotated[tuple[Activity, ...], Meta(max_length=MAX_DATES)] = ("earning",)
    dates: Annotated[tuple[YearDay, ...], Meta(max_length=MAX_DATES)] = ()


class Grace(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Time between the loss of the qualification and that of the tier, to the end of its last day;
    `round_up`: to the end of that day's week, month or year."""

    n: Count
    unit: Unit
    round_up: bool = False


class Downgrade(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a member has who no longer qualifies: the same tier (`none`), the one below (`single`),
    or the one that the count gives (`multi`)."""

    type: Literal["none", "single", "multi"] = "multi"
    grace: Grace | None = None


class Terms(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a group says, beside its tiers.

    `basis`: `balance` is the active balance, `earned` the accruals in force (pending ones only if
    `counts_pending`), `spend` the totals of the member's orders in force. `earned` and `spend` are
    counted in windows of `period`, or ever (None). `anchor`: windows begin where the calendar's do,
    or at the day of the group's activation. `change`: a higher tier is reached at once, or when the
    next window begins. `on_cancel`: what is taken back was never there (`recount`), is lost now
    (`ordinary`), or takes no tier away (`keep`).
    """

    basis: Literal["balance", "earned", "spend"] = "earned"
    counts_pending: bool = True
    period: Span | None = None
    anchor: Literal["calendar", "activation"] = "calendar"
    change: Literal["at_once", "next_period"] = "at_once"
    retention: Retention = Retention()
    downgrade: Downgrade = Downgrade()
    on_cancel: Literal["recount", "ordinary", "keep"] = "recount"


_terms = Decoder(Terms)


def read_terms(text: str) -> Terms:
    """The terms of their stored text."""
    return _terms.decode(text)


def write_terms(terms: Terms) -> str:
    """The text to be stored: JSON without what is as usual."""
    return encode(terms).decode()


def check(terms: Terms) -> None:
    """Raises Invalid if the terms contradict each other or leave their bounds."""
    try:
        _terms.decode(encode(terms))
    except ValidationError as error:
        raise Invalid("terms", str(error)) from None
    if terms.period is not None and terms.basis == "balance":
        raise Invalid("period", "a balance is not counted in periods")
    if terms.change == "next_period" and terms.period is None:
        raise Invalid("change", "needs a period")
    retention = terms.retention
    if (retention.span is None) == (retention.type in ("fixed", "sliding")):
        raise Invalid("retention", "only fixed and sliding have a span, and must have it")
    if bool(retention.dates) != (retention.type == "calendar"):
        raise Invalid("retention", "only calendar has dates, and must have them")
    if retention.type == "sliding" and not retention.activities:
        raise Invalid("retention", "must name an activity")
    if terms.downgrade.type == "none" and terms.downgrade.grace is not None:
        raise Invalid("downgrade", "nothing is lost, so that there is no grace")
