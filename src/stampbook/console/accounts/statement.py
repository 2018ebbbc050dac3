"""An account's statement for some days: what it began with, each movement, what it ended with."""

from typing import Any, Final

from stampbook.console.accounts.account import opened
from stampbook.console.accounts.history import described
from stampbook.console.api import Json
from stampbook.console.results import Shown
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import text_of
from stampbook.console.view import View

MOST: Final = 1_000
"""Movements of a statement; a longer one is to be asked for in parts."""

AT_ONCE: Final = 100


async def statement(view: View) -> Shown:
    """The statement from the day `from` to the day `to`; without them, of the present month."""
    found = await opened(view, view.path["acc"])
    zone = view.speech.zone
    today = view.speech.local(view.now).date()
    typed = {
        "from": view.query.text("from") or today.replace(day=1).isoformat(),
        "to": view.query.text("to") or today.isoformat(),
    }
    wrong: dict[str, str] = {}
    bounds: dict[str, int] = {}
    for name, text in typed.items():
        try:
            bounds[name] = day_typed(text, zone, after=name == "to")
        except BadInstant:
            wrong[name] = text
    values: dict[str, Any] = {"found": found, "typed": typed, "wrong": wrong}
    if wrong or bounds["from"] >= bounds["to"]:
        wrong.setdefault("to", typed["to"])
        empty: dict[str, Any] = {"rows": [], "opening": None, "closing": None, "is_cut": False}
        return view.show("accounts/statement.html", 422, **values, **empty)
    rows, is_cut = await _rows(view, found.id, bounds["from"], bounds["to"])
    closing_at = min(bounds["to"], view.now)
    values["opening"] = await _balance(view, found.id, bounds["from"] - 1)
    values["closing"] = await _balance(view, found.id, closing_at)
    return view.show(
        "accounts/statement.html",
        **values,
        rows=list(reversed(await described(view, rows))),
        is_cut=is_cut,
        made_at=text_of(view.now),
    )


async def _rows(view: View, account: str, begin: int, end: int) -> tuple[list[Json], bool]:
    """The movements of the time, newest first, and whether older ones were left out."""
    rows: list[Json] = []
    cursor: str | None = None
    while len(rows) < MOST:
        page = await view.api.get(
            f"/v1/accounts/{account}/transactions",
            limit=AT_ONCE,
            cursor=cursor,
            to=text_of(end),
            **{"from": text_of(begin)},
        )
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows, False
    return rows, True


async def _balance(view: View, account: str, at: int) -> str:
    """The active balance at the instant; before its first movement an account had nothing."""
    balance = await view.api.get(f"/v1/accounts/{account}/balance", as_of=text_of(at))
    return str(balance["active"])
