"""New people, and the form about a person."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.people.bounds import limit_rows, limits_typed, offered
from stampbook.console.people.words import ROLES, role_of, whole, worded
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View
from stampbook.speaking.languages import LANGUAGES

CONTACTS: Final = ("name", "email", "phone")
BINDINGS: Final = ("program_ids", "location_ids")

NOBODY: Final[Json] = {
    "login": "",
    **dict.fromkeys(CONTACTS),
    "role": "support",
    "language": "en",
    **dict.fromkeys(BINDINGS, ()),
}
"""What is known of a person who is not there yet."""


async def new(view: View) -> Shown | Goto:
    """A person who can sign in."""
    whole(view)
    problem = None
    if view.posts:
        try:
            body = {**typed(view), "password": view.form.exact("password")}
            made = await view.api.post("/v1/users", body, key=view.key)
            said = view.say("%(login)s can sign in now.", login=made.value["login"])
            return view.go(f"/console/users/{made.value['id']}", Flash(said))
        except Problem as refusal:
            problem = worded(view, refusal)
    status = 200 if problem is None else problem.status
    return view.show("people/new-user.html", status, **await fields(view, None), problem=problem)


def typed(view: View) -> Json:
    """What the form says of a person, as the native API takes it. Raises Problem."""
    form = view.form
    return {
        "login": form.text("login"),
        **{name: form.maybe(name) for name in CONTACTS},
        "role": form.text("role"),
        "language": form.text("language"),
        **{name: form.all(name) for name in BINDINGS},
        "limits": limits_typed(view),
    }


async def fields(view: View, user: Json | None) -> dict[str, Any]:
    """What the form needs: what is known, what was typed, and what there is to choose."""
    known = NOBODY if user is None else user
    if "login" in view.form:
        ticked = {name: view.form.all(name) for name in BINDINGS}
    else:
        ticked = {name: known[name] for name in BINDINGS}
    return {
        "user": user,
        "known": known,
        "ticked": ticked,
        "limits": limit_rows(view, user),
        "offered": await offered(view),
        "roles": [(each, role_of(view, each)) for each in ROLES],
        "languages": list(LANGUAGES.items()),
    }
