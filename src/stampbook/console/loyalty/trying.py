"""Trials: what a rule would give for an order, an event or a member, before it is saved."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

from stampbook.console.api import Json, Problem
from stampbook.console.forms import Form
from stampbook.console.loyalty import sheet
from stampbook.console.loyalty.places import Mistyped, count, json_typed, place
from stampbook.console.loyalty.shelf import MOST, Shelf
from stampbook.console.loyalty.words import REASONS
from stampbook.console.typed import amount_typed
from stampbook.console.view import View

Trial = dict[str, Any]

FIELDS: Final = (
    *("try_order", "try_member", "try_amount", "try_discount", "try_money", "try_channel"),
    *("try_location", "try_metadata"),
)
LINE: Final = ("line_item", "line_sku", "line_categories", "line_quantity", "line_amount")
ORDERS: Final = ("order_paid", "visit_completed")
OF_ORDERS: Final = ("amount", "discount", "money", "channel", "location", "metadata")
OF_LINES: Final = (
    *("id", "kind", "item", "sku", "categories", "quantity", "amount", "total", "metadata"),
)


def new_line() -> Trial:
    return dict.fromkeys(LINE, "")


async def suggested(view: View, shelf: Shelf) -> Trial:
    """An order of 100.00 by the program's first member."""
    listed = await view.api.get(f"/v1/programs/{shelf.id}/members", limit=1)
    member = listed["data"][0]["id"] if listed["data"] else ""
    made = {**dict.fromkeys(FIELDS, ""), "try_member": member, "try_amount": "100.00"}
    return {**made, "try_money": "EUR", "lines": []}


def typed(form: Form) -> Trial:
    """The trial that was sent."""
    made: Trial = {name: form.text(name) for name in FIELDS}
    made["lines"] = [
        {name: form.text(place(name, at)) for name in LINE}
        for at in range(count(form.__contains__, "line_item"))
    ]
    return made


async def evaluated(
    view: View, shelf: Shelf, trial: Trial, body: Json, rule: Json | None
) -> dict[str, Any]:
    """What would be given for the trial, rule by rule, the one of the page among them.

    Raises Problem, Mistyped.
    """
    asked: Json = {"rule": body}
    if rule is not None:
        asked["rule_id"] = rule["id"]
    asked |= await _happening(view, shelf, trial, body["trigger"])
    found = await view.api.post(f"/v1/programs/{shelf.id}/rules/evaluate", asked)
    named = await _names(view, shelf, found.value["rules"])
    return {
        "judged": found.value["judged"],
        "rules": [_shown(view, shelf, each, named, rule) for each in found.value["rules"]],
    }


async def _happening(view: View, shelf: Shelf, trial: Trial, trigger: Json) -> Json:
    """The order, the event or the member of the trial."""
    kind = trigger["type"]
    if kind in ORDERS and trial["try_order"]:
        order = await _order(view, shelf, trial["try_order"])
        made = {name: order[name] for name in OF_ORDERS}
        made["lines"] = [{name: each[name] for name in OF_LINES} for each in order["lines"]]
        member = order["member_id"] or await _member(view, shelf, trial["try_member"])
        return {"member_id": member, "order": made, "effective_at": order["effective_at"]}
    asked: Json = {"member_id": await _member(view, shelf, trial["try_member"])}
    metadata = json_typed("try_metadata", trial["try_metadata"], (), view.say)
    if kind in ORDERS:
        asked["order"] = _invented(trial, metadata)
    elif kind == "custom_event":
        asked["event"] = {"name": trigger["name"], "metadata": metadata}
    return asked


async def _order(view: View, shelf: Shelf, name: str) -> Json:
    """The program's order of that id or number."""
    path = f"/v1/programs/{shelf.id}/orders"
    found = None
    if name.startswith("ord_"):
        found = await view.api.find(f"{path}/{quote(name)}")
    if found is None:
        found = await view.api.find(f"{path}/external:{quote(name, safe='')}")
    if found is None:
        raise Mistyped("try_order", view.say("The program has no such order."))
    return found


