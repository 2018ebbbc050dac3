"""The audit log: who did what, newest first."""

from typing import Any, Final

from msgspec.json import encode

from stampbook.console.api import Json, Problem
from stampbook.console.results import Shown
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.programs.auditing import ACTIONS

ROWS: Final = 50

PAGES: Final = {
    "mbr": "/console/members/",
    "prg": "/console/programs/",
    "cur": "/console/currencies/",
    "rul": "/console/rules/",
    "tgr": "/console/tiers/",
    "rwd": "/console/rewards/",
    "prm": "/console/promotions/",
    "ben": "/console/promotions/",
    "usr": "/console/users/",
    "apr": "/console/approvals/",
    "whk": "/console/webhooks/",
}
"""Where what was administered is shown, by the prefix of its id."""


async def audit(view: View) -> Shown:
    """The log, filtered by `action`, `user_id`, `api_key_id`, `entity`, `from` and `to`."""
    query = view.query
    wrong: dict[str, str] = {}
    bounds: dict[str, str] = {}
    for name in ("from", "to"):
        typed = query.text(name)
        if typed:
            try:
                bounds[name] = text_of(day_typed(typed, view.speech.zone, after=name == "to"))
            except BadInstant:
                wrong[name] = view.say("This is not a day.")
    names = ("action", "user_id", "api_key_id", "entity")
    asked = {name: query.maybe(name) for name in names}
    found: Json = {"data": [], "next_cursor": None}
    if not wrong:
        try:
            found = await view.api.get(
                "/v1/audit", limit=ROWS, cursor=query.maybe("cursor"), **asked, **bounds
            )
        except Problem as problem:
            if problem.status != 422:
                raise
            wrong = problem.faults
    return view.show(
        "watch/audit.html",
        422 if wrong else 200,
        rows=[_shown(each) for each in found["data"]],
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        actions=sorted(ACTIONS),
        asked={name: query.text(name) for name in (*names, "from", "to")},
        wrong=wrong,
    )


def _shown(row: Json) -> dict[str, Any]:
    """A row with its changes as text, and the page of what was changed."""
    prefix = (row["entity"] or "").partition("_")[0]
    page = PAGES.get(prefix)
    changes = [
        {"name": name, "before": _text(each["before"]), "after": _text(each["after"])}
        for name, each in row["changes"].items()
    ]
    return {"row": row, "page": f"{page}{row['entity']}" if page else None, "changes": changes}


def _text(value: Any) -> str:
    """A value of JSON as people read it; nothing for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else encode(value).decode()
