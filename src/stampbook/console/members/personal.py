"""Personal data: all that is kept about a member as a file, and erasing it."""

from typing import Any

from stampbook.console.accounts.acting import said
from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import Opened, opened, refused
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View
from stampbook.edge.answers import Streamed


async def export(view: View) -> Streamed:
    """The document of the native API. Raises Problem."""
    return await view.api.stream(f"/v1/members/{view.path['mbr']}/export")


async def erase(view: View) -> Shown | Goto:
    """What goes, and the end of it: with a reason, and if there are points or debts, with a tick
    that they may be forfeited."""
    found = await opened(view, view.path["mbr"])
    problem = None
    if view.posts:
        body = {"reason": view.form.text("reason"), "forfeit": view.form.is_on("forfeit")}
        try:
            if not body["reason"]:
                raise Problem.of_fields({"reason": view.say("Say why: it is kept.")})
            await view.api.post(f"/v1/members/{found.id}/erase", body, key=view.key)
            text = view.say("Erased. Nothing is left that says who this was.")
            return view.go(found.path, Flash(text))
        except Problem as refusal:
            problem = refused(refusal)
    return await _page(view, found, problem)


async def _page(view: View, found: Opened, problem: Problem | None) -> Shown:
    lost: list[dict[str, Any]] = []
    stopped = None
    try:
        body = {"reason": "–", "forfeit": True}
        path = f"/v1/members/{found.id}/erase"
        dry = (await view.api.post(path, body, dry_run=True)).value
        lost = [_lost(found, each) for each in dry["forfeited"]]
    except Problem as refusal:
        stopped = refused(refusal)
    problem = problem or stopped
    return view.show(
        "members/erase.html",
        200 if problem is None or not view.posts else problem.status,
        found=found,
        lost=lost,
        is_stopped=stopped is not None,
        problem=problem,
        refusal="" if problem is None else await said(view, problem),
    )


def _lost(found: Opened, forfeited: Json) -> dict[str, Any]:
    currency = found.currencies.get(forfeited["currency_id"])
    return {"account": forfeited, "unit": "" if currency is None else currency["name"]}
