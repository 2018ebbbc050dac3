"""The terms of rewards and benefits as JSON texts, in which the columns `terms` keep them.

Points are in smallest units; exact fractions are texts such as `3/2`.
"""

from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.json import Decoder, Encoder

from stampbook.loyalty.model import (
    AppliesTo,
    Cooldown,
    Fixed,
    Frequency,
    Hours,
    Mode,
    Per,
    PointsRounding,
)
from stampbook.loyalty.rewards.model import BenefitTerms, Bought, Cost, RewardTerms


class _Cost(Struct, frozen=True, omit_defaults=True):
    currency_id: int
    points: int
    condition: str | None = None
    name: str | None = None


class _Hours(Struct, frozen=True):
    days: list[int]
    begin: int
    end: int


class _Cooldown(Struct, frozen=True):
    n: int
    unit: str


class _Frequency(Struct, frozen=True):
    max: int
    period: str


class _Bought(Struct, frozen=True):
    currency_id: int
    points: int


class _Reward(Struct, frozen=True, omit_defaults=True):
    costs: list[_Cost]
    sku: str | None = None
    is_pooled: bool = False
    bought: list[_Bought] = []
    hours: list[_Hours] = []
    cooldown: _Cooldown | None = None
    frequency: _Frequency | None = None


class _Fixed(Struct, frozen=True, tag_field="type", tag="fixed", omit_defaults=True):
    currency_id: int
    points: int
    pending: dict[str, Any] | None = None
    expiry: dict[str, Any] | None = None


class _AppliesTo(Struct, frozen=True):
    items: list[str]
    skus: list[str]
    categories: list[str]


class _Per(Struct, frozen=True, tag_field="type", tag="per", omit_defaults=True):
    currency_id: int
    basis: str
    every: str
    points: str
    mode: Mode
    rounding: PointsRounding
    by_line: bool = False
    applies_to: _AppliesTo | None = None
    pending: dict[str, Any] | None = None
    expiry: dict[str, Any] | None = None


class _Benefit(Struct, frozen=True, omit_defaults=True):
    sku: str | None = None
    effect: _Fixed | _Per | None = None


_encode = Encoder().encode
_reward = Decoder(_Reward)
_benefit = Decoder(_Benefit)


def write_reward(terms: RewardTerms) -> str:
    """The terms of a reward as they are stored."""
    cooldown, frequency = terms.cooldown, terms.frequency
    stored = _Reward(
        costs=[_Cost(*cost) for cost in terms.costs],
        sku=terms.sku,
        is_pooled=terms.is_pooled,
        bought=[_Bought(*each) for each in terms.bought],
        hours=[_Hours(sorted(each.days), each.begin, each.end) for each in terms.hours],
        cooldown=_Cooldown(*cooldown) if cooldown else None,
        frequency=_Frequency(*frequency) if frequency else None,
    )
    return _encode(stored).decode()


def read_reward(text: str) -> RewardTerms:
    """The terms of a reward from what `write_reward` wrote."""
    stored = _reward.decode(text)
    cooldown, frequency = stored.cooldown, stored.frequency
    return RewardTerms(
        costs=tuple(Cost(c.currency_id, c.points, c.condition, c.name) for c in stored.costs),
        sku=stored.sku,
        is_pooled=stored.is_pooled,
        bought=tuple(Bought(each.currency_id, each.points) for each in stored.bought),
        hours=tuple(Hours(frozenset(h.days), h.begin, h.end) for h in stored.hours),
        cooldown=Cooldown(cooldown.n, cooldown.unit) if cooldown else None,
        frequency=Frequency(frequency.max, frequency.period) if frequency else None,
    )


def write_benefit(terms: BenefitTerms) -> str:
    """The terms of a benefit as they are stored."""
    return _encode(_Benefit(terms.sku, _stored_effect(terms.effect))).decode()


def _stored_effect(effect: Fixed | Per | None) -> _Fixed | _Per | None:
    if effect is None:
        return None
    pending = None if effect.pending is None else dict(effect.pending)
    expiry = None if effect.expiry is None else dict(effect.expiry)
    if isinstance(effect, Fixed):
        return _Fixed(effect.currency, effect.points, pending, expiry)
    named = effect.applies_to
    return _Per(
        currency_id=effect.currency,
        basis=effect.basis,
        every=str(effect.every),
        points=str(effect.points),
        mode=effect.mode,
        rounding=effect.rounding,
        by_line=effect.by_line,
        applies_to=None if named is None else _AppliesTo(*map(sorted, named)),
        pending=pending,
        expiry=expiry,
    )


def read_benefit(text: str) -> BenefitTerms:
    """The terms of a benefit from what `write_benefit` wrote."""
    stored = _benefit.decode(text)
    effect = stored.effect
    if effect is None:
        return BenefitTerms(stored.sku)
    if isinstance(effect, _Fixed):
        fixed = Fixed(effect.currency_id, effect.points, effect.pending, effect.expiry)
        return BenefitTerms(stored.sku, fixed)
    named = effect.applies_to
    return BenefitTerms(
        stored.sku,
        Per(
            currency=effect.currency_id,
            basis=effect.basis,
            every=Fraction(effect.every),
            points=Fraction(effect.points),
            mode=effect.mode,
            rounding=effect.rounding,
            by_line=effect.by_line,
            applies_to=None
            if named is None
            else AppliesTo(*map(frozenset, (named.items, named.skus, named.categories))),
            pending=effect.pending,
            expiry=effect.expiry,
        ),
    )
