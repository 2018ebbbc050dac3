"""A group of rules as one condition in the language of the engine (CEL).

Nothing that an event may lack makes a condition fail: what is missing matches no operator, but for
`$is_not` and `$not_in`. Numbers and texts of numbers compare as numbers.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from msgspec import UNSET

from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.v2.conditions.groups import Group, NamedItem, Rule, Value
from stampbook.dialects.voucherify.v2.conditions.logic import joined
from stampbook.loyalty.conditions.checking import check
from stampbook.loyalty.conditions.faults import InvalidCondition

NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
SIGNS: Final = {
    "$less_than": "<",
    "$less_than_or_equal": "<=",
    "$more_than": ">",
    "$more_than_or_equal": ">=",
    "$from": ">=",
}
NEGATIVE: Final = ("$is_not", "$not_in")

FIELDS: Final = {
    "order.amount": "order.amount",
    "order.initial_amount": "order.initial_amount",
    "order.total_amount": "order.total",
    "order.items.count": "size(lines)",
    "order.items.aggregated_quantity": "order.quantity",
    "order.items.aggregated_amount": "order.amount",
}
METADATA: Final = {
    "order.metadata": "order",
    "customer.metadata": "member",
    "custom_event.metadata": "event",
    "member.metadata": "member",
}
OF_MEMBER: Final = "member.metadata."
"""What precedes the keys of a member's own metadata: the engine has one map of a member's metadata,
and the customer's is in it too."""
OF_LINES: Final = {
    "order.items.quantity": ("quantity", "all"),
    "order.items.price": ("price", "all"),
    "order.items.price_each": ("price", "all"),
    "order.items.price_any": ("price", "exists"),
}
MACROS: Final = {
    "order.items.every": "all",
    "order.items.any": "exists",
    "order.items.none": "exists",
}
ONE_LINE: Final = {
    "order.items.cheapest": "order.cheapest",
    "order.items.most_expensive": "order.dearest",
}
OF_ITEM: Final = {
    "order.items.quantity": "quantity",
    "order.items.aggregated_quantity": "quantity",
    "order.items.price": "price",
    "order.items.price_any": "price",
    "order.items.price_each": "price",
    "order.items.aggregated_amount": "amount",
}
"""What rules within an item mean: the item's own."""

ALWAYS: Final = ("customer.segment", "customer.metadata")
NAMES: Final = {
    "customer.order.paid": frozenset(
        {*ALWAYS, *FIELDS, "order.metadata", *OF_LINES, *MACROS, *ONE_LINE, "order.items.metadata"}
    ),
    "customer.custom_event": frozenset({*ALWAYS, "custom_event.metadata"}),
    "customer.segment.entered": frozenset(ALWAYS),
}
"""What rules may name, by the event that triggers them."""

OF_COSTS: Final = frozenset({*ALWAYS, "member.metadata"})
"""What the rules of a reward's costs may name."""


class Scope(NamedTuple):
    """Where a group is written: the names that it may have, and what an item is there. `engine` are
    the names that the engine has."""

    names: frozenset[str]
    engine: frozenset[str]
    item: str | None = None


def condition(group: Group, scope: Scope, place: str) -> str:
    """The text of the condition. Raises a Fault (400)."""
    text = _group(group, scope, place)
    try:
        check(text, scope.engine)
    except InvalidCondition as error:
        raise invalid_payload(f"Payload.{place} is too complex: {error}") from None
    return text


def _group(group: Group, scope: Scope, place: str) -> str:
    logic = group["logic"]
    assert isinstance(logic, str), "it was checked"
    texts = {
        key: _rule(rule, scope, f"{place}.{key}")
        for key, rule in group.items()
        if isinstance(rule, Rule)
    }
    return joined(logic, f"{place}.logic", texts)


def _rule(rule: Rule, scope: Scope, place: str) -> str:
    if rule.name not in scope.names:
        names = ", ".join(sorted(scope.names))
        raise invalid_payload(
            f"Property .{place}.name must be equal to one of the allowed values [ {names} ]"
        )
    if scope.item is not None:
        return _and(_operators(rule, place, _of_item(rule, scope.item, place)), rule, scope, place)
    if rule.name in MACROS:
        within = _within(rule, scope, "l", place)
        if rule.name == "order.items.none":
            return f"!lines.exists(l, {within})"
        text = f"lines.{MACROS[rule.name]}(l, {within})"
        return f"(size(lines) > 0 && {text})" if rule.name == "order.items.every" else text
    if rule.name in ONE_LINE:
        return f"(size(lines) > 0 && {_within(rule, scope, ONE_LINE[rule.name], place)})"
    if rule.name in OF_LINES:
        field, macro = OF_LINES[rule.name]
        text = _each(rule, macro, place, _plain(f"l.{field}"))
    elif rule.name == "order.items.metadata":
        text = _each(rule, "all", place, _metadata("l", _property(rule, place)))
    else:
        text = _operators(rule, place, _of_event(rule, place))
    return _and(text, rule, scope, place)


def _within(rule: Rule, scope: Scope, item: str, place: str) -> str:
    """What must hold of an item."""
    inner = Scope(frozenset({*OF_ITEM, "order.items.metadata", "order.items.any"}), scope.engine)
    return _and(_operators(rule, place, _matching(item)), rule, inner._replace(item=item), place)


