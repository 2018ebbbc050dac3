"""Addresses with another dialect's spelling of an id lead to the page with the native one."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final

from stampbook.console.api import Problem
from stampbook.console.faults import NotFound
from stampbook.console.results import Goto, Result
from stampbook.console.view import View

KINDS: Final = {
    "members": "member",
    "accounts": "account",
    "transactions": "transaction",
    "lots": "lot",
    "visits": "visit",
    "orders": "order",
    "programs": "program",
    "currencies": "currency",
}
"""What is found at addresses, by the word before the id."""


def spelled(handler: Callable[[View], Awaitable[Any]]) -> Callable[[View], Awaitable[Any]]:
    """The handler, for a page whose address has an id: where nothing has that id, the native
    spelling of it is looked for."""

    @wraps(handler)
    async def either(view: View) -> Result:
        try:
            found: Result = await handler(view)
            return found
        except NotFound:
            address = await _native(view)
            if address is None:
                raise
        except Problem as problem:
            address = await _native(view) if problem.status == 404 else None
            if address is None:
                raise
        return Goto(address)

    return either


async def _native(view: View) -> str | None:
    """This page's address in native ids; None if there is no other."""
    path = view.request.path.split("/")
    for value in view.path.values():
        at = path.index(value) if value in path else 0
        kind = KINDS.get(path[at - 1]) if at else None
        if kind is None:
            continue
        # Altegio's ids are plain numbers: they need the word for what they number.
        asked = f"{kind} {value}" if value.isdigit() else value
        try:
            found = await view.api.get("/v1/search", q=asked, limit=2)
        except Problem:
            continue
        native = [each["id"] for each in found["data"] if each["kind"] == kind]
        if len(native) == 1 and native[0] != value and _names(found["data"][0], value):
            path[at] = native[0]
            query = view.request.query.decode("latin-1")
            return "/".join(path) + (f"?{query}" if query else "")
    return None


def _names(hit: dict[str, Any], value: str) -> bool:
    """Whether the hit is one by an id, not by a name that happens to be like it."""
    return hit["matched"] in ("id", "external_id", "number") or hit["number"] == value
