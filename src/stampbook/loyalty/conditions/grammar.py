"""The names that conditions may read, and the functions that they may call."""

from typing import Final

from stampbook.loyalty.model import Trigger

SUMS: Final = frozenset({"quantity", "amount", "total"})

MAPS: Final = frozenset({"metadata", "numbers"})
"""Fields with keys of the shop's own: metadata, and those of its values that are numbers or texts
of numbers, as numbers."""

FIELDS: Final = {
    "order": frozenset(
        {"amount", "initial_amount", "discount", "total", "quantity", "money", "channel"}
        | {"location", "cheapest", "dearest", *MAPS}
    ),
    "lines": frozenset(
        {"kind", "item", "sku", "categories", "quantity", "price", "amount", "total", *MAPS}
    ),
    "by_item": SUMS,
    "by_category": SUMS,
    "member": frozenset({"tier", "tiers", "segments", "days", *MAPS}),
    "event": frozenset({"name", *MAPS}),
    "totals": frozenset({"orders", "visits", "sold", "paid"}),
    "local": frozenset({"date", "month", "day", "weekday", "hour", "minute"}),
}
"""Every name, with its fields. `lines` is a list of such values, `by_item` and `by_category` have
one for each item and category. `order.cheapest` and `order.dearest` are lines: those with the least
and the highest amount for one piece, the first ones if there are several. An order without lines
has neither."""

MACROS: Final = frozenset({"exists", "exists_one", "all"})
FUNCTIONS: Final = frozenset({"has", "size", "startsWith", "endsWith", "contains", "int", "string"})
CONSTANTS: Final = frozenset({"true", "false", "null"})

OF_ORDERS: Final = frozenset(
    {"order", "lines", "by_item", "by_category", "member", "totals", "local"}
)
OF_EVENTS: Final = frozenset({"event", "member", "totals", "local"})
OF_MEMBERS: Final = frozenset({"member", "totals", "local"})

COST_NAMES: Final = frozenset({"member", "local"})
"""What the condition of a reward's cost may read."""


def names_for(trigger: Trigger) -> frozenset[str]:
    """The names that a condition may read in a rule with this trigger."""
    if trigger in (Trigger.ORDER_PAID, Trigger.VISIT_COMPLETED):
        return OF_ORDERS
    if trigger is Trigger.MEMBER_JOINED:
        return OF_MEMBERS
    return OF_EVENTS
