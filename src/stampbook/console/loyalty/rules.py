"""The list of a program's rules, and what is typed into a condition."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.loyalty.said import earnings_said, trigger_said
from stampbook.console.loyalty.shelf import Shelf, manages, programs_of, shelf_of
from stampbook.console.loyalty.words import STATUSES, TONES, TRIGGERS
from stampbook.console.members.opened import currencies_of
from stampbook.console.results import Shown
from stampbook.console.view import View
from stampbook.console.words import choices

ROWS: Final = 50
FILTERS: Final = {"state": "status", "trigger": "trigger"}
"""Fields of the filter, and what the API calls them: test ids of badges are `status`."""

ANY_NAME: Final = "any"


async def rules(view: View) -> Shown:
    """The rules of the program that is chosen, filtered by `status` and `trigger`."""
    programs, program = await programs_of(view)
    shelf = None
    listed: Json = {"data": [], "next_cursor": None}
    problem = None
    if program is not None:
        shelf = await shelf_of(view, program)
        asked = {told: view.query.maybe(name) for name, told in FILTERS.items()}
        cursor = view.query.maybe("cursor")
        try:
            listed = await view.api.get(
                f"/v1/programs/{program}/rules", limit=ROWS, cursor=cursor, **asked
            )
        except Problem as refused:
            if refused.status != 422:
                raise
            problem = refused
    filtered = any(view.query.text(name) for name in (*FILTERS, "cursor"))
    statuses = {code: text for code, text in STATUSES.items() if code != "deleted"}
    return view.show(
        "loyalty/rules.html",
        200 if problem is None else 422,
        programs=[(each["id"], each["name"]) for each in programs],
        program=program,
        can_change=program is not None and manages(view, program),
        rows=[_row(view, each, shelf) for each in listed["data"]] if shelf else [],
        more=view.with_query(cursor=listed["next_cursor"]) if listed["next_cursor"] else None,
        filtered=filtered,
        statuses=choices(view, statuses, empty=view.say("all")),
        triggers=choices(view, TRIGGERS, empty=view.say("all")),
        problem=problem,
    )


def _row(view: View, rule: Json, shelf: Shelf) -> dict[str, Any]:
    return {
        "rule": rule,
        "trigger": trigger_said(view, rule),
        "earnings": earnings_said(view, rule, shelf),
        "status": view.say(STATUSES[rule["status"]]),
        "tone": TONES[rule["status"]],
    }


async def condition(view: View) -> Shown:
    """Whether the condition that is being typed can be understood: a rule with nothing else is
    saved without being saved."""
    query = view.query
    name = next((each for each in query if each.startswith("condition")), "condition")
    text, fault, checked = query.text(name), None, False
    if text:
        path = f"/v1/programs/{query.text('program')}"
        currency = next(iter(await currencies_of(view, query.text("program"))), None)
        if currency is not None:
            effect = {"type": "fixed", "currency_id": currency, "points": "1"}
            trigger: Json = {"type": query.text("trigger")}
            if trigger["type"] in ("custom_event", "segment_entered"):
                trigger["name"] = ANY_NAME
            body = {
                "name": ANY_NAME,
                "trigger": trigger,
                "earnings": [{"condition": text, "effects": [effect]}],
            }
            checked = True
            try:
                await view.api.post(f"{path}/rules", body, dry_run=True)
            except Problem as problem:
                if problem.status != 422:
                    raise
                fault = problem.faults.get("condition")
    return view.show(
        "loyalty/condition.html", place=name, fault=fault, understood=checked and not fault
    )
