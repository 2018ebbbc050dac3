"""A program's rewards."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import currencies_of
from stampbook.console.results import Shown
from stampbook.console.rewards.programs import chosen
from stampbook.console.rewards.words import KINDS, STATUSES, TONES
from stampbook.console.view import View
from stampbook.console.words import choices

ROWS: Final = 50


async def rewards(view: View) -> Shown:
    """The list, filtered by `status` and `type`."""
    programs, program = await chosen(view)
    found: Json = {"data": [], "next_cursor": None}
    rows: list[dict[str, Any]] = []
    if program is not None:
        found = await _found(view, program)
        currencies = await currencies_of(view, program["id"])
        rows = [await _row(view, each, currencies) for each in found["data"]]
    kinds = {kind: KINDS[kind] for kind in ("material", "code", "points")}
    statuses = {status: STATUSES[status] for status in ("draft", "active", "inactive")}
    return view.show(
        "rewards/rewards.html",
        programs=programs,
        program=program,
        rows=rows,
        kinds=choices(view, kinds),
        statuses=choices(view, statuses),
        filtered=bool(view.query.text("status") or view.query.text("type")),
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
    )


async def _found(view: View, program: Json) -> Json:
    """The page of rewards; none where the address asks for a status that there is not."""
    query = view.query
    try:
        return await view.api.get(
            f"/v1/programs/{program['id']}/rewards",
            limit=ROWS,
            cursor=query.maybe("cursor"),
            status=query.maybe("status"),
            type=query.maybe("type"),
        )
    except Problem as problem:
        if problem.status != 422:
            raise
        return {"data": [], "next_cursor": None}


async def _row(view: View, reward: Json, currencies: dict[str, Json]) -> dict[str, Any]:
    cost = reward["costs"][0]
    return {
        "reward": reward,
        "kind": view.say(KINDS[reward["type"]]),
        "status": view.say(STATUSES[reward["status"]]),
        "tone": TONES[reward["status"]],
        "cost": cost,
        "unit": currencies[cost["currency_id"]]["name"],
        "others": len(reward["costs"]) - 1,
        "stock": await stock_left(view, reward),
    }


async def stock_left(view: View, reward: Json) -> int | None:
    """How many pieces can still be bought: of the stock, and of the codes that were uploaded. None:
    no limit, or not on offer."""
    offer = reward["offer"]
    if offer is None:
        return None
    left: int | None = offer["stock"]
    if reward["code"] == "pool":
        free: int = (await view.api.get(f"/v1/rewards/{reward['id']}/codes/counts"))["free"]
        left = free if left is None else min(left, free)
    return left
