"""Webhooks: the list, and a new one. A secret is shown once, as the answer to the form."""

from typing import Any

from stampbook.console.api import Json, Problem
from stampbook.console.people.bounds import every
from stampbook.console.results import Shown
from stampbook.console.view import View
from stampbook.console.webhooks.typing_in import type_names, typed
from stampbook.console.webhooks.webhook import shown_made
from stampbook.console.webhooks.words import FORMATS, status_of, worded
from stampbook.console.words import choices
from stampbook.webhooks.endpoints import MOST


async def webhooks(view: View) -> Shown:
    """All that the person sees."""
    found = await view.api.get("/v1/webhooks", limit=MOST)
    programs = {each["id"]: each["name"] for each in await every(view, "/v1/programs")}
    return view.show(
        "webhooks/webhooks.html",
        rows=[
            {
                "webhook": each,
                "status": status_of(view, each),
                "program": programs.get(each["program_id"], ""),
            }
            for each in found["data"]
        ],
    )


async def new(view: View) -> Shown:
    """A new one; with its secret once it is made."""
    problem = None
    if view.posts:
        try:
            made = await view.api.post("/v1/webhooks", _typed(view), key=view.key)
            return await shown_made(view, made.value)
        except Problem as refusal:
            problem = worded(view, refusal)
    programs = [(each["id"], each["name"]) for each in await every(view, "/v1/programs")]
    return view.show(
        "webhooks/new.html",
        200 if problem is None else problem.status,
        programs=programs if view.is_bound else [("", view.say("All programs")), *programs],
        formats=choices(view, FORMATS),
        types=await type_names(view),
        problem=problem,
    )


def _typed(view: View) -> Json:
    """The webhook of the form. Raises Problem."""
    body: dict[str, Any] = {**typed(view), "format": view.form.text("format", "stampbook")}
    if view.form.maybe("program_id"):
        body["program_id"] = view.form.text("program_id")
    return body
