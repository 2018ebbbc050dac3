"""What can be seen of a program, for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import Account, Order


class SeenAward(NamedTuple):
    rule: str
    earning: int
    effect: int
    currency: str
    calculated: int
    amount: int
    in_force: int


class SeenPayment(NamedTuple):
    amount: int
    points: int
    left: int


class SeenOrder(NamedTuple):
    """`left`: what remains of each line."""

    status: str
    refunded: int
    left: list[int]
    awards: list[SeenAward]
    payments: list[SeenPayment]


@dataclass
class View:
    """Figures of each account, and orders and custom events with their awards."""

    accounts: dict[Account, tuple[Any, ...]]
    orders: dict[str, SeenOrder]
    events: dict[str, list[SeenAward]]

    def differences(self, other: View) -> list[str]:
        """Lines that say where two views differ: the real one, then the model's."""
        found = []
        for part in ("accounts", "orders", "events"):
            mine, its = getattr(self, part), getattr(other, part)
            for name in dict.fromkeys([*mine, *its]):
                if mine.get(name) != its.get(name):
                    found.append(f"{name}\n  real:  {mine.get(name)}\n  model: {its.get(name)}")
        return found


def view_of(shop: Shop) -> View:
    """The naive model's."""
    shop.settle()
    return View(
        {
            (member, currency): tuple(
                shop.accounts[member, currency].figures().values()
                if (member, currency) in shop.accounts
                else (0,) * 10
            )
            for member in shop.state.members
            for currency in shop.currencies
        },
        {name: _seen(shop, order) for name, order in shop.state.orders.items()},
        {
            name: _awards(shop, name)
            for name, event in shop.state.events.items()
            if event.order is None
        },
    )


def _awards(shop: Shop, event: str) -> list[SeenAward]:
    return sorted(
        SeenAward(
            award.rule,
            award.earning,
            award.effect,
            award.account[1],
            award.calculated,
            award.amount,
            shop.in_force(award.account, award.row),
        )
        for award in shop.awards_of(event)
    )


def _seen(shop: Shop, order: Order) -> SeenOrder:
    return SeenOrder(
        order.status,
        order.refunded,
        [line.left for line in order.lines],
        _awards(shop, f"order {order.name}"),
        [
            SeenPayment(each.amount, each.points, shop.in_force(each.account, each.row))
            for each in shop.payments_of(order.name)
        ],
    )
