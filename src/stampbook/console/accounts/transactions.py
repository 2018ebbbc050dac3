"""A transaction: what it did, who made it, what became of it, and what can be done about it."""

from typing import Any

from stampbook.console.accounts.account import opened
from stampbook.console.accounts.acting import is_said, owners_of
from stampbook.console.accounts.history import described
from stampbook.console.accounts.lots_of import find_lots, names_of_lots
from stampbook.console.accounts.offering import refund_path, why_not
from stampbook.console.accounts.previewing import Change
from stampbook.console.api import Json, Problem
from stampbook.console.results import Nothing, Shown
from stampbook.console.values import is_zero
from stampbook.console.view import View
from stampbook.console.watch.shaping import waiting
from stampbook.console.webhooks.events import of_transaction


async def transaction(view: View) -> Shown:
    """The page. Raises Problem where there is no such transaction."""
    row = await view.api.get(f"/v1/transactions/{view.path['txn']}")
    values = await _values(view, row)
    return view.show("accounts/transaction.html", **values, **await of_transaction(view, row))


async def transaction_live(view: View) -> Shown | Nothing:
    """The same part of the page, if the transaction has become something else than `since`."""
    row = await view.api.get(f"/v1/transactions/{view.path['txn']}")
    if _state(row) == view.query.text("since"):
        return Nothing()
    return view.show("accounts/transaction_part.html", **await _values(view, row))


def _state(row: Json) -> str:
    """What has become of the transaction, in a word for the page to say what it shows."""
    links = (row["cancelled_by"], row["committed_by"], row["released_by"])
    return "-".join((row["status"], row["cancelled_amount"], *(each or "0" for each in links)))


async def _values(view: View, row: Json) -> dict[str, Any]:
    found = await opened(view, row["account_id"])
    (shown,) = await described(view, [row])
    moved = row["allocations"]
    lots = await find_lots(view, found.id, [each["lot_id"] for each in moved if each["lot_id"]])
    names = await names_of_lots(view, found.id, lots.values())
    changes = [
        Change(
            each["lot_id"],
            names.get(each["lot_id"] or "") or view.say("debt"),
            each["amount"],
            each["from"],
            each["to"],
            each["expires_at"],
            at_once=False,
        )
        for each in moved
    ]
    owner = (await owners_of(view, [row["id"]])).get(row["id"])
    since = _state(row)
    refused, problem = "", None
    asked = _asked(row) if view.can("support") else None
    if asked is not None:
        problem = await _objection(view, asked)
        refused = "" if problem is None else await why_not(view, row, owner, problem)
    return {
        "found": found,
        "row": row,
        "each": shown,
        "changes": changes,
        "unnamed": row.get("more_allocations", 0),
        "acts": _acts(row, lots, asked=asked if problem is None else None)
        if view.can("support")
        else [],
        "cancel": refund_path(row, owner) or f"/console/transactions/{asked}/cancel",
        "refused": refused,
        "problem_code": "" if problem is None else problem.code,
        "owner": owner,
        "waiting": await waiting(view, row["id"]),
        "since": since,
        "seen": view.query.text("seen") or since,
    }


def _asked(row: Json) -> str | None:
    """The transaction whose cancel is possible or not: of what was cancelled, that cancel."""
    match row["status"]:
        case "temporary" | "released":
            return None
        case "cancelled":
            cancel: str | None = row["cancelled_by"]
            return cancel
    return str(row["id"])


async def _objection(view: View, name: str) -> Problem | None:
    """Why the transaction cannot be cancelled now; None: it can."""
    try:
        await view.api.post(f"/v1/transactions/{name}/cancel", dry_run=True)
    except Problem as problem:
        if not is_said(problem):
            raise
        # Limits are of this person alone, and are said where the act is previewed.
        return None if problem.code == "limit_exceeded" else problem
    return None


def _acts(row: Json, lots: dict[str, Json], *, asked: str | None) -> list[str]:
    """What may be done about the transaction, by the names of the buttons. `asked` is what can be
    cancelled."""
    if row["status"] == "temporary":
        return ["commit", "release"]
    acts: list[str] = []
    is_accrual = any(each["from"] == "outside" for each in row["allocations"])
    if is_accrual and any(not is_zero(each["pending"]) for each in lots.values()):
        acts.append("activate")
    if asked is not None:
        acts.append("undo" if asked != row["id"] or row["type"] == "cancel" else "cancel")
    return acts
