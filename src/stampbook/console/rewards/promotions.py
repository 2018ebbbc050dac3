"""Promotions: offers by which points are given or taken within bounds; and the list of them with
the benefits that rules give."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import currencies_of
from stampbook.console.results import Flash, Goto, Result, Shown
from stampbook.console.rewards import benefits
from stampbook.console.rewards.programs import chosen
from stampbook.console.rewards.typing_in import instants, renamed, rows_of
from stampbook.console.rewards.words import KINDS, MOVEMENTS, STATUSES, TONES
from stampbook.console.typed import amount_typed, local_text
from stampbook.console.view import View
from stampbook.console.words import choices

ROWS: Final = 50
MAX_RULES: Final = 100
BOUNDS: Final = ("static_amount", "min_amount", "max_amount")
ACTIVE: Final = ("true", "false")

BENEFIT: Final = "ben_"
"""The ids of benefits begin so: they have pages at the same addresses."""


async def promotions(view: View) -> Shown:
    """A program's promotions, perhaps only those that are active now or not; and its benefits."""
    programs, program = await chosen(view)
    active = view.query.text("active")
    found: Json = {"data": [], "next_cursor": None}
    given: Json = {"data": [], "next_cursor": None}
    if program is not None:
        path = f"/v1/programs/{program['id']}"
        found = await view.api.get(
            f"{path}/promotions",
            limit=ROWS,
            cursor=view.query.maybe("cursor"),
            active=active if active in ACTIVE else None,
        )
        given = await view.api.get(
            f"{path}/benefits", limit=ROWS, cursor=view.query.maybe("benefits")
        )
    return view.show(
        "rewards/promotions.html",
        programs=programs,
        program=program,
        active=active,
        rows=[_row(view, each) for each in found["data"]],
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        benefits=[
            {
                "benefit": each,
                "kind": view.say(KINDS[each["type"]]),
                "status": view.say(STATUSES[each["status"]]),
                "tone": TONES[each["status"]],
            }
            for each in given["data"]
        ],
        more_benefits=view.with_query(benefits=given["next_cursor"])
        if given["next_cursor"]
        else None,
    )


def _row(view: View, promotion: Json) -> dict[str, Any]:
    status, tone = _status(view, promotion)
    return {"promotion": promotion, "status": status, "tone": tone}


def _status(view: View, promotion: Json) -> tuple[str, str]:
    """How a promotion is in words: one that is switched on may have no time yet, or no more."""
    if promotion["status"] == "active" and not promotion["active"]:
        return view.say("Not at this time"), "warn"
    status = promotion["status"]
    return view.say(STATUSES[status]), TONES[status]


async def new(view: View) -> Result:
    """The form of a new promotion, or of a benefit (`kind`)."""
    _, program = await chosen(view)
    if program is None:
        return view.go("/console/promotions")
    if view.query.text("kind") == "benefit":
        return await benefits.new(view, program)
    problem, fields = None, dict[str, str]()
    currencies = await currencies_of(view, program["id"])
    if view.posts and not view.form.is_on("another"):
        try:
            body = {
                "name": view.form.text("name"),
                "description": view.form.maybe("description"),
                "external_id": view.form.maybe("external_id"),
                "status": view.form.text("status", "active"),
                "rules": _rules(view, fields),
                **instants(view, None),
            }
            path = f"/v1/programs/{program['id']}/promotions"
            made = await view.api.post(path, body, key=view.key)
            return view.go(f"/console/promotions/{made.value['id']}", Flash(view.say("Saved.")))
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = renamed(refused, fields)
    typed = max(rows_of(view, *BOUNDS), default=0)
    return view.show(
        "rewards/promotion_new.html",
        status_of(problem),
        program=program,
        known={},
        starts_at="",
        ends_at="",
        rows=range(1, min(typed + 1, MAX_RULES) + 1),
        movements=choices(view, MOVEMENTS),
        currencies=[(each["id"], each["name"]) for each in currencies.values()],
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
    )


def _rules(view: View, fields: dict[str, str]) -> list[Json]:
    """The rules of the form; `fields` gets its fields by the API's pointers."""
    rules: list[Json] = []
    for at in rows_of(view, *BOUNDS):
        pointer = f"rules/{len(rules)}"
        fields[pointer] = f"static_amount-{at}"
        rule: Json = {
            "kind": view.form.text(f"kind-{at}"),
            "currency_id": view.form.text(f"currency-{at}"),
        }
        for name in BOUNDS:
            fields[f"{pointer}/{name}"] = f"{name}-{at}"
            text = view.form.text(f"{name}-{at}")
            rule[name] = amount_typed(text) if text else None
        rules.append(rule)
    return rules


async def promotion(view: View) -> Result:
    """A promotion's page or a benefit's, with its form."""
    if view.path["id"].startswith(BENEFIT):
        return await benefits.benefit(view)
    path = f"/v1/promotions/{view.path['id']}"
    found, program = await _opened(view)
    if not view.posts:
        return await _shown(view, found, program, None)
    try:
        body = {
            "name": view.form.text("name"),
            "description": view.form.maybe("description"),
            **instants(view, found),
        }
        await view.api.write("PATCH", path, body, key=view.key)
    except Problem as problem:
        return await _shown(view, found, program, problem)
    return view.go(_path(found), Flash(view.say("Saved.")))


async def activate(view: View) -> Result:
    """Switch it on; a benefit can be given by rules then."""
    return await _step(view, "active")


async def deactivate(view: View) -> Result:
    """Switch it off; a benefit becomes a draft."""
    return await _step(view, "inactive")


async def _step(view: View, status: str) -> Result:
    if view.path["id"].startswith(BENEFIT):
        return await benefits.step(view, "activate" if status == "active" else "draft")
    found, program = await _opened(view)
    try:
        await view.api.write(
            "PATCH", f"/v1/promotions/{found['id']}", {"status": status}, key=view.key
        )
    except Problem as problem:
        return await _shown(view, found, program, problem)
    said_status = view.say("%(name)s is active.", name=found["name"])
    if status != "active":
        said_status = view.say("%(name)s is inactive.", name=found["name"])
    return view.go(_path(found), Flash(said_status))


async def _opened(view: View) -> tuple[Json, Json]:
    """The promotion of the path and its program, in whose zone the view is. Raises Problem."""
    found = await view.api.get(f"/v1/promotions/{view.path['id']}")
    program = await view.api.get(f"/v1/programs/{found['program_id']}")
    view.in_zone(program)
    return found, program


def _path(found: Json) -> str:
    return f"/console/promotions/{found['id']}"


async def _shown(view: View, found: Json, program: Json, problem: Problem | None) -> Shown | Goto:
    """The page, with what was refused. Raises Problem if that has a page of its own."""
    if problem is not None and not is_said(problem):
        raise problem
    currencies = await currencies_of(view, program["id"])
    status, tone = _status(view, found)
    return view.show(
        "rewards/promotion.html",
        status_of(problem),
        known=found,
        path=_path(found),
        program=program,
        status=status,
        tone=tone,
        starts_at=local_text(found["starts_at"], view.speech.zone),
        ends_at=local_text(found["ends_at"], view.speech.zone),
        rules=[
            {
                "rule": each,
                "kind": view.say(MOVEMENTS[each["kind"]]),
                "unit": currencies[each["currency_id"]]["name"],
            }
            for each in found["rules"]
        ],
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
    )
