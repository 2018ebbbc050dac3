"""New members, their data, their accounts, and their end in a program."""

from typing import Any, Final

from stampbook.console.api import Json, Problem
from stampbook.console.members import member as page
from stampbook.console.members.opened import opened, refused
from stampbook.console.results import Flash, Goto, Shown
from stampbook.console.view import View

FIELDS: Final = ("name", "email", "phone", "external_id")
PROGRAMS: Final = 200


async def new(view: View) -> Shown | Goto:
    """Register a member in the program of the address, or in the one that is chosen."""
    problem = None
    chosen = view.form.text("program") or view.query.text("program")
    if view.posts:
        body = {name: value for name in FIELDS if (value := view.form.maybe(name))}
        try:
            if not body:
                raise _missing(view)
            made = await view.api.post(f"/v1/programs/{chosen}/members", body, key=view.key)
            said = view.say("%(name)s is a member now.", name=body.get("name", made.value["id"]))
            return view.go(f"/console/members/{made.value['id']}", Flash(said))
        except Problem as found:
            problem = refused(found)
    programs = (await view.api.get("/v1/programs", limit=PROGRAMS))["data"]
    status = 200 if problem is None else problem.status
    values = {"programs": [(each["id"], each["name"]) for each in programs], "chosen": chosen}
    return view.show("members/new.html", status, **values, problem=problem)


def _missing(view: View) -> Problem:
    text = view.say("Give at least one of them, so that the member can be found.")
    return Problem.of_fields({"name": text})


async def edit(view: View) -> Shown | Goto:
    """Change what is known of a member."""
    found = await opened(view, view.path["mbr"])
    problem = None
    if view.posts:
        body: Json = {name: view.form.maybe(name) for name in FIELDS}
        body["status"] = view.form.text("status")
        try:
            await view.api.write("PATCH", f"/v1/members/{found.id}", body, key=view.key)
            return view.go(found.path, Flash(view.say("Saved.")))
        except Problem as refusal:
            problem = refused(refusal)
    status = 200 if problem is None else problem.status
    return view.show("members/edit.html", status, found=found, problem=problem)


async def open_account(view: View) -> Shown | Goto:
    """Give a member an account in a currency."""
    found = await opened(view, view.path["mbr"])
    body: dict[str, Any] = {"member_id": found.id, "currency_id": view.form.text("currency")}
    if view.form.maybe("number"):
        body["number"] = view.form.text("number")
    try:
        made = await view.api.post("/v1/accounts", body, key=view.key)
    except Problem as refusal:
        if refusal.status == 404:
            raise
        return await page.shown(view, found, refused(refusal))
    return view.go(f"/console/accounts/{made.value['id']}", Flash(view.say("The account is open.")))


async def remove(view: View) -> Shown | Goto:
    """Take a member out of the program, once that was confirmed."""
    found = await opened(view, view.path["mbr"])
    problem = None
    if view.posts:
        try:
            await view.api.write("DELETE", f"/v1/members/{found.id}", key=view.key)
            said = view.say("%(name)s is no member any more.", name=found.name)
            return view.go("/console", Flash(said))
        except Problem as refusal:
            problem = refused(refusal)
    status = 200 if problem is None else problem.status
    return view.show("members/remove.html", status, found=found, problem=problem)
