"""What operations take: rewards.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict

from stampbook_client.models.words import (
    BenefitType,
    PerBy,
    PerMode,
    PointsRounding,
    PurchaseRefundCodes,
    PurchaseRefundPolicy,
    PurchaseRefundStock,
    RewardCode,
    RewardType,
    TierGroupStatusInput,
)
from stampbook_client.params.loyalty import (
    AppliesToInput,
    CooldownInput,
    FrequencyInput,
    HoursInput,
)
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class PointsInput(TypedDict, total=False):
    """Points that one piece gives."""

    currency_id: Required[str]
    amount: Required[Amount]


class ProportionalInput(TypedDict, total=False):
    """`points` for each `every` of the basis. Of money, `every` has two decimals: "10.00"."""

    currency_id: Required[str]
    basis: Required[str]
    every: Required[Amount]
    """A decimal number."""
    points: Required[Amount]
    """A decimal number."""
    mode: PerMode
    """Without it: `"steps"`."""
    round: PointsRounding
    """Without it: `"down"`."""
    by: PerBy
    """Without it: `"order"`."""
    applies_to: AppliesToInput | None


class CostInput(TypedDict, total=False):
    """A price of one piece for members for whom the `condition` (CEL over `member` and `local`;
    null: always) is true."""

    currency_id: Required[str]
    points: Required[Amount]
    condition: str | None
    name: str | None


class PurchaseLimitsInput(TypedDict, total=False):
    """Limits of one member's purchases of the reward; `frequency` counts pieces."""

    cooldown: CooldownInput | None
    frequency: FrequencyInput | None


class CreateBenefitParams(WriteOptions, total=False):
    """Of `benefits.create`."""

    name: Required[str]
    type: Required[BenefitType]
    status: TierGroupStatusInput
    """Without it: `"draft"`."""
    stock: int | None
    sku: str | None
    points: PointsInput | None
    points_proportional: ProportionalInput | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class ChangeBenefitParams(WriteOptions, total=False):
    """Of `benefits.update`."""

    name: str
    stock: int | None
    sku: str | None
    points: PointsInput
    points_proportional: ProportionalInput
    metadata: Mapping[str, Any]


class CreateRewardParams(WriteOptions, total=False):
    """Of `rewards.create`."""

    name: Required[str]
    type: Required[RewardType]
    costs: Required[Sequence[CostInput]]
    status: TierGroupStatusInput
    """Without it: `"draft"`."""
    sku: str | None
    code: RewardCode
    """Without it: `"generated"`."""
    points: PointsInput | None
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursInput]
    """Without it: `[]`."""
    limits: PurchaseLimitsInput
    """Without it: `{"cooldown": null, "frequency": null}`."""
    refundable: bool
    """Without it: `true`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class ListRewardsParams(PageParams, total=False):
    """Of `rewards.list`."""

    status: str
    """draft, active or inactive."""
    type: str
    """material, code or points."""


class ChangeRewardParams(WriteOptions, total=False):
    """Of `rewards.update`."""

    name: str
    costs: Sequence[CostInput]
    sku: str | None
    code: RewardCode
    points: PointsInput
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursInput]
    limits: PurchaseLimitsInput
    refundable: bool
    metadata: Mapping[str, Any]


class PutOfferParams(WriteOptions, total=False):
    """Of `rewards.offer`."""

    stock: int | None


class AddCodesParams(WriteOptions, total=False):
    """Of `rewards.add_codes`."""

    codes: Required[Sequence[str]]


class ListCodesParams(PageParams, total=False):
    """Of `rewards.codes`."""

    state: str
    """free, issued, used or voided."""


class BuyRewardParams(WriteOptions, total=False):
    """Of `purchases.create`."""

    reward_id: Required[str]
    quantity: int
    """Without it: `1`."""
    external_id: str | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class RefundPurchaseParams(WriteOptions, total=False):
    """Of `purchases.refund`."""

    quantity: int | None
    policy: PurchaseRefundPolicy
    """Without it: `"default"`."""
    stock: PurchaseRefundStock
    """Without it: `"return"`."""
    codes: PurchaseRefundCodes
    """Without it: `"void"`."""
    reason: str | None
