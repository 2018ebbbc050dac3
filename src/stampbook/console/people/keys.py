"""API keys: their secrets are shown once, as the answer to the form that made them.

So no secret is in an address or in a cookie, and a form that is sent twice shows the same one.
"""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.cookies import new_secret
from stampbook.console.people.bounds import every
from stampbook.console.people.words import SCOPES, invalid, is_past, overlap_said, whole, worded
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.typed import BadInstant, day_typed
from stampbook.console.values import text_of
from stampbook.console.view import View
from stampbook.programs.api_keys import MAX_OVERLAP_S, OVERLAP_S

ROWS: Final = 50

OVERLAPS: Final = (0, 3_600, OVERLAP_S, MAX_OVERLAP_S)
"""For how many seconds the former secret can work on."""


async def keys(view: View) -> Shown:
    """All keys, with what they may do and when they were last used."""
    return await _shown(view)


async def new(view: View) -> Shown:
    """A key for an application."""
    whole(view)
    problem = None
    if view.posts:
        try:
            made = await view.api.post("/v1/api_keys", _typed(view), key=view.key)
            return await _shown(view, made=made.value)
        except Problem as refusal:
            problem = worded(view, refusal)
    programs = await every(view, "/v1/programs")
    return view.show(
        "people/new-key.html",
        200 if problem is None else problem.status,
        programs=[
            ("", view.say("All programs")),
            *((each["id"], each["name"]) for each in programs),
        ],
        scopes=[(each, view.say(text)) for each, text in SCOPES.items()],
        ticked=view.form.all("scopes"),
        problem=problem,
    )


def _typed(view: View) -> Json:
    """The key of the form. Raises Problem."""
    form = view.form
    body: dict[str, Any] = {
        "name": form.text("name"),
        "scopes": form.all("scopes"),
        "program_id": form.maybe("program"),
        "addresses": form.text("addresses").replace(",", " ").split(),
    }
    if form.maybe("expires_at"):
        try:
            until = day_typed(form.text("expires_at"), view.speech.zone, after=True)
        except BadInstant:
            raise invalid(view, "expires_at") from None
        body["expires_at"] = text_of(until)
    if form.maybe("rate_limit"):
        if not (form.text("rate_limit").isascii() and form.text("rate_limit").isdigit()):
            raise invalid(view, "rate_limit")
        body["rate_limit"] = int(form.text("rate_limit")[:9])
    return body


async def rotate(view: View) -> Shown:
    """A new secret; the former one works on for as long as was chosen."""
    whole(view)
    overlap = view.form.text("overlap_s", str(OVERLAP_S))
    body = {"overlap_s": int(overlap) if overlap in map(str, OVERLAPS) else OVERLAP_S}
    path = f"/v1/api_keys/{view.path['key']}/rotate"
    try:
        made = await view.api.post(path, body, key=view.key)
    except Problem as refusal:
        if refusal.status == 404:
            raise
        return await _shown(view, worded(view, refusal))
    return await _shown(view, made=made.value)


async def revoke(view: View) -> Shown | Goto:
    """End a key for good, once that was confirmed."""
    whole(view)
    key = await view.api.get(f"/v1/api_keys/{view.path['key']}")
    problem = None
    if view.posts:
        try:
            await view.api.write("DELETE", f"/v1/api_keys/{key['id']}", key=view.key)
            said = view.say("%(name)s is revoked.", name=key["name"])
            return view.go("/console/keys", Flash(said))
        except Problem as refusal:
            problem = worded(view, refusal)
    status = 200 if problem is None else problem.status
    return view.show("people/revoke-key.html", status, key=key, problem=problem)


async def _shown(view: View, problem: Problem | None = None, made: Json | None = None) -> Shown:
    whole(view)
    cursor = None if view.posts else view.query.maybe("cursor")
    found = await view.api.get("/v1/api_keys", limit=ROWS, cursor=cursor)
    if made is not None:
        view.key = new_secret()  # the list has other forms than the one that was sent
    more = found["next_cursor"]
    programs = {each["id"]: each["name"] for each in await every(view, "/v1/programs")}
    return view.show(
        "people/keys.html",
        200 if problem is None else problem.status,
        rows=[_row(view, each, programs) for each in found["data"]],
        more=view.at("/console/keys", cursor=more) if more else None,
        made=made,
        overlaps=[(str(each), overlap_said(view, each)) for each in OVERLAPS],
        overlap=str(OVERLAP_S),
        problem=problem,
    )


def _row(view: View, key: Json, programs: dict[str, str]) -> dict[str, Any]:
    if key["revoked_at"] is not None:
        status = ("revoked", view.say("Revoked"), "bad")
    elif is_past(view, key["expires_at"]):
        status = ("expired", view.say("Expired"), "warn")
    else:
        status = ("active", view.say("Active"), "good")
    return {
        "key": key,
        "status": status,
        "works": status[0] == "active",
        "program": programs.get(key["program_id"], key["program_id"]),
        "is_rotating": not is_past(view, key["old_secret_until"] or "1970-01-01T00:00:00Z"),
    }
