"""What follows from a refund, as answers."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from stampbook.dialects.amounts import Written


class StepShape(Struct, frozen=True):
    """One thing that follows: `amount` of the `was` points, `target` are left. `shortfall` could
    not be collected. `transaction_id` is what was undone, `cancelled_by` the cancel of it, which a
    preview does not have. Of the step `tier`, the points are those that count for the tier group;
    `former_tier_id` gives way to `tier_id` (null: no tier)."""

    step: Literal["return", "take_back", "threshold", "discount", "grant", "code", "stock", "tier"]
    account_id: str | None
    transaction_id: str | None
    cancelled_by: str | None
    payment_id: str | None
    award_id: str | None
    grant_id: str | None
    rule_id: str | None
    was: Written
    target: Written
    amount: Written
    shortfall: Written
    tier_group_id: str | UnsetType = UNSET
    former_tier_id: str | UnsetType | None = UNSET
    tier_id: str | UnsetType | None = UNSET


class KeptShape(Struct, frozen=True):
    """What stays, and why."""

    what: str
    reason: str
    award_id: str | None
    grant_id: str | None
    rule_id: str | None
    account_id: str | None


class OrderPointsShape(Struct, frozen=True):
    active: Written
    pending: Written


class BalanceChangeShape(Struct, frozen=True):
    account_id: str
    before: OrderPointsShape
    after: OrderPointsShape
