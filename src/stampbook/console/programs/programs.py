"""The programs of the tenant, and a new one."""

from functools import cache
from typing import Final
from zoneinfo import available_timezones

from stampbook.console.api import Json, Problem
from stampbook.console.faults import Forbidden
from stampbook.console.programs.editing import said, status_of
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

ROWS: Final = 50

STATUSES: Final = {
    "draft": translatable("Draft"),
    "active": translatable("Running"),
    "inactive": translatable("Stopped"),
}

TONES: Final = {"draft": "warn", "active": "good", "inactive": ""}


def statuses(view: View) -> dict[str, str]:
    """The words for what a program's status can be."""
    return {status: view.say(text) for status, text in STATUSES.items()}


@cache
def zones() -> tuple[str, ...]:
    """The names that a time zone can have, for people to choose from. Finding them reads hundreds
    of files: once."""
    found = (each for each in available_timezones() if "/" in each or each == "UTC")
    return tuple(sorted(found))


@cache
def regions() -> tuple[str, ...]:
    """The countries whose phone numbers can be read."""
    from phonenumbers import SUPPORTED_REGIONS

    return tuple(sorted(SUPPORTED_REGIONS))


async def programs(view: View) -> Shown:
    """The list, by number; only those that the person may see."""
    cursor = view.query.maybe("cursor")
    found = await view.api.get("/v1/programs", limit=ROWS, cursor=cursor)
    return view.show(
        "programs/programs.html",
        rows=found["data"],
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        statuses=statuses(view),
        tones=TONES,
        may_make=may_make(view),
    )


def may_make(view: View) -> bool:
    """Whether the person may make a program: nobody who is bound to some of them may."""
    signed_in = view.signed_in
    return view.can("manager") and signed_in is not None and not signed_in.caller.is_bound


async def new(view: View) -> Shown | Goto:
    """Make a program."""
    if not may_make(view):
        raise Forbidden
    problem = None
    if view.posts:
        body: Json = {name: view.form.text(name) for name in ("name", "timezone")}
        body["status"] = view.form.text("status") or "active"
        body["phone_region"] = view.form.text("phone_region").strip().upper() or None
        try:
            made = await view.api.post("/v1/programs", body, key=view.key)
            text = view.say("The program is there. Give it a currency.")
            return view.go(f"/console/programs/{made.value['id']}", Flash(text))
        except Problem as refusal:
            problem = said(refusal)
    return view.show(
        "programs/new.html",
        status_of(problem),
        problem=problem,
        statuses=statuses(view),
        zones=zones(),
        regions=regions(),
    )
