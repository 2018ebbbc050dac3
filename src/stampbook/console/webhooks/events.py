"""Events: the last ones with what comes, or those from a day on; and those of a transaction."""

from typing import Any, Final

from msgspec.json import encode
from msgspec.json import format as indented

from stampbook.console.api import Json, Problem
from stampbook.console.people.bounds import every
from stampbook.console.results import Nothing, Shown
from stampbook.console.values import digest_of
from stampbook.console.view import View
from stampbook.console.webhooks.asked import FROM, span_of
from stampbook.console.webhooks.sent import row_of, transaction_of
from stampbook.console.webhooks.typing_in import type_names

ROWS: Final = 50

MOST_SHOWN: Final = 500
"""Rows that an open page may gather before it is loaded anew."""

AROUND: Final = 100
"""Events of an account that are looked through for those of a transaction."""

REFRESH: Final = ((b"hx-refresh", b"true"),)


async def events(view: View) -> Shown:
    """The page. Newest first while it is live; from a day on they are in their order."""
    query = view.query
    span = span_of(view, query, (FROM,))
    found: Json = {"data": [], "next_cursor": "", "has_more": False}
    wrong = dict(span.wrong)
    if not wrong:
        try:
            found = await _read(view, span.given.get(FROM))
        except Problem as problem:
            if problem.status not in (404, 410, 422):
                raise
            wrong = _wrong(view, problem)
    is_live = FROM not in span.shown or not span.shown[FROM]
    rows = found["data"][::-1] if is_live else found["data"]
    has_more = not is_live and found["has_more"]
    programs = await every(view, "/v1/programs")
    return view.show(
        "webhooks/events.html",
        422 if wrong else 200,
        rows=[_row(view, each) for each in rows],
        is_live=is_live and not wrong,
        tail=_tail(view, found["next_cursor"], len(rows)),
        more=view.with_query(cursor=found["next_cursor"]) if has_more else None,
        types=[*_groups(names := await type_names(view)), *names],
        programs=[(each["id"], each["name"]) for each in programs],
        asked={"type": query.text("type"), "account_id": query.text("account_id"),
               "program_id": query.text("program_id"), **span.shown},
        wrong=wrong,
    )  # fmt: skip


async def events_live(view: View) -> Shown | Nothing:
    """The rows that came since the `cursor`, above the page's others. An open page that would have
    too many is loaded anew."""
    found = await _read(view, None)
    shown = int(view.query.text("shown")) if view.query.text("shown").isdigit() else 0
    if not found["data"]:
        return Nothing()
    shown += len(found["data"])
    answer = view.show(
        "webhooks/events_live.html",
        rows=[_row(view, each) for each in reversed(found["data"])],
        tail=_tail(view, found["next_cursor"], shown),
    )
    if found["has_more"] or shown > MOST_SHOWN:
        return Shown(answer.template, answer.values, headers=REFRESH)
    return answer


async def _read(view: View, since: str | None) -> Json:
    query = view.query
    cursor = query.maybe("cursor")
    begin = {} if cursor else {FROM: since or "last"}
    return await view.api.get(
        "/v1/events",
        limit=ROWS,
        cursor=cursor,
        types=query.maybe("type"),
        account_id=query.maybe("account_id"),
        program_id=query.maybe("program_id"),
        **begin,
    )


def _tail(view: View, cursor: str, shown: int) -> str:
    """Where an open page asks for what came since."""
    return view.at("/console/events/live", cursor=cursor, shown=str(shown))


def _wrong(view: View, problem: Problem) -> dict[str, str]:
    """What is wrong with the filter, by the name of its field."""
    if problem.status == 410:
        return {FROM: view.say("Events after this one were deleted because of their age.")}
    if problem.status == 404:
        name = "account_id" if view.query.maybe("account_id") else "program_id"
        return {name: view.say("There is nothing with this id.")}
    return {
        "type" if name == "types" else name: view.say("This is not understood.")
        for name in problem.faults or ("type",)
    }


def _groups(names: list[str]) -> list[str]:
    """The patterns of types that begin alike."""
    return sorted({f"{name.partition('.')[0]}.*" for name in names})


def _row(view: View, event: Json) -> dict[str, Any]:
    return {
        "event": event,
        "transaction": transaction_of(event["data"]),
        "text": indented(encode(event), indent=2).decode(),
    }


async def of_transaction(view: View, row: Json) -> dict[str, Any]:
    """The events of a transaction, and for those who see webhooks where they were sent."""
    page = await view.api.get(
        "/v1/events", account_id=row["account_id"], limit=AROUND, **{FROM: row["created_at"]}
    )
    found = [each for each in page["data"] if each["sequence"] == row["seq"]]
    sent: list[Json] = []
    if found and view.can("admin"):
        named = ",".join(each["id"] for each in found)
        sent = (await view.api.get("/v1/deliveries", event_id=named, limit=ROWS))["data"]
    path = f"/console/transactions/{row['id']}"
    since = digest_of([found, sent])
    return {
        "events": [
            {
                "event": each,
                "sent": [row_of(view, one) for one in sent if _is_of(one, each)],
            }
            for each in found
        ],
        "events_since": since,
        "events_live": f"{path}/events?since={since}",
    }


def _is_of(delivery: Json, event: Json) -> bool:
    """Whether the delivery is of the event: a format can say several things of one."""
    return bool(delivery["event_id"].split("_")[:2] == event["id"].split("_"))


async def transaction_events(view: View) -> Shown | Nothing:
    """The same part of the transaction's page, if something has become of it since."""
    row = await view.api.get(f"/v1/transactions/{view.path['txn']}")
    values = await of_transaction(view, row)
    if values["events_since"] == view.query.text("since"):
        return Nothing()
    program = await view.api.get(f"/v1/accounts/{row['account_id']}")
    view.in_zone(await view.api.get(f"/v1/programs/{program['program_id']}"))
    return view.show("webhooks/of_transaction.html", **values)
