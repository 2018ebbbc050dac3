"""A purchase is taken back, whole or by pieces: what that would move, and the act."""

from typing import Any, Final

from stampbook.console.accounts.acting import is_said, reasons_of, sent_for, without_reason
from stampbook.console.accounts.previewing import expected_of, negated
from stampbook.console.api import Json, Problem
from stampbook.console.results import Flash, Result
from stampbook.console.rewards.previewing import change_of, shown
from stampbook.console.rewards.purchases import Opened, opened
from stampbook.console.rewards.typing_in import whole
from stampbook.console.view import View

DEFAULTS: Final = {"stock": "return", "codes": "void"}


async def refund(view: View) -> Result:
    """The preview, and the refund."""
    found = await opened(view)
    problem, body = None, dict[str, Any](_body(view, found, None))
    try:
        body = _body(view, found, whole(view, "quantity"))
        if view.posts and not view.form.is_on("follow"):
            if not view.form.text("reason"):
                raise without_reason(view)
            return await _do(view, found, body)
    except Problem as refused:
        problem = refused
    return await _preview(view, found, body, problem)


def _body(view: View, found: Opened, quantity: int | None) -> Json:
    body: Json = {"quantity": found.left if quantity is None else quantity}
    for name, default in DEFAULTS.items():
        body[name] = view.form.text(name, default) or default
    if view.form.is_on("policy"):
        body["policy"] = "allow"
    if not found.left:
        del body["quantity"]  # the API says that everything was refunded before
    return body


async def _do(view: View, found: Opened, body: Json) -> Result:
    body = {**body, "reason": view.form.text("reason")}
    path = f"{found.api}/refund"
    done = await view.api.post(path, body, key=view.key, expected=expected_of(view))
    if done.approval is not None:
        return view.go(found.path, sent_for(view, done.approval))
    text = view.speech.ngettext(
        "Refunded: %(num)s piece.", "Refunded: %(num)s pieces.", done.value["quantity"]
    )
    return view.go(found.path, Flash(text))


async def _preview(view: View, found: Opened, body: Json, problem: Problem | None) -> Result:
    """What would happen now, with what was refused."""
    dry: Json = {}
    try:
        dry = (await view.api.post(f"{found.api}/refund", body, dry_run=True)).value
    except Problem as refused:
        if not is_said(refused):
            raise
        problem = problem or refused
    changes = []
    if dry:
        changes.append(await change_of(view, found.paid, dry["points"]))
        if found.gained is not None:
            changes.append(await change_of(view, found.gained, negated(dry["taken"] or "0")))
    values: dict[str, Any] = {
        "title": view.say("Refund"),
        "head": _head(view, found, dry),
        "crumbs": (
            *([(f"/console/members/{found.member['id']}", found.of)] if found.member else []),
            (found.path, found.name),
        ),
        "changes": changes,
        "facts": _facts(view, found, dry),
        "fields": _fields(found),
        "hidden": {},
        "action": f"{found.path}/refund",
        "back": found.path,
        "confirm": view.say("Refund"),
        "danger": True,
        "reasons": reasons_of(view, found.program),
        "quantity": body.get("quantity", 1),
        "left": found.left,
    }
    return await shown(view, problem, values, dry=dry, about=found.id)


def _head(view: View, found: Opened, dry: Json) -> str:
    if not dry:
        return view.say("Take back %(reward)s of %(name)s?", reward=found.name, name=found.of)
    return view.speech.ngettext(
        "Take back %(num)s piece of %(reward)s of %(name)s?",
        "Take back %(num)s pieces of %(reward)s of %(name)s?",
        dry["quantity"],
        reward=found.name,
        name=found.of,
    )


def _fields(found: Opened) -> tuple[str, ...]:
    """What there is to choose: nothing that can make no difference."""
    if not found.left:
        return ()
    return (
        *(("quantity",) if found.left > 1 else ()),
        "stock",
        *(("codes",) if found.purchase["codes"] else ()),
        *(() if found.purchase["refundable"] else ("policy",)),
    )


def _facts(view: View, found: Opened, dry: Json) -> list[str]:
    """What else happens: to the stock, and to the codes."""
    if not dry:
        return []
    facts = []
    number = dry["quantity"]
    if dry["written_off"]:
        facts.append(view.say("The stock stays as it is."))
    else:
        facts.append(
            view.speech.ngettext(
                "%(num)s piece goes back to the stock.",
                "%(num)s pieces go back to the stock.",
                number,
            )
        )
    if dry["voided"]:
        facts.append(view.say("Void: %(codes)s.", codes=", ".join(dry["voided"])))
    if dry["kept"]:
        facts.append(view.say("Used, and stays used: %(codes)s.", codes=", ".join(dry["kept"])))
    return facts
