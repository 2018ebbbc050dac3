"""The texts in the fields of the rule editor: from a rule of the native API, from what was typed,
and what they say as the API's body.

A sheet has the rule's own fields by name, and lists of such sheets for what repeats: `earnings`
with their `effects`, and `hours`. What has no field of its own is JSON in `advanced` or, of an
effect, in `more`, so that saving loses nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from stampbook.console.api import Json
from stampbook.console.forms import Form
from stampbook.console.loyalty.places import (
    Mistyped,
    are_lines,
    count,
    json_shown,
    json_typed,
    lines,
    place,
    whole,
)
from stampbook.console.loyalty.shelf import Shelf
from stampbook.console.typed import BadInstant, amount_typed, instant_kept, local_text

Sheet = dict[str, Any]
Say = Callable[..., str]

RULE: Final = (
    *("name", "trigger", "trigger_name", "priority", "exclusive_group", "keeps"),
    *("starts_at", "ends_at", "on_partial"),
    *("cooldown_n", "cooldown_unit", "frequency_max", "frequency_period"),
    *("budget_points", "budget_triggers", "budget_period", "advanced"),
)
EARNING: Final = ("earning_name", "condition")
EFFECT: Final = (
    *("type", "currency", "points", "every", "basis", "basis_key", "mode", "round", "by"),
    *("items", "skus", "categories", "benefit", "more"),
)
HOURS: Final = ("from", "to")

TEXT: Final = ("name", "exclusive_group", "keeps", "on_partial")
OF_LINES: Final = ("items", "skus", "categories")
KEYED: Final = ("order.metadata", "member.metadata", "event.metadata")
"""Bases that are a field of metadata, whose name is in `basis_key`."""

OWN: Final = (
    *("name", "trigger", "earnings", "priority", "exclusive_group", "keeps", "starts_at"),
    *("ends_at", "hours", "limits", "on_partial"),
)
SHOWN: Final = ("id", "program_id", "status", "version", "created_at", "updated_at")
OWN_OF_EFFECTS: Final = (
    *("type", "currency_id", "points", "every", "basis", "mode", "round", "by", "benefit_id"),
)

DEFAULTS: Final = {
    "trigger": "order_paid",
    "priority": "0",
    "keeps": "first",
    "on_partial": "recount",
    "cooldown_unit": "day",
    "frequency_period": "day",
    "budget_period": "lifetime",
}
EFFECT_DEFAULTS: Final = {
    "type": "fixed",
    "basis": "order.total",
    "mode": "steps",
    "round": "down",
    "by": "order",
}


# -- empty entries -----------------------------------------------------------------------


def new_effect(shelf: Shelf) -> Sheet:
    first = next(iter(shelf.currencies), "")
    return {**dict.fromkeys(EFFECT, ""), **EFFECT_DEFAULTS, "currency": first}


def new_earning(shelf: Shelf) -> Sheet:
    return {**dict.fromkeys(EARNING, ""), "tiers": [], "effects": [new_effect(shelf)]}


def new_hours() -> Sheet:
    return {"days": ["1", "2", "3", "4", "5"], "from": "09:00", "to": "18:00"}


def blank(shelf: Shelf) -> Sheet:
    """The sheet of a new rule."""
    return {
        **dict.fromkeys(RULE, ""),
        **DEFAULTS,
        "earnings": [new_earning(shelf)],
        "hours": [],
    }


# -- what a rule of the API is in the fields -----------------------------------------------


def drawn(rule: Json, shelf: Shelf, zone: ZoneInfo) -> Sheet:
    """The sheet of a rule as it is."""
    made = {**blank(shelf), **{name: _text(rule[name]) for name in (*TEXT, "priority")}}
    made |= {"trigger": rule["trigger"]["type"], "trigger_name": _text(rule["trigger"]["name"])}
    for name in ("starts_at", "ends_at"):
        made[name] = local_text(rule[name], zone)
    limits = rule["limits"]
    for limit, names in {
        "cooldown": ("n", "unit"),
        "frequency": ("max", "period"),
        "budget": ("points", "triggers", "period"),
    }.items():
        for name in names if limits[limit] else ():
            made[f"{limit}_{name}"] = _text(limits[limit][name])
    made["hours"] = [
        {"days": [str(day) for day in each["days"]], "from": each["from"], "to": each["to"]}
        for each in rule["hours"]
    ]
    made["earnings"] = [_drawn_earning(each, shelf) for each in rule["earnings"]]
    rest = {name: value for name, value in rule.items() if name not in (*OWN, *SHOWN) and value}
    made["advanced"] = json_shown(rest)
    return made


def _drawn_earning(earning: Json, shelf: Shelf) -> Sheet:
    return {
        "earning_name": _text(earning["name"]),
        "condition": _text(earning["condition"]),
        "tiers": [
            f"{need['tier_group_id']}/{tier}"
            for need in earning["tiers"]
            for tier in need["any_of"]
        ],
        "effects": [_drawn_effect(each, shelf) for each in earning["effects"]],
    }


def _drawn_effect(effect: Json, shelf: Shelf) -> Sheet:
    made = new_effect(shelf)
    made |= {name: _text(effect[name]) for name in EFFECT if name in effect}
    rest = {name: value for name, value in effect.items() if name not in OWN_OF_EFFECTS and value}
    if "currency_id" in effect:
        made["currency"] = effect["currency_id"]
    if "benefit_id" in effect:
        made["benefit"] = effect["benefit_id"]
    stem, _, key = made["basis"].partition(".metadata.")
    if key:
        made |= {"basis": f"{stem}.metadata", "basis_key": key}
    named = rest.get("applies_to")
    if named and all(are_lines(named[each]) for each in OF_LINES):
        del rest["applies_to"]
        made |= {each: "\n".join(named[each]) for each in OF_LINES}
    made["more"] = json_shown(rest)
    return made


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


# -- what was typed ------------------------------------------------------------------------


def typed(form: Form) -> Sheet:
    """The sheet that was sent."""
    has = form.__contains__
    made: Sheet = {name: form.text(name, DEFAULTS.get(name, "")) for name in RULE}
    made["hours"] = [
        {
            "days": form.all(place("days", at)),
            **{name: form.text(place(name, at)) for name in HOURS},
        }
        for at in range(count(has, "from"))
    ]
    made["earnings"] = [
        {
            **{name: form.text(place(name, at)) for name in EARNING},
            "tiers": form.all(place("tiers", at)),
            "effects": [
                {
                    name: form.text(place(name, at, inner), EFFECT_DEFAULTS.get(name, ""))
                    for name in EFFECT
                }
                for inner in range(count(has, "type", at))
            ],
        }
        for at in range(count(has, "condition"))
    ]
    return made


# -- what the fields say as a body of the API ----------------------------------------------


def body_of(sheet: Sheet, zone: ZoneInfo, rule: Json | None, say: Say) -> Json:
    """The body of the whole rule. An instant whose text is as it was shown for `rule` is exactly
    that rule's. Raises Mistyped."""
    body = json_typed("advanced", sheet["advanced"], (*OWN, *SHOWN), say)
    body.setdefault("metadata", {})
    body |= {name: sheet[name] or None for name in ("exclusive_group", "keeps", "on_partial")}
    body |= {"name": sheet["name"], "priority": whole(sheet["priority"] or "0")}
    body["trigger"] = {"type": sheet["trigger"], "name": sheet["trigger_name"] or None}
    for name in ("starts_at", "ends_at"):
        before = None if rule is None else rule[name]
        try:
            body[name] = instant_kept(sheet[name], before, zone)
        except BadInstant:
            raise Mistyped(name, say("This is not a day with a time.")) from None
    body["limits"] = _limits(sheet)
    body["hours"] = [
        {"days": [*map(whole, sorted(each["days"]))], "from": each["from"], "to": each["to"]}
        for each in sheet["hours"]
    ]
    body["earnings"] = [_earning(each, at, say) for at, each in enumerate(sheet["earnings"])]
    return body