def _each(rule: Rule, macro: str, place: str, compare: "Compare") -> str:
    text = f"lines.{macro}(l, {_operators(rule, place, compare)})"
    return f"(size(lines) > 0 && {text})" if macro == "all" else text


def _and(text: str, rule: Rule, scope: Scope, place: str) -> str:
    """The rule's own conditions and its nested rules: all must hold."""
    if not isinstance(rule.rules, dict):
        return text
    nested = _group(rule.rules, scope, f"{place}.rules")
    return nested if not text else f"({text} && {nested})"


# -- operators -------------------------------------------------------------------------------

Compare = Callable[[str, Sequence[Value]], str]
"""Whether a value is one of those (`in`), or how it compares with the first (`<` …)."""


def _operators(rule: Rule, place: str, compare: Compare) -> str:
    """All operators of a rule, and-ed; empty without any."""
    conditions = {} if rule.conditions is UNSET else rule.conditions
    parts = [
        _operator(operator, values, f"{place}.conditions.{operator}", compare)
        for operator, values in conditions.items()
    ]
    return parts[0] if len(parts) == 1 else f"({' && '.join(parts)})" if parts else ""


def _operator(operator: str, values: Sequence[Value], place: str, compare: Compare) -> str:
    if operator == "$dow":
        return f"local.weekday in {_list([str(day) for day in values])}"
    if operator in SIGNS:
        number = _number(values[0])
        if number is None:
            raise invalid_payload(f"Payload.{place} must have a number")
        return compare(SIGNS[operator], values)
    text = compare("in", values)
    return f"!{text}" if operator in NEGATIVE else text


def _of_event(rule: Rule, place: str) -> Compare:
    if rule.name == "customer.segment":
        return lambda sign, values: _segments(sign, values, place)
    if rule.name in METADATA:
        prefix = OF_MEMBER if rule.name == "member.metadata" else ""
        return _metadata(METADATA[rule.name], prefix + _property(rule, place))
    return _plain(FIELDS[rule.name])


def _of_item(rule: Rule, item: str, place: str) -> Compare:
    if rule.name == "order.items.metadata":
        return _metadata(item, _property(rule, place))
    if rule.name == "order.items.any":
        return _matching(item)
    return _plain(f"{item}.{OF_ITEM[rule.name]}")


def _plain(name: str) -> Compare:
    """A number that is always there."""

    def compare(sign: str, values: Sequence[Value]) -> str:
        if sign != "in":
            return f"{name} {sign} {_number(values[0])}"
        numbers = [text for text in map(_number, values) if text is not None]
        return f"({name} in {_list(numbers)})"

    return compare


def _metadata(root: str, key: str) -> Compare:
    """A value that may be missing, a text, or a number."""
    quoted = quote(key)

    def one(of: str, text: str) -> str:
        return f"({quoted} in {root}.{of} && {root}.{of}[{quoted}] {text})"

    def compare(sign: str, values: Sequence[Value]) -> str:
        if sign != "in":
            return one("numbers", f"{sign} {_number(values[0])}")
        numbers = [text for text in map(_number, values) if text is not None]
        others = [_literal(each) for each in values if _number(each) is None]
        parts = [one("numbers", f"in {_list(numbers)}")] if numbers else []
        parts += [one("metadata", f"in {_list(others)}")] if others else []
        return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"

    return compare


def _matching(item: str) -> Compare:
    """Whether one of the item's names, which are its categories here, is one of the values."""

    def compare(sign: str, values: Sequence[Value]) -> str:
        names = dict.fromkeys(quote(name) for each in values for name in _names(each))
        if sign != "in" or not names:
            raise invalid_payload("Items compare by $is, $is_not, $in and $not_in with their ids")
        return f"({' || '.join(f'{name} in {item}.categories' for name in names)})"

    return compare


def _segments(sign: str, values: Sequence[Value], place: str) -> str:
    names = dict.fromkeys(quote(name) for each in values for name in _names(each))
    if sign != "in" or not names:
        raise invalid_payload(f"Payload.{place} compares by $is, $is_not, $in and $not_in")
    return f"({' || '.join(f'{name} in member.segments' for name in names)})"


# -- values ----------------------------------------------------------------------------------


def _property(rule: Rule, place: str) -> str:
    if not isinstance(rule.property, str) or not rule.property:
        raise invalid_payload(f"Payload.{place} must have required property 'property'")
    return rule.property


def _names(value: Value) -> list[str]:
    """The names by which a value calls a thing."""
    if isinstance(value, NamedItem):
        return [each for each in (value.id, value.source_id) if isinstance(each, str) and each]
    return [value] if isinstance(value, str) else [str(value)]


def _number(value: Value) -> str | None:
    """A number, or the text of one, as the condition writes it."""
    if isinstance(value, bool):
        return None
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        return None
    whole, dot, rest = text.partition(".")
    return f"{int(whole)}" if not rest.strip("0") else f"{whole}{dot}{rest}"


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, NamedItem):
        names = _names(value)
        return quote(names[0] if names else "")
    return quote(str(value))


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(texts)}]"


def quote(text: str) -> str:
    """A text as a string of the condition."""
    return json.dumps(text, ensure_ascii=False)
