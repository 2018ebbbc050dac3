"""What stories say of rules, as the native API takes it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

_RULE: Final = re.compile(r"rule (\w+): for (?:(order|visit|joining)s?|(event|segment) (\w+))")

_TRIGGERS: Final = {
    "order": "order_paid",
    "visit": "visit_completed",
    "joining": "member_joined",
    "event": "custom_event",
    "segment": "segment_entered",
}

_EARNING: Final = re.compile(
    r"(?:(?P<points>[\d.]+) (?P<currency>\w+)|a (?P<benefit>\w+))"
    r"(?: (?P<mode>for every|per) (?P<every>[\d.]+) of (?P<basis>[\w.]+))?"
    r"(?: on (?P<item>\w+))?(?P<by_line> by line)?(?: rounded (?P<round>half up|up))?"
    r"(?: as (?P<tier>\w+))?(?: if (?P<condition>.+))?"
)

_TERMS: Final[Sequence[tuple[str, Callable[..., dict[str, Any]]]]] = (
    (
        r"(\d+) times? a (\w+)",
        lambda n, period: {"limits": {"frequency": {"max": int(n), "period": period}}},
    ),
    (
        r"not again within (\d+) (\w+?)s?",
        lambda n, unit: {"limits": {"cooldown": {"n": int(n), "unit": unit}}},
    ),
    (
        r"at most (\d+) points in all",
        lambda n: {"limits": {"budget": {"points": n, "period": "lifetime"}}},
    ),
    (r"the first of (\w+)", lambda group: {"exclusive_group": group}),
    (r"the best of (\w+)", lambda group: {"exclusive_group": group, "keeps": "best"}),
    (r"partial refunds: (\w+)", lambda what: {"on_partial": what}),
    (r"priority (\d+)", lambda n: {"priority": int(n)}),
)


def rule_of(
    text: str, below: Sequence[str], ids: Mapping[str, str], tiers: Mapping[str, Any]
) -> dict[str, Any]:
    """The body of a rule. `ids` are those of currencies and benefits, `tiers` the needs by name."""
    found = _RULE.fullmatch(text)
    assert found, text
    name, kind, named_kind, what = found.groups()
    trigger = {"type": _TRIGGERS[kind or named_kind]}
    body: dict[str, Any] = {"name": name, "trigger": trigger, "earnings": []}
    if what:
        trigger["name"] = what
    for line in below:
        for pattern, make in _TERMS:
            if term := re.fullmatch(pattern, line):
                body |= make(*term.groups())
                break
        else:
            body["earnings"].append(_earning(line, ids, tiers))
    return body


def _earning(line: str, ids: Mapping[str, str], tiers: Mapping[str, Any]) -> dict[str, Any]:
    found = _EARNING.fullmatch(line)
    assert found, f"no earning and no term of a rule: {line!r}"
    earning: dict[str, Any] = {"effects": [_effect(found.groupdict(), ids)]}
    if found["condition"]:
        earning["condition"] = found["condition"]
    if found["tier"]:
        earning["tiers"] = [tiers[found["tier"]]]
    return earning


def _effect(given: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    if given["benefit"]:
        return {"type": "benefit", "benefit_id": ids[given["benefit"]]}
    effect = {"currency_id": ids[given["currency"]], "points": given["points"]}
    if not given["every"]:
        return {"type": "fixed", **effect}
    effect |= {"type": "per", "basis": given["basis"], "every": given["every"]}
    effect["mode"] = "steps" if given["mode"] == "for every" else "rate"
    if given["round"]:
        effect["round"] = given["round"].replace(" ", "_")
    if given["by_line"]:
        effect["by"] = "line"
    if given["item"]:
        effect["applies_to"] = {"items": [given["item"]]}
    return effect
