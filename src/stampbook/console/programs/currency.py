"""A currency: what is open in it, how it works, and the change of its policies by way of a preview.

Nothing is written by the form itself. It is sent to a preview, which shows what a dry run of the
native API says, and from there to the write.
"""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.pictures.examples import examples_legend
from stampbook.console.programs.changes import changes, facts
from stampbook.console.programs.choices import all_choices, all_rules
from stampbook.console.programs.editing import (
    BASIS,
    basis_of,
    is_stale,
    may_manage,
    need_manager,
    renamed,
    said,
    stale,
    status_of,
)
from stampbook.console.programs.policies import NO, POINTERS, YES, Values, change_of, values_of
from stampbook.console.programs.program import opened
from stampbook.console.programs.words import (
    COUNTS_FROM,
    FIXED,
    PERIODS,
    RETURNS,
    ROUNDINGS,
    UNITS,
    month,
)
from stampbook.console.results import Flash, Goto, Result, Shown
from stampbook.console.values import is_zero
from stampbook.console.view import View

MONTHS: Final = range(1, 13)


async def new(view: View) -> Shown | Goto:
    """Give a program a currency. Its policies are chosen on its own page."""
    program = await opened(view, view.path["prg"])
    need_manager(view, program)
    problem = None
    if view.posts:
        scale = view.form.text("scale") or "0"
        body: Json = {
            "name": view.form.text("name"),
            "scale": int(scale) if scale in SCALES else -1,
        }
        if view.form.text("code"):
            body["code"] = view.form.text("code")
        path = f"/v1/programs/{program['id']}/currencies"
        try:
            made = await view.api.post(path, body, key=view.key)
            text = view.say("The currency is there. Choose how it works.")
            return view.go(f"/console/currencies/{made.value['id']}", Flash(text))
        except Problem as refusal:
            problem = renamed(view, said(refusal), {})
    scales = [(each, each) for each in SCALES]
    return view.show(
        "programs/new_currency.html",
        status_of(problem),
        program=program,
        scales=scales,
        problem=problem,
    )


SCALES: Final = tuple("0123456")


async def _found(view: View) -> tuple[Json, Json]:
    """The currency and its program, and the view in the program's zone. Raises Problem."""
    found = await view.api.get(f"/v1/currencies/{view.path['cur']}")
    return found, await opened(view, found["program_id"])


async def currency(view: View) -> Shown:
    """The page; for those who may change it, with the form."""
    found, program = await _found(view)
    return await _page(view, found, program, None)


async def _page(view: View, found: Json, program: Json, problem: Problem | None) -> Shown:
    speech = view.speech
    return view.show(
        "programs/currency.html",
        status_of(problem),
        currency=found,
        program=program,
        may_manage=may_manage(view, program),
        figures=await view.api.get(f"/v1/currencies/{found['id']}/figures"),
        facts=facts(speech, found),
        values=values_of(found),
        basis=basis_of(found),
        legend=examples_legend(speech),
        choices=all_choices(speech),
        rules=all_rules(speech),
        options=_options(view),
        problem=problem,
    )


def _options(view: View) -> dict[str, list[tuple[str, str]]]:
    """What fields of a few values offer, by the kind of field."""
    said = {
        name: [(code, view.say(text)) for code, text in texts.items()]
        for name, texts in (
            ("units", UNITS),
            ("fixed", FIXED),
            ("counts_from", COUNTS_FROM),
            ("rounding", ROUNDINGS),
            ("return_spent", RETURNS),
            ("periods", PERIODS),
        )
    }
    said["rounding_month"] = [(str(each), month(view.speech, each)) for each in MONTHS]
    said["answers"] = [(YES, view.say("yes")), (NO, view.say("no"))]
    return said


async def change(view: View) -> Result:
    """The form's preview, and the change itself."""
    found, program = await _found(view)
    need_manager(view, program)
    if view.form.is_on("back"):
        return await _page(view, found, program, None)
    values = {name: view.form.text(name, kept) for name, kept in values_of(found).items()}
    previewed = view.form.is_on("previewed")
    is_old = is_stale(view, found)
    try:
        if is_old and not previewed:
            raise stale(view)
        body = change_of(view, values)
        path = f"/v1/currencies/{found['id']}"
        dry = await view.api.write("PATCH", path, body, dry_run=True)
        differing = {name: body[name] for name in body if dry.value[name] != found[name]}
        # A form that is sent twice finds its change done.
        if previewed and (not is_old or not differing):
            if differing:
                await view.api.write("PATCH", path, differing, key=view.key)
            return view.go(f"/console/currencies/{found['id']}", Flash(view.say("Saved.")))
    except Problem as refusal:
        return await _page(view, found, program, renamed(view, said(refusal), POINTERS))
    return await _preview(view, found, program, dry.value, values, is_old=is_old)


async def _preview(
    view: View, found: Json, program: Json, after: Json, values: Values, *, is_old: bool
) -> Shown:
    figures = await view.api.get(f"/v1/currencies/{found['id']}/figures")
    hidden: dict[str, Any] = {"previewed": "1", BASIS: basis_of(found), **values}
    differing = changes(view.speech, found, after)
    return view.show(
        "programs/preview.html",
        409 if is_old else 200,
        currency=found,
        program=program,
        hidden=hidden,
        changes=differing,
        dates_change=any(each.field in ("pending", "expiry") for each in differing),
        lots=figures["open_lots"],
        slides=after["expiry"]["type"] == "sliding",
        waits=figures["undated_lots"] > 0 and not is_zero(figures["pending"]),
        stale=is_old,
    )
