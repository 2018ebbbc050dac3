"""What is typed into the form of a webhook."""

from stampbook.console.api import Json
from stampbook.console.view import View
from stampbook.console.webhooks.words import invalid


async def type_names(view: View) -> list[str]:
    """The types of events that there are."""
    found = await view.api.get("/v1/event_types")
    return [each["name"] for each in found["data"] if each["in_feed"]]


def typed(view: View) -> Json:
    """What can be changed of a webhook, as the form has it. Raises Problem."""
    form = view.form
    return {
        "url": form.text("url"),
        "events": form.text("events").replace(",", " ").split(),
        "description": form.text("description"),
        "headers": _headers(view, form.text("headers")),
    }


def _headers(view: View, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if line.strip() and (not colon or name.strip().lower() in map(str.lower, found)):
            raise invalid(view, "headers")
        if line.strip():
            found[name.strip()] = value.strip()
    return found
