"""What operations take: programs.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from stampbook_client.models.words import (
    CountsFrom,
    ExpiredRestore,
    LimitPeriod,
    PeriodUnit,
    ProgramStatus,
    PromotionRuleKind,
    PromotionStatus,
    ReferralUnit,
    ReturnSpent,
    Rounding,
    SpentAccrual,
)
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class ImmediateInput(TypedDict, total=False):
    """Points are available at once."""

    type: Required[Literal["immediate"]]


class PeriodInput(TypedDict, total=False):
    """A length of calendar time in the program's time zone."""

    value: Required[int]
    unit: Required[PeriodUnit]


class PendingPeriodInput(TypedDict, total=False):
    """Points wait for a period; `whole_days` moves its end to the start of that day."""

    type: Required[Literal["period"]]
    period: Required[PeriodInput]
    whole_days: bool
    """Without it: `false`."""


class DayInput(TypedDict, total=False):
    """A day that comes every year; 29 February means the last of February."""

    month: Required[int]
    day: Required[int]


class FixedDatesInput(TypedDict, total=False):
    """Points become available on the next of these days."""

    type: Required[Literal["fixed_dates"]]
    dates: Required[Sequence[DayInput]]


class OnEventInput(TypedDict, total=False):
    """Points wait for an event; after `cancel_period` without one they are rolled back."""

    type: Required[Literal["event"]]
    event_types: Sequence[str]
    """Without it: `[]`."""
    cancel_period: PeriodInput | None


class NoExpiryInput(TypedDict, total=False):
    """Points never expire."""

    type: Required[Literal["none"]]


class RollingInput(TypedDict, total=False):
    """Points expire a period after their activation or accrual, rounded up to `rounding`."""

    type: Required[Literal["rolling"]]
    period: Required[PeriodInput]
    counts_from: CountsFrom
    """Without it: `"activation"`."""
    rounding: Rounding | None
    rounding_month: int
    """Without it: `12`."""


class CalendarInput(TypedDict, total=False):
    """Points expire at the end of the next of these days."""

    type: Required[Literal["calendar"]]
    dates: Required[Sequence[DayInput]]
    counts_from: CountsFrom
    """Without it: `"activation"`."""


class SlidingInput(TypedDict, total=False):
    """All points of an account expire a period after its last earning or spending."""

    type: Required[Literal["sliding"]]
    period: Required[PeriodInput]
    on_earning: bool
    """Without it: `true`."""
    on_spending: bool
    """Without it: `true`."""
    rounding: Rounding | None
    rounding_month: int
    """Without it: `12`."""


class ExchangeInput(TypedDict, total=False):
    """`points` pay for `money` of an order; money has at most six decimals here."""

    points: Required[Amount]
    money: Required[Amount]


class UnitValueInput(TypedDict, total=False):
    """`amount` of the currency is worth `money`, which has up to 6 digits after the point."""

    amount: Required[Amount]
    money: Required[Amount]


class PeriodLimitInput(TypedDict, total=False):
    """The most in a calendar period of the program's time zone; weeks are ISO weeks."""

    max: Required[Amount]
    period: Required[LimitPeriod]


class EarningLimitsInput(TypedDict, total=False):
    """Limits of awards. An award above `per_transaction` is dropped whole; `balance`, of active
    and pending points, and `period` leave the rest of it. null: no such limit."""

    per_transaction: Amount | None
    balance: Amount | None
    period: PeriodLimitInput | None


class SpendingLimitsInput(TypedDict, total=False):
    """Limits of payments and purchases of one account. null: no such limit."""

    per_transaction: Amount | None
    lifetime: Amount | None
    period: PeriodLimitInput | None


class PromotionRuleInput(TypedDict, total=False):
    """Bounds of an amount of one currency: `static_amount` alone, or a least, a most, or both."""

    kind: Required[PromotionRuleKind]
    currency_id: Required[str]
    static_amount: Amount | None
    min_amount: Amount | None
    max_amount: Amount | None


class CreateProgramParams(WriteOptions, total=False):
    """Of `programs.create`."""

    name: Required[str]
    timezone: str
    """Without it: `"UTC"`."""
    status: ProgramStatus
    """Without it: `"active"`."""
    starts_at: Instant | None
    ends_at: Instant | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""
    phone_region: str | None


