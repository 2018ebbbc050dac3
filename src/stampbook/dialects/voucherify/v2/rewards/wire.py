"""Rewards on the wire: what a request may say, checked and completed."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, to_builtins

from stampbook.dialects.voucherify.core.bodies import (
    Closed,
    Date,
    Metadata,
    Name,
    required,
    superfluous,
)
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.v2.conditions.groups import Group, check_group, printed
from stampbook.dialects.voucherify.v2.conditions.writing import OF_COSTS, Scope, condition
from stampbook.dialects.voucherify.v2.kernel.limits import TriggerLimits, hours_body, limits_body
from stampbook.dialects.voucherify.v2.programs.wire import ValidityHours

Body = dict[str, Any]
MAX_RULES: Final = 9
"""Rules of a cost."""

SCOPE: Final = Scope(OF_COSTS, frozenset({"member", "local"}))
DefinitionId = Annotated[str, Meta(pattern="^lcdef_[a-f0-9]+$", max_length=100)]
ProductId = Annotated[str, Meta(pattern="^prod_[a-f0-9]+", max_length=200)]
SkuId = Annotated[str, Meta(pattern="^sku_[a-f0-9]+", max_length=200)]
CampaignId = Annotated[str, Meta(pattern="^camp_[a-zA-Z0-9]+", max_length=200)]
Points = Annotated[int, Meta(ge=1, le=2**53 - 1)]
MOST: Final = 2**53 - 1
Balance = Annotated[int, Meta(ge=0, le=MOST)] | Annotated[float, Meta(ge=0, le=MOST)]


class Product(Closed, frozen=True):
    id: ProductId


class Sku(Closed, frozen=True):
    product_id: ProductId
    id: SkuId


class Material(Closed, frozen=True):
    type: Literal["PRODUCT", "SKU"]
    product: Product | None = None
    sku: Sku | None = None


class DiscountCoupons(Closed, frozen=True):
    campaign_id: CampaignId


class GiftVouchers(Closed, frozen=True):
    campaign_id: CampaignId
    balance: Balance


class LoyaltyCardPoints(Closed, frozen=True):
    points: Points
    card_definition_id: DefinitionId


class Digital(Closed, frozen=True):
    type: Literal["DISCOUNT_COUPONS", "GIFT_VOUCHERS", "LOYALTY_CARD_POINTS"]
    discount_coupons: DiscountCoupons | None = None
    gift_vouchers: GiftVouchers | None = None
    loyalty_card_points: LoyaltyCardPoints | None = None


class Refunds(Closed, frozen=True):
    type: Literal["NONE", "REFUNDABLE"]


class Spending(Closed, frozen=True):
    points: Points
    card_definition_id: DefinitionId
    id: Annotated[str, Meta(pattern="^lrspn_[a-f0-9]+$", max_length=100)] | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET


class NewCost(Closed, frozen=True):
    """A cost. `tier_rules` are taken and ignored: the vendor's examples have them."""

    spending: Annotated[list[Spending], Meta(min_length=1, max_length=1)]
    rules: Group | UnsetType = UNSET
    tier_rules: msgspec.Raw | UnsetType = UNSET


class Cost(NewCost, frozen=True, kw_only=True):
    id: Annotated[str, Meta(pattern="^lrcst_[a-f0-9]+$", max_length=100)] | UnsetType = UNSET


MaxCosts = Meta(min_length=1, max_length=10)


class RewardUpdate(Closed, frozen=True):
    """PUT: what is given replaces what was."""

    name: Name | UnsetType = UNSET
    type: Literal["MATERIAL", "DIGITAL"] | UnsetType = UNSET
    validity_hours: ValidityHours | UnsetType | None = UNSET
    start_date: Date | UnsetType | None = UNSET
    end_date: Date | UnsetType | None = UNSET
    material: Material | UnsetType | None = UNSET
    digital: Digital | UnsetType | None = UNSET
    refunds: Refunds | UnsetType | None = UNSET
    costs: Annotated[list[Cost], MaxCosts] | UnsetType = UNSET
    purchase_limits: TriggerLimits | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


