"""The texts in the fields of a group of tiers: from a group of the native API, from what was typed,
and what they say as the API's body."""

from collections.abc import Mapping
from typing import Any, Final

from stampbook.console.api import Json
from stampbook.console.forms import Form
from stampbook.console.loyalty.places import (
    Mistyped,
    count,
    json_shown,
    json_typed,
    place,
    whole,
)
from stampbook.console.loyalty.sheet import Say, Sheet
from stampbook.console.loyalty.shelf import Shelf
from stampbook.console.typed import amount_typed

GROUP: Final = (
    *("name", "currency", "basis", "counts_pending", "period_n", "period_unit", "anchor"),
    *("change", "retention", "span_n", "span_unit", "dates", "downgrade", "grace_n"),
    *("grace_unit", "round_up", "on_cancel", "advanced"),
)
TIER: Final = ("tier_name", "threshold", "max", "segment", "external_id", "keep_forever", "tier_id")

NAMED: Final = ("name", "metadata")
"""What can be changed in any state; everything else in drafts only."""

OWN: Final = (
    *("name", "currency_id", "tiers", "basis", "counts_pending", "period", "anchor", "change"),
    *("retention", "downgrade", "on_cancel"),
)
SHOWN: Final = ("id", "program_id", "status", "created_at", "updated_at")

DEFAULTS: Final = {
    "basis": "earned",
    "counts_pending": "true",
    "period_unit": "year",
    "anchor": "calendar",
    "change": "at_once",
    "retention": "none",
    "span_unit": "month",
    "downgrade": "multi",
    "grace_unit": "day",
    "round_up": "false",
    "on_cancel": "recount",
}


def new_tier() -> Sheet:
    return {**dict.fromkeys(TIER, ""), "keep_forever": "false"}


def blank(shelf: Shelf) -> Sheet:
    """The sheet of a new group."""
    first = next(iter(shelf.currencies), "")
    made = {**dict.fromkeys(GROUP, ""), **DEFAULTS, "currency": first}
    return {**made, "activities": ["earning"], "tiers": [new_tier(), new_tier()]}


def drawn(group: Json, shelf: Shelf) -> Sheet:
    """The sheet of a group as it is."""
    made = blank(shelf)
    made |= {name: group[name] for name in ("name", "basis", "anchor", "change", "on_cancel")}
    made |= {"currency": group["currency_id"], "counts_pending": _word(group["counts_pending"])}
    made |= _span(group["period"], "period")
    retention, downgrade = group["retention"], group["downgrade"]
    made["retention"] = retention.get("type", "none")
    made |= _span(retention.get("span"), "span")
    made["activities"] = list(retention.get("activities", ["earning"]))
    days = retention.get("dates", ())
    made["dates"] = ", ".join(f"{each['month']:02}-{each['day']:02}" for each in days)
    made["downgrade"] = downgrade.get("type", "multi")
    grace = downgrade.get("grace")
    made |= _span(grace, "grace")
    made["round_up"] = _word(bool(grace and grace.get("round_up")))
    made["tiers"] = [
        {
            "tier_name": each["name"],
            "tier_id": each["id"],
            "keep_forever": _word(each["keep_forever"]),
            **{name: each[name] or "" for name in ("threshold", "max", "segment", "external_id")},
        }
        for each in group["tiers"]
    ]
    rest = {name: value for name, value in group.items() if name not in (*OWN, *SHOWN) and value}
    made["advanced"] = json_shown(rest)
    return made


def _span(span: Json | None, name: str) -> Sheet:
    return {} if span is None else {f"{name}_n": str(span["n"]), f"{name}_unit": span["unit"]}


def _word(value: bool) -> str:
    return "true" if value else "false"


def typed(form: Form) -> Sheet:
    """The sheet that was sent."""
    made: Sheet = {name: form.text(name, DEFAULTS.get(name, "")) for name in GROUP}
    made["activities"] = form.all("activities")
    made["tiers"] = [
        {name: form.text(place(name, at)) for name in TIER}
        for at in range(count(form.__contains__, "threshold"))
    ]
    return made


