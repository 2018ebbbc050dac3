"""What a figure of a report counts: transactions, lots or new members, page by page."""

from typing import Any, Final

from stampbook.console.accounts.history import described
from stampbook.console.api import Json, Problem
from stampbook.console.members.opened import STATUSES, TONES, name_of
from stampbook.console.reports.asked import Asked, asked
from stampbook.console.results import Shown
from stampbook.console.typed import BadInstant, day_typed, instant_typed
from stampbook.console.values import instant_of, number_of, text_of
from stampbook.console.view import View
from stampbook.explaining.names import Wanted, names_of
from stampbook.speaking.speech import translatable

ROWS: Final = 50

FIGURES: Final = {
    "transactions": translatable("All movements"),
    "cancels": translatable("Cancelled movements"),
    "given": translatable("Movements that gave points"),
    "issued": translatable("Given"),
    "returned": translatable("Returned"),
    "reinstated": translatable("Reinstated"),
    "redeemed": translatable("Points used"),
    "expired": translatable("Points expired"),
    "revoked": translatable("Cancelled"),
    "activated": translatable("Became usable"),
    "held": translatable("Put on hold"),
    "released": translatable("Released"),
    "transferred": translatable("Transferred"),
    "deficit_created": translatable("Debts that came up"),
    "deficit_paid": translatable("Debts that points paid"),
    "deficit_cancelled": translatable("Debts that were cancelled"),
}
"""What transactions are listed by, by the native API's names."""

STATES: Final = {
    "open": translatable("All open points"),
    "available": translatable("Available points"),
    "pending": translatable("Pending points"),
    "held": translatable("Points on hold"),
    "deficit": translatable("Debts"),
}
"""What lots are listed by."""


async def transactions(view: View) -> Shown:
    """Those that a figure counts, from `from` to before `to`."""
    ask = await asked(view)
    figure, by = view.query.text("figure", "transactions"), view.query.text("by", "recorded")
    rows: list[Any] = []
    page, span = await _page(ask, "activity/transactions", figure=figure, by=by)
    if page is not None:
        names = await _holders(view, page["data"])
        rows = [
            {**each, "holder": names[each["row"]["account_id"]]}
            for each in await described(view, page["data"])
        ]
    return _shown(
        ask, "transactions", page, span, title=FIGURES.get(figure, ""), rows=rows, back="activity"
    )


async def lots(view: View) -> Shown:
    """Those that have something in `state`, now or at `as_of`."""
    ask = await asked(view)
    state = view.query.text("state", "open")
    params = {name: view.query.maybe(name) for name in ("never", "as_of")}
    page, span = await _page(ask, "liability/lots", state=state, **params)
    names = {} if page is None else await _holders(view, page["data"])
    return _shown(
        ask,
        "lots",
        page,
        span,
        title=STATES.get(state, ""),
        rows=[] if page is None else page["data"],
        names=names,
        as_of=None if ask is None else ask.params.get("as_of"),
        never=view.query.text("never") == "true",
        back="liability",
    )


async def members(view: View) -> Shown:
    """Those who came to the currency's program from `from` to before `to`."""
    ask = await asked(view)
    page, span = await _page(ask, "activity/members")
    rows = [
        {
            "member": each,
            "name": name_of(each),
            "status": view.say(STATUSES[each["status"]]),
            "tone": TONES[each["status"]],
        }
        for each in ([] if page is None else page["data"])
    ]
    return _shown(
        ask, "members", page, span, title=translatable("New members"), rows=rows, back="activity"
    )


async def _page(
    ask: Asked | None, name: str, **params: str | None
) -> tuple[Json | None, tuple[str, str] | None]:
    """The page that the address asks for, and its time; None if something in it is wrong, which
    `ask.wrong` says."""
    if ask is None:
        return None, None
    view, zone = ask.view, ask.view.speech.zone
    bounds: dict[str, str] = {}
    for each, read in (("from", day_typed), ("to", day_typed), ("as_of", instant_typed)):
        typed = view.query.text(each)
        if not typed:
            continue
        try:
            after = {"after": True} if each == "to" else {}
            bounds[each] = text_of(read(typed, zone, **after))
        except BadInstant:
            ask.wrong[each] = view.say("This is no date.")
    if ask.wrong:
        return None, None
    ask.params.update({**params, **bounds, "cursor": view.query.maybe("cursor")})
    try:
        page = await view.api.get(f"{ask.chosen.path}/{name}", **ask.params, limit=ROWS)
    except Problem as problem:
        if problem.status != 422 or not problem.faults:
            raise
        ask.wrong = problem.faults
        return None, None
    span = (bounds["from"], bounds["to"]) if {"from", "to"} <= bounds.keys() else None
    return page, span


async def _holders(view: View, rows: list[Json]) -> dict[str, str]:
    """Whose the accounts are, by the accounts' ids; for want of a name the id."""
    accounts = {each["account_id"] for each in rows}
    wanted = Wanted(holders={number_of(each) for each in accounts})
    found = (await names_of(view.context.store, wanted, tenant=view.tenant)).holders
    return {each: found.get(number_of(each), each) for each in accounts}


def _shown(
    ask: Asked | None,
    name: str,
    page: Json | None,
    span: tuple[str, str] | None,
    *,
    title: str,
    back: str,
    **values: Any,
) -> Shown:
    if ask is None:
        return Shown("reports/index.html", {"ask": None, "reports": ()})
    view = ask.view
    cursor = None if page is None else page["next_cursor"]
    return view.show(
        f"reports/{name}.html",
        ask.status,
        **values,
        ask=ask,
        title=view.say(title) if title else view.say("Reports"),
        span=None if span is None else (span[0], text_of(instant_of(span[1]) - 1)),
        back=ask.at(back),
        more=view.with_query(cursor=cursor) if cursor else None,
    )
