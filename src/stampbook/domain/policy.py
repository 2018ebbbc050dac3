"""A currency's policies, and the instants that follow from them.

Everything here is a function of its arguments: the time zone is part of the
policy, the clock an argument. Calendar arithmetic is done in the program's time
zone, results are instants (microseconds UTC).
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from stampbook.domain.model import FOREVER, MICROSECONDS

DEFAULT_TIMEOUT_S = 86_400
"""The lifetime of a temporary transaction where the currency names none."""

LAST_YEAR = 9_000
"""Later dates are refused, so that no arithmetic on dates can overflow."""


class Unit(StrEnum):
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Period(NamedTuple):
    """A length of calendar time in the program's time zone."""

    value: int
    unit: Unit


class DayOfYear(NamedTuple):
    """A day that comes every year; 29 February means the last of February."""

    month: int
    day: int


class PendingType(StrEnum):
    IMMEDIATE = "immediate"
    PERIOD = "period"
    FIXED_DATES = "fixed_dates"
    EVENT = "event"


class ExpiryType(StrEnum):
    NONE = "none"
    ROLLING = "rolling"
    CALENDAR = "calendar"
    SLIDING = "sliding"


class CountsFrom(StrEnum):
    ACTIVATION = "activation"
    ACCRUAL = "accrual"


class Rounding(StrEnum):
    """The boundary to which a rolling or sliding expiry is rounded up."""

    END_OF_DAY = "end_of_day"
    END_OF_MONTH = "end_of_month"
    END_OF_QUARTER = "end_of_quarter"
    END_OF_HALF_YEAR = "end_of_half_year"
    END_OF_YEAR = "end_of_year"
    END_OF_PARTICULAR_MONTH = "end_of_particular_month"


class SpentAccrual(StrEnum):
    DEBT = "debt"
    CLAMP = "clamp"
    REFUSE = "refuse"


class ExpiredRestore(StrEnum):
    EXPIRE = "expire"
    GRACE = "grace"


class PendingRule(NamedTuple):
    """When accrued points become available.

    `whole_days` moves a period's end to the start of its day. `cancel_period`: an
    `event` accrual that no event has activated by then is rolled back.
    """

    type: PendingType = PendingType.IMMEDIATE
    period: Period | None = None
    whole_days: bool = False
    dates: tuple[DayOfYear, ...] = ()
    event_types: tuple[str, ...] = ()
    cancel_period: Period | None = None


class ExpiryRule(NamedTuple):
    """When points expire. `sliding`: `period` after the last earning or spending."""

    type: ExpiryType = ExpiryType.NONE
    period: Period | None = None
    counts_from: CountsFrom = CountsFrom.ACTIVATION
    rounding: Rounding | None = None
    rounding_month: int = 12
    dates: tuple[DayOfYear, ...] = ()
    on_earning: bool = True
    on_spending: bool = True


class Policy(NamedTuple):
    """What the ledger must know of a currency and its program to decide.

    `version` changes with every change of either; a batch is saved only while the
    version by which it was decided is still the newest.
    """

    currency: int
    program: int
    tenant: int
    version: int
    scale: int = 0
    timezone: str = "UTC"
    accepts: bool = True
    """The program is active (its status)."""
    starts_at: int = -FOREVER
    ends_at: int = FOREVER
    pending: PendingRule = PendingRule()
    expiry: ExpiryRule = ExpiryRule()
    spent_accrual: SpentAccrual = SpentAccrual.DEBT
    expired_restore: ExpiredRestore = ExpiredRestore.EXPIRE
    grace_s: int = 0
    cancel_window_s: int | None = None
    overdraft: int = 0
    temporary_timeout_s: int = DEFAULT_TIMEOUT_S

    def is_active(self, now: int) -> bool:
        """Whether the program accepts new movements at `now`."""
        return self.accepts and self.starts_at <= now < self.ends_at


class Dates(NamedTuple):
    """What an accrual's policy makes of its instant."""

    activates_at: int
    expires_at: int
    deadline_at: int
    sliding: bool


EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises ZoneInfoNotFoundError or ValueError."""
    return ZoneInfo(name)


def to_datetime(instant: int, timezone: str) -> datetime:
    """The wall time of an instant. Raises OverflowError outside years 1 to 9999."""
    return (EPOCH + timedelta(microseconds=instant)).astimezone(zone(timezone))


def to_instant(moment: datetime) -> int:
    """Microseconds UTC of an aware datetime, exactly."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds


def start_of_day(day: date, timezone: str) -> int:
    """The instant at which `day` begins in the time zone."""
    return to_instant(datetime.combine(day, time(), tzinfo=zone(timezone)))


