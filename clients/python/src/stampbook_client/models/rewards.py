"""What the API answers: rewards.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from stampbook_client.models.loyalty import AppliesTo, Cooldown, Frequency, Hours
from stampbook_client.models.words import (
    BenefitStatus,
    BenefitType,
    CodeState,
    PerBy,
    PerMode,
    PointsRounding,
    PurchaseState,
    RewardCode,
    RewardType,
    TierGroupStatus,
)


class Points(Struct, frozen=True, kw_only=True):
    currency_id: str
    amount: Decimal


class Proportional(Struct, frozen=True, kw_only=True):
    """`points` for each `every` of the basis. Of money, `every` has two decimals: "10.00"."""

    currency_id: str
    basis: str
    every: Decimal
    points: Decimal
    mode: PerMode | None = None
    round: PointsRounding | None = None
    by: PerBy | None = None
    applies_to: AppliesTo | None = None


class Benefit(Struct, frozen=True, kw_only=True):
    """`granted` grants are in force."""

    id: str
    program_id: str | None
    name: str
    type: BenefitType
    status: BenefitStatus
    stock: int | None
    granted: int
    sku: str | None
    points: Points | None
    points_proportional: Proportional | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Cost(Struct, frozen=True, kw_only=True):
    currency_id: str
    points: Decimal
    condition: str | None
    name: str | None


class PurchaseLimits(Struct, frozen=True, kw_only=True):
    """Limits of one member's purchases of the reward; `frequency` counts pieces."""

    cooldown: Cooldown | None = None
    frequency: Frequency | None = None


class Offer(Struct, frozen=True, kw_only=True):
    """A reward in a program. `redeemed` pieces were bought and not returned, `written_off` ones
    refunded without coming back to the stock. `ended_at` null: it is on offer."""

    program_id: str
    reward_id: str
    stock: int | None
    redeemed: int
    written_off: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class Reward(Struct, frozen=True, kw_only=True):
    """A reward, and how its program offers it (null: not now)."""

    id: str
    program_id: str | None
    name: str
    type: RewardType
    status: TierGroupStatus
    sku: str | None
    code: RewardCode | None
    points: Points | None
    costs: list[Cost]
    starts_at: datetime | None
    ends_at: datetime | None
    hours: list[Hours]
    limits: PurchaseLimits
    refundable: bool
    offer: Offer | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Code(Struct, frozen=True, kw_only=True):
    """A code, and the purchase or grant that handed it out."""

    id: str
    code: str
    state: CodeState
    reward_id: str | None
    purchase_id: str | None
    grant_id: str | None
    created_at: datetime
    issued_at: datetime | None
    used_at: datetime | None
    voided_at: datetime | None


class CodeCounts(Struct, frozen=True, kw_only=True):
    """How many of a reward's codes are in each state."""

    free: int
    issued: int
    used: int
    voided: int


class Gained(Struct, frozen=True, kw_only=True):
    """What a reward of points put on another account. In a preview, the ids are null if that
    account does not exist yet."""

    currency_id: str
    account_id: str | None
    amount: Decimal
    transaction_id: str | None


class HandedOut(Struct, frozen=True, kw_only=True):
    """A code of a purchase."""

    code: str
    state: CodeState


class Purchase(Struct, frozen=True, kw_only=True):
    """`points` were redeemed for all `quantity` pieces. `refunded` of them were taken back, and
    `written_off` of these did not return to the stock. In a preview, `account_id` and
    `transaction_id` are null if the account does not exist yet."""

    id: str
    program_id: str
    member_id: str
    reward_id: str
    state: PurchaseState
    quantity: int
    refunded: int
    written_off: int
    currency_id: str
    account_id: str | None
    points: Decimal
    transaction_id: str | None
    gained: Gained | None
    codes: list[HandedOut]
    refundable: bool
    external_id: str | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class PurchaseRefund(Struct, frozen=True, kw_only=True):
    """The purchase after the refund; the points that returned, and those of a reward of points
    that were taken; the codes that were voided, and the used ones that stay."""

    purchase: Purchase
    quantity: int
    points: Decimal
    transaction_id: str | None
    taken: Decimal | None
    taken_transaction_id: str | None
    written_off: bool
    voided: list[str]
    kept: list[str]
