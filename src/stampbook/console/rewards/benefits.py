"""Benefits: what rules give besides points of their own. Their pages are among the promotions."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Json, Problem
from stampbook.console.faults import NotFound
from stampbook.console.members.opened import currencies_of
from stampbook.console.results import Flash, Result, Shown
from stampbook.console.rewards.typing_in import renamed, whole
from stampbook.console.rewards.words import BASES, KINDS, MODES, ROUNDINGS, STATUSES, TONES
from stampbook.console.typed import amount_typed
from stampbook.console.view import View
from stampbook.console.words import choices

FIELDS: Final = {
    "points/amount": "gives",
    "points": "gives",
    "points/currency_id": "gives_currency",
    "points_proportional/points": "gives",
    "points_proportional/currency_id": "gives_currency",
    "points_proportional/basis": "basis",
    "points_proportional/every": "every",
    "points_proportional": "gives",
}


class Opened:
    """A benefit with its program and what its currencies are called."""

    def __init__(self, benefit: Json, program: Json, currencies: dict[str, Json]) -> None:
        self.benefit = benefit
        self.program = program
        self.currencies = currencies
        self.path = f"/console/promotions/{benefit['id']}"
        self.api = f"/v1/benefits/{benefit['id']}"


async def _opened(view: View) -> Opened:
    """The benefit of the path, and the view in its program's zone. Raises Problem."""
    benefit = await view.api.get(f"/v1/benefits/{view.path['id']}")
    program = await view.api.get(f"/v1/programs/{benefit['program_id']}")
    view.in_zone(program)
    return Opened(benefit, program, await currencies_of(view, program["id"]))


async def new(view: View, program: Json) -> Result:
    """The form of a new benefit of the type that is asked for, and what it writes."""
    type_ = view.query.text("type", "material")
    if type_ not in KINDS:
        raise NotFound
    problem = None
    if view.posts:
        try:
            body = {"type": type_, **_typed(view), **_handed_out(view, type_, {})}
            path = f"/v1/programs/{program['id']}/benefits"
            made = await view.api.post(path, body, key=view.key)
            text = view.say("Saved as a draft. Activate it, so that rules can give it.")
            return view.go(f"/console/promotions/{made.value['id']}", Flash(text))
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = renamed(refused, FIELDS)
    return view.show(
        "rewards/benefit_new.html",
        status_of(problem),
        program=program,
        types=choices(view, KINDS),
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
        **_form(view, {"type": type_}, await currencies_of(view, program["id"])),
    )


def _typed(view: View) -> Json:
    return {"name": view.form.text("name"), "stock": whole(view, "stock")}


def _handed_out(view: View, type_: str, known: Json) -> Json:
    """What a benefit of that type hands out; what the form does not ask for stays as it was."""
    form = view.form
    currency = form.text("gives_currency")
    match type_:
        case "material":
            return {"sku": form.maybe("sku")}
        case "points":
            amount = amount_typed(form.text("gives"))
            return {"points": {"currency_id": currency, "amount": amount}}
        case "points_proportional":
            said_per = {
                "currency_id": currency,
                "basis": form.text("basis"),
                "every": amount_typed(form.text("every")),
                "points": amount_typed(form.text("gives")),
                "mode": form.text("mode"),
                "round": form.text("round"),
            }
            before = known.get("points_proportional") or {}
            return {"points_proportional": {**before, **said_per}}
        case _:
            return {}


def _form(view: View, known: Json, currencies: dict[str, Json]) -> dict[str, Any]:
    """What the fields of a benefit need."""
    fixed, per = known.get("points"), known.get("points_proportional")
    gives: Json = per or fixed or {}
    bases = dict(BASES)
    return {
        "known": known,
        "gives": gives.get("points") or gives.get("amount") or "",
        "gives_currency": gives.get("currency_id", ""),
        "every": gives.get("every", "1.00"),
        "basis": gives.get("basis", "order.total"),
        "mode": gives.get("mode", "steps"),
        "rounding": gives.get("round", "down"),
        "bases": choices(view, bases),
        "modes": choices(view, MODES),
        "roundings": choices(view, ROUNDINGS),
        "currencies": [(each["id"], each["name"]) for each in currencies.values()],
        "is_locked": known.get("status", "draft") != "draft",
    }


async def benefit(view: View) -> Result:
    """The page, and its form."""
    found = await _opened(view)
    if not view.posts:
        return await _shown(view, found, None)
    try:
        body = _typed(view)
        if found.benefit["status"] == "draft":
            body |= _handed_out(view, found.benefit["type"], found.benefit)
        await view.api.write("PATCH", found.api, body, key=view.key)
    except Problem as problem:
        return await _shown(view, found, renamed(problem, FIELDS))
    return view.go(found.path, Flash(view.say("Saved.")))


async def step(view: View, word: str) -> Result:
    """Let rules give it (`activate`), or make it a draft again (`draft`)."""
    found = await _opened(view)
    try:
        await view.api.post(f"{found.api}/{word}", key=view.key)
    except Problem as problem:
        return await _shown(view, found, problem)
    text = view.say("%(name)s is active.", name=found.benefit["name"])
    if word == "draft":
        text = view.say("%(name)s is a draft again.", name=found.benefit["name"])
    return view.go(found.path, Flash(text))


async def delete(view: View) -> Result:
    """Delete it, once that was confirmed; the rules that give it are named."""
    if not view.path["id"].startswith("ben_"):
        raise NotFound
    found = await _opened(view)
    problem = None
    if view.posts:
        try:
            await view.api.write("DELETE", found.api, key=view.key)
            text = view.say("%(name)s is deleted.", name=found.benefit["name"])
            return view.go(f"/console/promotions?program={found.program['id']}", Flash(text))
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = refused
    name = found.benefit["name"]
    return view.show(
        "rewards/delete.html",
        status_of(problem),
        crumbs=(("/console/promotions", view.say("Promotions")), (found.path, name)),
        title=view.say("Delete %(name)s?", name=name),
        text=view.say("No rule can give it any more. What was given stays."),
        page="promotions",
        path=found.path,
        uses=await _uses(view, problem),
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
    )


async def _uses(view: View, problem: Problem | None) -> list[dict[str, Any]]:
    """The rules that give the benefit, if that is why it was refused."""
    named = []
    for each in problem.said.get("used_by", ()) if problem else ():
        rule = await view.api.find(f"/v1/rules/{each}")
        name = each if rule is None else rule["name"]
        text = view.say("The rule %(rule)s gives it: deactivate the rule first.", rule=name)
        named.append({"id": each, "text": text, "path": f"/console/rules/{each}"})
    return named


async def _shown(view: View, found: Opened, problem: Problem | None) -> Shown:
    """The page, with what was refused. Raises Problem if that has a page of its own."""
    if problem is not None and not is_said(problem):
        raise problem
    benefit = found.benefit
    return view.show(
        "rewards/benefit.html",
        status_of(problem),
        found=found,
        kind=view.say(KINDS[benefit["type"]]),
        status=view.say(STATUSES[benefit["status"]]),
        tone=TONES[benefit["status"]],
        uses=await _uses(view, problem),
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
        **_form(view, benefit, found.currencies),
    )
