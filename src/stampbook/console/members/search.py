"""What was found, by kind; one hit leads straight to its page."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.paths import PLACES, path_of
from stampbook.console.results import Goto, Shown
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

TITLES: Final = {
    "member": translatable("Members"),
    "account": translatable("Accounts and cards"),
    "order": translatable("Orders"),
    "visit": translatable("Visits"),
    "transaction": translatable("Movements"),
    "lot": translatable("Points"),
    "program": translatable("Programs"),
    "currency": translatable("Currencies"),
}

PROGRAMS: Final = 200
"""Programs whose names are shown beside what was found in them."""


async def search(view: View) -> Shown | Goto:
    """Search, and show what was found."""
    sought = view.query.text("q")
    found: Json = {"data": [], "more": []}
    if sought:
        try:
            found = await view.api.get("/v1/search", q=sought)
        except Problem as problem:
            if problem.status != 422:  # too long to be anybody's number
                raise
    hits = found["data"]
    if len(hits) == 1:
        return view.go(path_of(hits[0]["kind"], hits[0]["id"]))
    return view.show(
        "members/results.html",
        sought=sought,
        groups=_groups(view, hits, found["more"]),
        programs=await _program_names(view) if hits else {},
    )


def _groups(view: View, hits: list[Json], more: list[str]) -> list[dict[str, Any]]:
    """The hits by kind, in the order in which they came."""
    return [
        {
            "kind": kind,
            "title": view.say(TITLES[kind]),
            "more": kind in more,
            "hits": [(each, path_of(kind, each["id"])) for each in hits if each["kind"] == kind],
        }
        for kind in PLACES
        if any(each["kind"] == kind for each in hits)
    ]


async def _program_names(view: View) -> dict[str, str]:
    """The names of programs by id; empty if there is but one to see."""
    listed = (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]
    return {each["id"]: each["name"] for each in listed} if len(listed) > 1 else {}
