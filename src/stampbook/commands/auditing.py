"""`audit`: list who changed what. `anchor`: say what the journals are, to keep it elsewhere."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import anchor_key, in_force
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    run,
    say,
    say_json,
    say_table,
)

if TYPE_CHECKING:
    from stampbook.programs.audit_pages import Entry

PAGE = 500
"""Rows that are read at once."""


@command
def audit(
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Only what was done at this instant or later."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Only what was done before this instant."),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option("--action", help="Only acts of this kind, such as currency.updated."),
    ] = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """List who changed what, newest first. Dates are ISO 8601; without an offset they are UTC."""
    from msgspec import to_builtins

    from stampbook.dialects.native.audit.wire import audit_shape
    from stampbook.programs import audit_pages
    from stampbook.programs.audit_pages import Wanted
    from stampbook.programs.auditing import ACTIONS
    from stampbook.programs.tenants import DEFAULT_TENANT
    from stampbook.wiring import opened_store

    if action is not None and action not in ACTIONS:
        raise WrongUse(f"--action {action} is none of {', '.join(sorted(ACTIONS))}")
    wanted = Wanted(
        since=read_instant("--from", since), until=read_instant("--to", until), action=action
    )

    async def work() -> "list[Entry]":
        found: list[Entry] = []
        async with opened_store(settings) as store:
            while True:
                before = found[-1].number if found else None
                page = await audit_pages.page(
                    store, tenant=DEFAULT_TENANT, wanted=wanted, before=before, limit=PAGE
                )
                found += page
                if len(page) < PAGE:
                    return found

    settings = in_force(database_url=database).settings
    shapes = [audit_shape(each) for each in run(work())]
    if as_json:
        say_json([to_builtins(each) for each in shapes])
        return
    columns = ("id", "at", "action", "entity", "who", "changed")
    rows = [
        (
            each.id,
            each.at,
            each.action,
            each.entity or "",
            each.user_id or each.api_key_id or each.actor or "",
            " ".join(each.changes),
        )
        for each in shapes
    ]
    say_table(columns, rows)


def read_instant(option: str, text: str | None) -> int | None:
    """Microseconds UTC of a date, or of a date and time. Raises WrongUse."""
    from stampbook.domain.policy import to_instant

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{option} {text} is not a date such as 2026-11-28T09:30:00Z") from None
    return to_instant(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


@command
def anchor(database: DatabaseOption = None, as_json: JsonOption = False) -> None:
    """Print an anchor: a line of JSON that says what every journal is now.

    Keep it where nobody who can write to the database can change it: `verify --anchors` compares.
    It names every account. The worker makes one a day by itself, which names what has moved.
    """
    from stampbook.verifying.anchor_lines import write_line
    from stampbook.verifying.anchors import make_anchors
    from stampbook.wiring import clock, opened_store

    settings = in_force(database_url=database).settings
    key = anchor_key(settings)

    async def work() -> list[str]:
        async with opened_store(settings) as store:
            return [write_line(each) for each in await make_anchors(store, now=clock(), key=key)]

    lines = run(work())
    if not lines:
        raise No("there is nothing to anchor yet")
    for line in lines:
        say(line)
