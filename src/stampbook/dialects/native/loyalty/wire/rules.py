"""Rules on the native wire: what a request may say, and how a rule is shown."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects.amounts import NUMBER, Written
from stampbook.dialects.native.loyalty.wire.times import (
    AllHours,
    CooldownShape,
    FrequencyShape,
    HoursShape,
)
from stampbook.dialects.native.wire.values import (
    Amount,
    Digits,
    Id,
    Instant,
    Metadata,
    StoredMetadata,
    Text,
)
from stampbook.loyalty.conditions.shape import MAX_CHARACTERS
from stampbook.loyalty.model import (
    Mode,
    OnPartial,
    PointsRounding,
    Trigger,
)
from stampbook.loyalty.rules.checking import MAX_EARNINGS, MAX_EFFECTS
from stampbook.storage.policy_rows import ExpiryShape, PendingShape

MONEY_SCALE = 2
"""Decimals of the money in `every`: 10.00 is 1,000 of the smallest unit of an order's money."""

MONEY_BASES = frozenset(
    {
        "order.amount",
        "order.total",
        "order.money",
        "lines.amount",
        "lines.total",
        "visit.sold",
        "visit.paid",
    }
)

VERSION_BITS = 20
"""A rule has fewer than a million versions."""

Names = Annotated[list[Annotated[str, Meta(min_length=1, max_length=255)]], Meta(max_length=100)]
_LENGTHS: Final = {"minLength": 1, "maxLength": MAX_CHARACTERS}
Condition = Annotated[str, Meta(description="CEL", extra_json_schema=_LENGTHS)]
"""A text of another length is refused as every text is that cannot be a condition."""
Decimals = Annotated[
    Digits | int,
    Meta(description="A decimal number", examples=["1.5"], extra_json_schema=NUMBER),
]
Period = Literal["day", "week", "month", "quarter", "half_year", "year", "lifetime"]
RuleStatus = Literal["draft", "active", "inactive", "deleted"]


class TriggerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What the rule is for; `name` is of a custom event or a segment."""

    type: Trigger
    name: Text | None = None


class AppliesToBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The lines that count: those that one of these names; without any, all of them."""

    items: Names = []
    skus: Names = []
    categories: Names = []


class FixedBody(Struct, frozen=True, forbid_unknown_fields=True, tag="fixed"):
    """Points of a currency. `pending` and `expiry` replace the currency's."""

    currency_id: Id
    points: Amount
    pending: PendingShape | None = None
    expiry: ExpiryShape | None = None


class ProportionalBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`points` for each `every` of the basis. Of money, `every` has two decimals: "10.00"."""

    currency_id: Id
    basis: Annotated[str, Meta(min_length=1, max_length=255)]
    every: Decimals
    points: Decimals
    mode: Mode = Mode.STEPS
    round: PointsRounding = PointsRounding.DOWN
    by: Literal["order", "line"] = "order"
    applies_to: AppliesToBody | None = None


class PerBody(ProportionalBody, frozen=True, forbid_unknown_fields=True, tag="per"):
    """Points in proportion. `pending` and `expiry` replace the currency's."""

    pending: PendingShape | None = None
    expiry: ExpiryShape | None = None


class GivenBenefitBody(Struct, frozen=True, forbid_unknown_fields=True, tag="benefit"):
    """A benefit is given."""

    benefit_id: Id


EffectBody = FixedBody | PerBody | GivenBenefitBody
Effects = Annotated[list[EffectBody], Meta(max_length=MAX_EFFECTS)]


class TierNeedBody(Struct, frozen=True, forbid_unknown_fields=True):
    """One of these tiers must be the member's."""

    tier_group_id: Id
    any_of: Annotated[list[Id], Meta(min_length=1, max_length=100)]


class EarningBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The first earning whose tiers and condition hold counts, with all its effects."""

    effects: Effects
    name: Text | None = None
    tiers: Annotated[list[TierNeedBody], Meta(max_length=10)] = []
    condition: Condition | None = None


Earnings = Annotated[list[EarningBody], Meta(max_length=MAX_EARNINGS)]


class BudgetBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Points (of the currency of the first effect that gives points), or triggers."""

    period: Period = "lifetime"
    points: Amount | None = None
    triggers: int | None = None


class RuleLimitsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Cooldown and frequency are a member's, the budget is the rule's."""

    cooldown: CooldownShape | None = None
    frequency: FrequencyShape | None = None
    budget: BudgetBody | None = None


class EarningRuleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule: it is made as a draft."""

    name: Text
    trigger: TriggerBody
    earnings: Earnings
    priority: int = 0
    exclusive_group: Text | None = None
    keeps: Literal["first", "best"] = "first"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    hours: AllHours = []
    limits: RuleLimitsBody = RuleLimitsBody()
    on_partial: OnPartial = OnPartial.RECOUNT
    metadata: Metadata = {}


class RuleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes, by a new version; a new name or metadata makes none."""

    name: Text | UnsetType = UNSET
    trigger: TriggerBody | UnsetType = UNSET
    earnings: Earnings | UnsetType = UNSET
    priority: int | UnsetType = UNSET
    exclusive_group: Text | UnsetType | None = UNSET
    keeps: Literal["first", "best"] | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    hours: AllHours | UnsetType = UNSET
    limits: RuleLimitsBody | UnsetType = UNSET
    on_partial: OnPartial | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class ContentShape(Struct, frozen=True):
    """What a version says; the fields are those of the request."""

    trigger: TriggerBody
    earnings: Sequence[EarningBody]
    priority: int
    exclusive_group: str | None
    keeps: Literal["first", "best"]
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursShape]
    limits: RuleLimitsBody
    on_partial: OnPartial


class EarningRuleShape(ContentShape, frozen=True, kw_only=True):
    """A rule with its newest version. `program_id` is null for one of the whole tenant."""

    id: str
    program_id: str | None
    name: str
    status: RuleStatus
    version: int
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant


class VersionShape(ContentShape, frozen=True, kw_only=True):
    """A rule as it was from `valid_from` until the next version."""

    id: str
    rule_id: str
    version: int
    valid_from: Instant


class AwardShape(Struct, frozen=True):
    """What one effect gave for one event. `earning` and `effect` are places in the version's lists,
    from 0. `calculated` is what the effect said, `amount` what limits left of it, `in_force` what
    no cancel has taken."""

    id: str
    event_id: str
    rule_id: str
    version: int
    earning: int
    effect: int
    account_id: str | None
    currency_id: str
    transaction_id: str | None
    calculated: Written
    amount: Written
    in_force: Written
