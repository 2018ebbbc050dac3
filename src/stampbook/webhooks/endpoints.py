"""Endpoints: stored, changed and found. What becomes of their deliveries is in states.py."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.json import encode

from stampbook.domain.model import MICROSECONDS
from stampbook.events import types
from stampbook.events.places import Cursor, Place
from stampbook.events.types import UnknownType
from stampbook.programs import auditing, tenants
from stampbook.programs.faults import Gone, Invalid
from stampbook.storage.outbox.reading import pruned_upto
from stampbook.storage.store import Row, Transacting
from stampbook.webhooks.model import (
    DELETED,
    FAILED,
    WEBHOOK_COLUMNS,
    WITH_SECRETS,
    Secrets,
    Webhook,
    secrets_of,
    webhook_of,
)

MOST: Final = 50
"""Endpoints of a tenant: each has its own copy of every event."""

MAX_DESCRIPTION: Final = 1_000
MAX_EVENTS: Final = 100
MAX_HEADERS: Final = 10
MAX_HEADER: Final = 1_000

OVERLAP_S: Final = 86_400
MAX_OVERLAP_S: Final = 604_800
"""How long the former secret signs too after a rotation: unless it is said, and at most."""

_OURS: Final = (
    "webhook-",
    "content-",
    "proxy-",
)
_OUR_NAMES: Final = frozenset(
    {"host", "user-agent", "x-request-id", "connection", "transfer-encoding", "te", "upgrade",
     "trailer", "keep-alive", "expect", "accept-encoding", "traceparent"}
)  # fmt: skip
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class TooMany(Exception):
    """The tenant has as many endpoints as it may have."""


def check_events(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns without repetition. Raises Invalid."""
    found = tuple(dict.fromkeys(patterns))
    if not 0 < len(found) <= MAX_EVENTS:
        raise Invalid("events", f"must have 1 to {MAX_EVENTS} names")
    try:
        types.selected(found)
    except UnknownType as unknown:
        raise Invalid("events", f"there is no type {str(unknown)[:40]!r}") from None
    return found


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with names in lower case, none of which the request itself needs. Raises Invalid."""
    found = {name.lower(): value for name, value in headers.items()}
    if len(headers) > MAX_HEADERS or len(found) < len(headers):
        raise Invalid("headers", f"must be at most {MAX_HEADERS}, each once")
    for name, value in found.items():
        if not 0 < len(name) <= MAX_HEADER or set(name) - _TOKEN:
            raise Invalid("headers", "has a name that no header may have")
        if name in _OUR_NAMES or name.startswith(_OURS):
            raise Invalid("headers", f"must not have {name[:40]}, which is set for each request")
        if len(value) > MAX_HEADER or not (value.isascii() and value.isprintable()):
            raise Invalid("headers", f"the value of {name[:40]} must be printable ASCII")
    return found


async def create(
    writing: Transacting,
    *,
    tenant: int,
    program: int | None,
    url: str,
    events: Sequence[str],
    format_: str,
    description: str,
    headers: Mapping[str, str],
    secret: str,
    place: Place,
    now: int,
) -> Webhook:
    """A new endpoint, which gets what happens after `place`. Writes; raises Invalid, TooMany.

    The address was checked, and the program is one of the tenant's.
    """
    await tenants.hold(writing, tenant)
    counted = await writing.fetch_one(
        "SELECT count(*) AS count FROM webhooks WHERE tenant_id = $1 AND status <> 'deleted'",
        tenant,
    )
    if counted is not None and counted["count"] >= MOST:
        raise TooMany
    cursor = Cursor(place, pruned=await pruned_upto(writing, tenant))
    row = await writing.fetch_one(
        f"""
        INSERT INTO webhooks (
            tenant_id, program_id, url, events, format, description, headers, status, secret,
            cursor, created_at, updated_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', $8, $9, $10, $10)
        RETURNING {WEBHOOK_COLUMNS}
        """,  # noqa: S608 - a constant
        tenant,
        program,
        url,
        " ".join(check_events(events)),
        format_,
        description,
        encode(check_headers(headers)).decode(),
        secret,
        str(cursor),
        now,
    )
    assert row is not None
    webhook = webhook_of(row)
    await note(writing, None, webhook, "created", now=now)
    return webhook


async def get(db: Transacting, webhook: int, *, tenant: int) -> Webhook | None:
    """The tenant's endpoint of that number, unless it was deleted."""
    row = await _find(db, webhook, tenant)
    return None if row is None else webhook_of(row)


async def get_with_secrets(
    db: Transacting, webhook: int, *, tenant: int
) -> tuple[Webhook, Secrets] | None:
    """The same, with what its requests are signed with."""
    row = await _find(db, webhook, tenant)
    return None if row is None else (webhook_of(row), secrets_of(row))


async def _find(db: Transacting, webhook: int, tenant: int) -> Row | None:
    return await db.fetch_one(
        f"SELECT {WITH_SECRETS} FROM webhooks"  # noqa: S608 - a constant
        " WHERE webhook_id = $1 AND tenant_id = $2 AND status <> 'deleted'",
        webhook,
        tenant,
    )


async def locked(writing: Transacting, webhook: int, *, tenant: int) -> Webhook:
    """The endpoint, which nobody else changes until the transaction ends. Writes; raises Gone."""
    row = await writing.fetch_one(
        f"UPDATE webhooks SET status = status"  # noqa: S608 - a constant
        f" WHERE webhook_id = $1 AND tenant_id = $2 AND status <> 'deleted'"
        f" RETURNING {WEBHOOK_COLUMNS}",
        webhook,
        tenant,
    )
    if row is None:
        raise Gone
    return webhook_of(row)


async def page(
    db: Transacting, *, tenant: int, programs: frozenset[int] | None, after: int, limit: int
) -> list[Webhook]:
    """The tenant's endpoints by number, those above `after`; of these programs, or all."""
    rows = await db.fetch(
        f"SELECT {WEBHOOK_COLUMNS} FROM webhooks"  # noqa: S608 - a constant
        " WHERE tenant_id = $1 AND webhook_id > $2 AND status <> 'deleted' ORDER BY webhook_id",
        tenant,
        after,
    )
    found = map(webhook_of, rows)
    return [each for each in found if programs is None or each.program_id in programs][:limit]


async def change(
    writing: Transacting, webhook: Webhook, fields: Mapping[str, Any], *, now: int
) -> Webhook:
    """The endpoint, locked before, with these of `url`, `events`, `description` and `headers`
    changed. Writes; raises Invalid."""
    changed = webhook._replace(**fields)
    changed = changed._replace(
        events=check_events(changed.events), headers=check_headers(changed.headers)
    )
    if changed == webhook:
        return webhook
    changed = changed._replace(updated_at=now)
    await writing.execute(
        "UPDATE webhooks SET url = $3, events = $4, description = $5, headers = $6, updated_at = $7"
        " WHERE webhook_id = $1 AND tenant_id = $2",
        webhook.webhook_id,
        webhook.tenant_id,
        changed.url,
        " ".join(changed.events),
        changed.description,
        encode(changed.headers).decode(),
        now,
    )
    await note(writing, webhook, changed, "updated", now=now)
    return changed


async def rotate(
    writing: Transacting, webhook: Webhook, *, secret: str, overlap_s: int, now: int
) -> Webhook:
    """The endpoint, locked before, with a new secret; the former one signs too for `overlap_s`.
    One that was rotated out before ends at once. Writes."""
    until = now + overlap_s * MICROSECONDS
    await writing.execute(
        "UPDATE webhooks SET old_secret = secret, old_secret_until = $4, secret = $3,"
        " updated_at = $5 WHERE webhook_id = $1 AND tenant_id = $2",
        webhook.webhook_id,
        webhook.tenant_id,
        secret,
        until,
        now,
    )
    rotated = webhook._replace(old_secret_until=until, updated_at=now)
    await note(writing, webhook, rotated, "rotated", now=now)
    return rotated


async def delete(writing: Transacting, webhook: Webhook, *, now: int) -> None:
    """Nothing more is sent to the endpoint, locked before, and its secrets are forgotten; the
    pruner takes its deliveries away. Writes."""
    await writing.execute(
        "UPDATE webhooks SET status = $3, secret = '', old_secret = NULL, old_secret_until = NULL,"
        " headers = '{}', updated_at = $4 WHERE webhook_id = $1 AND tenant_id = $2",
        webhook.webhook_id,
        webhook.tenant_id,
        DELETED,
        now,
    )
    await writing.execute(
        "UPDATE deliveries SET status = $3, next_attempt_at = NULL, claimed_until = NULL"
        " WHERE webhook_id = $1 AND tenant_id = $2 AND status IN ('waiting', 'pending')",
        webhook.webhook_id,
        webhook.tenant_id,
        FAILED,
    )
    await note(writing, webhook, None, "deleted", now=now)


async def note(
    writing: Transacting,
    before: Webhook | None,
    after: Webhook | None,
    what: str,
    *,
    now: int,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Write to the audit log what was done to an endpoint. Writes."""
    webhook = after or before
    assert webhook is not None
    if changes is None:
        changes = auditing.diff(_told(before), _told(after)) if after is not None else {}
    await auditing.record(
        writing,
        tenant=webhook.tenant_id,
        action=f"webhook.{what}",
        now=now,
        entity=auditing.entity_of(auditing.WEBHOOK, webhook.webhook_id),
        program=webhook.program_id,
        changes=changes,
    )


def _told(webhook: Webhook | None) -> dict[str, Any] | None:
    """What the audit log may say: values of headers can be secrets, so it has their names."""
    if webhook is None:
        return None
    return {
        "program_id": webhook.program_id,
        "url": webhook.url,
        "events": list(webhook.events),
        "format": webhook.format,
        "description": webhook.description,
        "headers": sorted(webhook.headers),
        "status": webhook.status,
        "disabled_reason": webhook.disabled_reason,
        "old_secret_until": webhook.old_secret_until,
    }
