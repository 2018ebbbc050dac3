"""What the API answers: loyalty.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from msgspec import Struct, field

from stampbook_client.models.programs import (
    Calendar,
    FixedDates,
    Immediate,
    NoExpiry,
    OnEvent,
    PendingPeriod,
    Rolling,
    Sliding,
)
from stampbook_client.models.words import (
    CooldownUnit,
    LimitPeriod,
    OnPartial,
    PerBy,
    PerMode,
    PointsRounding,
    Reason,
    RuleKeeps,
    TierGroupStatus,
    TriggerType,
)


class Trigger(Struct, frozen=True, kw_only=True):
    """What the rule is for; `name` is of a custom event or a segment."""

    type: TriggerType
    name: str | None = None


class Fixed(Struct, frozen=True, kw_only=True, tag_field="type", tag="fixed"):
    """Points of a currency. `pending` and `expiry` replace the currency's."""

    type: ClassVar[Literal["fixed"]] = "fixed"
    currency_id: str
    points: Decimal
    pending: Immediate | PendingPeriod | FixedDates | OnEvent | None = None
    expiry: NoExpiry | Rolling | Calendar | Sliding | None = None


class AppliesTo(Struct, frozen=True, kw_only=True):
    """The lines that count: those that one of these names; without any, all of them."""

    items: list[str] | None = None
    skus: list[str] | None = None
    categories: list[str] | None = None


class Per(Struct, frozen=True, kw_only=True, tag_field="type", tag="per"):
    """Points in proportion. `pending` and `expiry` replace the currency's."""

    type: ClassVar[Literal["per"]] = "per"
    currency_id: str
    basis: str
    every: Decimal
    points: Decimal
    mode: PerMode | None = None
    round: PointsRounding | None = None
    by: PerBy | None = None
    applies_to: AppliesTo | None = None
    pending: Immediate | PendingPeriod | FixedDates | OnEvent | None = None
    expiry: NoExpiry | Rolling | Calendar | Sliding | None = None


class GivenBenefit(Struct, frozen=True, kw_only=True, tag_field="type", tag="benefit"):
    """A benefit is given."""

    type: ClassVar[Literal["benefit"]] = "benefit"
    benefit_id: str


class TierNeed(Struct, frozen=True, kw_only=True):
    """One of these tiers must be the member's."""

    tier_group_id: str
    any_of: list[str]


class Earning(Struct, frozen=True, kw_only=True):
    """The first earning whose tiers and condition hold counts, with all its effects."""

    effects: list[Fixed | Per | GivenBenefit]
    name: str | None = None
    tiers: list[TierNeed] | None = None
    condition: str | None = None


class Hours(Struct, frozen=True, kw_only=True):
    """Hours of some days of the week (0 Sunday), in the program's time zone: from `from` until
    before `to`."""

    days: list[int]
    from_: str = field(name="from")
    to: str


class Cooldown(Struct, frozen=True, kw_only=True):
    """The least time between two: `n` units."""

    n: int
    unit: CooldownUnit


class Frequency(Struct, frozen=True, kw_only=True):
    """How many in a calendar period of the program's time zone."""

    max: int
    period: LimitPeriod


class Budget(Struct, frozen=True, kw_only=True):
    """Points (of the currency of the first effect that gives points), or triggers."""

    period: LimitPeriod | None = None
    points: Decimal | None = None
    triggers: int | None = None


class RuleLimits(Struct, frozen=True, kw_only=True):
    """Cooldown and frequency are a member's, the budget is the rule's."""

    cooldown: Cooldown | None = None
    frequency: Frequency | None = None
    budget: Budget | None = None


class Rule(Struct, frozen=True, kw_only=True):
    """A rule with its newest version. `program_id` is null for one of the whole tenant."""

    trigger: Trigger
    earnings: list[Earning]
    priority: int
    exclusive_group: str | None
    keeps: RuleKeeps
    starts_at: datetime | None
    ends_at: datetime | None
    hours: list[Hours]
    limits: RuleLimits
    on_partial: OnPartial
    id: str
    program_id: str | None
    name: str
    status: TierGroupStatus
    version: int
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class TriedAward(Struct, frozen=True, kw_only=True):
    """What one effect would give: `amount` is what limits leave of `calculated`."""

    effect: int
    currency_id: str
    calculated: Decimal
    amount: Decimal


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether a rule counts, and why; `errors` are of conditions that could not be evaluated.
    `version` is 0 for the rule of the request, whose `rule_id` is null if it has none yet."""

    rule_id: str | None
    version: int
    reason: Reason
    earning: int | None
    awards: list[TriedAward]
    benefit_ids: list[str]
    errors: list[str]


class Evaluation(Struct, frozen=True, kw_only=True):
    """`judged`: false where no rule judges the member's events, since they or their program are
    not active."""

    program_id: str
    member_id: str
    judged: bool
    rules: list[Verdict]


class RuleVersion(Struct, frozen=True, kw_only=True):
    """A rule as it was from `valid_from` until the next version."""

    trigger: Trigger
    earnings: list[Earning]
    priority: int
    exclusive_group: str | None
    keeps: RuleKeeps
    starts_at: datetime | None
    ends_at: datetime | None
    hours: list[Hours]
    limits: RuleLimits
    on_partial: OnPartial
    id: str
    rule_id: str
    version: int
    valid_from: datetime


class Award(Struct, frozen=True, kw_only=True):
    """What one effect gave for one event. `earning` and `effect` are places in the version's
    lists, from 0. `calculated` is what the effect said, `amount` what limits left of it,
    `in_force` what no cancel has taken."""

    id: str
    event_id: str
    rule_id: str
    version: int
    earning: int
    effect: int
    account_id: str | None
    currency_id: str
    transaction_id: str | None
    calculated: Decimal
    amount: Decimal
    in_force: Decimal


class Granted(Struct, frozen=True, kw_only=True):
    """A benefit that an effect gave, or (rejected) why it did not."""

    id: str
    benefit_id: str
    rule_id: str
    state: str
    reason: str | None
    code: str | None


class CustomEvent(Struct, frozen=True, kw_only=True):
    """`judged`: rules have judged it; an event of an inactive member or program never is."""

    id: str
    program_id: str
    member_id: str
    external_id: str | None
    name: str | None
    effective_at: datetime
    judged: bool
    awards: list[Award]
    grants: list[Granted]
    metadata: dict[str, Any]
    created_at: datetime
    cancelled_at: datetime | None


class AwardChange(Struct, frozen=True, kw_only=True):
    """What was taken back of one award: `amount` of the `was` in force."""

    award_id: str
    account_id: str
    was: Decimal
    amount: Decimal


class CancelledEvent(Struct, frozen=True, kw_only=True):
    """A cancelled event, what was taken back, and grants that stay: goods, and used codes."""

    id: str
    cancelled_at: datetime | None
    taken: list[AwardChange]
    kept: list[str]


class RestoredEvent(Struct, frozen=True, kw_only=True):
    """An event whose cancel was undone, and what is in force of its awards again."""

    id: str
    cancelled_at: datetime | None
    given_back: list[AwardChange]


class SegmentEntry(Struct, frozen=True, kw_only=True):
    """`entered`: the request has changed it. `event` is that of the entry."""

    program_id: str
    member_id: str
    segment: str
    inside: bool
    entered: bool
    event: CustomEvent | None
