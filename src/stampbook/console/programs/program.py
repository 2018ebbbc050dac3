"""A program: its settings, what it has, its currencies and locations."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.programs.editing import (
    BadInstant,
    basis_of,
    is_stale,
    may_manage,
    moment,
    moment_typed,
    need_manager,
    said,
    stale,
    status_of,
    wrong,
)
from stampbook.console.programs.programs import TONES, regions, statuses, zones
from stampbook.console.programs.words import expiry_text, pending_text
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View

MOST: Final = 200

DATES: Final = ("starts_at", "ends_at")


async def opened(view: View, name: str) -> Json:
    """The program of that id, and the view in its zone. Raises Problem."""
    found = await view.api.get(f"/v1/programs/{name}")
    view.in_zone(found)
    return found


async def program(view: View) -> Shown:
    """The page."""
    found = await opened(view, view.path["prg"])
    path = f"/v1/programs/{found['id']}"
    currencies = (await view.api.get(f"{path}/currencies", limit=MOST))["data"]
    locations = await view.api.get("/v1/locations", program_id=found["id"], limit=MOST)
    return view.show(
        "programs/program.html",
        program=found,
        may_manage=may_manage(view, found),
        status=statuses(view)[found["status"]],
        tone=TONES[found["status"]],
        figures=await view.api.get(f"{path}/figures"),
        currencies=[_currency(view, each) for each in currencies],
        locations=locations["data"],
    )


def _currency(view: View, currency: Json) -> dict[str, Any]:
    return {
        "currency": currency,
        "pending": pending_text(view.speech, currency["pending"]),
        "expiry": expiry_text(view.speech, currency["expiry"]),
    }


async def edit(view: View) -> Shown | Goto:
    """Change a program's settings: only what was typed anew, and only if nobody else was faster."""
    found = await opened(view, view.path["prg"])
    need_manager(view, found)
    kept = {name: found[name] for name in ("name", "timezone", "status")}
    kept |= {name: moment(view, found[name]) for name in DATES}
    kept["phone_region"] = found["phone_region"] or ""
    problem = None
    if view.posts:
        try:
            change = _change(view, kept)
            if change and is_stale(view, found):
                raise stale(view)
            if change:
                path = f"/v1/programs/{found['id']}"
                await view.api.write("PATCH", path, change, key=view.key)
            return view.go(f"/console/programs/{found['id']}", Flash(view.say("Saved.")))
        except Problem as refusal:
            problem = said(refusal)
    return view.show(
        "programs/edit.html",
        status_of(problem),
        program=found,
        kept=kept,
        basis=basis_of(found),
        statuses=statuses(view),
        zones=zones(),
        regions=regions(),
        problem=problem,
    )


def _change(view: View, kept: dict[str, str]) -> Json:
    """What differs from the form as it was shown. Raises Problem (422) for what is no instant."""
    change: Json = {}
    faults: dict[str, str] = {}
    for name, before in kept.items():
        typed = view.form.text(name)
        if typed == before or name not in view.form:
            continue
        if name not in DATES:
            change[name] = (typed.strip().upper() or None) if name == "phone_region" else typed
            continue
        try:
            change[name] = moment_typed(view, typed)
        except BadInstant:
            faults[name] = view.say("This is no date.")
    if faults:
        raise wrong(view, faults)
    return change
