"""Reads what a request says of a rule as a version of it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import to_builtins

from stampbook.dialects.native import ids
from stampbook.dialects.native.loyalty.wire.rules import (
    MONEY_BASES,
    MONEY_SCALE,
    EarningBody,
    EffectBody,
    FixedBody,
    GivenBenefitBody,
    ProportionalBody,
    RuleLimitsBody,
    TierNeedBody,
)
from stampbook.dialects.native.loyalty.wire.times import read_cooldown, read_frequency
from stampbook.dialects.native.problems import invalid_field
from stampbook.dialects.native.wire.values import (
    read_amount,
)
from stampbook.loyalty.model import (
    AppliesTo,
    Budget,
    Earning,
    Effect,
    Fixed,
    Given,
    Limits,
    Per,
    TierNeed,
)


def currency_ids(earnings: Sequence[EarningBody]) -> list[tuple[str, str]]:
    """The currencies that the earnings name, each with the pointer to it."""
    return [
        (effect.currency_id, f"/earnings/{at}/effects/{number}/currency_id")
        for at, earning in enumerate(earnings)
        for number, effect in enumerate(earning.effects)
        if not isinstance(effect, GivenBenefitBody)
    ]


class Reader:
    """Reads the parts of a rule. `scales` are those of the currencies, by their ids on the wire,
    which the program has. Everything raises Failure (422)."""

    def __init__(self, scales: Mapping[str, int]) -> None:
        self._scales = scales

    def earnings(self, bodies: Sequence[EarningBody]) -> tuple[Earning, ...]:
        return tuple(self._earning(body, f"/earnings/{at}") for at, body in enumerate(bodies))

    def _earning(self, body: EarningBody, pointer: str) -> Earning:
        return Earning(
            effects=tuple(
                self._effect(each, f"{pointer}/effects/{at}")
                for at, each in enumerate(body.effects)
            ),
            condition=body.condition,
            tiers=tuple(_need(each, f"{pointer}/tiers/{at}") for at, each in enumerate(body.tiers)),
            name=body.name,
        )

    def _effect(self, body: EffectBody, pointer: str) -> Effect:
        if isinstance(body, GivenBenefitBody):
            return Given(_id(ids.BENEFIT, body.benefit_id, f"{pointer}/benefit_id"))
        pending = None if body.pending is None else to_builtins(body.pending)
        expiry = None if body.expiry is None else to_builtins(body.expiry)
        if isinstance(body, FixedBody):
            currency = _id(ids.CURRENCY, body.currency_id, f"{pointer}/currency_id")
            scale = self._scales[body.currency_id]
            points = read_amount(body.points, scale, f"{pointer}/points")
            return Fixed(currency, points, pending, expiry)
        return self.per(body, pointer)._replace(pending=pending, expiry=expiry)

    def per(self, body: ProportionalBody, pointer: str) -> Per:
        """Points in proportion."""
        every = _fraction(body.every, f"{pointer}/every")
        named = body.applies_to
        return Per(
            currency=_id(ids.CURRENCY, body.currency_id, f"{pointer}/currency_id"),
            basis=body.basis,
            every=every * 10**MONEY_SCALE if body.basis in MONEY_BASES else every,
            points=_fraction(body.points, f"{pointer}/points")
            * 10 ** self._scales[body.currency_id],
            mode=body.mode,
            rounding=body.round,
            by_line=body.by == "line",
            applies_to=None
            if named is None
            else AppliesTo(
                frozenset(named.items), frozenset(named.skus), frozenset(named.categories)
            ),
        )

    def limits(self, body: RuleLimitsBody, budget_currency: str | None) -> Limits:
        budget = body.budget
        points = None
        if budget is not None and budget.points is not None:
            if budget_currency is None:
                raise invalid_field("/limits/budget/points", "is for rules that give points")
            scale = self._scales[budget_currency]
            points = read_amount(budget.points, scale, "/limits/budget/points")
        cooldown, frequency = body.cooldown, body.frequency
        return Limits(
            read_cooldown(cooldown),
            read_frequency(frequency),
            None if budget is None else Budget(budget.period, points, budget.triggers),
        )


def _need(body: TierNeedBody, pointer: str) -> TierNeed:
    return TierNeed(
        _id(ids.TIER_GROUP, body.tier_group_id, f"{pointer}/tier_group_id"),
        frozenset(
            _id(ids.TIER, each, f"{pointer}/any_of/{at}") for at, each in enumerate(body.any_of)
        ),
    )


def _id(prefix: str, text: str, pointer: str) -> int:
    number = ids.read(prefix, text)
    if number is None:
        raise invalid_field(pointer, "does not exist")
    return number


def _fraction(value: str | int, pointer: str) -> Fraction:
    """A decimal number with at most six digits after the point."""
    return Fraction(read_amount(value, 6, pointer), 10**6)
