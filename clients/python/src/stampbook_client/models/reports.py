"""What the API answers: reports.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stampbook_client.models.words import ActivityReportBy


class ExpiryMonth(Struct, frozen=True, kw_only=True):
    """What expires in a month; `month` is null for what never expires."""

    month: str | None
    outstanding: Decimal


class LiabilityReport(Struct, frozen=True, kw_only=True):
    """What the accounts of a currency have at `as_of`.

    `outstanding` is the sum of `available`, `pending` and `held`, and of `by_expiry`. `net` is
    the sum of the totals of all accounts, `accounts` how many of these are not zero. `value` is
    what the outstanding points are worth, null without a `unit_value` of the currency.
    """

    as_of: datetime
    currency_id: str
    available: Decimal
    pending: Decimal
    held: Decimal
    outstanding: Decimal
    deficit: Decimal
    net: Decimal
    accounts: int
    by_expiry: list[ExpiryMonth]
    value: Decimal | None


class Expiring(Struct, frozen=True, kw_only=True):
    """What expires in the period from `begins_at` to before `ends_at`, unless it is spent.

    `amount` is what is available or pending, `held` what is held, of `lots` in `accounts`.
    """

    begins_at: datetime
    ends_at: datetime
    amount: Decimal
    held: Decimal
    lots: int
    accounts: int


class ExpiringReport(Struct, frozen=True, kw_only=True):
    as_of: datetime
    currency_id: str
    resolution: str
    data: list[Expiring]


class Activity(Struct, frozen=True, kw_only=True):
    """What moved in the period from `begins_at` to before `ends_at`.

    `closing` is `opening` and what was issued, returned and reinstated, less what was redeemed,
    has expired or was revoked; `closing_deficit` is `opening_deficit` and what was created,
    less what was paid or cancelled. These four are null with `by=effective`.
    """

    begins_at: datetime
    ends_at: datetime
    opening: Decimal | None
    issued: Decimal
    returned: Decimal
    reinstated: Decimal
    redeemed: Decimal
    expired: Decimal
    revoked: Decimal
    closing: Decimal | None
    activated: Decimal
    held: Decimal
    released: Decimal
    transferred: Decimal
    opening_deficit: Decimal | None
    deficit_created: Decimal
    deficit_paid: Decimal
    deficit_cancelled: Decimal
    closing_deficit: Decimal | None
    transactions: int
    cancels: int
    accounts: int
    new_members: int


class ActivityReport(Struct, frozen=True, kw_only=True):
    as_of: datetime
    currency_id: str
    resolution: str
    by: ActivityReportBy
    data: list[Activity]


class Breakage(Struct, frozen=True, kw_only=True):
    """What became of the lots that were given for the period from `begins_at` to before `ends_at`.

    `issued` is the sum of `revoked`, `spent`, `expired` and `open`. `rate` is `expired` in
    proportion to what was issued and not revoked, null if that is nothing. `mature`: nothing is
    open.
    """

    begins_at: datetime
    ends_at: datetime
    issued: Decimal
    revoked: Decimal
    spent: Decimal
    expired: Decimal
    open: Decimal
    rate: Decimal | None
    mature: bool


class BreakageReport(Struct, frozen=True, kw_only=True):
    as_of: datetime
    currency_id: str
    resolution: str
    data: list[Breakage]


class OpenLot(Struct, frozen=True, kw_only=True):
    """What an account has of a lot, or owes (then without a lot)."""

    lot_id: str | None
    account_id: str
    available: Decimal
    pending: Decimal
    held: Decimal
    deficit: Decimal
    expires_at: datetime | None


class TierMoves(Struct, frozen=True, kw_only=True):
    """How many members came to a tier, and lost it, in the period that begins at `begins_at`."""

    begins_at: datetime
    tier_group_id: str
    tier_id: str
    joins: int
    upgrades: int
    downgrades: int
    lefts: int
    prolongs: int


class TiersReport(Struct, frozen=True, kw_only=True):
    data: list[TierMoves]


class EarnedPoints(Struct, frozen=True, kw_only=True):
    """Awards of an earning of a rule in the period that begins at `begins_at`, and their points."""

    begins_at: datetime
    rule_id: str
    version: int
    earning: int
    currency_id: str
    awards: int
    points: Decimal
    pending_points: Decimal


class EarningReport(Struct, frozen=True, kw_only=True):
    data: list[EarnedPoints]


class SpentPoints(Struct, frozen=True, kw_only=True):
    """Purchases of rewards and payments for orders in the period, and their points."""

    begins_at: datetime
    currency_id: str
    purchases: int
    payments: int
    points_on_rewards: Decimal
    points_on_orders: Decimal


class SpendingReport(Struct, frozen=True, kw_only=True):
    data: list[SpentPoints]


class RuleCounts(Struct, frozen=True, kw_only=True):
    """How often a rule counted in the period, and how often not, by the limit in the way."""

    begins_at: datetime
    rule_id: str
    successes: int
    failures: dict[str, int]


class RulesReport(Struct, frozen=True, kw_only=True):
    data: list[RuleCounts]
