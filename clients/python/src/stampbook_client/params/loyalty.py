"""What operations take: loyalty.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from stampbook_client.models.words import (
    CooldownUnit,
    LimitPeriod,
    OnPartial,
    PerBy,
    PerMode,
    PointsRounding,
    RuleKeeps,
    TriedOrderStatus,
    TriggerType,
)
from stampbook_client.params.orders import OrderLineInput
from stampbook_client.params.programs import (
    CalendarInput,
    FixedDatesInput,
    ImmediateInput,
    NoExpiryInput,
    OnEventInput,
    PendingPeriodInput,
    RollingInput,
    SlidingInput,
)
from stampbook_client.values import Amount, Instant, PageParams, WriteOptions


class TriggerInput(TypedDict, total=False):
    """What the rule is for; `name` is of a custom event or a segment."""

    type: Required[TriggerType]
    name: str | None


class FixedInput(TypedDict, total=False):
    """Points of a currency. `pending` and `expiry` replace the currency's."""

    type: Required[Literal["fixed"]]
    currency_id: Required[str]
    points: Required[Amount]
    pending: ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput | None
    expiry: NoExpiryInput | RollingInput | CalendarInput | SlidingInput | None


class AppliesToInput(TypedDict, total=False):
    """The lines that count: those that one of these names; without any, all of them."""

    items: Sequence[str]
    """Without it: `[]`."""
    skus: Sequence[str]
    """Without it: `[]`."""
    categories: Sequence[str]
    """Without it: `[]`."""


class PerInput(TypedDict, total=False):
    """Points in proportion. `pending` and `expiry` replace the currency's."""

    type: Required[Literal["per"]]
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
    pending: ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput | None
    expiry: NoExpiryInput | RollingInput | CalendarInput | SlidingInput | None


class GivenBenefitInput(TypedDict, total=False):
    """A benefit is given."""

    type: Required[Literal["benefit"]]
    benefit_id: Required[str]


class TierNeedInput(TypedDict, total=False):
    """One of these tiers must be the member's."""

    tier_group_id: Required[str]
    any_of: Required[Sequence[str]]


class EarningInput(TypedDict, total=False):
    """The first earning whose tiers and condition hold counts, with all its effects."""

    effects: Required[Sequence[FixedInput | PerInput | GivenBenefitInput]]
    name: str | None
    tiers: Sequence[TierNeedInput]
    """Without it: `[]`."""
    condition: str | None
    """CEL."""


HoursInput = TypedDict(
    "HoursInput",
    {"days": Required[Sequence[int]], "from": Required[str], "to": Required[str]},
    total=False,
)


class CooldownInput(TypedDict, total=False):
    """The least time between two: `n` units."""

    n: Required[int]
    unit: Required[CooldownUnit]


class FrequencyInput(TypedDict, total=False):
    """How many in a calendar period of the program's time zone."""

    max: Required[int]
    period: Required[LimitPeriod]


class BudgetInput(TypedDict, total=False):
    """Points (of the currency of the first effect that gives points), or triggers."""

    period: LimitPeriod
    """Without it: `"lifetime"`."""
    points: Amount | None
    triggers: int | None


class RuleLimitsInput(TypedDict, total=False):
    """Cooldown and frequency are a member's, the budget is the rule's."""

    cooldown: CooldownInput | None
    frequency: FrequencyInput | None
    budget: BudgetInput | None


class TriedOrderInput(TypedDict, total=False):
    """An order that rules are tried on: a real one's body. Its ids and status change nothing."""

    amount: Required[Amount]
    money: str
    """Without it: `"EUR"`."""
    discount: Amount
    """Without it: `"0"`."""
    lines: Sequence[OrderLineInput]
    """Without it: `[]`."""
    channel: str | None
    location: str | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""
    external_id: str | None
    member_id: str | None
    status: TriedOrderStatus
    """Without it: `"paid"`."""
    effective_at: Instant | None
    fulfilled: bool


class TriedEventInput(TypedDict, total=False):
    """A custom event that rules are tried on; its ids change nothing."""

    name: Required[str]
    metadata: Mapping[str, Any]
    """Without it: `{}`."""
    external_id: str | None
    member_id: str | None
    effective_at: Instant | None


class RuleInput(TypedDict, total=False):
    """A rule: it is made as a draft."""

    name: Required[str]
    trigger: Required[TriggerInput]
    earnings: Required[Sequence[EarningInput]]
    priority: int
    """Without it: `0`."""
    exclusive_group: str | None
    keeps: RuleKeeps
    """Without it: `"first"`."""
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursInput]
    """Without it: `[]`."""
    limits: RuleLimitsInput
    """Without it: `{"cooldown": null, "frequency": null, "budget": null}`."""
    on_partial: OnPartial
    """Without it: `"recount"`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class CreateRuleParams(WriteOptions, total=False):
    """Of `rules.create`."""

    name: Required[str]
    trigger: Required[TriggerInput]
    earnings: Required[Sequence[EarningInput]]
    priority: int
    """Without it: `0`."""
    exclusive_group: str | None
    keeps: RuleKeeps
    """Without it: `"first"`."""
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursInput]
    """Without it: `[]`."""
    limits: RuleLimitsInput
    """Without it: `{"cooldown": null, "frequency": null, "budget": null}`."""
    on_partial: OnPartial
    """Without it: `"recount"`."""
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class ListRulesParams(PageParams, total=False):
    """Of `rules.list`."""

    status: str
    """draft, active or inactive: only those."""
    trigger: str
    """order_paid, custom_event, segment_entered, visit_completed or member_joined: only those."""


class ChangeRuleParams(WriteOptions, total=False):
    """Of `rules.update`."""

    name: str
    trigger: TriggerInput
    earnings: Sequence[EarningInput]
    priority: int
    exclusive_group: str | None
    keeps: RuleKeeps
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursInput]
    limits: RuleLimitsInput
    on_partial: OnPartial
    metadata: Mapping[str, Any]


class EvaluateRulesParams(WriteOptions, total=False):
    """Of `rules.evaluate`."""

    member_id: str | None
    order: TriedOrderInput | None
    event: TriedEventInput | None
    effective_at: Instant | None
    rule: RuleInput | None
    rule_id: str | None


class ListRuleAwardsParams(PageParams, total=False):
    """Of `rules.awards`."""

    member_id: str
    """only this member's."""
    state: str
    """in_force: only those of which something is left; returned: the others."""


class CreateCustomEventParams(WriteOptions, total=False):
    """Of `custom_events.create`."""

    external_id: Required[str]
    member_id: Required[str]
    name: Required[str]
    effective_at: Instant | None
    metadata: Mapping[str, Any]
    """Without it: `{}`."""


class EnterSegmentParams(WriteOptions, total=False):
    """Of `segments.enter`."""

    external_id: Required[str]
    member_id: Required[str]
    segment: Required[str]
