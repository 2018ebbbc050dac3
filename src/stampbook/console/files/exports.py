"""Exports: what was asked for, how far it is, and the files."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Json, Problem
from stampbook.console.files.words import FORMATS as FORMAT_WORDS
from stampbook.console.files.words import KINDS, STATUSES, TONES, called, choices_of, short
from stampbook.console.results import Flash, Goto, Nothing, Shown
from stampbook.console.rewards.programs import chosen
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.edge.answers import Streamed
from stampbook.files.kinds import FORMATS, Exported

ROWS: Final = 50


async def exports(view: View) -> Shown:
    """The form, and the list, newest first."""
    return await _page(view, None)


async def live(view: View) -> Shown | Nothing:
    """The list, if it has changed since it was shown."""
    page = await _listed(view)
    if _state(page) == view.query.text("since"):
        return Nothing()
    return view.show("files/exports_part.html", **_values(view, page))


async def create(view: View) -> Shown | Goto:
    """Ask for a file."""
    _, program = await chosen(view)
    try:
        body: Json = {
            "kind": view.form.text("kind"),
            "format": view.form.text("format"),
            **_bounds(view),
        }
        if program is not None:
            body["program_id"] = program["id"]
        await view.api.post("/v1/exports", body, key=view.key)
    except Problem as problem:
        if not is_said(problem) and problem.status != 503:
            raise
        return await _page(view, problem)
    return view.go("/console/exports", Flash(view.say("The file is being written.")))


def _bounds(view: View) -> dict[str, str]:
    """What was typed as days; the last one is meant wholly. Raises Problem."""
    found: dict[str, str] = {}
    for name in ("from", "to"):
        text = view.form.text(name)
        if text:
            try:
                at = day_typed(text, view.speech.zone, after=name == "to")
            except BadInstant:
                fault = view.say("This is not a day.")
                raise Problem.of_fields({name: fault}) from None
            found[name] = text_of(at)
    return found


async def download(view: View) -> Streamed:
    """The file. Raises Problem."""
    return await view.api.stream(f"/v1/exports/{view.path['exp']}/file")


async def _listed(view: View) -> Json:
    return await view.api.get("/v1/exports", limit=ROWS, cursor=view.query.maybe("cursor"))


async def _page(view: View, problem: Problem | None) -> Shown:
    programs, program = await chosen(view)
    page = await _listed(view)
    return view.show(
        "files/exports.html",
        status_of(problem),
        programs=[(each["id"], each["name"]) for each in programs],
        program=program,
        kinds=choices_of(view, KINDS, Exported),
        formats=choices_of(view, FORMAT_WORDS, FORMATS),
        problem=problem,
        refusal=None if problem is None else await said(view, problem),
        form=view.form,
        **_values(view, page),
    )


def _values(view: View, page: Json) -> dict[str, Any]:
    more = page["next_cursor"]
    return {
        "rows": [
            {
                "export": each,
                "kind": short(view, each["kind"]),
                "status": called(view, STATUSES, each["status"]),
                "tone": TONES.get(each["status"], ""),
            }
            for each in page["data"]
        ],
        "since": _state(page),
        "is_live": "cursor" not in view.query,
        "more": view.at("/console/exports", cursor=more, since=None) if more else None,
    }


def _state(page: Json) -> str:
    """What the page shows, in a word."""
    return "-".join(f"{each['id']}.{each['status']}.{each['progress']}" for each in page["data"])
