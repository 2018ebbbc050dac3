"""Rows of the console's table of pages."""

from typing import NamedTuple

from stampbook.console.spelled import spelled
from stampbook.edge.operations import Handler, Operation
from stampbook.programs.roles import Role


class Marks(NamedTuple):
    """What only the console knows of a row (Operation.extra). `confirmed`: the person must have
    given their password a short time ago; the dialect asks for it (confirming.py)."""

    confirmed: bool = False


def page(
    path: str,
    handler: Handler,
    role: Role = Role.VIEWER,
    *,
    public: bool = False,
    confirmed: bool = False,
) -> Operation:
    """A page or a fragment to look at; `path` is below `/console`."""
    asked = spelled(handler) if "{" in path and not public else handler
    return _row("GET", path, asked, role, public=public, confirmed=confirmed)


def act(
    path: str, handler: Handler, role: Role, *, public: bool = False, confirmed: bool = False
) -> Operation:
    """A form that writes."""
    return _row("POST", path, handler, role, public=public, confirmed=confirmed)


def form(
    path: str, handler: Handler, role: Role, *, confirmed: bool = False
) -> tuple[Operation, Operation]:
    """A page with a form, and what it writes: one handler, which asks `view.posts`."""
    return (
        page(path, handler, role, confirmed=confirmed),
        act(path, handler, role, confirmed=confirmed),
    )


def elsewhere(depth: int, handler: Handler) -> Operation:
    """All addresses of `depth` segments that no other row has: a word of another row goes first."""
    path = "".join(f"/{{any{at}}}" for at in range(depth))
    return _row("GET", path, handler, Role.VIEWER, public=False, confirmed=False)


def _row(
    method: str, path: str, handler: Handler, role: Role, *, public: bool, confirmed: bool
) -> Operation:
    return Operation(
        name=f"{method.lower()}{path}",
        method=method,
        paths=(f"/console{path}",),
        handler=handler,
        role=None if public else role,
        public=public,
        extra=Marks(confirmed),
    )
