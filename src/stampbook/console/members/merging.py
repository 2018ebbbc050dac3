"""Two members who are one person: the merge, lot by lot before it is done, and its undo."""

from typing import Any, Final

from stampbook.console.accounts.acting import without_reason
from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import Opened, opened, refused
from stampbook.console.results import Flash, Result
from stampbook.console.view import View
from stampbook.speaking.speech import translatable

REFUSALS: Final = {
    "holds_open": translatable(
        "Something is on hold or has a deadline. Commit or release it first."
    ),
    "insufficient_points": translatable("Points that came with the merge are used or on hold."),
    "conflict": translatable(
        "The member who took over was merged or removed later. Undo that first."
    ),
}

FOUND: Final = 20


async def merge(view: View) -> Result:
    """Who takes over, what would pass over, and the merge itself."""
    found = await opened(view, view.path["mbr"])
    typed = view.form.text("into") or view.query.text("into")
    if not typed:
        return view.show("members/merge.html", found=found, into=None, hits=None)
    into, hits = await _who(view, found, typed)
    if into is None:
        return view.show("members/merge.html", found=found, into=None, hits=hits)
    problem, path = None, f"/v1/members/{found.id}/merge"
    if view.posts:
        try:
            reason = view.form.text("reason")
            if not reason:
                raise without_reason(view)
            body = {"into": into.id, "reason": reason}
            done = await view.api.post(path, body, key=view.key)
            said = view.say("%(name)s was merged into this member.", name=found.name)
            return view.go(into.path, Flash(said, undo=_undo_path(done.value["merge"])))
        except Problem as refusal:
            problem = refused(refusal)
    try:
        dry = (await view.api.post(path, {"into": into.id}, dry_run=True)).value
    except Problem as refusal:
        dry, problem = None, problem or refused(refusal)
    return view.show(
        "members/merge.html",
        200 if problem is None else problem.status,
        found=found,
        into=into,
        hits=None,
        moved=[] if dry is None else _moved(found, dry),
        can=dry is not None,
        problem=problem,
        refusal=_words(view, problem),
    )


async def _who(view: View, found: Opened, typed: str) -> tuple[Opened | None, list[Json]]:
    """The other member, if only one is meant; else all who may be."""
    if typed.startswith("mbr_"):
        return await opened(view, typed), []
    searched = await view.api.get("/v1/search", q=typed)
    hits = [
        each
        for each in searched["data"]
        if (each["kind"], each["program_id"]) == ("member", found.program["id"])
        and each["id"] != found.id
    ][:FOUND]
    return (await opened(view, hits[0]["id"]), hits) if len(hits) == 1 else (None, hits)


async def undo(view: View) -> Result:
    """What would come back, and the undo itself."""
    name = view.path["mrg"]
    made = await view.api.get(f"/v1/merges/{name}")
    into = await opened(view, made["into"])
    path, problem = f"/v1/merges/{name}/undo", None
    if view.posts:
        try:
            await view.api.post(path, key=view.key)
            text = view.say("The merge is undone.")
            return view.go(f"/console/members/{made['member_id']}", Flash(text))
        except Problem as refusal:
            problem = refused(refusal)
    try:
        dry = (await view.api.post(path, dry_run=True)).value
    except Problem as refusal:
        dry, problem = None, problem or refused(refusal)
    old = await view.api.get(f"/v1/members/{made['member_id']}")
    return view.show(
        "members/unmerge.html",
        200 if problem is None else problem.status,
        into=into,
        old=old,
        merge=made,
        moved=[] if dry is None else _moved(into, dry),
        can=dry is not None and made["undone_at"] is None,
        problem=problem,
        refusal=_words(view, problem),
    )


def _undo_path(made: Json) -> str:
    return f"/console/merges/{made['id']}/undo"


def _moved(found: Opened, dry: Json) -> list[dict[str, Any]]:
    """What passes over, by account, with what the other one has then."""
    balances = {each["account_id"]: each for each in dry["balances"]}
    return [
        {
            "transfer": each,
            "currency": found.currencies[each["currency_id"]],
            "after": balances[each["to_account_id"]],
        }
        for each in dry["transfers"]
    ]


def _words(view: View, problem: Problem | None) -> str:
    if problem is None:
        return ""
    return view.say(REFUSALS[problem.code]) if problem.code in REFUSALS else problem.detail


async def merges_of(view: View, found: Opened) -> list[dict[str, Any]]:
    """Those who were merged into the member, each with where that is undone."""
    listed = (await view.api.get(f"/v1/members/{found.id}/merges"))["data"]
    made = []
    for each in listed:
        if each["into"] == found.id and each["undone_at"] is None:
            old = await view.api.get(f"/v1/members/{each['member_id']}")
            made.append({"merge": each, "old": old, "undo": _undo_path(each)})
    return made