def body_of(sheet: Sheet, say: Say) -> Json:
    """The body of the whole group. Raises Mistyped."""
    body = json_typed("advanced", sheet["advanced"], (*OWN, *SHOWN), say)
    body.setdefault("metadata", {})
    body |= {name: sheet[name] for name in ("name", "basis", "anchor", "change", "on_cancel")}
    body |= {"currency_id": sheet["currency"], "counts_pending": sheet["counts_pending"] == "true"}
    body["period"] = _span_of(sheet, "period")
    body["retention"] = _retention(sheet, say)
    grace = _span_of(sheet, "grace")
    if grace is not None and sheet["round_up"] == "true":
        grace["round_up"] = True
    body["downgrade"] = {"type": sheet["downgrade"], "grace": grace}
    body["tiers"] = [_tier(each) for each in sheet["tiers"]]
    return body


def _span_of(sheet: Sheet, name: str) -> Json | None:
    if not sheet[f"{name}_n"]:
        return None
    return {"n": whole(sheet[f"{name}_n"]), "unit": sheet[f"{name}_unit"]}


def _retention(sheet: Sheet, say: Say) -> Json:
    kind = sheet["retention"]
    made: Json = {"type": kind}
    if kind in ("fixed", "sliding"):
        made["span"] = _span_of(sheet, "span")
    if kind == "sliding":
        made["activities"] = sheet["activities"]
    if kind == "calendar":
        made["dates"] = [_day(each, say) for each in sheet["dates"].replace(",", " ").split()]
    return made


def _day(text: str, say: Say) -> Json:
    month, _, day = text.partition("-")
    if not (month.isascii() and month.isdigit() and day.isascii() and day.isdigit()):
        raise Mistyped("dates", say("Days are written as month-day: 06-30, 12-31."))
    return {"month": int(month), "day": int(day)}


def _tier(tier: Sheet) -> Json:
    return {
        "name": tier["tier_name"],
        "threshold": amount_typed(tier["threshold"]),
        "max": amount_typed(tier["max"]) or None,
        "segment": tier["segment"] or None,
        "external_id": tier["external_id"] or None,
        "keep_forever": tier["keep_forever"] == "true",
        "id": tier["tier_id"] or None,
    }


FIELDS: Final[Mapping[str, str]] = {
    "currency_id": "currency",
    "period": "period_n",
    "metadata": "advanced",
}


def field_of(steps: list[str]) -> str:
    """The field that a pointer into the body of a group means."""
    match steps:
        case ["tiers", at, "name", *_]:
            return place("tier_name", int(at))
        case ["tiers", at, name, *_]:
            return place(name, int(at))
        case ["tiers", *at]:
            return place("threshold", *map(int, at))
        case ["period", name, *_]:
            return f"period_{name}"
        case ["retention", "span", *inner]:
            return f"span_{inner[0]}" if inner else "span_n"
        case ["retention", name, *_] if name in ("activities", "dates"):
            return name
        case ["downgrade", "grace", *inner]:
            return {"unit": "grace_unit", "round_up": "round_up"}.get(
                inner[0] if inner else "", "grace_n"
            )
        case [name, *_] if name in (*OWN, *FIELDS):
            return FIELDS.get(name, name)
        case _:
            return "advanced"


def entries(sheet: Sheet, pressed: str) -> str:
    """Add or take away a tier, as the button says; the field to go on with."""
    verb, _, rest = pressed.partition("-")
    number = rest.rpartition("-")[2]
    tiers: list[Any] = sheet["tiers"]
    if verb == "add":
        tiers.append(new_tier())
        return place("tier_name", len(tiers) - 1)
    if verb == "remove" and number.isascii() and number.isdigit() and 0 < int(number) <= len(tiers):
        del tiers[int(number) - 1]
    return ""
