"""What can be seen of a program, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from tests.model.loyalty.shop import Shop
from tests.model.loyalty.values import Account, Order

NOTHING = (0,) * 9
"""What an account has at first: the figures of tests.model.points but the last, `restored`, which
the two ledgers count differently where a cancel is reversed exactly."""


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


class SeenPurchase(NamedTuple):
    """`codes`: their states, sorted."""

    points: int
    refunded: int
    codes: list[str]


class SeenGrant(NamedTuple):
    rule: str
    effect: int
    state: str
    codes: list[str]


@dataclass
class View:
    """Figures of each account, orders and custom events with their awards, and what is bought.

    `stocks` are those of rewards and benefits; None: unlimited.
    """

    accounts: dict[Account, tuple[Any, ...]] = field(default_factory=dict)
    orders: dict[str, SeenOrder] = field(default_factory=dict)
    events: dict[str, list[SeenAward]] = field(default_factory=dict)
    stocks: dict[str, int | None] = field(default_factory=dict)
    purchases: dict[str, SeenPurchase] = field(default_factory=dict)
    grants: dict[str, list[SeenGrant]] = field(default_factory=dict)
    tiers: dict[str, list[str]] = field(default_factory=dict)

    def differences(self, other: View) -> list[str]:
        """Lines that say where two views differ: the real one, then the model's."""
        found = []
        for part in (each.name for each in fields(self)):
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
                list(shop.accounts[member, currency].figures().values())[: len(NOTHING)]
                if (member, currency) in shop.accounts
                else NOTHING
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
        {name: each.stock for name, each in (shop.shelf.rewards | shop.shelf.benefits).items()},
        {
            name: SeenPurchase(each.points * each.quantity, each.refunded, sorted(each.codes))
            for name, each in shop.shelf.purchases.items()
        },
        _grants(shop),
        {member: shop.tiers_of(member) for member in shop.state.members if shop.tiers},
    )


def _grants(shop: Shop) -> dict[str, list[SeenGrant]]:
    found: dict[str, list[SeenGrant]] = {}
    for each in shop.shelf.grants:
        codes = [] if each.code is None else [each.code]
        seen = SeenGrant(each.rule, each.effect, each.state, codes)
        found.setdefault(each.event, []).append(seen)
    return {name: sorted(grants) for name, grants in found.items()}


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
