"""What everybody has: a password, sessions, a second factor, a language and a theme."""

from typing import Any

from stampbook.console.api import Problem
from stampbook.console.people.words import role_of, worded
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View

PATH = "/console/me"


async def me(view: View) -> Shown:
    return await _shown(view)


async def set_password(view: View) -> Shown | Goto:
    """A new password; this session goes on, all others end."""
    try:
        await change_password(view)
    except Problem as refusal:
        return await _shown(view, worded(view, refusal))
    said = view.say("Your password is changed. All your other sessions have ended.")
    return view.go(PATH, Flash(said))


async def change_password(view: View) -> None:
    """Give the person at the desk the password of the form, and their session a new token.
    Raises Problem."""
    body = {"password": view.form.exact("password")}
    changed = await view.api.post("/v1/session/password", body)
    view.keep_session(changed.value["token"])


async def add_totp(view: View) -> Shown:
    """A second factor, whose secret is shown once."""
    made = await view.api.post("/v1/session/totp")
    return await _shown(view, factor=made.value)


async def remove_totp(view: View) -> Goto:
    await view.api.write("DELETE", "/v1/session/totp")
    return view.go(PATH, Flash(view.say("The second factor is removed.")))


async def end_session(view: View) -> Goto:
    """Sign out in one place; of this one the next page is the one to sign in."""
    await view.api.write("DELETE", f"/v1/sessions/{view.path['ses']}", key=view.key)
    return view.go(PATH, Flash(view.say("The session has ended.")))


async def _shown(view: View, problem: Problem | None = None, **more: Any) -> Shown:
    await view.in_common_zone()
    own = await view.api.get("/v1/session")
    user = own["user"]
    found = await view.api.get(f"/v1/users/{user['id']}/sessions", limit=100)
    values = {
        "user": user,
        "role": role_of(view, user["role"]),
        "sessions": found["data"],
        "present": own["id"],
        "factor": None,
        **more,
    }
    status = 200 if problem is None else problem.status
    return view.show("people/me.html", status, **values, problem=problem)
