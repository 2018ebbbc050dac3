"""Facts and orders for tests of rules."""

from fractions import Fraction
from typing import Any

from stampbook.loyalty.model import (
    Earning,
    Effect,
    Facts,
    Fixed,
    Line,
    OrderFacts,
    Per,
    Standing,
    Totals,
    Trigger,
    Version,
)

AT = 1_790_604_000_000_000
"""Monday, 28 September 2026, 16:00 in Berlin."""
DAY = 86_400_000_000

FACTS = Facts(
    at=AT,
    timezone="Europe/Berlin",
    joined_at=AT - 40 * DAY,
    standings=(Standing(7, 3, "gold"), Standing(8, 1, "friend")),
    segments=frozenset({"vip", "mail"}),
    member_metadata={"city": "Riga", "bonus": "2.50"},
    event_name="review",
    event_metadata={"stars": 5, "words": "120"},
    totals=Totals(orders=3, visits=2, sold=110_000, paid=90_000),
)


def line(name: str, total: int, **fields: Any) -> Line:
    """A line of that name, item and total."""
    values: dict[str, Any] = {"quantity": Fraction(1), "amount": total, "item": name}
    return Line(line=name, total=total, **{**values, **fields})


def order(*lines: Line, **fields: Any) -> OrderFacts:
    """The order of the lines."""
    values: dict[str, Any] = {
        "amount": sum(each.amount for each in lines),
        "discount": sum(each.amount - each.total for each in lines),
        "total": sum(each.total for each in lines),
        "money": "EUR",
    }
    return OrderFacts(lines=lines, **{**values, **fields})


def plain(total: int, **fields: Any) -> OrderFacts:
    """An order of one line."""
    return order(line("thing", total), **fields)


def earning(*effects: Effect, condition: str | None = None, **fields: Any) -> Earning:
    return Earning(effects, condition, **fields)


def version(*earnings: Earning, rule: int = 1, **fields: Any) -> Version:
    """Version 1 of a rule about orders."""
    values: dict[str, Any] = {"number": 1, "valid_from": 0, "trigger_name": None}
    values["trigger"] = Trigger.ORDER_PAID
    return Version(rule=rule, earnings=earnings, **{**values, **fields})


def fixed(points: int, currency: int = 4) -> Fixed:
    return Fixed(currency, points)


def per(basis: str, every: int | str, points: int | str, **fields: Any) -> Per:
    """Points of currency 4 for each `every` of the basis."""
    return Per(4, basis, Fraction(every), Fraction(points), **fields)
