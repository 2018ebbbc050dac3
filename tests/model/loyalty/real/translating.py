"""Rules of the naive model as the real one takes them."""

from __future__ import annotations

from collections.abc import Mapping

from stampbook.loyalty import model as theirs
from tests.model.loyalty.values import Currency, Earning, Effect, Fixed, Given, Limits, Per, Version

Shape = dict[str, object]


def translate(
    version: Version, currencies: Mapping[str, Currency], numbers: Mapping[str, int]
) -> theirs.Version:
    """A version, with the numbers of the currencies and benefits."""

    def effect(each: Effect) -> theirs.Effect:
        if isinstance(each, Given):
            return theirs.Given(numbers[each.benefit])
        points = each.points * 10 ** currencies[each.currency].scale
        pending, expiry = shapes(each)
        number = numbers[each.currency]
        if isinstance(each, Fixed):
            return theirs.Fixed(number, int(points), pending, expiry)
        return theirs.Per(
            number,
            each.basis,
            each.every,
            points,
            theirs.Mode(each.mode),
            theirs.PointsRounding(each.round),
            each.by == "line",
            theirs.AppliesTo(items=frozenset(each.items)) if each.items else None,
            pending,
            expiry,
        )

    def earning(each: Earning) -> theirs.Earning:
        condition = None if each.condition is None else each.condition.cel
        tiers = frozenset(numbers[f"tier {name}"] for name in each.tiers)
        needs = (theirs.TierNeed(numbers["tiers"], tiers),) if tiers else ()
        return theirs.Earning(tuple(map(effect, each.effects)), condition, needs)

    return theirs.Version(
        0,
        0,
        0,
        theirs.Trigger(version.trigger),
        version.name,
        tuple(map(earning, version.earnings)),
        priority=version.priority,
        exclusive_group=version.group,
        keeps_best=version.best,
        starts_at=version.starts_at,
        ends_at=version.ends_at,
        limits=limits(version.limits),
        on_partial=theirs.OnPartial(version.on_partial),
    )


def shapes(effect: Fixed | Per) -> tuple[Shape | None, Shape | None]:
    """Pending and expiry of an effect, as the native API writes them."""
    pending: Shape | None = None
    expiry: Shape | None = None
    if effect.pending_days is not None:
        pending = {"type": "period", "period": {"value": effect.pending_days, "unit": "day"}}
    if effect.expiry_days is not None:
        expiry = {"type": "rolling", "period": {"value": effect.expiry_days, "unit": "day"}}
    return pending, expiry


def limits(ours: Limits) -> theirs.Limits:
    budget = None
    if ours.budget is not None:
        what, most, period = ours.budget
        budget = theirs.Budget(period, **{what: most})
    return theirs.Limits(
        None if ours.cooldown is None else theirs.Cooldown(*ours.cooldown),
        None if ours.frequency is None else theirs.Frequency(*ours.frequency),
        budget,
    )
