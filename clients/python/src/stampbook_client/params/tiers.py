"""What operations take: tiers.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict

from stampbook_client.models.words import (
    DowngradeType,
    RetentionActivities,
    RetentionType,
    TierGroupAnchor,
    TierGroupBasis,
    TierGroupChange,
    TierGroupOnCancel,
    TierGroupStatusInput,
    TierSpanUnit,
)
from stampbook_client.values import Amount, WriteOptions


class TierInput(TypedDict, total=False):
    """A tier for counts from `threshold` to `max` (null: up to the next tier), with a `segment`
    for its members only. In a change, `id` names the tier whose place it takes."""

    name: Required[str]
    threshold: Required[Amount]
    max: Amount | None
    segment: str | None
    keep_forever: bool
    """Without it: `false`."""
    external_id: str | None
    id: str | None


class TierSpanInput(TypedDict, total=False):
    """A number of days, weeks, months or years in the program's time zone."""

    n: Required[int]
    unit: Required[TierSpanUnit]


class YearDayInput(TypedDict, total=False):
    """A day that comes every year; 29 February means the last of February."""

    month: Required[int]
    day: Required[int]


class RetentionInput(TypedDict, total=False):
    """How long a tier is kept whatever the count.

    `fixed`: to the end of the day that is `span` after it was reached. `sliding`: to the end of
    the day that is `span` after the last of `activities`. `calendar`: until the next of `dates`
    begins.
    """

    type: RetentionType
    """Without it: `"none"`."""
    span: TierSpanInput | None
    activities: Sequence[RetentionActivities]
    """Without it: `["earning"]`."""
    dates: Sequence[YearDayInput]
    """Without it: `[]`."""


class GraceInput(TypedDict, total=False):
    """Time between the loss of the qualification and that of the tier, to the end of its last day;
    `round_up`: to the end of that day's week, month or year."""

    n: Required[int]
    unit: Required[TierSpanUnit]
    round_up: bool
    """Without it: `false`."""


class DowngradeInput(TypedDict, total=False):
    """What a member has who no longer qualifies: the same tier (`none`), the one below (`single`),
    or the one that the count gives (`multi`)."""

    type: DowngradeType
    """Without it: `"multi"`."""
    grace: GraceInput | None


class CreateTierGroupParams(WriteOptions, total=False):
    """Of `tier_groups.create`."""

    name: Required[str]
    currency_id: Required[str]
    tiers: Sequence[TierInput]
    """Without it: `[]`."""
    status: TierGroupStatusInput
    """Without it: `"active"`."""
    basis: TierGroupBasis
    """Without it: `"earned"`."""
    counts_pending: bool
    """Without it: `true`."""
    period: TierSpanInput | None
    anchor: TierGroupAnchor
    """Without it: `"calendar"`."""
    change: TierGroupChange
    """Without it: `"at_once"`."""
    retention: RetentionInput
    """Without it: `{}`."""
    downgrade: DowngradeInput
    """Without it: `{}`."""
    on_cancel: TierGroupOnCancel
    """Without it: `"recount"`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class ChangeTierGroupParams(WriteOptions, total=False):
    """Of `tier_groups.update`."""

    name: str
    metadata: Mapping[str, Any]
    tiers: Sequence[TierInput]
    basis: TierGroupBasis
    counts_pending: bool
    period: TierSpanInput | None
    anchor: TierGroupAnchor
    change: TierGroupChange
    retention: RetentionInput
    downgrade: DowngradeInput
    on_cancel: TierGroupOnCancel
