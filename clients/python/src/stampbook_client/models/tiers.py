"""What the API answers: tiers.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stampbook_client.models.words import (
    DowngradeType,
    RetentionActivities,
    RetentionType,
    TierGroupAnchor,
    TierGroupBasis,
    TierGroupChange,
    TierGroupOnCancel,
    TierGroupStatus,
    TierSpanUnit,
)


class Tier(Struct, frozen=True, kw_only=True):
    id: str
    external_id: str | None
    name: str
    threshold: Decimal
    max: Decimal | None
    segment: str | None
    keep_forever: bool


class TierSpan(Struct, frozen=True, kw_only=True):
    """A number of days, weeks, months or years in the program's time zone."""

    n: int
    unit: TierSpanUnit


class YearDay(Struct, frozen=True, kw_only=True):
    """A day that comes every year; 29 February means the last of February."""

    month: int
    day: int


class Retention(Struct, frozen=True, kw_only=True):
    """How long a tier is kept whatever the count.

    `fixed`: to the end of the day that is `span` after it was reached. `sliding`: to the end of
    the day that is `span` after the last of `activities`. `calendar`: until the next of `dates`
    begins.
    """

    type: RetentionType | None = None
    span: TierSpan | None = None
    activities: list[RetentionActivities] | None = None
    dates: list[YearDay] | None = None


class Grace(Struct, frozen=True, kw_only=True):
    """Time between the loss of the qualification and that of the tier, to the end of its last day;
    `round_up`: to the end of that day's week, month or year."""

    n: int
    unit: TierSpanUnit
    round_up: bool | None = None


class Downgrade(Struct, frozen=True, kw_only=True):
    """What a member has who no longer qualifies: the same tier (`none`), the one below (`single`),
    or the one that the count gives (`multi`)."""

    type: DowngradeType | None = None
    grace: Grace | None = None


class TierGroup(Struct, frozen=True, kw_only=True):
    id: str
    program_id: str
    currency_id: str
    name: str
    tiers: list[Tier]
    created_at: datetime
    status: TierGroupStatus
    basis: TierGroupBasis
    counts_pending: bool
    period: TierSpan | None
    anchor: TierGroupAnchor
    change: TierGroupChange
    retention: Retention
    downgrade: Downgrade
    on_cancel: TierGroupOnCancel
    metadata: dict[str, Any]
    updated_at: datetime
