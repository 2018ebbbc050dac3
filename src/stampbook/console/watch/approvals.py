"""What waits for a second person: the list, each with what it would do now, and the decisions."""

from collections.abc import Sequence
from typing import Any, Final

from stampbook.console.accounts.acting import answered, head_of, is_said, said, status_of
from stampbook.console.accounts.previewing import STALE, Ask, expected_of, preview_of
from stampbook.console.api import Json, Problem, Reply
from stampbook.console.members import orders, refunds
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.values import number_of
from stampbook.console.view import View
from stampbook.console.watch.shaping import STATUSES, names_of_people, shaped
from stampbook.console.watch.wishes import Wish, reason_of
from stampbook.speaking.speech import translatable

ROWS: Final = 50

SAID: Final = frozenset({"same_person", "forbidden"})
"""Refusals that the page itself says: the person may look, but not decide."""


async def approvals(view: View) -> Shown:
    """The list, newest first, filtered by `status`."""
    await view.in_common_zone()
    status = view.query.text("status")
    page = await view.api.get(
        "/v1/approvals",
        limit=ROWS,
        cursor=view.query.maybe("cursor"),
        status=status if status in STATUSES else None,
    )
    more = view.with_query(cursor=page["next_cursor"]) if page["next_cursor"] else None
    return view.show(
        "watch/approvals.html",
        rows=await shaped(view, page["data"]),
        statuses=[(each, view.say(text)) for each, text in STATUSES.items()],
        asked=status,
        more=more,
    )


async def approval(view: View) -> Shown:
    """One of them, with what it would do now. Raises Problem where there is no such one."""
    return await _page(view, None)


async def approve(view: View) -> Shown | Goto:
    """Carry it out, if nothing has happened since the person looked."""
    return await _decide(view, "approve", {}, expected_of(view))


async def reject(view: View) -> Shown | Goto:
    """Say no, with a reason."""
    if not view.form.text("reason"):
        text = view.say("Say why: the person who asked will see it.")
        return await _page(view, Problem.of_fields({"reason": text}))
    return await _decide(view, "reject", {"reason": view.form.text("reason")})


async def withdraw(view: View) -> Shown | Goto:
    """No longer ask for it."""
    return await _decide(view, "withdraw", {})


DONE: Final = {
    "approve": translatable("Approved, and done."),
    "reject": translatable("Rejected. Nothing was written."),
    "withdraw": translatable("Withdrawn. Nothing was written."),
}


async def _decide(
    view: View, act: str, body: Json, expected: dict[str, int] | None = None
) -> Shown | Goto:
    path = f"/v1/approvals/{view.path['apr']}"
    try:
        reply = await view.api.post(f"{path}/{act}", body, key=view.key, expected=expected)
    except Problem as problem:
        if not is_said(problem) and problem.code not in SAID:
            raise
        return await _page(view, problem)
    flash = Flash(view.say(DONE[act]))
    if reply.value["status"] == "failed":
        text = view.say("Approved, but it was refused. Nothing was written.")
        flash = Flash(text, kind="error")
    return view.go(f"/console/approvals/{reply.value['id']}", flash)


async def _page(view: View, problem: Problem | None) -> Shown:
    found = await view.api.get(f"/v1/approvals/{view.path['apr']}")
    view.in_zone(await view.api.get(f"/v1/programs/{found['program_id']}"))
    (shape,) = await shaped(view, [found])
    decided = found["decided_by"]
    names = await names_of_people(view, [decided] if decided else [])
    failed = found["problem"]
    assert view.person is not None
    is_own = number_of(found["requested_by"]) == view.person.user.user_id
    is_open = found["status"] == "pending"
    preview = await _preview(view, found, shape.wish) if is_open else {"ask": None}
    stale = problem is not None and problem.code == STALE
    return view.show(
        "watch/approval.html",
        status_of(problem),
        **{"cards": [], "steps": [], "kept": [], "balances": [], **preview},
        shape=shape,
        found=found,
        reason=reason_of(found["request"]),
        decided_by=names.get(decided or ""),
        failed="" if failed is None else await said(view, Problem(409, failed)),
        failed_code="" if failed is None else failed["code"],
        acts=_acts(view, is_own=is_own) if is_open else (),
        is_own=is_own,
        stale=stale,
        problem=None if stale else problem,
        refusal="" if problem is None or stale else await said(view, problem),
    )


def _acts(view: View, *, is_own: bool) -> Sequence[str]:
    """What the person may decide, by the names of the buttons."""
    if is_own:
        return ("withdraw",) if view.can("support") else ()
    return ("approve", "reject") if view.can("manager") else ()


async def _preview(view: View, found: Json, wish: Wish) -> dict[str, Any]:
    """What it would do now: the values of the templates that previews are drawn with."""
    preview: Json = found["preview"]
    if "code" in preview:
        problem = Problem(int(preview["status"]), preview)
        return {"ask": _ask(problem=problem, refusal=await said(view, problem))}
    if "cascade" in preview or "refunds" in preview:
        order = await orders.opened(view, wish.path.rpartition("/")[2])
        taken = refunds.taken_of(order, preview)
        return {"ask": _ask(), **await refunds.cascade_of(view, order, taken)}
    if not any(name in preview for name in ("type", "from", "results", "transactions")):
        return {"ask": _ask()}
    rows = answered(Reply(200, preview, replayed=False)).rows
    return await preview_of(view, rows, _ask(head=await head_of(view, rows, wish.unit)))


def _ask(head: str = "", problem: Problem | None = None, refusal: str = "") -> Ask:
    """What the preview says; the approval's page says all else."""
    return Ask(
        title="", head=head, action="", confirm="", back="", problem=problem, refusal=refusal
    )
