"""How a currency's rules are stored, and how a row becomes a `Policy`.

The column `currencies.policy` is a JSON object `{"pending": …, "expiry": …}` in the shapes of
the native API (docs/reference/native-api.md), always written out in full by `encode_rules`.
Every other field of a policy has a column of the same name.
"""

from typing import Annotated

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

from stampbook.domain.model import FOREVER
from stampbook.domain.policy import (
    CountsFrom,
    DayOfYear,
    ExpiryRule,
    ExpiryType,
    PendingRule,
    PendingType,
    Period,
    Policy,
    Rounding,
    Unit,
)
from stampbook.storage.store import Row
from stampbook.storage.tables import CURRENCIES

MAX_PERIOD = 1_000_000
"""A period of more than a million, of whatever unit, is a mistake."""

MAX_DATES = 366
"""A rule can name every day of a year."""

MAX_EVENT_TYPES = 100

COLUMNS_OF_POLICIES = ", ".join(f"c.{name}" for name in ("policy", *CURRENCIES.shared_with(Policy)))
"""The columns of `currencies c` that `policy_of` reads, besides the ids."""

SELECT_POLICIES = f"""
    SELECT c.currency_id, c.program_id, c.tenant_id, {COLUMNS_OF_POLICIES},
           p.timezone, p.status AS program_status, p.starts_at, p.ends_at, p.deleted_at
    FROM currencies c JOIN programs p ON p.program_id = c.program_id
"""  # noqa: S608 - names of columns
"""The query for `policy_of`; the caller adds its WHERE."""


class PeriodShape(Struct, frozen=True, forbid_unknown_fields=True):
    """A length of calendar time in the program's time zone."""

    value: Annotated[int, Meta(ge=1, le=MAX_PERIOD)]
    unit: Unit


class DayShape(Struct, frozen=True, forbid_unknown_fields=True):
    """A day that comes every year; 29 February means the last of February."""

    month: Annotated[int, Meta(ge=1, le=12)]
    day: Annotated[int, Meta(ge=1, le=31)]


Days = Annotated[list[DayShape], Meta(min_length=1, max_length=MAX_DATES)]
EventType = Annotated[str, Meta(min_length=1, max_length=255)]


class Immediate(Struct, frozen=True, forbid_unknown_fields=True, tag="immediate"):
    """Points are available at once."""


class PendingPeriod(Struct, frozen=True, forbid_unknown_fields=True, tag="period"):
    """Points wait for a period; `whole_days` moves its end to the start of that day."""

    period: PeriodShape
    whole_days: bool = False


class FixedDates(Struct, frozen=True, forbid_unknown_fields=True, tag="fixed_dates"):
    """Points become available on the next of these days."""

    dates: Days


class OnEvent(Struct, frozen=True, forbid_unknown_fields=True, tag="event"):
    """Points wait for an event; after `cancel_period` without one they are rolled back."""

    event_types: Annotated[list[EventType], Meta(max_length=MAX_EVENT_TYPES)] = []
    cancel_period: PeriodShape | None = None


class NoExpiry(Struct, frozen=True, forbid_unknown_fields=True, tag="none"):
    """Points never expire."""


class Rolling(Struct, frozen=True, forbid_unknown_fields=True, tag="rolling"):
    """Points expire a period after their activation or accrual, rounded up to `rounding`."""

    period: PeriodShape
    counts_from: CountsFrom = CountsFrom.ACTIVATION
    rounding: Rounding | None = None
    rounding_month: Annotated[int, Meta(ge=1, le=12)] = 12


class Calendar(Struct, frozen=True, forbid_unknown_fields=True, tag="calendar"):
    """Points expire at the end of the next of these days."""

    dates: Days
    counts_from: CountsFrom = CountsFrom.ACTIVATION


class Sliding(Struct, frozen=True, forbid_unknown_fields=True, tag="sliding"):
    """All points of an account expire a period after its last earning or spending."""

    period: PeriodShape
    on_earning: bool = True
    on_spending: bool = True
    rounding: Rounding | None = None
    rounding_month: Annotated[int, Meta(ge=1, le=12)] = 12


PendingShape = Immediate | PendingPeriod | FixedDates | OnEvent
ExpiryShape = NoExpiry | Rolling | Calendar | Sliding


class Rules(Struct, frozen=True, forbid_unknown_fields=True):
    """The stored JSON."""

    pending: PendingShape
    expiry: ExpiryShape


