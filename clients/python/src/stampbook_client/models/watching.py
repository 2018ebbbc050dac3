"""What the API answers: watching.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from stampbook_client.models.words import (
    DeliveryStatus,
    UserStatus,
    WebhookEndpointDisabledReason,
    WebhookEndpointFormat,
)


class AuditChange(Struct, frozen=True, kw_only=True):
    """What a field was, and what it is."""

    before: Any
    after: Any


class AuditEntry(Struct, frozen=True, kw_only=True):
    """`user_id` and `api_key_id`: who acted. `actor`: who used the command line."""

    id: str
    at: datetime
    action: str
    entity: str | None
    program_id: str | None
    user_id: str | None
    api_key_id: str | None
    actor: str | None
    address: str | None
    request_id: str | None
    dialect: str | None
    changes: dict[str, AuditChange]
    reason: str | None


class AuditHead(Struct, frozen=True, kw_only=True):
    """The last row of the audit log; number 0 and an empty hash if it is empty."""

    number: int
    hash: str


class Anchor(Struct, frozen=True, kw_only=True):
    """One line. `at` is an RFC 3339 instant, `position` one of the feed, `rows` and `accounts`
    what the journals had up to it. `root`, `audit.hash` and `signature` are hexadecimal."""

    id: str
    tenant: int
    at: datetime
    position: int
    accounts: int
    rows: int
    root: str
    audit: AuditHead
    previous: str | None
    heads: str
    signature: str | None = None


class EventType(Struct, frozen=True, kw_only=True):
    """`data_schema` is the JSON schema of `data`. `in_feed`: false for what only webhooks get."""

    name: str
    description: str
    in_feed: bool
    data_schema: dict[str, Any]


class EventTypes(Struct, frozen=True, kw_only=True):
    data: list[EventType]


class WebhookEndpoint(Struct, frozen=True, kw_only=True):
    """`secret` is there once: in the answer to the request that made it. `disabled_reason` is
    failing or gone (410), and null where somebody has disabled it. `failures`: attempts that
    have failed since one succeeded."""

    id: str
    url: str
    events: list[str]
    program_id: str | None
    format: WebhookEndpointFormat
    description: str
    headers: dict[str, str]
    status: UserStatus
    disabled_reason: WebhookEndpointDisabledReason | None
    failures: int
    last_success_at: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    secret: str | None = None


class WebhookTrial(Struct, frozen=True, kw_only=True):
    """What came of a request of the type webhook.test; `delivery_id` is where it is kept."""

    delivery_id: str
    event_id: str
    at: datetime
    status: int | None
    duration_ms: int
    error: str | None
    response: str | None


class DeliveryTry(Struct, frozen=True, kw_only=True):
    """An attempt: the status of the answer and its first KiB, and why the event has not arrived;
    `error` is null where it has."""

    at: datetime
    status: int | None
    duration_ms: int
    error: str | None
    response: str | None


class Delivery(Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint. `waiting`: an earlier one of its account has not
    arrived. `timestamp` is the event's."""

    id: str
    webhook_id: str
    event_id: str
    type: str
    timestamp: datetime
    account_id: str | None
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    created_at: datetime
    body: str | None = None
    tries: list[DeliveryTry] | None = None


class Count(Struct, frozen=True, kw_only=True):
    """How many events are sent again."""

    count: int
