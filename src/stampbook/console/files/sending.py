"""A file to be imported: what it has, and how it is written."""

from typing import Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.api import Problem
from stampbook.console.files.words import FORMATS as FORMAT_WORDS
from stampbook.console.files.words import KINDS, choices_of
from stampbook.console.members.changing import PROGRAMS
from stampbook.console.results import Goto, Shown
from stampbook.console.view import View
from stampbook.edge.uploads.parts import BadForm
from stampbook.files.reading.columns import Kind
from stampbook.files.vendors.table import FORMATS
from stampbook.speaking.speech import translatable

PATH: Final = "/console/imports"

DELIMITERS: Final = {
    "": translatable("as the first line shows"),
    "comma": translatable("comma"),
    "semicolon": translatable("semicolon"),
    "tab": translatable("tab"),
    "pipe": translatable("vertical bar"),
}
DECIMALS: Final = {"": translatable("point: 12.50"), "comma": translatable("comma: 12,50")}
GROUPINGS: Final = {
    "": translatable("nothing: 1234"),
    "blank": translatable("space: 1 234"),
    "nbsp": translatable("no-break space"),
    "apostrophe": translatable("apostrophe: 1'234"),
}

TEXTS: Final = (
    "kind", "source", "encoding", "delimiter", "decimal", "grouping", "date_format", "ignore",
)  # fmt: skip
BOXES: Final = ("strict", "allow_negative")

MOST_DRAINED: Final = 1024 * 1024
"""Bytes of a file that are read although it is refused, so that the browser sees the answer."""


async def new(view: View) -> Shown:
    """The form."""
    return await _form(view, None)


async def send(view: View) -> Shown | Goto:
    """Take the file and try it out: nothing is written yet."""
    form = view.form
    query = {name: form.text(name) for name in TEXTS if form.text(name)}
    query.update({name: "true" for name in BOXES if form.is_on(name)})
    query.update(format=form.text("dialect"), program_id=form.text("program"), dry_run="true")
    try:
        if view.file is None or not view.file.has_file:
            raise Problem.of_fields({"file": view.say("Choose a file.")})
        reply = await view.api.send("/v1/imports", view.file, query, key=view.key)
    except Problem as problem:
        if not is_said(problem) and problem.status not in (413, 503):
            raise
        await _drain(view)
        return await _form(view, _in_form(view, problem))
    return view.go(f"{PATH}/{reply.value['id']}")


def _in_form(view: View, problem: Problem) -> Problem:
    """The refusal by the names of the form's fields."""
    names = {"format": "dialect", "program_id": "program"}
    faults = {names.get(name, name): text for name, text in problem.faults.items()}
    if not faults and problem.status == 422 and problem.code == "invalid_request":
        faults = {"file": view.say("This file cannot be read: it is empty, or broken off.")}
    return Problem(
        problem.status,
        {
            **problem.said,
            "errors": [{"pointer": f"/{name}", "detail": each} for name, each in faults.items()],
        },
        problem.retry_after_s,
    )


async def _drain(view: View) -> None:
    size = 0
    try:
        while view.file is not None and size < MOST_DRAINED:
            part = await view.file.read()
            if not part:
                return
            size += len(part)
    except BadForm:
        return


async def _form(view: View, problem: Problem | None) -> Shown:
    programs = (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]
    return view.show(
        "files/new.html",
        status_of(problem),
        programs=[(each["id"], each["name"]) for each in programs],
        kinds=choices_of(view, KINDS, Kind),
        formats=choices_of(view, FORMAT_WORDS, FORMATS),
        delimiters=choices_of(view, DELIMITERS, DELIMITERS),
        decimals=choices_of(view, DECIMALS, DECIMALS),
        groupings=choices_of(view, GROUPINGS, GROUPINGS),
        problem=problem,
        refusal=None if problem is None else await said(view, problem),
        form=view.form,
    )
