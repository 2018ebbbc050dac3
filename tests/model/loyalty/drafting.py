"""Random parts of a history: currencies, rules, rewards."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

from tests.model.loyalty import conditions
from tests.model.loyalty.values import (
    DAY,
    HOUR,
    Condition,
    Currency,
    Earning,
    EarningLimits,
    Effect,
    Exchange,
    Fixed,
    Given,
    Limits,
    Per,
    TierGroup,
    Version,
)

BEGIN = 20_500 * DAY + 12 * HOUR
"""A Monday in February 2026, noon UTC."""

AMOUNTS = (100, 995, 2999, 3335, 5000, 5001, 10000, 12050, 19999, 25000)
ITEMS = ("tea", "cake", "mug")


class Drafts:
    """Draws them."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.currencies: dict[str, Currency] = {}
        self.benefits: list[str] = []
        self.tiers: TierGroup | None = None
        self.earning_in: tuple[str, ...] = ()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pick(self, *of: Any) -> Any:
        return self.random.choice(of)

    def metadata(self, key: str) -> dict[str, Any]:
        value = self.pick(None, "vip", "new", "1.5", "3")
        return {} if value is None else {key: value}

    def segments(self) -> tuple[str, ...]:
        chosen: tuple[str, ...] = self.pick((), ("vip",), ("new", "vip"))
        return chosen

    # -- what there is ------------------------------------------------------------------------

    def currency(self) -> Currency:
        limits = EarningLimits()
        if self.chance(0.3):
            limits = EarningLimits(
                per_transaction=self.pick(None, None, 100, 150),
                balance=self.pick(None, None, 200, 2200),
                period=self.pick(None, (100, "day"), (150, "week"), (300, "month")),
            )
        return Currency(
            scale=self.pick(0, 0, 1, 2),
            spent=self.pick("debt", "debt", "clamp", "refuse"),
            expiry_days=self.pick(None, None, 1, 4),
            pending_days=self.pick(None, None, None, 1, 3),
            limits=limits,
            exchange=self.pick(
                None, Exchange(1, 1), Exchange(3, 1), Exchange(1, 2), Exchange(7, 3)
            ),
            returns=self.pick(
                "proportional", "proportional", "points_first", "points_last", "on_whole", "none"
            ),
        )

    def tier_group(self) -> TierGroup | None:
        if self.chance(0.6):
            return None
        basis = self.pick("earned", "earned", "balance", "spend")
        first = 5000 if basis == "spend" else self.pick(50, 200)
        currency = self.pick(*self.currencies)
        self.tiers = TierGroup(currency, (("silver", first), ("gold", 3 * first)), basis)
        return self.tiers

    def version(self) -> Version:
        trigger = self.pick("order_paid", "order_paid", "order_paid", "order_paid", "custom_event")
        if self.chance(0.2):
            return self.by_totals()
        group = self.pick(None, None, None, "first", "best")
        # The most points are compared within one currency.
        self.earning_in = ("points",) if group == "best" else tuple(self.currencies)
        return Version(
            trigger,
            tuple(self.earning(trigger) for _ in range(self.pick(1, 1, 2, 3))),
            name=self.pick("ping", "pong") if trigger == "custom_event" else None,
            priority=self.pick(0, 0, 1, 2),
            group=group,
            best=group == "best",
            starts_at=self.pick(*[None] * 8, BEGIN, BEGIN + DAY),
            ends_at=self.pick(*[None] * 8, BEGIN + 2 * DAY, BEGIN + 9 * DAY),
            limits=self.limits(),
            on_partial=self.pick("recount", "recount", "recount", "proportional", "keep"),
        )

    def by_totals(self) -> Version:
        """A rule that gives more when the member has bought enough."""
        self.earning_in = tuple(self.currencies)
        enough = self.pick(
            conditions.compare("totals.orders", ">=", 2),
            conditions.compare("totals.sold", ">=", self.pick(*AMOUNTS[5:])),
        )
        trigger = self.pick("order_paid", "order_paid", "order_paid", "custom_event")
        return Version(
            trigger,
            (Earning((self.effect(trigger),), enough), Earning((self.effect(trigger),))),
            name="ping" if trigger == "custom_event" else None,
            on_partial=self.pick("recount", "recount", "recount", "proportional"),
        )

    def limits(self) -> Limits:
        if self.chance(0.7):
            return Limits()
        return Limits(
            cooldown=self.pick(None, None, (5, "hour"), (1, "day"), (1, "week")),
            frequency=self.pick(None, None, (1, "day"), (2, "week"), (2, "month"), (3, "lifetime")),
            budget=self.pick(
                None,
                None,
                ("points", 150, "day"),
                ("points", 400, "lifetime"),
                ("triggers", 2, "week"),
            ),
        )

    def earning(self, trigger: str) -> Earning:
        condition = self.condition(trigger) if self.chance(0.55) else None
        effects = [self.effect(trigger)]
        if self.chance(0.25):
            effects.append(self.effect(trigger))
        tiers: tuple[str, ...] = ()
        if self.tiers is not None and self.chance(0.4):
            tiers = self.pick(("gold",), ("silver",), ("silver", "gold"))
        return Earning(tuple(effects), condition, tiers)

    def condition(self, trigger: str) -> Condition:
        one = self.term(trigger)
        if self.chance(0.2):
            # The second operand of the two is reached only if the first does not raise.
            joined: Condition = self.pick(conditions.both, conditions.either)(self.sure(), one)
            return joined
        return one

    def one_of(self, *of: Condition) -> Condition:
        return self.random.choice(of)

    def sure(self) -> Condition:
        """A condition that never raises."""
        return self.one_of(
            conditions.compare("totals.orders", ">=", self.pick(1, 2, 3)),
            conditions.compare("local.hour", "<", 14),
            conditions.in_segment("vip"),
            *([conditions.compare("member.tier", "==", "gold")] * (2 if self.tiers else 0)),
        )

    def term(self, trigger: str) -> Condition:
        if trigger == "custom_event":
            return self.one_of(
                self.sure(),
                conditions.compare("event.metadata.grade", ">=", self.pick(2, 3)),
                conditions.compare("totals.sold", ">=", self.pick(5000, 10000)),
            )
        amount = self.pick(*AMOUNTS)
        item = self.pick(*ITEMS)
        return self.one_of(
            self.sure(),
            self.sure(),
            conditions.compare("order.total", ">=", amount),
            conditions.compare("order.total", ">=", amount),
            conditions.compare("order.total", "<", amount),
            conditions.compare("order.channel", "==", "web"),
            conditions.compare("order.metadata.source", "==", self.pick("vip", "new")),
            conditions.compare("member.metadata.level", "!=", "new"),
            *(conditions.compare("totals.sold", ">=", least) for least in (3000, 9000, 15000)),
            conditions.one_line(item, self.pick(1, 1000, 3000)),
            conditions.bought(item, self.pick(1, 1000, 3000)),
            conditions.of_category("food", self.pick(1, 1000, 3000)),
            conditions.divided(self.pick(5000, 2999), self.pick(0, 100)),
        )

    def effect(self, trigger: str) -> Effect:
        if self.benefits and self.chance(0.25):
            return Given(self.pick(*self.benefits))
        currency = self.pick(*self.earning_in)
        pending = self.pick(None, None, None, None, 2)
        expiry = self.pick(None, None, None, None, 2)
        if self.chance(0.35):
            points = Fraction(self.pick(10, 50, 100, 120, 300))
            return Fixed(currency, points, pending, expiry)
        digits = 10 ** self.currencies[currency].scale
        basis = "event.metadata.grade"
        if trigger == "order_paid":
            basis = self.pick(
                "order.total",
                "order.total",
                "order.amount",
                "order.money",
                "lines.total",
                "lines.total",
                "lines.amount",
                "lines.quantity",
                "order.metadata.source",
                "member.metadata.level",
            )
        by_money = basis.split(".")[-1] in ("total", "amount", "money")
        return Per(
            currency,
            basis,
            Fraction(self.pick(100, 100, 1000, 250)) if by_money else Fraction(self.pick(1, 2)),
            Fraction(self.pick(1, 2, 3, Fraction(3, 2), Fraction(1, digits))),
            mode=self.pick("steps", "rate"),
            round=self.pick("down", "down", "half_up", "up"),
            by=self.pick("order", "line") if basis.startswith("lines.") else "order",
            items=self.pick((), (), ("tea",), ("tea", "mug")) if basis.startswith("lines.") else (),
            pending_days=pending,
            expiry_days=expiry,
        )

    def reward(self) -> dict[str, Any]:
        kind = self.pick("material", "code", "code", "points")
        costs = [(self.pick(*self.currencies), self.pick(10, 50, 150), None)]
        if self.chance(0.3):
            costs.insert(0, (costs[0][0], 20, self.pick(self.sure_of_member(), self.sure())))
        made: dict[str, Any] = {
            "kind": kind,
            "costs": tuple(costs),
            "stock": self.pick(None, 1, 2, 5),
            "frequency": self.pick(None, None, (1, "day"), (2, "month")),
            "cooldown": self.pick(None, None, None, (5, "hour")),
        }
        if kind == "points":
            made["bought"] = (self.pick(*self.currencies), self.pick(5, 30))
        if kind == "code" and self.chance(0.5):
            made["pool"] = tuple(f"c{n}" for n in range(self.pick(1, 3)))
        return made

    def sure_of_member(self) -> Condition:
        return conditions.compare("member.metadata.level", "==", "vip")
