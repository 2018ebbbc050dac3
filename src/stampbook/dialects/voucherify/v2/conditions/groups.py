"""Groups of rules as requests have them: `{"1": rule, "2": rule, "logic": "1 and 2"}`."""

import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from stampbook.dialects.voucherify.core.bodies import Closed
from stampbook.dialects.voucherify.core.faults import invalid_payload
from stampbook.dialects.voucherify.v2.conditions.logic import MAX_LOGIC, numbers_in
from stampbook.edge.bodies import MAX_ITEMS, MAX_TEXT

MAX_DEPTH: Final = 5
NUMBER: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
Text = Annotated[str, Meta(max_length=500)]


class Message(Closed, frozen=True):
    """What a shop says when a rule fails. It is kept, and never sent."""

    message: Annotated[str, Meta(min_length=1, max_length=200)]


class NamedItem(Closed, frozen=True):
    """A thing that a condition compares with."""

    id: Text | UnsetType = UNSET
    object: Text | UnsetType = UNSET
    source_id: Text | UnsetType | None = UNSET
    type: Text | UnsetType | None = UNSET


Value = bool | int | Annotated[str, Meta(max_length=MAX_TEXT)] | NamedItem
Operator = Literal[
    "$is",
    "$is_not",
    "$in",
    "$not_in",
    "$less_than",
    "$less_than_or_equal",
    "$more_than",
    "$more_than_or_equal",
    "$from",
    "$dow",
]
Values = Annotated[list[Value], Meta(min_length=1, max_length=MAX_ITEMS)]
Conditions = Annotated[dict[Operator, Values], Meta(max_length=10)]


class Rule(Closed, frozen=True):
    """One rule of a group: a name, and what must hold of it."""

    name: Annotated[str, Meta(max_length=100)]
    property: Text | UnsetType | None = UNSET
    schema_id: Text | UnsetType | None = UNSET
    error: Message | UnsetType | None = UNSET
    rules: "Group | UnsetType | None" = UNSET
    conditions: Conditions | UnsetType = UNSET


Group = Annotated[
    dict[str, Rule | Annotated[str, Meta(max_length=MAX_LOGIC)]], Meta(max_length=MAX_ITEMS)
]


def check_group(group: Group, place: str, depth: int = 1) -> None:
    """The group's numbers and logic belong together. Raises a Fault (400)."""
    if depth > MAX_DEPTH:
        raise invalid_payload(f"Payload.{place} must not be nested deeper than {MAX_DEPTH} levels")
    logic = group.get("logic")
    if not isinstance(logic, str):
        raise invalid_payload(f"Payload.{place} must have required property 'logic'")
    numbers = group.keys() - {"logic"}
    for key in sorted(numbers):
        rule = group[key]
        if not NUMBER.fullmatch(key):
            raise invalid_payload(
                f"Payload.{place} must NOT have additional properties: '{key[:100]}'"
            )
        if isinstance(rule, str):
            raise invalid_payload(f"Payload.{place}.{key} must be object")
        _check_rule(rule, f"{place}.{key}", depth)
    if not numbers:
        raise invalid_payload(f"Payload.{place} must have at least one rule")
    used = numbers_in(logic, f"{place}.logic")
    if used != numbers:
        odd = min(used ^ numbers)
        why = "has no rule" if odd in used else "does not name"
        raise invalid_payload(f"Payload.{place}.logic {why} {odd}")


def _check_rule(rule: Rule, place: str, depth: int) -> None:
    conditions = {} if rule.conditions is UNSET else rule.conditions
    if not conditions and not rule.rules:
        raise invalid_payload(f"Payload.{place} must have required property 'conditions'")
    for day in conditions.get("$dow", ()):
        if type(day) is not int or not 0 <= day <= 6:
            raise invalid_payload(f"Payload.{place}.conditions.$dow must have days from 0 to 6")
    if isinstance(rule.rules, dict):
        check_group(rule.rules, f"{place}.rules", depth + 1)


def printed(group: Group | None) -> Any:
    """The group as it was sent."""
    return None if group is None else msgspec.to_builtins(group)
