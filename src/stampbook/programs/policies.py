"""A currency's rules, and which of them are valid.

The shapes on the wire are those of storage/policy_rows.py. `Terms` is a currency's whole policy
as values; `check` refuses terms that the ledger could not work with.
"""

from typing import NamedTuple

from stampbook.domain.model import MAX_AMOUNT
from stampbook.domain.policy import (
    DEFAULT_TIMEOUT_S,
    ExpiredRestore,
    ExpiryRule,
    PendingRule,
    PendingType,
    Period,
    SpentAccrual,
    Unit,
)
from stampbook.programs.faults import Invalid

MAX_SCALE = 6
MAX_SECONDS = 100 * 366 * 86_400
"""A century: the longest grace, cancel window and lifetime of a temporary transaction."""

LONGEST = {
    Unit.MINUTE: MAX_SECONDS // 60,
    Unit.HOUR: MAX_SECONDS // 3_600,
    Unit.DAY: 36_600,
    Unit.WEEK: 5_200,
    Unit.MONTH: 1_200,
    Unit.YEAR: 100,
}
"""A century in every unit: no date that follows from a policy leaves the calendar."""

UNIT_SECONDS = {Unit.MINUTE: 60, Unit.HOUR: 3_600, Unit.DAY: 86_400, Unit.WEEK: 604_800}


class Terms(NamedTuple):
    """A currency's policy, without the parts that belong to its program. Amounts are in smallest
    units."""

    pending: PendingRule = PendingRule()
    expiry: ExpiryRule = ExpiryRule()
    spent_accrual: SpentAccrual = SpentAccrual.DEBT
    expired_restore: ExpiredRestore = ExpiredRestore.EXPIRE
    grace_s: int = 0
    cancel_window_s: int | None = None
    overdraft: int = 0
    temporary_timeout_s: int = DEFAULT_TIMEOUT_S


def check(terms: Terms) -> None:
    """Raises Invalid for terms that the ledger could not work with."""
    _check_period("pending/period", terms.pending.period)
    _check_period("pending/cancel_period", terms.pending.cancel_period)
    _check_period("expiry/period", terms.expiry.period)
    _check_seconds("grace", terms.grace_s, least=0)
    _check_seconds("cancel_window", terms.cancel_window_s, least=0)
    _check_seconds("temporary_timeout_s", terms.temporary_timeout_s, least=1)
    if not 0 <= terms.overdraft <= MAX_AMOUNT:
        raise Invalid("overdraft", "must be between 0 and 9 * 10^15 smallest units")
    if terms.expired_restore is ExpiredRestore.GRACE and terms.grace_s == 0:
        raise Invalid("grace", "must be given with expired_restore grace")
    if terms.pending.type is PendingType.PERIOD and terms.pending.period is None:
        raise Invalid("pending/period", "must be given")


def seconds_of(period: Period, field: str) -> int:
    """A period as seconds. Raises Invalid for months and years, which have no fixed length."""
    seconds = UNIT_SECONDS.get(period.unit)
    if seconds is None:
        raise Invalid(field, "takes minutes, hours, days or weeks")
    return period.value * seconds


def _check_period(field: str, period: Period | None) -> None:
    if period is not None and not 0 < period.value <= LONGEST[period.unit]:
        raise Invalid(field, "must be between 1 and a century")


def _check_seconds(field: str, seconds: int | None, *, least: int) -> None:
    if seconds is not None and not least <= seconds <= MAX_SECONDS:
        raise Invalid(field, f"must be between {least} and {MAX_SECONDS} seconds")
