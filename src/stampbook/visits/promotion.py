"""Promotions: what a program gives for visits. Discounts, cashback, rewards for referrals.

A promotion's value is in hundredths: of a percent, or of the visit's money.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from stampbook.loyalty.judging.splitting import percentage, split
from stampbook.visits.model import Line, LineKind, Visit, dues, unpaid


class Effect(StrEnum):
    """What a promotion gives: a lower price, points for the guest, or a lower price for services
    that are bought together. A referral gives the guest a discount and the referrer points."""

    DISCOUNT = "discount"
    CASHBACK = "cashback"
    PACKAGE = "package"
    REFERRAL = "referral"


class Measure(StrEnum):
    """The figure that decides which rule applies: none, visits made, amount sold, amount paid."""

    STATIC = "static"
    VISITS = "visits"
    SOLD = "sold"
    PAID = "paid"


class PromotionKind(NamedTuple):
    """One kind of promotion. `counts`: of what a percentage of cashback is taken."""

    effect: Effect
    by: Measure
    counts: Measure = Measure.SOLD


KINDS: Mapping[str, PromotionKind] = {
    "discount_static": PromotionKind(Effect.DISCOUNT, Measure.STATIC),
    "discount_accumulative_visits": PromotionKind(Effect.DISCOUNT, Measure.VISITS),
    "discount_accumulative_sold": PromotionKind(Effect.DISCOUNT, Measure.SOLD),
    "discount_accumulative_paid": PromotionKind(Effect.DISCOUNT, Measure.PAID),
    "cashback_static_sold": PromotionKind(Effect.CASHBACK, Measure.STATIC),
    "cashback_static_paid": PromotionKind(Effect.CASHBACK, Measure.STATIC, Measure.PAID),
    "cashback_accumulative_paid": PromotionKind(Effect.CASHBACK, Measure.PAID, Measure.PAID),
    "cashback_accumulative_sold": PromotionKind(Effect.CASHBACK, Measure.SOLD),
    "cashback_accumulative_paid_visits": PromotionKind(
        Effect.CASHBACK, Measure.VISITS, Measure.PAID
    ),
    "cashback_accumulative_sold_visits": PromotionKind(Effect.CASHBACK, Measure.VISITS),
    "cashback_sold_visits": PromotionKind(Effect.CASHBACK, Measure.VISITS),
    "cashback_paid_visits": PromotionKind(Effect.CASHBACK, Measure.VISITS, Measure.PAID),
    "package_discount": PromotionKind(Effect.PACKAGE, Measure.STATIC),
    "referral": PromotionKind(Effect.REFERRAL, Measure.STATIC),
}
"""Every kind by its name, in a fixed order: a dialect may number them by their place."""


class Applies(StrEnum):
    """To which services (or goods) a promotion applies."""

    ANY = "any"
    NONE = "none"
    CUSTOM = "custom"


class Rule(NamedTuple):
    """From `threshold` on (visits, or hundredths of money) the promotion is worth `value`."""

    number: int
    threshold: int
    value: int
    service: int = 0


class Totals(NamedTuple):
    """What a member's visits in the program add up to: those to which the member came.

    `first_at` and `last_at` are when the first and the last of them began; 0 without any.
    """

    visits: int = 0
    sold: int = 0
    paid: int = 0
    first_at: int = 0
    last_at: int = 0

    def plus(self, more: "Totals") -> "Totals":
        """With what `more` adds; without instants."""
        return Totals(self.visits + more.visits, self.sold + more.sold, self.paid + more.paid)


class Promotion(NamedTuple):
    """A promotion of a program. `extra` is what callers store with it and get back."""

    number: int
    tenant: int
    program: int
    title: str
    kind: str
    services: Applies
    goods: Applies
    is_percent: bool
    rules: tuple[Rule, ...]
    currencies: frozenset[int]
    locations: frozenset[int]
    service_items: frozenset[int]
    good_items: frozenset[int]
    created_at: int
    updated_at: int
    extra: Mapping[str, Any] = {}

    @property
    def effect(self) -> Effect:
        return KINDS[self.kind].effect

    def covers(self, line: Line) -> bool:
        """Whether the promotion applies to the line."""
        if line.kind is LineKind.SERVICE:
            applies, items = self.services, self.service_items
        else:
            applies, items = self.goods, self.good_items
        return applies is Applies.ANY or (applies is Applies.CUSTOM and line.item in items)

    @property
    def gives_discounts(self) -> bool:
        """Whether it takes money off bills, for the holders of cards."""
        return self.effect in (Effect.DISCOUNT, Effect.PACKAGE)

    @property
    def package(self) -> frozenset[int]:
        """The services that must be on a bill together; none unless it is a package."""
        if self.effect is not Effect.PACKAGE:
            return frozenset()
        return frozenset(rule.service for rule in self.rules if rule.service)

    @property
    def by(self) -> Measure:
        """What its thresholds are compared with."""
        return KINDS[self.kind].by

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Its thresholds and their values."""
        return tuple((rule.threshold, rule.value) for rule in self.rules)

    def value(self, totals: Totals) -> int:
        """Its value for a member with these totals: that of the highest threshold reached."""
        return reached(self.by, self.steps, totals)


