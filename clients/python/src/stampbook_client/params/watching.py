"""What operations take: watching.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Required

from stampbook_client.models.words import (
    EnableResume,
    RangeStatus,
    UserStatus,
    WebhookEndpointFormat,
)
from stampbook_client.values import Instant, PageParams, WriteOptions


class ListAuditParams(PageParams, total=False):
    """Of `audit.list`."""

    from_: Instant
    """only what was done at this instant or later."""
    to: Instant
    """only what was done before this instant."""
    user_id: str
    """only what this person did."""
    api_key_id: str
    """only what was done with this key."""
    action: str
    """only acts of this kind, such as currency.updated."""
    entity: str
    """only what was done to the thing of this id."""


class ListEventsParams(PageParams, total=False):
    """Of `events.list`."""

    cursor: str
    """the next_cursor of an earlier answer."""
    from_: Instant
    """where to begin without a cursor: an instant, now, or last (the last `limit` events); else
    with the first."""
    types: str
    """only these types, separated by commas; lot.* means all that begin with lot."""
    program_id: str
    """only those of this program."""
    account_id: str
    """only those of this account."""
    wait_s: int
    """seconds to wait for an event, if none is there: 0 to 30, without it 0."""


class CreateWebhookParams(WriteOptions, total=False):
    """Of `webhooks.create`."""

    url: Required[str]
    """Where requests are sent: https, at a public address."""
    events: Required[Sequence[str]]
    """Types of events: names, all that begin alike (lot.*), or all (*)."""
    program_id: str | None
    format: WebhookEndpointFormat
    """Without it: `"stampbook"`."""
    description: str
    """Without it: `""`."""
    headers: Mapping[str, str]
    """Further headers of each request, at most 10. Without it: `{}`."""
    status: UserStatus
    """Without it: `"active"`."""


class ChangeWebhookParams(WriteOptions, total=False):
    """Of `webhooks.update`."""

    url: str
    """Where requests are sent: https, at a public address."""
    events: Sequence[str]
    """Types of events: names, all that begin alike (lot.*), or all (*)."""
    description: str
    headers: Mapping[str, str]
    """Further headers of each request, at most 10."""
    status: UserStatus


class RotateWebhookParams(WriteOptions, total=False):
    """Of `webhooks.rotate`."""

    overlap_s: int
    """Without it: `86400`."""


class EnableWebhookParams(WriteOptions, total=False):
    """Of `webhooks.enable`."""

    resume: EnableResume
    """Without it: `"stopped"`."""


class ListDeliveriesParams(PageParams, total=False):
    """Of `webhooks.deliveries`."""

    status: str
    """waiting, pending, delivered or failed: only those."""
    type: str
    """only those of events of this type."""
    event_id: str
    """only that of this event."""
    from_: Instant
    """only those of events that were recorded at this instant or later."""
    to: Instant
    """only those of events that were recorded before this instant."""


class RedeliverRangeParams(WriteOptions, total=False):
    """Of `webhooks.redeliver`."""

    from_: Required[Instant]
    to: Instant | None
    status: RangeStatus
    """Without it: `"failed"`."""


class ListDeliveriesOfEventsParams(PageParams, total=False):
    """Of `deliveries.list`."""

    event_id: Required[str]
    """ids of events, separated by commas: 1 to 100."""
