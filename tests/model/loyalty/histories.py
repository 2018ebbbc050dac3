"""Random histories: a setup, and steps that name what they concern, so that any may be dropped."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from tests.model.loyalty.drafting import AMOUNTS, BEGIN, ITEMS, Drafts
from tests.model.loyalty.values import DAY, HOUR, Currency, Line, TierGroup, Version

CATEGORIES = {"tea": ("drink", "food"), "cake": ("food",), "mug": ()}


class Setup(NamedTuple):
    """A program as it begins."""

    zone: str
    currencies: dict[str, Currency]
    members: dict[str, tuple[dict[str, Any], tuple[str, ...]]]
    tiers: TierGroup | None = None


class Step(NamedTuple):
    """A request at an instant: the method of the model and its arguments."""

    at: int
    verb: str
    about: dict[str, Any]


class History(NamedTuple):
    seed: int
    setup: Setup
    steps: tuple[Step, ...]


def history(seed: int, length: int = 10) -> History:
    """The history of a seed."""
    return Maker(seed).make(length)


class Maker(Drafts):
    """Makes one history."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.now = BEGIN
        self.members = ["anna", "ben"][: self.random.choice((1, 1, 2))]
        self.rules: dict[str, Version] = {}
        self.rewards: list[str] = []
        self.purchases: list[str] = []
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: list[str] = []
        self.events: list[str] = []
        self.steps: list[Step] = []

    def make(self, length: int) -> History:
        self.currencies = {"points": self.currency()}
        if self.chance(0.35):
            self.currencies["stars"] = self.currency()
        setup = Setup(
            self.random.choice(("UTC", "UTC", "Asia/Yekaterinburg", "America/Sao_Paulo")),
            self.currencies,
            {name: (self.metadata("level"), self.segments()) for name in self.members},
            self.tier_group(),
        )
        if self.chance(0.4):
            self.stock_up()
        for _ in range(self.pick(1, 2, 2, 3)):
            self.new_rule()
        if self.chance(0.7):
            for member in self.members:
                for currency in self.currencies:
                    points = self.pick(50, 300, 2000)
                    self.add("give", member=member, currency=currency, points=points)
        for _ in range(length):
            self.wait()
            self.step()
        return History(self.seed, setup, tuple(self.steps))

    # -- chance -----------------------------------------------------------------------------

    def add(self, verb: str, **about: Any) -> None:
        self.steps.append(Step(self.now, verb, about))

    def wait(self) -> None:
        self.now += self.pick(1, 60, 3600, 3600, 5 * 3600, 24 * 3600, 3 * 24 * 3600) * 1_000_000

    def new_rule(self) -> None:
        name = f"r{len(self.rules) + 1}"
        self.rules[name] = self.version()
        self.add("add_rule", name=name, version=self.rules[name])

    # -- what happens -------------------------------------------------------------------------

    def step(self) -> None:
        self.pick(
            self.order,
            self.order,
            self.order,
            self.order,
            self.pay_or_change,
            self.custom_event,
            self.undo,
            self.undo,
            self.undo,
            self.undo,
            self.by_hand,
            self.meddle,
            *([self.trade, self.trade, self.trade] if self.rewards else []),
        )()

    def lines(self) -> tuple[Line, ...]:
        made = []
        for _ in range(self.pick(1, 2, 3)):
            item = self.pick(*ITEMS)
            quantity = self.pick(1, 1, 2, 3)
            amount = self.pick(100, 333, 1000, 2500, 3333, 6000)
            total = amount - self.pick(0, 0, 0, 0, 33, amount // 3)
            made.append(Line(item, Fraction(quantity), amount, total, categories=CATEGORIES[item]))
        return tuple(made)

    def order(self) -> None:
        name = f"o{len(self.orders) + 1}"
        lines = self.lines() if self.chance(0.5) else ()
        about: dict[str, Any] = {
            "member": self.pick(*self.members),
            "paid": self.chance(0.7),
            "amount": sum(line.amount for line in lines) if lines else self.pick(*AMOUNTS),
            "discount": sum(line.amount - line.total for line in lines),
            "lines": lines,
            "channel": self.pick(None, "web", "shop"),
            "metadata": self.metadata("source"),
            "effective_at": self.past(),
        }
        self.orders[name] = about
        self.add("make_order", name=name, **about)
        if not about["paid"]:
            if self.chance(0.7):
                self.wait()
                self.pay_by_points(name)
            if self.chance(0.8):
                self.wait()
                self.add("pay", name=name)

    def past(self) -> int | None:
        if self.chance(0.85) or self.tiers is not None:
            return None
        back: int = self.pick(HOUR, DAY, 3 * DAY)
        return self.now - back

    def pay_by_points(self, name: str) -> None:
        self.add(
            "pay_with_points",
            name=name,
            currency=self.pick(*self.currencies),
            max_amount=self.pick(None, 500, 2000),
        )

    def pay_or_change(self) -> None:
        if not self.orders:
            return
        name = self.pick(*self.orders)
        kind = self.pick("pay", "pay", "pay", "points", "return", "exchange")
        if kind == "points":
            self.pay_by_points(name)
        elif kind == "return":
            self.add("return_payment", name=name, place=self.pick(0, 0, 1))
        elif kind == "exchange":
            new = self.currency()
            self.add(
                "set_exchange",
                currency=self.pick(*self.currencies),
                exchange=new.exchange,
                returns=new.returns,
            )
        elif self.orders[name]["lines"] or self.chance(0.5):
            self.add("pay", name=name)
        else:
            self.add("change", name=name, amount=self.pick(*AMOUNTS))

    def custom_event(self) -> None:
        again = self.events and self.chance(0.15)
        name = self.pick(*self.events) if again else f"e{len(self.events) + 1}"
        if not again:
            self.events.append(name)
        self.add(
            "custom_event",
            name=name,
            member=self.pick(*self.members),
            called=self.pick("ping", "pong"),
            metadata=self.pick({}, {"grade": 2}, {"grade": 5}),
            effective_at=None,
        )

    def undo(self) -> None:
        if not self.orders:
            return
        name = self.pick(*self.orders, list(self.orders)[-1])
        kind = self.pick("refund", "refund", "refund", "refund", "cancel", "void", "event", "again")
        if kind == "cancel":
            self.add("cancel_order", name=name)
        elif kind == "void" and self.refunds:
            self.add("void", name=self.pick(*self.refunds, self.refunds[-1]))
        elif kind == "event" and self.events:
            self.add("cancel_event", name=self.pick(*self.events))
        elif kind == "again" and self.refunds:
            self.add("refund", order=name, name=self.pick(*self.refunds), amount=self.pick(100, 1))
        else:
            self.refund(name)

    def refund(self, name: str) -> None:
        refund = f"f{len(self.refunds) + 1}"
        self.refunds.append(refund)
        order = self.orders[name]
        if order["lines"] and self.chance(0.5):
            place = self.random.randrange(len(order["lines"]))
            line = order["lines"][place]
            part = (
                (place, None, Fraction(1))
                if self.chance(0.5)
                else (place, self.pick(100, line.total, line.total // 2), None)
            )
            self.add("refund", order=name, name=refund, lines=(part,))
        elif self.chance(0.35):
            self.add("refund", order=name, name=refund, whole=True)
        else:
            part = self.pick(1, 100, 1000, order["amount"] // 2, order["amount"] // 3)
            about = {} if self.chance(0.85) else {"cascade": False}
            self.add("refund", order=name, name=refund, amount=part, **about)

    def by_hand(self) -> None:
        member, currency = self.pick(*self.members), self.pick(*self.currencies)
        if self.chance(0.5):
            self.add("spend", member=member, currency=currency, points=self.pick(10, 50, 100, 250))
        elif self.chance(0.4) or not self.orders:
            self.add("give", member=member, currency=currency, points=self.pick(10, 100))
        else:
            event = f"order {self.pick(*self.orders)}"
            self.add("cancel_award", event=event, place=0, amount=self.pick(None, 5, 30))
            if self.chance(0.5):
                self.wait()
                self.add("undo_cancel", place=self.pick(0, 0, 1))

    def meddle(self) -> None:
        kind = self.pick("change", "change", "switch", "new", "member", "delete", "program")
        name = self.pick(*self.rules)
        if kind == "new" and len(self.rules) < 4:
            self.new_rule()
        elif kind == "change":
            version = self.version()
            trigger, called = self.rules[name].trigger, self.rules[name].name
            if version.trigger == trigger:
                self.add("change_rule", name=name, version=version._replace(name=called))
        elif kind == "switch":
            self.add("switch_rule", name=name, on=self.chance(0.5))
        elif kind == "delete":
            self.add("delete_rule", name=name)
        elif kind == "program":
            self.add("switch_program", on=False)
            for _ in range(self.pick(1, 2)):
                self.wait()
                self.step()
            self.add("switch_program", on=True)
        elif kind == "member":
            self.add("switch_member", member=self.pick(*self.members), on=self.chance(0.6))

    # -- rewards ------------------------------------------------------------------------------

    def stock_up(self) -> None:
        for number in range(self.pick(1, 1, 2)):
            self.rewards.append(f"reward {number}")
            self.add("add_reward", name=self.rewards[-1], reward=self.reward())
        for number in range(self.pick(0, 1, 2)):
            self.benefits.append(f"benefit {number}")
            self.add(
                "add_benefit",
                name=self.benefits[-1],
                kind=self.pick("material", "code", "code"),
                stock=self.pick(None, 1, 2),
            )

    def take_purchase_back(self, purchase: str) -> None:
        self.add(
            "refund_purchase",
            purchase=purchase,
            quantity=self.pick(None, None, 1, 2),
            write_off=self.chance(0.2),
            keep=self.chance(0.3),
        )

    def trade(self) -> None:
        kind = self.pick("buy", "buy", "refund", "refund", "use", "switch", "use grant")
        events = [*(f"order {name}" for name in self.orders), *self.events]
        if kind == "use grant" and self.benefits and events:
            self.add("use_grant", event=self.pick(*events))
        elif kind == "switch" and self.chance(0.3):
            self.add("switch_reward", name=self.pick(*self.rewards), on=self.chance(0.6))
        elif kind == "use" and self.purchases:
            self.add("use_code", purchase=self.pick(*self.purchases), place=self.pick(0, 0, 1))
        elif kind == "refund" and self.purchases:
            self.take_purchase_back(self.pick(*self.purchases))
        else:
            self.purchases.append(f"p{len(self.purchases) + 1}")
            self.add(
                "buy",
                name=self.purchases[-1],
                member=self.pick("anna", *self.members),
                reward=self.pick(*self.rewards),
                quantity=self.pick(1, 1, 1, 2, 3),
            )
            if self.chance(0.3):
                self.add("use_code", purchase=self.purchases[-1], place=0)
            if self.chance(0.5):
                self.wait()
                self.take_purchase_back(self.purchases[-1])