def reached(by: Measure, steps: Iterable[tuple[int, int]], totals: Totals) -> int:
    """The value of the highest threshold that the totals reach; 0: none."""
    measured = {
        Measure.STATIC: 0,
        Measure.VISITS: totals.visits,
        Measure.SOLD: totals.sold,
        Measure.PAID: totals.paid,
    }[by]
    passed = [step for step in steps if step[0] <= measured]
    return max(passed, key=lambda step: step[0])[1] if passed else 0


def discounts(promotion: Promotion, visit: Visit, totals: Totals) -> dict[int, int]:
    """The discount of each line that gets one.

    A percentage is taken of a line's cost, half up, and capped by what is left to pay of
    it; a fixed value is spread over what is left to pay of the lines covered. A package
    gives each of its services its own value, if the bill has all of them.
    """
    if promotion.effect is Effect.PACKAGE:
        return _package_discounts(promotion, visit)
    covered = [line for line in visit.lines if promotion.covers(line)]
    return _spread(promotion, covered, visit, promotion.value(totals))


def referral_discounts(promotion: Promotion, visit: Visit, record: int) -> dict[int, int]:
    """What a referral takes off the lines of the guest's appointment, as a discount does."""
    covered = [line for line in visit.lines if line.record == record and promotion.covers(line)]
    return _spread(promotion, covered, visit, promotion.value(Totals()))


def _package_discounts(promotion: Promotion, visit: Visit) -> dict[int, int]:
    if not promotion.package or promotion.package - services(visit):
        return {}
    amounts: dict[int, int] = {}
    for rule in promotion.rules:
        line = next(
            (
                line
                for line in visit.lines
                if line.kind is LineKind.SERVICE
                and line.item == rule.service
                and line.number not in amounts
            ),
            None,
        )
        if line is not None:
            amounts |= _spread(promotion, [line], visit, rule.value)
    if sum(amounts.values()) > unpaid(visit):
        capped = split(unpaid(visit), list(amounts.values()))
        amounts = dict(zip(amounts, capped, strict=True))
    return {line.number: amount for line in visit.lines if (amount := amounts.get(line.number))}


def services(visit: Visit) -> frozenset[int]:
    """The services that are on the bill."""
    return frozenset(line.item for line in visit.lines if line.kind is LineKind.SERVICE)


def _spread(
    promotion: Promotion, covered: Sequence[Line], visit: Visit, value: int
) -> dict[int, int]:
    left = dues(visit)
    if promotion.is_percent:
        amounts = [min(percentage(line.cost, value), left[line.number]) for line in covered]
    else:
        weights = [left[line.number] for line in covered]
        amounts = split(min(value, sum(weights)), weights)
    if sum(amounts) > unpaid(visit):
        amounts = split(unpaid(visit), amounts)
    numbers = [line.number for line in covered]
    return {number: each for number, each in zip(numbers, amounts, strict=True) if each}


class Cashback(NamedTuple):
    """What the cashback of a visit follows from, once its bill is known: by the totals alone.

    `counts` is what a percentage is taken of, hundredths, and `unit` the smallest unit of the
    account's currency.
    """

    account: int
    promotion: int
    counts: int
    unit: int
    is_percent: bool
    by: Measure
    steps: tuple[tuple[int, int], ...]

    def amount(self, totals: Totals) -> int:
        """The points: hundredths, rounded half up to a multiple of the unit. A fixed value is
        earned once, if there is anything to count from."""
        value, unit = reached(self.by, self.steps, totals), self.unit
        if self.counts <= 0:
            return 0
        if self.is_percent:
            return percentage(self.counts, value, unit=unit)
        return (value + unit // 2) // unit * unit


def cashback(promotion: Promotion, visit: Visit, account: int, unit: int) -> Cashback:
    """What the account earns by the promotion for a completed visit.

    A percentage counts from the covered lines' cost less discounts, or from the money paid
    for them.
    """
    covered = {line.number for line in visit.lines if promotion.covers(line)}
    paid = sum(payment.amount for payment in visit.payments if payment.line in covered)
    cost = sum(line.cost for line in visit.lines if line.number in covered)
    reduced = sum(each.amount for each in visit.discounts if each.line in covered)
    counts = paid if KINDS[promotion.kind].counts is Measure.PAID else cost - reduced
    return Cashback(
        account,
        promotion.number,
        counts,
        unit,
        promotion.is_percent,
        promotion.by,
        promotion.steps,
    )
