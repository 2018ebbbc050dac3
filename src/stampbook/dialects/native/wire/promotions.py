"""Promotions, tiers and a currency's options on the native wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import amounts, instants
from stampbook.dialects.amounts import Written
from stampbook.dialects.native import ids
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.values import Amount, Instant, Text, read_amount
from stampbook.programs.currencies import Currency
from stampbook.programs.currency_options import CurrencyOptions
from stampbook.programs.point_promotions import Movement, PointPromotion, Rule
from stampbook.programs.tiers import NewTier, Reached, TierGroup

PromotionStatus = Literal["active", "inactive"]


class RuleBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of an amount of one currency: `static_amount` alone, or a least, a most, or both."""

    kind: Literal["accrual", "redemption"]
    currency_id: str
    static_amount: Amount | None = None
    min_amount: Amount | None = None
    max_amount: Amount | None = None


class PromotionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An offer by which points are accrued or redeemed. `external_id` is unique in the program."""

    name: Text
    external_id: Text | None = None
    description: Text | None = None
    status: PromotionStatus = "active"
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    rules: Annotated[list[RuleBody], Meta(max_length=100)] = []


class PromotionChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is given changes; null takes a date or the description away. Rules stay."""

    name: Text | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    status: PromotionStatus | UnsetType = UNSET
    starts_at: Instant | UnsetType | None = UNSET
    ends_at: Instant | UnsetType | None = UNSET


class RuleShape(Struct, frozen=True):
    kind: Literal["accrual", "redemption"]
    currency_id: str
    static_amount: Written | None
    min_amount: Written | None
    max_amount: Written | None


class PromotionShape(Struct, frozen=True):
    """`active`: switched on, and now is in its time."""

    id: str
    program_id: str
    external_id: str | None
    name: str
    description: str | None
    status: PromotionStatus
    active: bool
    starts_at: Instant | None
    ends_at: Instant | None
    rules: Sequence[RuleShape]
    created_at: Instant
    updated_at: Instant


class TierBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A tier, and the qualification points with which it is reached."""

    name: Text
    threshold: Amount
    external_id: Text | None = None


class TierGroupBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Tiers that a currency's qualification points lead to. A group never changes."""

    name: Text
    currency_id: str
    tiers: Annotated[list[TierBody], Meta(min_length=1, max_length=50)]


class TierShape(Struct, frozen=True):
    id: str
    external_id: str | None
    name: str
    threshold: Written


class TierGroupShape(Struct, frozen=True):
    id: str
    program_id: str
    currency_id: str
    name: str
    tiers: Sequence[TierShape]
    created_at: Instant


class ReachedShape(Struct, frozen=True):
    """A tier that was reached, and when it was lost again (null: not yet)."""

    tier_id: str
    reached_at: Instant
    lost_at: Instant | None


class StandingShape(Struct, frozen=True):
    """A member in a group. `tier_id` is the highest tier that they have now."""

    id: str
    tier_id: str | None
    history: Sequence[ReachedShape]


ReturnSpentWord = Literal["proportional", "points_first", "points_last", "on_whole", "none"]


class ExchangeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """`points` pay for `money` of an order; money has at most six decimals here."""

    points: Amount
    money: Amount


class OptionsChange(Struct, frozen=True, forbid_unknown_fields=True):
    """`initial_balance` is accrued for who registers; `backdating` lets operations be dated
    before what the clock has done on their account. `exchange` lets points pay for orders (null:
    not at all), and `return_spent` says when they come back as an order is refunded."""

    initial_balance: Amount | UnsetType = UNSET
    backdating: bool | UnsetType = UNSET
    exchange: ExchangeBody | UnsetType | None = UNSET
    return_spent: ReturnSpentWord | UnsetType = UNSET


class ExchangeShape(Struct, frozen=True):
    """`points` pay for `money`."""

    points: Written
    money: Written


class OptionsShape(Struct, frozen=True):
    currency_id: str
    initial_balance: Written
    backdating: bool
    exchange: ExchangeShape | None
    return_spent: ReturnSpentWord


def exchange_of(body: ExchangeBody | None, scale: int) -> tuple[int | None, int | None]:
    """Smallest units of points, and millionths of money. Raises Failure (422)."""
    if body is None:
        return None, None
    points = read_amount(body.points, scale, "/exchange/points")
    money = read_amount(body.money, amounts.MAX_SCALE, "/exchange/money")
    for name, value in (("points", points), ("money", money)):
        if value <= 0:
            raise invalid_field(f"/exchange/{name}", "must be greater than zero")
    return points, money


