"""What buying a reward, or its refund, would move: the values of `rewards/preview.html`."""

from collections.abc import Mapping
from typing import Any, Final

from stampbook.console.accounts.acting import is_said, said, status_of
from stampbook.console.accounts.previewing import STALE, added
from stampbook.console.api import Json, Problem
from stampbook.console.members.visits import Card
from stampbook.console.results import Shown
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting

BEYOND: Final = "limit_exceeded"


async def change_of(view: View, card: Card, effect: str) -> dict[str, Any]:
    """An account before and after it is moved by `effect`, with the last row on which that
    rests."""
    balance = await view.api.get(f"/v1/accounts/{card.id}/balance")
    path = f"/v1/accounts/{card.id}/transactions"
    newest = (await view.api.get(path, limit=1))["data"]
    before = balance["active"]
    return {
        "card": card,
        "before": before,
        "after": added(before, effect),
        "effect": effect,
        "seq": newest[0]["seq"] if newest else 0,
    }


async def shown(
    view: View, problem: Problem | None, values: Mapping[str, Any], *, dry: Json, about: str
) -> Shown:
    """The page of the preview, with what was refused, and what waits for approval already.
    Raises Problem if that has its own page."""
    if problem is not None and not is_said(problem):
        raise problem
    stale = problem is not None and problem.code == STALE
    return view.show(
        "rewards/preview.html",
        status_of(problem),
        **values,
        stale=stale,
        is_limit=problem is not None and problem.code == BEYOND,
        problem=None if stale else problem,
        refusal="" if problem is None or stale else await said(view, problem),
        needs_approval=bool(dry.get("approval_required")),
        waiting=await waiting(view, about),
    )