_decoder = Decoder(Rules)
_encoder = Encoder()


def encode_rules(pending: PendingRule, expiry: ExpiryRule) -> str:
    """The text of the column `policy`."""
    return _encoder.encode(Rules(pending_shape(pending), expiry_shape(expiry))).decode()


def decode_rules(text: str) -> tuple[PendingRule, ExpiryRule]:
    """The rules that a column `policy` holds."""
    rules = _decoder.decode(text)
    return pending_rule(rules.pending), expiry_rule(rules.expiry)


_columns_of = CURRENCIES.reader(Policy)


def policy_of(row: Row) -> Policy:
    """The policy of a row of `SELECT_POLICIES`."""
    pending, expiry = decode_rules(row["policy"])
    starts_at, ends_at = row["starts_at"], row["ends_at"]
    return Policy(
        currency=row["currency_id"],
        program=row["program_id"],
        tenant=row["tenant_id"],
        timezone=row["timezone"],
        accepts=row["program_status"] == "active" and row["deleted_at"] is None,
        starts_at=-FOREVER if starts_at is None else starts_at,
        ends_at=FOREVER if ends_at is None else ends_at,
        pending=pending,
        expiry=expiry,
        **_columns_of(row),
    )


def period_of(shape: PeriodShape) -> Period:
    return Period(shape.value, shape.unit)


def _shape_of(period: Period | None) -> PeriodShape:
    assert period is not None
    return PeriodShape(period.value, period.unit)


def pending_rule(shape: PendingShape) -> PendingRule:
    """The rule that a shape states."""
    match shape:
        case Immediate():
            return PendingRule()
        case PendingPeriod():
            return PendingRule(
                PendingType.PERIOD, period=period_of(shape.period), whole_days=shape.whole_days
            )
        case FixedDates():
            return PendingRule(PendingType.FIXED_DATES, dates=_days_of(shape.dates))
        case OnEvent():
            limit = shape.cancel_period
            return PendingRule(
                PendingType.EVENT,
                event_types=tuple(shape.event_types),
                cancel_period=None if limit is None else period_of(limit),
            )


def expiry_rule(shape: ExpiryShape) -> ExpiryRule:
    """The rule that a shape states."""
    match shape:
        case NoExpiry():
            return ExpiryRule()
        case Rolling():
            return ExpiryRule(
                ExpiryType.ROLLING,
                period=period_of(shape.period),
                counts_from=shape.counts_from,
                rounding=shape.rounding,
                rounding_month=shape.rounding_month,
            )
        case Calendar():
            return ExpiryRule(
                ExpiryType.CALENDAR, counts_from=shape.counts_from, dates=_days_of(shape.dates)
            )
        case Sliding():
            return ExpiryRule(
                ExpiryType.SLIDING,
                period=period_of(shape.period),
                on_earning=shape.on_earning,
                on_spending=shape.on_spending,
                rounding=shape.rounding,
                rounding_month=shape.rounding_month,
            )


def _days_of(shapes: list[DayShape]) -> tuple[DayOfYear, ...]:
    return tuple(DayOfYear(each.month, each.day) for each in shapes)


def pending_shape(rule: PendingRule) -> PendingShape:
    """How a rule is written."""
    match rule.type:
        case PendingType.IMMEDIATE:
            return Immediate()
        case PendingType.PERIOD:
            return PendingPeriod(_shape_of(rule.period), rule.whole_days)
        case PendingType.FIXED_DATES:
            return FixedDates([DayShape(*day) for day in rule.dates])
        case PendingType.EVENT:
            limit = rule.cancel_period
            return OnEvent(list(rule.event_types), None if limit is None else _shape_of(limit))


def expiry_shape(rule: ExpiryRule) -> ExpiryShape:
    """How a rule is written."""
    match rule.type:
        case ExpiryType.NONE:
            return NoExpiry()
        case ExpiryType.ROLLING:
            return Rolling(
                _shape_of(rule.period), rule.counts_from, rule.rounding, rule.rounding_month
            )
        case ExpiryType.CALENDAR:
            return Calendar([DayShape(*day) for day in rule.dates], rule.counts_from)
        case ExpiryType.SLIDING:
            return Sliding(
                _shape_of(rule.period),
                rule.on_earning,
                rule.on_spending,
                rule.rounding,
                rule.rounding_month,
            )
