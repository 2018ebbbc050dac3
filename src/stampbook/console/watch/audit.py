"""The audit log: who did what, newest first."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, Final

from msgspec.json import encode

from stampbook.console.api import Json, Problem
from stampbook.console.results import Shown
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.console.watch.acts import SENTENCES, thing_of
from stampbook.console.watch.shaping import names_of_people
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
    await view.in_common_zone()
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
        rows=await _rows(view, found["data"]),
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        actions=sorted(((each, said_of(view, each)) for each in ACTIONS), key=itemgetter(1)),
        asked={name: query.text(name) for name in (*names, "from", "to")},
        wrong=wrong,
    )


async def _rows(view: View, rows: Sequence[Json]) -> list[dict[str, Any]]:
    """Rows with their sentences and the names of who acted."""
    people = await names_of_people(view, [each["user_id"] for each in rows if each["user_id"]])
    return [
        {
            **_shown(each),
            "text": said_of(view, each["action"]),
            "thing": thing_of(each),
            "who": people.get(each["user_id"], ""),
        }
        for each in rows
    ]


def said_of(view: View, action: str) -> str:
    """The act in words; one that a later release has written, by its code."""
    return view.say(SENTENCES[action]) if action in SENTENCES else action


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
