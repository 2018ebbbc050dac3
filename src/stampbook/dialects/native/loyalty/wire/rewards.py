"""Rewards, offers and codes on the native wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, convert

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.times import (
    AllHours,
    CooldownShape,
    FrequencyShape,
    HoursShape,
    cooldown_shape,
    frequency_shape,
    hours_shape,
)
from stampbook.dialects.native.wire.values import (
    Amount,
    Id,
    Instant,
    Metadata,
    StoredMetadata,
    Text,
    write_optional,
)
from stampbook.loyalty.conditions.shape import MAX_CHARACTERS
from stampbook.loyalty.rewards.model import Code, Offer, Reward, RewardTerms

RewardKind = Literal["material", "code", "points"]
RewardStatus = Literal["draft", "active", "inactive", "deleted"]
CodeSource = Literal["generated", "pool"]
CodeState = Literal["free", "issued", "used", "voided"]
_LENGTHS: Final = {"minLength": 1, "maxLength": MAX_CHARACTERS}
Expression = Annotated[str, Meta(extra_json_schema=_LENGTHS)]
"""A text of another length is refused as every text is that cannot be a condition."""


class CostBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A price of one piece for members for whom the `condition` (CEL over `member` and `local`;
    null: always) is true."""

    currency_id: Id
    points: Amount
    condition: Expression | None = None
    name: Text | None = None


class PointsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Points that one piece gives."""

    currency_id: Id
    amount: Amount


class PurchaseLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of one member's purchases of the reward; `frequency` counts pieces."""

    cooldown: CooldownShape | None = None
    frequency: FrequencyShape | None = None


Costs = Annotated[list[CostBody], Meta(min_length=1, max_length=10)]


class RewardBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that points buy: goods, a code (`generated`, or from an uploaded `pool`), or points
    of another currency. The first of the costs whose condition is true is the price."""

    name: Text
    type: RewardKind
    costs: Costs
    status: Literal["draft", "active"] = "draft"
    sku: Text | None = None
    code: CodeSource = "generated"
    points: PointsBody | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    hours: AllHours = []
    limits: PurchaseLimits = PurchaseLimits()
    refundable: bool = True
    metadata: Metadata = {}


class RewardChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; null takes a date away. `sku`, `code` and `points` change only in a
    draft, the type never."""

    name: Text | UnsetType = UNSET
    costs: Costs | UnsetType = UNSET
    sku: Text | UnsetType | None = UNSET
    code: CodeSource | UnsetType = UNSET
    points: PointsBody | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET
    hours: AllHours | UnsetType = UNSET
    limits: PurchaseLimits | UnsetType = UNSET
    refundable: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class OfferBody(Struct, frozen=True, forbid_unknown_fields=True):
    """How many pieces are left; null: no limit."""

    stock: Annotated[int, Meta(ge=0)] | None = None


class OfferShape(Struct, frozen=True):
    """A reward in a program. `redeemed` pieces were bought and not returned, `written_off` ones
    refunded without coming back to the stock. `ended_at` null: it is on offer."""

    program_id: str
    reward_id: str
    stock: int | None
    redeemed: int
    written_off: int
    created_at: Instant
    updated_at: Instant
    ended_at: Instant | None


class CostShape(Struct, frozen=True):
    currency_id: str
    points: Written
    condition: str | None
    name: str | None


class PointsShape(Struct, frozen=True):
    currency_id: str
    amount: Written


class RewardShape(Struct, frozen=True):
    """A reward, and how its program offers it (null: not now)."""

    id: str
    program_id: str | None
    name: str
    type: RewardKind
    status: RewardStatus
    sku: str | None
    code: CodeSource | None
    points: PointsShape | None
    costs: Sequence[CostShape]
    starts_at: Instant | None
    ends_at: Instant | None
    hours: Sequence[HoursShape]
    limits: PurchaseLimits
    refundable: bool
    offer: OfferShape | None
    metadata: StoredMetadata
    created_at: Instant
    updated_at: Instant


class CodesBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Codes for the reward's pool: all are added, or none."""

    codes: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=64)]],
        Meta(min_length=1, max_length=1_000),
    ]


class CodeShape(Struct, frozen=True):
    """A code, and the purchase or grant that handed it out."""

    id: str
    code: str
    state: CodeState
    reward_id: str | None
    purchase_id: str | None
    grant_id: str | None
    created_at: Instant
    issued_at: Instant | None
    used_at: Instant | None
    voided_at: Instant | None


class CodeCounts(Struct, frozen=True):
    """How many of a reward's codes are in each state."""

    free: int
    issued: int
    used: int
    voided: int


def currencies_in(terms: RewardTerms) -> set[int]:
    """The currencies that the terms name."""
    return {cost.currency for cost in terms.costs} | {each.currency for each in terms.bought}


def offer_shape(offer: Offer) -> OfferShape:
    return OfferShape(
        program_id=ids.write(ids.PROGRAM, offer.program_id),
        reward_id=ids.write(ids.REWARD, offer.reward_id),
        stock=offer.stock,
        redeemed=offer.redeemed,
        written_off=offer.written_off,
        created_at=instants.write(offer.created_at),
        updated_at=instants.write(offer.updated_at),
        ended_at=write_optional(offer.ended_at),
    )


def reward_shape(reward: Reward, offer: Offer | None, scales: Mapping[int, int]) -> RewardShape:
    """`scales`: of the currencies that the terms name."""
    terms = reward.terms
    code: CodeSource | None = None
    if reward.type == "code":
        code = "pool" if terms.is_pooled else "generated"
    bought = terms.bought[0] if terms.bought else None
    return RewardShape(
        id=ids.write(ids.REWARD, reward.reward_id),
        program_id=None if reward.program_id is None else ids.write(ids.PROGRAM, reward.program_id),
        name=reward.name,
        type=convert(str(reward.type), RewardKind),
        status=convert(reward.status, RewardStatus),
        sku=terms.sku,
        code=code,
        points=None
        if bought is None
        else PointsShape(
            ids.write(ids.CURRENCY, bought.currency),
            amounts.write(bought.points, scales[bought.currency]),
        ),
        costs=[
            CostShape(
                ids.write(ids.CURRENCY, cost.currency),
                amounts.write(cost.points, scales[cost.currency]),
                cost.condition,
                cost.name,
            )
            for cost in terms.costs
        ],
        starts_at=write_optional(reward.starts_at),
        ends_at=write_optional(reward.ends_at),
        hours=hours_shape(terms.hours),
        limits=PurchaseLimits(cooldown_shape(terms.cooldown), frequency_shape(terms.frequency)),
        refundable=reward.is_refundable,
        offer=None if offer is None else offer_shape(offer),
        metadata=Raw(reward.metadata.encode()),
        created_at=instants.write(reward.created_at),
        updated_at=instants.write(reward.updated_at),
    )


def code_shape(code: Code) -> CodeShape:
    return CodeShape(
        id=ids.write(ids.CODE, code.code_id),
        code=code.code,
        state=convert(code.state, CodeState),
        reward_id=None if code.reward_id is None else ids.write(ids.REWARD, code.reward_id),
        purchase_id=None if code.purchase_id is None else ids.write(ids.PURCHASE, code.purchase_id),
        grant_id=None if code.grant_id is None else ids.write(ids.GRANT, code.grant_id),
        created_at=instants.write(code.created_at),
        issued_at=write_optional(code.issued_at),
        used_at=write_optional(code.used_at),
        voided_at=write_optional(code.voided_at),
    )
