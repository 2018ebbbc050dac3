"""Everybody who can sign in."""

from typing import Final

from stampbook.console.people.words import ROLES, role_of, statuses, whole
from stampbook.console.results import Shown
from stampbook.console.view import View

ROWS: Final = 50


async def users(view: View) -> Shown:
    """The list, filtered by `q`, `role` and `status`."""
    whole(view)
    await view.in_common_zone()
    query = view.query
    role = query.text("role") if query.text("role") in ROLES else ""
    status = query.text("status") if query.text("status") in ("active", "disabled") else ""
    found = await view.api.get(
        "/v1/users",
        limit=ROWS,
        cursor=query.maybe("cursor"),
        q=query.maybe("q"),
        role=role or None,
        status=status or None,
    )
    rows = [
        {"user": each, "role": role_of(view, each["role"]), "statuses": statuses(view, each)}
        for each in found["data"]
    ]
    return view.show(
        "people/users.html",
        rows=rows,
        more=view.with_query(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        roles=[(each, role_of(view, each)) for each in ROLES],
        asked={"q": query.text("q"), "role": role, "status": status},
    )