def _limits(sheet: Sheet) -> Json:
    made: Json = {"cooldown": None, "frequency": None, "budget": None}
    if sheet["cooldown_n"]:
        made["cooldown"] = {"n": whole(sheet["cooldown_n"]), "unit": sheet["cooldown_unit"]}
    if sheet["frequency_max"]:
        made["frequency"] = {
            "max": whole(sheet["frequency_max"]),
            "period": sheet["frequency_period"],
        }
    points, triggers = sheet["budget_points"], sheet["budget_triggers"]
    if points or triggers:
        made["budget"] = {
            "period": sheet["budget_period"],
            "points": amount_typed(points) or None,
            "triggers": whole(triggers),
        }
    return made


def _earning(earning: Sheet, at: int, say: Say) -> Json:
    needs: dict[str, list[str]] = {}
    for each in earning["tiers"]:
        group, _, tier = each.partition("/")
        needs.setdefault(group, []).append(tier)
    return {
        "name": earning["earning_name"] or None,
        "condition": earning["condition"] or None,
        "tiers": [{"tier_group_id": group, "any_of": tiers} for group, tiers in needs.items()],
        "effects": [
            _effect(each, place("more", at, inner), say)
            for inner, each in enumerate(earning["effects"])
        ],
    }


def _effect(effect: Sheet, more: str, say: Say) -> Json:
    if effect["type"] == "benefit":
        return {"type": "benefit", "benefit_id": effect["benefit"]}
    made = {
        **json_typed(more, effect["more"], OWN_OF_EFFECTS, say),
        "type": effect["type"],
        "currency_id": effect["currency"],
        "points": amount_typed(effect["points"]),
    }
    if effect["type"] == "per":
        made |= {name: effect[name] for name in ("mode", "round", "by")}
        made["every"] = amount_typed(effect["every"])
        keyed = effect["basis"] in KEYED
        made["basis"] = f"{effect['basis']}.{effect['basis_key']}" if keyed else effect["basis"]
        named = {each: lines(effect[each]) for each in OF_LINES}
        if any(named.values()):
            made["applies_to"] = named
    return made


