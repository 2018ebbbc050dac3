"""Movements by hand: give, take, hold, adjust, transfer, reinstate, another date for what waits.

The form is sent to a preview of what it asks for, and the preview carries it on to the act.
"""

from typing import Any, Final

from stampbook.console.accounts.account import Opened, opened
from stampbook.console.accounts.acting import (
    Answered,
    answered,
    head_of,
    is_said,
    reasons_of,
    said,
    sent_for,
    status_of,
    unit_word,
)
from stampbook.console.accounts.asking import ASKED, Asked, Typed, asked_of, texts_of
from stampbook.console.accounts.previewing import (
    STALE,
    Ask,
    expected_of,
    is_one,
    preview_of,
    smallest,
)
from stampbook.console.api import Problem
from stampbook.console.faults import NotFound
from stampbook.console.paths import cancel_path
from stampbook.console.results import Flash, Result
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

FIELDS: Final = {"timeout_s": "minutes", "to_account_id": "to_account", "lot_id": "lot"}
"""Fields of the native API that have another name in the form."""


async def move(view: View) -> Result:
    """The form, its preview, and the act."""
    kind = view.query.text("type") or view.form.text("type")
    if kind not in ASKED:
        raise NotFound
    found = await opened(view, view.path["acc"])
    typed = Typed(view, found, kind)
    await typed.look_up()
    if not view.posts:
        return await _form(view, typed, None)
    try:
        asked = asked_of(typed)
    except Problem as wrong:
        return await _form(view, typed, wrong)
    problem = None
    if view.form.is_on("previewed"):
        try:
            return await _do(view, typed, asked)
        except Problem as refused:
            if not is_said(refused):
                raise
            problem = refused
    return await _preview(view, typed, asked, problem)


async def _form(view: View, typed: Typed, problem: Problem | None) -> Result:
    kind = ASKED[typed.kind]
    renamed = None if problem is None else _renamed(problem)
    return view.show(
        "accounts/move.html",
        status_of(problem),
        found=typed.found,
        kind=typed.kind,
        title=view.say(kind.title),
        lead=view.say(kind.lead),
        fields=kind.fields,
        values=typed.values,
        needs_reason=kind.needs_reason,
        reasons=reasons_of(view, typed.found.program),
        balance=await view.api.get(f"/v1/accounts/{typed.found.id}/balance"),
        lot=typed.lot,
        life_days=typed.life_days,
        least=smallest(typed.found.currency["scale"]),
        refused=renamed,
        refusal="" if problem is None else await said(view, problem),
        path=_path(typed.found, typed.kind),
    )


def _path(found: Opened, kind: str) -> str:
    return f"/console/accounts/{found.id}/move?type={kind}"


def _renamed(problem: Problem) -> Problem:
    """The refusal with the names that the form's fields have."""
    errors = [
        {**each, "pointer": f"/{FIELDS.get(name, name)}"}
        for each in problem.said.get("errors") or ()
        for name in [(each.get("pointer") or "").rpartition("/")[2]]
    ]
    return Problem(problem.status, {**problem.said, "errors": errors})


async def _write(view: View, asked: Asked, **how: Any) -> Answered:
    """Raises Problem."""
    return answered(await view.api.post(asked.path, asked.body, **how))


async def _do(view: View, typed: Typed, asked: Asked) -> Result:
    """Raises Problem: refused, or something has happened since the preview."""
    done = await _write(view, asked, key=view.key, expected=expected_of(view))
    if done.approval is not None:
        return view.go(f"/console/accounts/{typed.found.id}", sent_for(view, done.approval))
    row = done.rows[0]
    one, many = ASKED[typed.kind].done(row)
    amount = f"{view.speech.amount(row['amount'])} {unit_word(typed.found.unit)}"
    text = view.say(one if is_one(row["amount"]) else many, amount=amount)
    if typed.kind == "hold":
        return view.go(f"/console/transactions/{row['id']}", Flash(text))
    undone = done.rows if typed.kind == "change-date" else [row]
    undo = cancel_path([each["id"] for each in reversed(undone)])
    return view.go(f"/console/accounts/{typed.found.id}", Flash(text, undo=undo))


async def _preview(view: View, typed: Typed, asked: Asked, problem: Problem | None) -> Result:
    """What would happen now; the form again, where that is refused."""
    try:
        dry = await _write(view, asked, dry_run=True)
    except Problem as refused:
        if not is_said(refused):
            raise
        return await _form(view, typed, refused)
    kind, stale = ASKED[typed.kind], problem is not None and problem.code == STALE
    hidden = {"type": typed.kind, "previewed": "1", **typed.values}
    row = dry.rows[0]
    ask = Ask(
        title=view.say(kind.title),
        head=await head_of(view, dry.rows, typed.found.unit),
        action=_path(typed.found, typed.kind),
        confirm=view.say(kind.confirm),
        back=view.at(
            f"/console/accounts/{typed.found.id}/move",
            **{name: value for name, value in hidden.items() if name != "previewed"},
        ),
        asks_reason=False,
        hidden=hidden,
        typed=texts_of(typed),
        stale=stale,
        problem=None if stale else problem,
        refusal="" if problem is None or stale else await said(view, problem),
        danger=row["effect"].startswith("-") and typed.kind != "hold",
        needs_approval=dry.needs_approval,
        waiting=await waiting(view, typed.found.id) if dry.needs_approval else (),
    )
    values = await preview_of(view, dry.rows, ask)
    return view.show("accounts/preview.html", status_of(problem), **values)