def exchange_shape(points: int, money: int, scale: int) -> ExchangeShape:
    """The exchange; money without the decimals that it does not need."""
    written = amounts.write(money, amounts.MAX_SCALE).rstrip("0")
    digits = len(written.partition(".")[2])
    if digits < 2:
        written = written.ljust(len(written) + 2 - digits, "0")
    return ExchangeShape(amounts.write(points, scale), written)


def _bound(value: str | int | None, scale: int, pointer: str) -> int | None:
    return None if value is None else read_amount(value, scale, pointer)


def rule_of(body: RuleBody, currency: Currency, pointer: str) -> Rule:
    """The rule as the program keeps it. Raises Failure (422)."""
    return Rule(
        kind=Movement(body.kind),
        currency_id=currency.currency_id,
        static_amount=_bound(body.static_amount, currency.scale, f"{pointer}/static_amount"),
        min_amount=_bound(body.min_amount, currency.scale, f"{pointer}/min_amount"),
        max_amount=_bound(body.max_amount, currency.scale, f"{pointer}/max_amount"),
    )


def new_tier(body: TierBody, currency: Currency, pointer: str) -> NewTier:
    """The tier as it is to be made. Raises Failure (422)."""
    threshold = read_amount(body.threshold, currency.scale, f"{pointer}/threshold")
    return NewTier(body.name, threshold, body.external_id)


def promotion_shape(
    promotion: PointPromotion, scales: dict[int, int], *, now: int
) -> PromotionShape:
    """`scales`: of the currencies that the rules name."""
    return PromotionShape(
        id=ids.write(ids.PROMOTION, promotion.promotion_id),
        program_id=ids.write(ids.PROGRAM, promotion.program_id),
        external_id=promotion.external_id,
        name=promotion.name,
        description=promotion.description,
        status="active" if promotion.status == "active" else "inactive",
        active=promotion.is_active(now),
        starts_at=_date(promotion.starts_at),
        ends_at=_date(promotion.ends_at),
        rules=[_rule_shape(rule, scales[rule.currency_id]) for rule in promotion.rules],
        created_at=instants.write(promotion.created_at),
        updated_at=instants.write(promotion.updated_at),
    )


def _date(instant: int | None) -> str | None:
    return None if instant is None else instants.write(instant)


def _rule_shape(rule: Rule, scale: int) -> RuleShape:
    def written(amount: int | None) -> str | None:
        return None if amount is None else amounts.write(amount, scale)

    return RuleShape(
        kind=rule.kind.value,
        currency_id=ids.write(ids.CURRENCY, rule.currency_id),
        static_amount=written(rule.static_amount),
        min_amount=written(rule.min_amount),
        max_amount=written(rule.max_amount),
    )


def tier_group_shape(group: TierGroup, scale: int) -> TierGroupShape:
    return TierGroupShape(
        id=ids.write(ids.TIER_GROUP, group.tier_group_id),
        program_id=ids.write(ids.PROGRAM, group.program_id),
        currency_id=ids.write(ids.CURRENCY, group.currency_id),
        name=group.name,
        tiers=[
            TierShape(
                id=ids.write(ids.TIER, tier.tier_id),
                external_id=tier.external_id,
                name=tier.name,
                threshold=amounts.write(tier.threshold, scale),
            )
            for tier in group.tiers
        ],
        created_at=instants.write(group.created_at),
    )


def standing_shape(group: TierGroup, history: Sequence[Reached]) -> StandingShape:
    """The member's standing; `history` is oldest first."""
    held = {each.tier_id for each in history if each.lost_at is None}
    highest = [tier.tier_id for tier in group.tiers if tier.tier_id in held or not tier.threshold]
    return StandingShape(
        id=ids.write(ids.TIER_GROUP, group.tier_group_id),
        tier_id=ids.write(ids.TIER, highest[-1]) if highest else None,
        history=[
            ReachedShape(
                tier_id=ids.write(ids.TIER, each.tier_id),
                reached_at=instants.write(each.reached_at),
                lost_at=_date(each.lost_at),
            )
            for each in history
        ],
    )


def options_shape(currency: Currency, options: CurrencyOptions) -> OptionsShape:
    return OptionsShape(
        currency_id=ids.write(ids.CURRENCY, currency.currency_id),
        initial_balance=amounts.write(options.initial_balance, currency.scale),
        backdating=options.backdating,
        exchange=None
        if options.exchange_points is None or options.exchange_money is None
        else exchange_shape(options.exchange_points, options.exchange_money, currency.scale),
        return_spent=options.return_spent,  # type: ignore[arg-type]
    )