async def _member(view: View, shelf: Shelf, name: str) -> str:
    """The id of the member who is meant by an id, a phone, an e-mail or a name."""
    if not name:
        raise Mistyped("try_member", view.say("Name a member: rules judge what members do."))
    try:
        hits = (await view.api.get("/v1/search", q=name))["data"]
    except Problem as problem:
        if problem.status != 422:
            raise
        hits = []
    for each in hits:
        if each["kind"] == "member" and each["program_id"] == shelf.id:
            return str(each["id"])
    raise Mistyped("try_member", view.say("The program has no such member."))


def _invented(trial: Trial, metadata: Json) -> Json:
    made: Json = {"amount": amount_typed(trial["try_amount"]), "metadata": metadata}
    made["money"] = trial["try_money"].upper() or "EUR"
    made["discount"] = amount_typed(trial["try_discount"]) or "0"
    for name in ("channel", "location"):
        made[name] = trial[f"try_{name}"] or None
    lines = [_line(each) for each in trial["lines"] if any(each.values())]
    if lines:
        made["lines"] = lines
        made["amount"] = _sum([each["amount"] for each in lines], made["amount"])
    return made


def _line(line: Trial) -> Json:
    made: Json = {"amount": amount_typed(line["line_amount"]) or "0"}
    for name in ("item", "sku"):
        made[name] = line[f"line_{name}"] or None
    named = line["line_categories"].split(",")
    made["categories"] = [each.strip() for each in named if each.strip()]
    if line["line_quantity"]:
        made["quantity"] = amount_typed(line["line_quantity"])
    return made


def _sum(amounts: list[str], otherwise: str) -> str:
    """The sum of the lines; what is no number is left for the API to refuse."""
    try:
        return format(sum((Decimal(each) for each in amounts), Decimal(0)), "f")
    except InvalidOperation:
        return otherwise


async def _names(view: View, shelf: Shelf, verdicts: list[Json]) -> dict[str, str]:
    """What the rules of the verdicts are called."""
    wanted = {each["rule_id"] for each in verdicts} - {None}
    named: dict[str, str] = {}
    cursor = None
    while wanted - named.keys():
        page = await view.api.get(
            f"/v1/programs/{shelf.id}/rules", status="active", limit=MOST, cursor=cursor
        )
        named.update((each["id"], each["name"]) for each in page["data"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return named


def _shown(
    view: View, shelf: Shelf, verdict: Json, named: dict[str, str], rule: Json | None
) -> dict[str, Any]:
    is_this = verdict["version"] == 0
    awards = [
        {"amount": each["amount"], "unit": shelf.unit(each["currency_id"])}
        for each in verdict["awards"]
    ]
    number = verdict["rule_id"]
    return {
        "id": number,
        "is_this": is_this,
        "name": named.get(number, number),
        "reason": verdict["reason"],
        "said": view.say(REASONS[verdict["reason"]]),
        "earning": None if verdict["earning"] is None else verdict["earning"] + 1,
        "awards": awards,
        "benefits": [shelf.benefit(each) for each in verdict["benefit_ids"]],
        "errors": verdict["errors"],
    }


FIELDS_OF_ORDERS: Final = {
    "amount": "try_amount",
    "discount": "try_discount",
    "money": "try_money",
    "channel": "try_channel",
    "location": "try_location",
    "metadata": "try_metadata",
}


def field_of(steps: list[str]) -> str:
    """The field that a pointer into the body of a trial means."""
    match steps:
        case ["rule", *inner]:
            return sheet.field_of(inner)
        case ["member_id", *_]:
            return "try_member"
        case ["order", "lines", at, name, *_]:
            return place(f"line_{name}", int(at))
        case ["order", "lines", *_]:
            return "try_amount"
        case ["order", name, *_]:
            return FIELDS_OF_ORDERS.get(name, "try_order")
        case ["event", "metadata", *_]:
            return "try_metadata"
        case ["event", *_]:
            return "trigger_name"
        case _:
            return "try_order"