class ChangeProgramParams(WriteOptions, total=False):
    """Of `programs.update`."""

    name: str
    timezone: str
    status: ProgramStatus
    starts_at: Instant | None
    ends_at: Instant | None
    metadata: Mapping[str, Any]
    phone_region: str | None


class CreateCurrencyParams(WriteOptions, total=False):
    """Of `currencies.create`."""

    name: Required[str]
    code: str | None
    scale: int
    """Without it: `0`."""
    pending: (
        Literal["immediate"] | ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput
    )
    """Without it: `{"type": "immediate"}`."""
    expiry: Literal["none"] | NoExpiryInput | RollingInput | CalendarInput | SlidingInput
    """Without it: `{"type": "none"}`."""
    spent_accrual: SpentAccrual
    """Without it: `"debt"`."""
    expired_restore: ExpiredRestore
    """Without it: `"expire"`."""
    grace: int | PeriodInput | None
    cancel_window: int | PeriodInput | None
    overdraft: Amount
    """Without it: `"0"`."""
    temporary_timeout_s: int
    """Without it: `86400`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""
    exchange: ExchangeInput | None
    return_spent: ReturnSpent
    approval_above: Amount | None
    initial_balance: Amount
    backdating: bool
    unit_value: UnitValueInput | None
    earning_limits: EarningLimitsInput
    spending_limits: SpendingLimitsInput


class ChangeCurrencyParams(WriteOptions, total=False):
    """Of `currencies.update`."""

    name: str
    code: str
    scale: int
    pending: (
        Literal["immediate"] | ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput
    )
    expiry: Literal["none"] | NoExpiryInput | RollingInput | CalendarInput | SlidingInput
    spent_accrual: SpentAccrual
    expired_restore: ExpiredRestore
    grace: int | PeriodInput | None
    cancel_window: int | PeriodInput | None
    overdraft: Amount
    temporary_timeout_s: int
    metadata: Mapping[str, Any]
    exchange: ExchangeInput | None
    return_spent: ReturnSpent
    approval_above: Amount | None
    initial_balance: Amount
    backdating: bool
    unit_value: UnitValueInput | None
    earning_limits: EarningLimitsInput
    spending_limits: SpendingLimitsInput


class ChangeCurrencyOptionsParams(WriteOptions, total=False):
    """Of `currencies.update_options`."""

    initial_balance: Amount
    backdating: bool
    exchange: ExchangeInput | None
    return_spent: ReturnSpent
    approval_above: Amount | None
    unit_value: UnitValueInput | None
    earning_limits: EarningLimitsInput
    spending_limits: SpendingLimitsInput


class CreatePromotionParams(WriteOptions, total=False):
    """Of `promotions.create`."""

    name: Required[str]
    external_id: str | None
    description: str | None
    status: PromotionStatus
    """Without it: `"active"`."""
    starts_at: Instant | None
    ends_at: Instant | None
    rules: Sequence[PromotionRuleInput]
    """Without it: `[]`."""


class ListPromotionsParams(PageParams, total=False):
    """Of `promotions.list`."""

    active: bool
    """true: only those that are active now; false: only the others."""


class ChangePromotionParams(WriteOptions, total=False):
    """Of `promotions.update`."""

    name: str
    description: str | None
    status: PromotionStatus
    starts_at: Instant | None
    ends_at: Instant | None


class CreateLocationParams(WriteOptions, total=False):
    """Of `locations.create`."""

    program_id: Required[str]
    title: Required[str]
    timezone: str | None


class ListLocationsParams(PageParams, total=False):
    """Of `locations.list`."""

    program_id: str
    """only those of this program."""


class ChangeLocationParams(WriteOptions, total=False):
    """Of `locations.update`."""

    title: str
    timezone: str


class PutReferralParams(WriteOptions, total=False):
    """Of `referrals.set`."""

    title: Required[str]
    unit: Required[ReferralUnit]
    value: Required[Amount]
    currency_ids: Required[Sequence[str]]
    location_ids: Required[Sequence[str]]
