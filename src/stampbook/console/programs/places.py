"""Locations of a program: new ones, and what they are called."""

from stampbook.console.api import Json, Problem
from stampbook.console.programs.editing import (
    basis_of,
    is_stale,
    need_manager,
    said,
    stale,
    status_of,
)
from stampbook.console.programs.program import opened
from stampbook.console.programs.programs import zones
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View


async def new(view: View) -> Shown | Goto:
    """Give a program another location."""
    program = await opened(view, view.path["prg"])
    need_manager(view, program)
    problem = None
    if view.posts:
        body: Json = {"program_id": program["id"], "title": view.form.text("title")}
        if view.form.text("timezone"):
            body["timezone"] = view.form.text("timezone")
        try:
            await view.api.post("/v1/locations", body, key=view.key)
            return view.go(f"/console/programs/{program['id']}", Flash(view.say("Saved.")))
        except Problem as refusal:
            problem = said(refusal)
    kept = {"title": "", "timezone": program["timezone"]}
    return _form(view, program, kept, problem)


async def edit(view: View) -> Shown | Goto:
    """Change a location's name or time zone."""
    place = await view.api.get(f"/v1/locations/{view.path['loc']}")
    program = await opened(view, place["program_id"])
    problem = None
    if view.posts:
        names = ("title", "timezone")
        change = {name: view.form.text(name) for name in names if name in view.form}
        change = {name: text for name, text in change.items() if text != place[name]}
        try:
            if change and is_stale(view, place):
                raise stale(view)
            if change:
                await view.api.write("PATCH", f"/v1/locations/{place['id']}", change, key=view.key)
            return view.go(f"/console/programs/{program['id']}", Flash(view.say("Saved.")))
        except Problem as refusal:
            problem = said(refusal)
    return _form(view, program, place, problem)


def _form(view: View, program: Json, kept: Json, problem: Problem | None) -> Shown:
    return view.show(
        "programs/location.html",
        status_of(problem),
        program=program,
        kept=kept,
        basis=basis_of(kept),
        zones=zones(),
        problem=problem,
    )
