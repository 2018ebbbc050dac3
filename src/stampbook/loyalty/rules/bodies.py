"""A version of a rule as JSON, and back. What is stored once is read by every later release.

Numbers of currencies, tiers and benefits are the database's. Points are in the currency's smallest
units, money in its own; fractions are written `"3/2"`.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.json import Decoder, encode

from stampbook.loyalty.model import (
    AppliesTo,
    Budget,
    Cooldown,
    Earning,
    Effect,
    Fixed,
    Frequency,
    Given,
    Hours,
    Limits,
    Mode,
    OnPartial,
    Per,
    PointsRounding,
    TierNeed,
    Trigger,
    Version,
)
from stampbook.storage.store import Row


class _Named(Struct, omit_defaults=True):
    """Of an effect `per`: the lines that count."""

    items: list[str] = []
    skus: list[str] = []
    categories: list[str] = []


class _Fixed(Struct, omit_defaults=True, tag="fixed"):
    currency: int
    points: int
    pending: Mapping[str, Any] | None = None
    expiry: Mapping[str, Any] | None = None


class _Per(Struct, omit_defaults=True, tag="per"):
    currency: int
    basis: str
    every: str
    points: str
    mode: Mode = Mode.STEPS
    round: PointsRounding = PointsRounding.DOWN
    by_line: bool = False
    applies_to: _Named | None = None
    pending: Mapping[str, Any] | None = None
    expiry: Mapping[str, Any] | None = None


class _Given(Struct, tag="benefit"):
    benefit: int


class _Need(Struct):
    group: int
    any_of: list[int]


class _Earning(Struct, omit_defaults=True):
    effects: list[_Fixed | _Per | _Given]
    condition: str | None = None
    tiers: list[_Need] = []
    name: str | None = None


class _Hours(Struct):
    days: list[int]
    begin: int
    end: int


class _Cooldown(Struct):
    n: int
    unit: str


class _Frequency(Struct):
    max: int
    period: str


class _Budget(Struct, omit_defaults=True):
    period: str
    points: int | None = None
    triggers: int | None = None


class _Body(Struct, omit_defaults=True):
    """All of a version but its name, its number, and since when it counts."""

    trigger: Trigger
    earnings: list[_Earning]
    trigger_name: str | None = None
    priority: int = 0
    exclusive_group: str | None = None
    keeps_best: bool = False
    starts_at: int | None = None
    ends_at: int | None = None
    hours: list[_Hours] = []
    cooldown: _Cooldown | UnsetType = UNSET
    frequency: _Frequency | UnsetType = UNSET
    budget: _Budget | UnsetType = UNSET
    on_partial: OnPartial = OnPartial.RECOUNT


_decoder = Decoder(_Body)


def body_of(version: Version) -> str:
    """The text of the column `body`. Equal versions have equal texts."""
    limits = version.limits
    return encode(
        _Body(
            trigger=version.trigger,
            trigger_name=version.trigger_name,
            earnings=[_earning(each) for each in version.earnings],
            priority=version.priority,
            exclusive_group=version.exclusive_group,
            keeps_best=version.keeps_best,
            starts_at=version.starts_at,
            ends_at=version.ends_at,
            hours=[_Hours(sorted(each.days), each.begin, each.end) for each in version.hours],
            cooldown=UNSET if limits.cooldown is None else _Cooldown(*limits.cooldown),
            frequency=UNSET if limits.frequency is None else _Frequency(*limits.frequency),
            budget=UNSET if limits.budget is None else _Budget(*limits.budget),
            on_partial=version.on_partial,
        )
    ).decode()


def _earning(earning: Earning) -> _Earning:
    return _Earning(
        effects=[_effect(each) for each in earning.effects],
        condition=earning.condition,
        tiers=[_Need(need.group, sorted(need.any_of)) for need in earning.tiers],
        name=earning.name,
    )


def _effect(effect: Effect) -> _Fixed | _Per | _Given:
    match effect:
        case Fixed():
            return _Fixed(effect.currency, effect.points, effect.pending, effect.expiry)
        case Per():
            named = effect.applies_to
            return _Per(
                currency=effect.currency,
                basis=effect.basis,
                every=str(effect.every),
                points=str(effect.points),
                mode=effect.mode,
                round=effect.rounding,
                by_line=effect.by_line,
                applies_to=None if named is None else _Named(*map(sorted, named)),
                pending=effect.pending,
                expiry=effect.expiry,
            )
        case Given():
            return _Given(effect.benefit)


def text_of_effect(effect: Effect) -> str:
    """An effect as it is written in a body."""
    return encode(_effect(effect)).decode()


def read_version(row: Row) -> Version:
    """The version that a row of `rule_versions` (rule_id, version, valid_from, body, library)
    holds."""
    body = _decoder.decode(row["body"])
    return Version(
        rule=row["rule_id"],
        number=row["version"],
        valid_from=row["valid_from"],
        library=row["library"],
        trigger=body.trigger,
        trigger_name=body.trigger_name,
        earnings=tuple(_read_earning(each) for each in body.earnings),
        priority=body.priority,
        exclusive_group=body.exclusive_group,
        keeps_best=body.keeps_best,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        hours=tuple(Hours(frozenset(each.days), each.begin, each.end) for each in body.hours),
        limits=Limits(
            None if body.cooldown is UNSET else Cooldown(body.cooldown.n, body.cooldown.unit),
            None
            if body.frequency is UNSET
            else Frequency(body.frequency.max, body.frequency.period),
            None if body.budget is UNSET else _read_budget(body.budget),
        ),
        on_partial=body.on_partial,
    )


def _read_budget(budget: _Budget) -> Budget:
    return Budget(budget.period, budget.points, budget.triggers)


def _read_earning(earning: _Earning) -> Earning:
    return Earning(
        effects=tuple(_read_effect(each) for each in earning.effects),
        condition=earning.condition,
        tiers=tuple(TierNeed(need.group, frozenset(need.any_of)) for need in earning.tiers),
        name=earning.name,
    )


def _read_effect(effect: _Fixed | _Per | _Given) -> Effect:
    match effect:
        case _Fixed():
            return Fixed(effect.currency, effect.points, effect.pending, effect.expiry)
        case _Per():
            named = effect.applies_to
            return Per(
                currency=effect.currency,
                basis=effect.basis,
                every=Fraction(effect.every),
                points=Fraction(effect.points),
                mode=effect.mode,
                rounding=effect.round,
                by_line=effect.by_line,
                applies_to=None
                if named is None
                else AppliesTo(
                    frozenset(named.items), frozenset(named.skus), frozenset(named.categories)
                ),
                pending=effect.pending,
                expiry=effect.expiry,
            )
        case _Given():
            return Given(effect.benefit)
