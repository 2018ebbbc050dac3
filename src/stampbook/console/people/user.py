"""One person: their data, rights, limits, password and sessions."""

from typing import Any

from stampbook.console.api import Json, Problem
from stampbook.console.people.creating import fields, typed
from stampbook.console.people.me import change_password
from stampbook.console.people.words import role_of, statuses, whole, worded
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View


async def user(view: View) -> Shown:
    """The person's page."""
    return await _shown(view, await _found(view))


async def change(view: View) -> Shown | Goto:
    """Save what the form says of the person."""
    found = await _found(view)
    try:
        body = typed(view)
        saved = await view.api.write("PATCH", f"/v1/users/{found['id']}", body, key=view.key)
    except Problem as refusal:
        return await _shown(view, found, worded(view, refusal))
    said = Flash(view.say("Saved."))
    if _is_own(view, found) and saved.value["role"] != found["role"]:
        return view.go("/console/me", said)
    return view.go(_path(found), said)


async def set_password(view: View) -> Shown | Goto:
    """A new password, which ends the person's sessions; one's own is changed as on one's page."""
    found = await _found(view)
    try:
        if _is_own(view, found):
            await change_password(view)
        else:
            body = {"password": view.form.exact("password")}
            await view.api.post(f"/v1/users/{found['id']}/password", body)
    except Problem as refusal:
        return await _shown(view, found, worded(view, refusal))
    said = view.say("The password of %(login)s is changed.", login=found["login"])
    return view.go(_path(found), Flash(said))


async def disable(view: View) -> Shown | Goto:
    """The person can sign in no more, and is signed out everywhere."""
    return await _act(view, "disable", view.say("Disabled, and signed out everywhere."))


async def enable(view: View) -> Shown | Goto:
    """The person can sign in again."""
    return await _act(view, "enable", view.say("Can sign in again."))


async def unlock(view: View) -> Shown | Goto:
    """Failed sign-ins are forgotten."""
    return await _act(view, "unlock", view.say("Failed sign-ins are forgotten."))


async def remove_totp(view: View) -> Shown | Goto:
    """Signing in needs the password alone again."""
    found = await _found(view)
    await view.api.write("DELETE", f"/v1/users/{found['id']}/totp", key=view.key)
    return view.go(_path(found), Flash(view.say("The second factor is removed.")))


async def end_session(view: View) -> Goto:
    """Sign the person out in one place."""
    found = await _found(view)
    await view.api.write("DELETE", f"/v1/sessions/{view.path['ses']}", key=view.key)
    return view.go(_path(found), Flash(view.say("The session has ended.")))


async def _act(view: View, act: str, said: str) -> Shown | Goto:
    found = await _found(view)
    try:
        await view.api.post(f"/v1/users/{found['id']}/{act}", key=view.key)
    except Problem as refusal:
        return await _shown(view, found, worded(view, refusal))
    return view.go(_path(found), Flash(said))


async def _found(view: View) -> Json:
    whole(view)
    return await view.api.get(f"/v1/users/{view.path['usr']}")


def _path(user: Json) -> str:
    return f"/console/users/{user['id']}"


def _is_own(view: View, user: Json) -> bool:
    own = view.person
    return own is not None and user["login"] == own.user.login


async def _shown(view: View, user: Json, problem: Problem | None = None) -> Shown:
    await view.in_common_zone()
    found = await view.api.get(f"/v1/users/{user['id']}/sessions", limit=100)
    values: dict[str, Any] = {
        **await fields(view, user),
        "role": role_of(view, user["role"]),
        "statuses": statuses(view, user),
        "sessions": found["data"],
        "is_own": _is_own(view, user),
        "path": _path(user),
    }
    status = 200 if problem is None else problem.status
    return view.show("people/user.html", status, **values, problem=problem)