# -- where a fault belongs -----------------------------------------------------------------

RENAMED: Final[Mapping[str, str]] = {
    "currency_id": "currency",
    "benefit_id": "benefit",
    "name": "earning_name",
    "pending": "more",
    "expiry": "more",
    "metadata": "advanced",
}


def field_of(steps: list[str]) -> str:
    """The field that a pointer into the body of a rule means."""
    match steps:
        case ["trigger", "name", *_]:
            return "trigger_name"
        case ["limits", limit]:
            return {"cooldown": "cooldown_n", "frequency": "frequency_max"}.get(
                limit, "budget_points"
            )
        case ["limits", limit, name, *_]:
            return f"{limit}_{name}"
        case ["hours", at, name, *_]:
            return place(name, int(at))
        case ["earnings", at, "effects", inner, "applies_to", name, *_]:
            return place(name, int(at), int(inner))
        case ["earnings", at, "effects", inner, "applies_to"]:
            return place("items", int(at), int(inner))
        case ["earnings", at, "effects", inner, name, *_]:
            known = RENAMED.get(name, name)
            return place(known if known in EFFECT else "more", int(at), int(inner))
        case ["earnings", at, "effects", inner]:
            return place("more", int(at), int(inner))
        case ["earnings", at, "effects"]:
            return place("type", int(at))
        case ["earnings", at, name, *_]:
            return place(RENAMED.get(name, name), int(at))
        case ["earnings", *at]:
            return place("type", *map(int, at))
        case [name, *_] if name in OWN:
            return name
        case _:
            return "advanced"