def local_date(instant: int, timezone: str) -> date:
    return to_datetime(instant, timezone).date()


def add_period(instant: int, period: Period, timezone: str) -> int:
    """`instant` plus a calendar period: the same wall time, that many days or months later.

    A day that the target month lacks becomes its last (31 January + 1 month is 28
    or 29 February). Minutes and hours are exact.
    """
    if period.unit is Unit.MINUTE:
        return instant + period.value * 60 * MICROSECONDS
    if period.unit is Unit.HOUR:
        return instant + period.value * 3_600 * MICROSECONDS
    # Days and months are added to the wall time: a day may have 23 or 25 hours.
    moment = to_datetime(instant, timezone)
    if period.unit in (Unit.DAY, Unit.WEEK):
        days = period.value * (7 if period.unit is Unit.WEEK else 1)
        shifted = moment.replace(tzinfo=None) + timedelta(days=days)
    else:
        months = period.value * (12 if period.unit is Unit.YEAR else 1)
        index = moment.year * 12 + moment.month - 1 + months
        year, month = divmod(index, 12)
        last = monthrange(year, month + 1)[1]
        shifted = moment.replace(tzinfo=None, year=year, month=month + 1, day=min(moment.day, last))
    return to_instant(shifted.replace(tzinfo=zone(timezone)))


def next_day_of_year(after: date, days: tuple[DayOfYear, ...]) -> date:
    """The first of `days` strictly after the date."""
    candidates = [
        date(year, each.month, min(each.day, monthrange(year, each.month)[1]))
        for year in (after.year, after.year + 1)
        for each in days
    ]
    return min(day for day in candidates if day > after)


def round_up(instant: int, rounding: Rounding, timezone: str, month: int) -> int:
    """The end (exclusive) of the day, month, quarter … in which `instant` lies."""
    day = local_date(instant, timezone)
    if rounding is Rounding.END_OF_DAY:
        return start_of_day(day + timedelta(days=1), timezone)
    year = day.year
    if rounding is Rounding.END_OF_MONTH:
        last_month = day.month
    elif rounding is Rounding.END_OF_QUARTER:
        last_month = (day.month + 2) // 3 * 3
    elif rounding is Rounding.END_OF_HALF_YEAR:
        last_month = 6 if day.month <= 6 else 12
    elif rounding is Rounding.END_OF_YEAR:
        last_month = 12
    else:
        last_month = month
        year += 1 if day.month > month else 0
    following = date(year + last_month // 12, last_month % 12 + 1, 1)
    return start_of_day(following, timezone)


def activation(policy: Policy, effective_at: int) -> int:
    """When an accrual with that business instant becomes available, by policy."""
    rule = policy.pending
    if rule.type is PendingType.IMMEDIATE:
        return effective_at
    if rule.type is PendingType.EVENT:
        return FOREVER
    if rule.type is PendingType.FIXED_DATES:
        earned = local_date(effective_at, policy.timezone)
        return start_of_day(next_day_of_year(earned, rule.dates), policy.timezone)
    assert rule.period is not None
    at = add_period(effective_at, rule.period, policy.timezone)
    if rule.whole_days:
        return start_of_day(local_date(at, policy.timezone), policy.timezone)
    return at


def expiration(policy: Policy, *, effective_at: int, activates_at: int) -> int:
    """When points with those instants expire, by policy; FOREVER while that is unknown."""
    rule = policy.expiry
    if rule.type is ExpiryType.NONE:
        return FOREVER
    origin = effective_at if rule.counts_from is CountsFrom.ACCRUAL else activates_at
    if origin == FOREVER:
        return FOREVER
    if rule.type is ExpiryType.CALENDAR:
        # §3: an expiry is exclusive, so the points live until the end of the day named.
        day = next_day_of_year(local_date(origin, policy.timezone), rule.dates)
        return start_of_day(day + timedelta(days=1), policy.timezone)
    return period_end(rule, origin, policy.timezone)


def period_end(rule: ExpiryRule, origin: int, timezone: str) -> int:
    """The instant one period after `origin`, rounded up as the rule says."""
    assert rule.period is not None
    at = add_period(origin, rule.period, timezone)
    if rule.rounding is None:
        return at
    return round_up(at, rule.rounding, timezone, rule.rounding_month)


def event_deadline(policy: Policy, effective_at: int) -> int:
    """By when an event must have activated the points; FOREVER without such a rule."""
    rule = policy.pending
    if rule.type is not PendingType.EVENT or rule.cancel_period is None:
        return FOREVER
    return add_period(effective_at, rule.cancel_period, policy.timezone)
