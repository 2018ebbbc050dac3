"""A transaction: what it did, who made it, what became of it, and what can be done about it."""

from typing import Any

from stampbook.console.accounts.account import Opened, opened
from stampbook.console.accounts.acting import belongings, is_said, said
from stampbook.console.accounts.history import NOT_CANCELLABLE, described
from stampbook.console.accounts.lots_of import find_lots, names_of_lots
from stampbook.console.accounts.previewing import Change
from stampbook.console.api import Json, Problem
from stampbook.console.results import Nothing, Shown
from stampbook.console.values import instant_of, is_zero
from stampbook.console.view import View
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
    refused, problem = "", None
    if view.can("support") and _asks(row):
        problem = await _objection(view, row)
        refused = "" if problem is None else await said(view, problem)
    return {
        "found": found,
        "row": row,
        "each": shown,
        "changes": changes,
        "unnamed": row.get("more_allocations", 0),
        "acts": _acts(view, row, found, lots, is_refused=problem is not None),
        "refused": refused,
        "problem_code": "" if problem is None else problem.code,
        "belongs": await belongings(view, [row["id"]]),
        "since": _state(row),
        "deadline": view.speech.instant(instant_of(row["deadline_at"]))
        if "deadline_at" in row
        else "",
    }


def _asks(row: Json) -> bool:
    """Whether it must be asked if the transaction can be cancelled."""
    return row["status"] not in ("cancelled", "released", "temporary")


async def _objection(view: View, row: Json) -> Problem | None:
    """Why the transaction cannot be cancelled now; None: it can."""
    try:
        await view.api.post(f"/v1/transactions/{row['id']}/cancel", dry_run=True)
    except Problem as problem:
        if not is_said(problem):
            raise
        # Limits are of this person alone, and are said where the act is previewed.
        return None if problem.code == "limit_exceeded" else problem
    return None


def _acts(
    view: View, row: Json, found: Opened, lots: dict[str, Json], *, is_refused: bool
) -> list[str]:
    """What the person may do about the transaction, by the names of the buttons."""
    if not view.can("support"):
        return []
    if row["status"] == "temporary":
        return ["commit", "release"]
    if row["status"] == "cancelled":
        return ["undo"] if row["cancelled_by"] else []
    acts: list[str] = []
    is_accrual = any(each["from"] == "outside" for each in row["allocations"])
    if is_accrual and any(not is_zero(each["pending"]) for each in lots.values()):
        acts.append("activate")
    if _asks(row) and not is_refused and row["type"] not in NOT_CANCELLABLE:
        acts.append("undo" if row["type"] == "cancel" else "cancel")
    return acts