class RewardCreate(Closed, frozen=True):
    """POST."""

    name: Name
    type: Literal["MATERIAL", "DIGITAL"]
    costs: Annotated[list[NewCost], MaxCosts]
    status: Literal["DRAFT", "ACTIVE"] | UnsetType = UNSET
    validity_hours: ValidityHours | UnsetType | None = UNSET
    start_date: Date | UnsetType | None = UNSET
    end_date: Date | UnsetType | None = UNSET
    material: Material | UnsetType | None = UNSET
    digital: Digital | UnsetType | None = UNSET
    refunds: Refunds | UnsetType | None = UNSET
    purchase_limits: TriggerLimits | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET


GIVEN: Final = {"MATERIAL": "material", "DIGITAL": "digital"}
"""Which object says what is given, by the type of the reward."""

DEFAULTS: Final[Body] = {
    "validity_hours": {"type": "ANY_TIME"},
    "refunds": {"type": "NONE"},
    "purchase_limits": limits_body(None, "purchase_limits"),
}


def given_parts(wanted: RewardCreate | RewardUpdate) -> Body:
    """The parts that a request sets, complete as they will be answered but for the ids of costs.
    Raises a Fault (400)."""
    parts: Body = {}
    if wanted.type is not UNSET:
        parts["type"] = wanted.type
    if wanted.material is not UNSET:
        parts["material"] = wanted.material and _one_of(wanted.material, "material", MATERIALS)
    if wanted.digital is not UNSET:
        parts["digital"] = wanted.digital and _one_of(wanted.digital, "digital", DIGITALS)
    if wanted.validity_hours is not UNSET:
        parts["validity_hours"] = hours_body(wanted.validity_hours)
    if wanted.refunds is not UNSET:
        parts["refunds"] = {"type": wanted.refunds.type if wanted.refunds else "NONE"}
    if wanted.purchase_limits is not UNSET:
        parts["purchase_limits"] = limits_body(wanted.purchase_limits, "purchase_limits")
    if wanted.costs is not UNSET:
        parts["costs"] = [_cost(cost, f"costs.{at}") for at, cost in enumerate(wanted.costs)]
    return parts


def merged_parts(before: Body, given: Body) -> Body:
    """A reward with what a request changes of it. Raises a Fault (400)."""
    body = {**DEFAULTS, **before, **given}
    own = GIVEN[body["type"]]
    required(body.get(own), own)
    for name in GIVEN.values():
        if name != own:
            superfluous(given.get(name), name)
            body.pop(name, None)
    return body


MATERIALS: Final = {"PRODUCT": "product", "SKU": "sku"}
DIGITALS: Final = {
    "DISCOUNT_COUPONS": "discount_coupons",
    "GIFT_VOUCHERS": "gift_vouchers",
    "LOYALTY_CARD_POINTS": "loyalty_card_points",
}


def _one_of(part: Material | Digital, place: str, names: dict[str, str]) -> Body:
    """`{"type": …}` and the one object that belongs to the type."""
    own = names[part.type]
    for name in names.values():
        if name != own:
            superfluous(getattr(part, name), f"{place}.{name}")
    return {"type": part.type, own: to_builtins(required(getattr(part, own), f"{place}.{own}"))}


def _cost(cost: NewCost, place: str) -> Body:
    (spending,) = cost.spending
    body: Body = {}
    if isinstance(cost, Cost) and cost.id is not UNSET:
        body["id"] = cost.id
    if cost.rules is not UNSET:
        check_group(cost.rules, f"{place}.rules")
        if len(cost.rules) > MAX_RULES + 1:
            raise invalid_payload(f"Payload.{place}.rules must not have more than {MAX_RULES}")
        body["rules"] = printed(cost.rules)
        body["condition"] = condition(cost.rules, SCOPE, f"{place}.rules")
    return {**body, "spending": [to_builtins(spending)]}
