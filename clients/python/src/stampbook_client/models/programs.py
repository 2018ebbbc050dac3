"""What the API answers: programs.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from msgspec import Struct

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


class Program(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    timezone: str
    status: ProgramStatus
    starts_at: datetime | None
    ends_at: datetime | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    phone_region: str | None = None


class ProgramFigures(Struct, frozen=True, kw_only=True):
    """How many members (without those who were removed), currencies and locations there are."""

    program_id: str
    members: int
    currencies: int
    locations: int


class Immediate(Struct, frozen=True, kw_only=True, tag_field="type", tag="immediate"):
    """Points are available at once."""

    type: ClassVar[Literal["immediate"]] = "immediate"


class Period(Struct, frozen=True, kw_only=True):
    """A length of calendar time in the program's time zone."""

    value: int
    unit: PeriodUnit


class PendingPeriod(Struct, frozen=True, kw_only=True, tag_field="type", tag="period"):
    """Points wait for a period; `whole_days` moves its end to the start of that day."""

    type: ClassVar[Literal["period"]] = "period"
    period: Period
    whole_days: bool | None = None


class Day(Struct, frozen=True, kw_only=True):
    """A day that comes every year; 29 February means the last of February."""

    month: int
    day: int


class FixedDates(Struct, frozen=True, kw_only=True, tag_field="type", tag="fixed_dates"):
    """Points become available on the next of these days."""

    type: ClassVar[Literal["fixed_dates"]] = "fixed_dates"
    dates: list[Day]


class OnEvent(Struct, frozen=True, kw_only=True, tag_field="type", tag="event"):
    """Points wait for an event; after `cancel_period` without one they are rolled back."""

    type: ClassVar[Literal["event"]] = "event"
    event_types: list[str] | None = None
    cancel_period: Period | None = None


class NoExpiry(Struct, frozen=True, kw_only=True, tag_field="type", tag="none"):
    """Points never expire."""

    type: ClassVar[Literal["none"]] = "none"


class Rolling(Struct, frozen=True, kw_only=True, tag_field="type", tag="rolling"):
    """Points expire a period after their activation or accrual, rounded up to `rounding`."""

    type: ClassVar[Literal["rolling"]] = "rolling"
    period: Period
    counts_from: CountsFrom | None = None
    rounding: Rounding | None = None
    rounding_month: int | None = None


class Calendar(Struct, frozen=True, kw_only=True, tag_field="type", tag="calendar"):
    """Points expire at the end of the next of these days."""

    type: ClassVar[Literal["calendar"]] = "calendar"
    dates: list[Day]
    counts_from: CountsFrom | None = None


class Sliding(Struct, frozen=True, kw_only=True, tag_field="type", tag="sliding"):
    """All points of an account expire a period after its last earning or spending."""

    type: ClassVar[Literal["sliding"]] = "sliding"
    period: Period
    on_earning: bool | None = None
    on_spending: bool | None = None
    rounding: Rounding | None = None
    rounding_month: int | None = None


class Exchange(Struct, frozen=True, kw_only=True):
    """`points` pay for `money`."""

    points: Decimal
    money: Decimal


class UnitValue(Struct, frozen=True, kw_only=True):
    """`amount` of the currency is worth `money`."""

    amount: Decimal
    money: Decimal


class PeriodLimit(Struct, frozen=True, kw_only=True):
    max: Decimal
    period: LimitPeriod


class EarningLimits(Struct, frozen=True, kw_only=True):
    per_transaction: Decimal | None
    balance: Decimal | None
    period: PeriodLimit | None


class SpendingLimits(Struct, frozen=True, kw_only=True):
    per_transaction: Decimal | None
    lifetime: Decimal | None
    period: PeriodLimit | None


class Currency(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    name: str
    code: str
    scale: int
    pending: Immediate | PendingPeriod | FixedDates | OnEvent
    expiry: NoExpiry | Rolling | Calendar | Sliding
    spent_accrual: SpentAccrual
    expired_restore: ExpiredRestore
    grace: int | None
    cancel_window: int | None
    overdraft: Decimal
    temporary_timeout_s: int
    exchange: Exchange | None
    return_spent: ReturnSpent
    approval_above: Decimal | None
    initial_balance: Decimal
    backdating: bool
    unit_value: UnitValue | None
    earning_limits: EarningLimits
    spending_limits: SpendingLimits
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class CurrencyFigures(Struct, frozen=True, kw_only=True):
    """A currency's accounts, and what is open in all of them at `as_of`. `undated_lots`: those of
    the open lots that have no expiry."""

    currency_id: str
    as_of: datetime
    accounts: int
    open_lots: int
    undated_lots: int
    available: Decimal
    pending: Decimal
    held: Decimal
    deficit: Decimal


class Options(Struct, frozen=True, kw_only=True):
    currency_id: str
    initial_balance: Decimal
    backdating: bool
    exchange: Exchange | None
    return_spent: ReturnSpent
    approval_above: Decimal | None
    unit_value: UnitValue | None
    earning_limits: EarningLimits
    spending_limits: SpendingLimits


class PromotionRule(Struct, frozen=True, kw_only=True):
    kind: PromotionRuleKind
    currency_id: str
    static_amount: Decimal | None
    min_amount: Decimal | None
    max_amount: Decimal | None


class Promotion(Struct, frozen=True, kw_only=True):
    """`active`: switched on, and now is in its time."""

    id: str
    program_id: str
    external_id: str | None
    name: str
    description: str | None
    status: PromotionStatus
    active: bool
    starts_at: datetime | None
    ends_at: datetime | None
    rules: list[PromotionRule]
    created_at: datetime
    updated_at: datetime


class Location(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    title: str
    timezone: str


class Referral(Struct, frozen=True, kw_only=True):
    program_id: str
    title: str
    unit: ReferralUnit
    value: Decimal
    currency_ids: list[str]
    location_ids: list[str]
