"""Pulls the feed of events from a store, and prints it as the native API does."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from stampbook.dialects.native.events.printing import print_events
from stampbook.dialects.native.events.pulling import data_schema
from stampbook.events import feed
from stampbook.events.feed import Wanted
from stampbook.events.model import Event
from stampbook.events.places import START, Cursor, read_cursor
from stampbook.storage.store import Store
from tests.ledgers.on_store import TENANT


async def pulled(
    store: Store, *, tenant: int = TENANT, limit: int = 100, **filters: Any
) -> list[Event]:
    """All events that are there, page by page; each cursor passes through its spelling."""
    cursor = Cursor(START)
    found: list[Event] = []
    while True:
        page = await feed.read(store, Wanted(tenant, **filters), cursor, limit=limit)
        assert len(page.events) <= limit
        found += page.events
        again = read_cursor(str(page.cursor))
        assert again == page.cursor
        cursor = page.cursor
        if not page.more:
            return found


async def printed(store: Store, events: list[Event], *, tenant: int = TENANT) -> list[Any]:
    """The events as JSON, checked against the schema of their type."""
    texts = await print_events(store, events, tenant=tenant)
    assert texts == await print_events(store, events, tenant=tenant)
    found = [json.loads(each) for each in texts]
    for each in found:
        _validator(each["type"]).validate(each["data"])
    return found


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = data_schema(name)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
