"""`/events`: the feed to be pulled. `/event_types`: what events there are."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from msgspec import Raw
from msgspec.json import encode, schema

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.events.printing import print_events
from stampbook.dialects.native.events.wire import (
    DATA,
    EventTypeShape,
    EventTypesShape,
    FeedShape,
)
from stampbook.dialects.native.openapi import AMOUNT
from stampbook.dialects.native.problems import Failure, invalid_parameter
from stampbook.events import feed, types
from stampbook.events.feed import Page, Wanted
from stampbook.events.places import START, Cursor, before_instant, end_of, read_cursor
from stampbook.events.types import UnknownType
from stampbook.programs.roles import Role
from stampbook.storage.outbox.reading import pruned_upto

MAX_LIMIT: Final = 1_000
DEFAULT_LIMIT: Final = 100
MAX_WAIT_S: Final = 30
NOW: Final = "now"
LAST: Final = "last"


async def list_events(call: Call) -> FeedShape:
    """The next events after the cursor; with `wait_s` as soon as there is one."""
    limit = _number(call, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT)
    wait_s = _number(call, "wait_s", 0, MAX_WAIT_S, 0)
    wanted = await _wanted(call)
    cursor = await _cursor(call, wanted, limit)
    loop = asyncio.get_running_loop()
    until_s = loop.time() + wait_s
    page = await _page(call, wanted, cursor, limit)
    while not page.events:
        cursor = page.cursor
        left_s = until_s - loop.time()
        if left_s <= 0 or not (page.more or await call.context.pulse.wait(cursor.place, left_s)):
            break
        page = await _page(call, wanted, cursor, limit)
    printed = await print_events(call.context.store, page.events, tenant=call.caller.tenant)
    return FeedShape([Raw(each) for each in printed], str(page.cursor), page.more)


async def _page(call: Call, wanted: Wanted, cursor: Cursor, limit: int) -> Page:
    """Raises Failure (410)."""
    try:
        return await feed.read(call.context.store, wanted, cursor, limit=limit)
    except feed.Expired:
        detail = "events after the cursor were deleted because of their age; begin without one"
    except feed.Unknown:
        detail = "this database has no such events: an older copy was restored; begin with `from`"
    raise Failure(410, "cursor_expired", detail)


async def _wanted(call: Call) -> Wanted:
    """Raises Failure (404, 422)."""
    caller = call.caller
    programs, account = caller.programs, finding.asked_id(call, "account_id", ids.ACCOUNT)
    program = finding.asked_id(call, "program_id", ids.PROGRAM)
    if program is not None:
        await finding.program(call, call.context.store, program)
        programs = frozenset({program})
    if account is not None:
        await finding.account(call, account)
    seen = types.seen_by(caller.role or (Role.ADMIN if caller.may("admin") else Role.VIEWER))
    return Wanted(caller.tenant, programs, account, _types(call) & seen)


def _types(call: Call) -> frozenset[str]:
    """Raises Failure (422)."""
    try:
        return types.selected(call.query.get("types", types.ANY).split(","))
    except UnknownType as unknown:
        raise invalid_parameter("types", f"there is no type {str(unknown)[:40]!r}") from None


async def _cursor(call: Call, wanted: Wanted, limit: int) -> Cursor:
    """Where to begin. Raises Failure (422)."""
    store, text = call.context.store, call.query.get("cursor")
    if text is not None:
        cursor = read_cursor(text)
        if cursor is None:
            raise invalid_parameter("cursor", "is not a next_cursor of this list")
        return cursor
    pruned = await pruned_upto(store, call.caller.tenant)
    if call.query.get("from") == NOW:
        return Cursor(await end_of(store), pruned=pruned)
    if call.query.get("from") == LAST:
        return Cursor(await feed.before_last(store, wanted, limit), pruned=pruned)
    since = finding.asked_instant(call, "from")
    if since is None:
        return Cursor(START, pruned=pruned)
    return Cursor(await before_instant(store, since), max(since, 0), pruned)


def _number(call: Call, name: str, least: int, most: int, usual: int) -> int:
    """Raises Failure (422)."""
    text = call.query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and least <= int(text) <= most):
        raise invalid_parameter(name, f"must be a number from {least} to {most}")
    return int(text)


async def list_event_types(call: Call) -> EventTypesShape:
    """All types, also those that the caller does not see."""
    return EventTypesShape(_shown())


@cache
def _shown() -> list[EventTypeShape]:
    return [
        EventTypeShape(name, each.description, name != types.TEST, Raw(encode(data_schema(name))))
        for name, each in types.TYPES.items()
    ]


def data_schema(name: str) -> Mapping[str, Any]:
    """The JSON schema of the data of events of the type, complete in itself."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema(DATA[name]),
        "components": {"schemas": {"Amount": AMOUNT}},
    }
