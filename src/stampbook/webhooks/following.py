"""Each event of the feed becomes a delivery to each endpoint that wants it, once.

An endpoint has its own cursor in the feed, and moves on in the transaction that writes its
deliveries: so nothing is lost or written twice, wherever the worker is killed. Endpoints of a
tenant that are at the same place are read for together. Of an account, only the first event that
has not arrived is pending; the others wait.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from stampbook.events import feed, types
from stampbook.events.feed import Page, Wanted
from stampbook.events.model import Event
from stampbook.events.places import Cursor, Place, end_of, read_cursor
from stampbook.storage.outbox.reading import pruned_upto
from stampbook.storage.store import Store, Transacting
from stampbook.webhooks.model import PENDING, WAITING, WEBHOOK_COLUMNS, Webhook, webhook_of

PAGE: Final = 200
"""Events that are read at once: what they become is one transaction."""


class Body(NamedTuple):
    """What is sent of an event in the words of a format: the id and the type that it has there, and
    the text."""

    event_id: str
    type: str
    text: str


Print = Callable[[Store, Sequence[Event], Webhook], Awaitable[Sequence[Sequence[Body]]]]
"""Prints events in the words of a format, for an endpoint: of each event all that is sent of it, in
order; nothing where the format does not have it."""


Failed = Callable[[Exception], None]
"""Hears what went wrong with some endpoints."""


async def follow(store: Store, formats: Mapping[str, Print], *, now: int, failed: Failed) -> bool:
    """Write deliveries of the next events. Returns whether more may follow at once.

    What goes wrong with some endpoints does not keep others from going on.
    """
    end = await end_of(store)
    groups: dict[tuple[int, str], list[Webhook]] = defaultdict(list)
    for webhook in await _active(store):
        if _is_behind(webhook, end):
            groups[webhook.tenant_id, webhook.cursor].append(webhook)
    more = False
    for group in groups.values():
        try:
            more |= await _advance(store, formats, group, now)
        except Exception as error:
            failed(error)
    return more


async def _active(store: Store) -> list[Webhook]:
    rows = await store.fetch(
        f"SELECT {WEBHOOK_COLUMNS} FROM webhooks"  # noqa: S608 - a constant
        " WHERE status = 'active' ORDER BY webhook_id"
    )
    return [webhook_of(row) for row in rows]


def _place(cursor: str) -> Cursor:
    found = read_cursor(cursor)
    assert found is not None
    return found


def _is_behind(webhook: Webhook, end: Place) -> bool:
    place = _place(webhook.cursor).place
    return place.key < end.key or place.done > 0


async def _advance(
    store: Store, formats: Mapping[str, Print], group: Sequence[Webhook], now: int
) -> bool:
    """Endpoints of one tenant, at one place, get the next events."""
    page = await _read(store, group)
    printed = {}
    for webhook in group:
        wanted = [each for each in page.events if _wants(webhook, each)]
        bodies = await formats[webhook.format](store, wanted, webhook)
        printed[webhook.webhook_id] = [
            (event, body) for event, each in zip(wanted, bodies, strict=True) for body in each
        ]
    async with store.transaction() as writing:
        for webhook in group:
            await _write(writing, webhook, page, printed[webhook.webhook_id], now)
    return page.more


async def _read(store: Store, group: Sequence[Webhook]) -> Page:
    tenant, programs = group[0].tenant_id, {each.program_id for each in group}
    wanted = Wanted(
        tenant,
        programs=None if None in programs else frozenset(each for each in programs if each),
        types=frozenset[str]().union(*(types.selected(each.events) for each in group)),
    )
    cursor = _place(group[0].cursor)
    try:
        return await feed.read(store, wanted, cursor, limit=PAGE)
    except (
        feed.Expired
    ):  # it was disabled for longer than events are kept: it goes on with the rest
        cursor = cursor._replace(pruned=await pruned_upto(store, tenant))
        return await feed.read(store, wanted, cursor, limit=PAGE)


def _wants(webhook: Webhook, event: Event) -> bool:
    of_program = webhook.program_id in (None, event.program)
    return of_program and event.type in types.selected(webhook.events)


async def _write(
    writing: Transacting,
    webhook: Webhook,
    page: Page,
    printed: Sequence[tuple[Event, Body]],
    now: int,
) -> None:
    """The endpoint moves on, unless another worker has moved it, or it was disabled. Writes."""
    moved = await writing.execute(
        "UPDATE webhooks SET cursor = $3"
        " WHERE webhook_id = $1 AND tenant_id = $4 AND cursor = $2 AND status = 'active'",
        webhook.webhook_id,
        webhook.cursor,
        str(page.cursor),
        webhook.tenant_id,
    )
    if not moved:
        return
    busy = await _busy(writing, webhook, {event.account for event, _ in printed})
    for event, body in printed:
        status = WAITING if event.account in busy else PENDING
        if event.account is not None:
            busy.add(event.account)
        await writing.execute(
            """
            INSERT INTO deliveries (
                webhook_id, tenant_id, event_id, type, at, member_id, account_id, body, status,
                next_attempt_at, created_at
            )
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (webhook_id, event_id) DO NOTHING
            """,
            webhook.webhook_id,
            webhook.tenant_id,
            body.event_id,
            body.type,
            event.at,
            event.member,
            event.account,
            body.text,
            status,
            now if status == PENDING else None,
            now,
        )


async def _busy(
    writing: Transacting, webhook: Webhook, accounts: set[int | None]
) -> set[int | None]:
    """The accounts among these of which something has not arrived."""
    listed = ", ".join(str(each) for each in accounts if each is not None)
    if not listed:
        return set()
    rows = await writing.fetch(
        f"""
        SELECT DISTINCT account_id FROM deliveries
        WHERE webhook_id = $1 AND tenant_id = $2 AND status IN ('waiting', 'pending')
          AND account_id IN ({listed})
        """,  # noqa: S608 - numbers
        webhook.webhook_id,
        webhook.tenant_id,
    )
    return {row["account_id"] for row in rows}
