"""One webhook: its settings, what can be done with it, and what was sent to it."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.cookies import new_secret
from stampbook.console.people.words import overlap_said
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View
from stampbook.console.webhooks import sent
from stampbook.console.webhooks.asked import span_of
from stampbook.console.webhooks.typing_in import type_names, typed
from stampbook.console.webhooks.words import (
    FORMATS,
    REASONS,
    invalid,
    outcome_of,
    status_of,
    worded,
)
from stampbook.webhooks.endpoints import MAX_OVERLAP_S, OVERLAP_S

OVERLAPS: Final = (0, 3_600, OVERLAP_S, MAX_OVERLAP_S)
"""For how many seconds requests are signed with the former secret, too."""


async def webhook(view: View) -> Shown:
    """The page."""
    return await _shown(view, await _found(view))


async def change(view: View) -> Shown | Goto:
    """Save what the form says."""
    found = await _found(view)
    try:
        await view.api.write("PATCH", f"/v1/webhooks/{found['id']}", typed(view), key=view.key)
    except Problem as refusal:
        return await _shown(view, found, worded(view, refusal))
    return view.go(path_of(found), Flash(view.say("Saved.")))


async def rotate(view: View) -> Shown:
    """A new secret, which is shown once."""
    overlap = view.form.text("overlap_s", str(OVERLAP_S))
    body = {"overlap_s": int(overlap) if overlap in map(str, OVERLAPS) else OVERLAP_S}
    made = await view.api.post(f"/v1/webhooks/{view.path['whk']}/rotate", body, key=view.key)
    return await shown_made(view, made.value)


async def test(view: View) -> Goto:
    """Send an event at once, to see what comes of it."""
    tried = (await view.api.post(f"/v1/webhooks/{view.path['whk']}/test", key=view.key)).value
    look = f"/console/deliveries/{tried['delivery_id']}"
    if tried["error"] is None:
        text = view.say(
            "The test has arrived: %(status)s after %(ms)s ms.",
            status=tried["status"],
            ms=tried["duration_ms"],
        )
        return view.go(_own_path(view), Flash(text, look=look))
    why = outcome_of(view, tried["status"], tried["error"])
    text = view.say("The test has not arrived: %(why)s.", why=why)
    return view.go(_own_path(view), Flash(text, kind="error", look=look))


async def disable(view: View) -> Goto:
    """Nothing is sent until it is enabled."""
    await view.api.post(f"/v1/webhooks/{view.path['whk']}/disable", key=view.key)
    text = view.say("Disabled. Nothing is sent until it is enabled, and nothing is lost.")
    return view.go(_own_path(view), Flash(text))


async def enable(view: View) -> Goto:
    """Go on where it has stopped, or with what happens from now on."""
    resume = "now" if view.form.text("resume") == "now" else "stopped"
    body = {"resume": resume}
    await view.api.post(f"/v1/webhooks/{view.path['whk']}/enable", body, key=view.key)
    text = view.say("Enabled. It goes on where it stopped.")
    if resume == "now":
        text = view.say("Enabled. It gets what happens from now on.")
    return view.go(_own_path(view), Flash(text))


async def delete(view: View) -> Shown | Goto:
    """Take it away, once that was confirmed."""
    found = await _found(view)
    if not view.posts:
        return view.show("webhooks/delete.html", webhook=found, path=path_of(found))
    await view.api.write("DELETE", f"/v1/webhooks/{found['id']}", key=view.key)
    text = view.say("The webhook to %(url)s is deleted.", url=found["url"])
    return view.go("/console/webhooks", Flash(text))


async def redeliver_range(view: View) -> Shown | Goto:
    """Send the events of a span of time again; the fields begin as the page's filter was."""
    found = await _found(view)
    span = span_of(view, view.form if view.posts else view.query)
    problem = None
    if view.posts:
        try:
            if span.wrong or "from" not in span.given:
                raise invalid(view, *(span.wrong or ["from"]))
            body = {**span.given, "status": view.form.text("status", "failed")}
            again = await view.api.post(f"/v1/webhooks/{found['id']}/redeliver", body, key=view.key)
            count = again.value["count"]
            text = view.speech.ngettext(
                "%(num)s event is sent again.", "%(num)s events are sent again.", count
            )
            return view.go(path_of(found), Flash(text))
        except Problem as refusal:
            problem = worded(view, refusal)
    return view.show(
        "webhooks/redeliver.html",
        200 if problem is None else problem.status,
        webhook=found,
        path=path_of(found),
        span=span,
        statuses=[("failed", view.say("Those that failed")), ("all", view.say("All"))],
        problem=problem,
    )


async def shown_made(view: View, made: Json) -> Shown:
    """The page with a secret that was made now."""
    view.key = new_secret()  # the page has other forms than the one that was sent
    webhook = {name: value for name, value in made.items() if name != "secret"}
    return await _shown(view, webhook, made=made)


def path_of(webhook: Json) -> str:
    return f"/console/webhooks/{webhook['id']}"


def _own_path(view: View) -> str:
    return f"/console/webhooks/{view.path['whk']}"


async def _found(view: View) -> Json:
    """The webhook, and the view in its program's zone. Raises Problem."""
    found = await view.api.get(f"/v1/webhooks/{view.path['whk']}")
    await sent.in_zone(view, found)
    return found


async def _shown(
    view: View, webhook: Json, problem: Problem | None = None, made: Json | None = None
) -> Shown:
    program = await sent.in_zone(view, webhook)
    values: dict[str, Any] = await sent.deliveries_of(view, webhook)
    return view.show(
        "webhooks/webhook.html",
        422 if values["wrong"] else 200 if problem is None else problem.status,
        **values,
        webhook=webhook,
        made=made,
        status=status_of(view, webhook),
        reason=view.say(REASONS[webhook["disabled_reason"]]),
        program=None if program is None else program["name"],
        format=view.say(FORMATS[webhook["format"]]),
        headers="\n".join(f"{name}: {value}" for name, value in webhook["headers"].items()),
        types=await type_names(view),
        overlaps=[(str(each), overlap_said(view, each)) for each in OVERLAPS],
        overlap=str(OVERLAP_S),
        problem=problem,
    )
