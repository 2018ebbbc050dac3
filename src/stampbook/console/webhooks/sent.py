"""What was sent: the deliveries of a webhook, and one of them with its body and attempts."""

from typing import Any, Final

from msgspec.json import decode
from msgspec.json import format as indented

from stampbook.console.api import Json
from stampbook.console.results import Flash, Goto, Nothing, Shown
from stampbook.console.values import digest_of
from stampbook.console.view import View
from stampbook.console.webhooks.asked import span_of
from stampbook.console.webhooks.words import STATUSES, TONES, outcome_of

ROWS: Final = 50

FILTERS: Final = ("status", "type", "from", "to")


async def in_zone(view: View, webhook: Json) -> Json | None:
    """The program of a webhook, if it has one, and the view in its zone."""
    if webhook["program_id"] is None:
        return None
    program = await view.api.find(f"/v1/programs/{webhook['program_id']}")
    if program is not None:
        view.in_zone(program)
    return program


async def deliveries_of(view: View, webhook: Json) -> dict[str, Any]:
    """The values of the list of what was sent, filtered as the address says."""
    query = view.query
    span = span_of(view, query)
    status, name = query.text("status"), query.text("type")
    found: Json = {"data": [], "next_cursor": None}
    if not span.wrong:
        found = await view.api.get(
            f"/v1/webhooks/{webhook['id']}/deliveries",
            limit=ROWS,
            cursor=query.maybe("cursor"),
            status=status if status in STATUSES else None,
            type=name or None,
            **span.given,
        )
    path = f"/console/webhooks/{webhook['id']}"
    more = found["next_cursor"]
    return {
        "path": path,
        "rows": [row_of(view, each) for each in found["data"]],
        "more": view.at(path, cursor=more, since=None) if more else None,
        "statuses": [(each, view.say(text)) for each, text in STATUSES.items()],
        "asked": {"status": status, "type": name, **span.shown},
        "filtered": any(query.text(each) for each in FILTERS),
        "wrong": span.wrong,
        "since": digest_of(found["data"]),
        "live": view.at(f"{path}/live", since=digest_of(found["data"])),
    }


def row_of(view: View, delivery: Json) -> dict[str, Any]:
    """A delivery with its words."""
    status = delivery["status"]
    return {
        "delivery": delivery,
        "status": (status, view.say(STATUSES[status]), TONES.get(status, "")),
        "outcome": outcome_of(view, delivery["last_status"], delivery["last_error"]),
    }


async def deliveries_live(view: View) -> Shown | Nothing:
    """The same list, if it is no longer as `since`."""
    webhook = await view.api.get(f"/v1/webhooks/{view.path['whk']}")
    await in_zone(view, webhook)
    values = await deliveries_of(view, webhook)
    if values["since"] == view.query.text("since"):
        return Nothing()
    return view.show("webhooks/deliveries.html", **values)


async def delivery(view: View) -> Shown:
    """A delivery: its body, and all attempts. Raises Problem where there is no such one."""
    return view.show("webhooks/delivery.html", **await _values(view))


async def delivery_live(view: View) -> Shown | Nothing:
    """The same part of the page, if something has become of it since."""
    values = await _values(view)
    if values["since"] == view.query.text("since"):
        return Nothing()
    return view.show("webhooks/delivery_part.html", **values)


async def redeliver(view: View) -> Goto:
    """Send it again: the same bytes, under a new signature."""
    path = f"/v1/deliveries/{view.path['dlv']}"
    again = (await view.api.post(f"{path}/redeliver", key=view.key)).value
    text = view.say("It is sent again, as soon as it is its turn.")
    return view.go(f"/console/deliveries/{again['id']}", Flash(text))


async def _values(view: View) -> dict[str, Any]:
    found = await view.api.get(f"/v1/deliveries/{view.path['dlv']}")
    webhook = await view.api.get(f"/v1/webhooks/{found['webhook_id']}")
    await in_zone(view, webhook)
    path = f"/console/deliveries/{found['id']}"
    since = digest_of([found, webhook["status"]])
    return {
        "found": found,
        "webhook": webhook,
        "path": path,
        "each": row_of(view, found),
        "body": body_of(found["body"]),
        "tries": [
            {"try": each, "outcome": outcome_of(view, None, each["error"])}
            for each in found["tries"]
        ],
        "transaction": transaction_of(decode(found["body"])["data"]) if found["body"] else None,
        "since": since,
        "live": view.at(f"{path}/live", since=since),
    }


def body_of(text: str) -> str:
    """A body as people read it. What is sent has no spaces."""
    return indented(text.encode(), indent=2).decode() if text else ""


def transaction_of(data: Any) -> str | None:
    """The id of the transaction that an event's data are about, if they are about one."""
    if not isinstance(data, dict):
        return None
    found = data.get("transaction_id")
    if isinstance(data.get("transaction"), dict):
        found = data["transaction"].get("id")
    return found if isinstance(found, str) and found.startswith("txn_") else None
