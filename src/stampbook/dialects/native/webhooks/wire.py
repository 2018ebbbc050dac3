"""Webhooks and deliveries on the wire."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from stampbook.dialects import instants
from stampbook.dialects.native import ids
from stampbook.dialects.native.wire.values import Id, Instant, write_optional
from stampbook.webhooks.addresses import MAX_URL
from stampbook.webhooks.endpoints import (
    MAX_DESCRIPTION,
    MAX_EVENTS,
    MAX_HEADER,
    MAX_HEADERS,
    MAX_OVERLAP_S,
    OVERLAP_S,
)
from stampbook.webhooks.model import Attempt, Delivery, Webhook

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_URL,
        description="Where requests are sent: https, at a public address",
        examples=["https://shop.example/events"],
    ),
]
Patterns = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=64)]],
    Meta(
        min_length=1,
        max_length=MAX_EVENTS,
        description="Types of events: names, all that begin alike (lot.*), or all (*)",
        examples=[["transaction.*", "lot.expired"]],
    ),
]
Format = Literal["stampbook", "voucherify"]
Status = Literal["active", "disabled"]
DeliveryStatus = Literal["waiting", "pending", "delivered", "failed"]
HeaderText = Annotated[str, Meta(max_length=MAX_HEADER)]
Headers = Annotated[
    dict[HeaderText, HeaderText],
    Meta(max_length=MAX_HEADERS, description="Further headers of each request, at most 10"),
]
Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION)]


class WebhookBody(Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint. With `program_id` it gets what happens in that program only."""

    url: Url
    events: Patterns
    program_id: Id | None = None
    format: Format = "stampbook"
    description: Description = ""
    headers: Headers = {}
    status: Status = "active"


class WebhookChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What is changed of an endpoint. Its program and its format never change."""

    url: Url | UnsetType = UNSET
    events: Patterns | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    headers: Headers | UnsetType = UNSET
    status: Status | UnsetType = UNSET


class WebhookRotation(Struct, frozen=True, forbid_unknown_fields=True):
    """`overlap_s`: how many seconds requests are signed with the former secret, too."""

    overlap_s: Annotated[int, Meta(ge=0, le=MAX_OVERLAP_S)] = OVERLAP_S


class EnableBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the endpoint goes on: `stopped`, where it was disabled, or `now`, which leaves out what
    has not arrived."""

    resume: Literal["stopped", "now"] = "stopped"


class RangeBody(
    Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """The events that were recorded from an instant on, and before another one."""

    since: Instant
    until: Instant | None = None
    status: Literal["failed", "all"] = "failed"


class WebhookShape(Struct, frozen=True):
    """`secret` is there once: in the answer to the request that made it. `disabled_reason` is
    failing or gone (410), and null where somebody has disabled it. `failures`: attempts that have
    failed since one succeeded."""

    id: str
    url: str
    events: Sequence[str]
    program_id: str | None
    format: Format
    description: str
    headers: dict[str, str]
    status: Status
    disabled_reason: Literal["failing", "gone"] | None
    failures: int
    last_success_at: Instant | None
    old_secret_until: Instant | None
    created_at: Instant
    updated_at: Instant
    secret: str | UnsetType = UNSET


def webhook_shape(webhook: Webhook) -> WebhookShape:
    program = webhook.program_id
    return WebhookShape(
        id=ids.write(ids.WEBHOOK, webhook.webhook_id),
        url=webhook.url,
        events=webhook.events,
        program_id=None if program is None else ids.write(ids.PROGRAM, program),
        format=webhook.format,  # type: ignore[arg-type]
        description=webhook.description,
        headers=dict(webhook.headers),
        status=webhook.status,  # type: ignore[arg-type]
        disabled_reason=webhook.disabled_reason,  # type: ignore[arg-type]
        failures=webhook.failures,
        last_success_at=write_optional(webhook.succeeded_at),
        old_secret_until=write_optional(webhook.old_secret_until),
        created_at=instants.write(webhook.created_at),
        updated_at=instants.write(webhook.updated_at),
    )


class TryShape(Struct, frozen=True):
    """An attempt: the status of the answer and its first KiB, and why the event has not arrived;
    `error` is null where it has."""

    at: Instant
    status: int | None
    duration_ms: int
    error: str | None
    response: str | None


def try_shape(attempt: Attempt) -> TryShape:
    return TryShape(
        instants.write(attempt.at),
        attempt.status,
        attempt.duration_ms,
        attempt.error,
        attempt.response,
    )


class DeliveryShape(Struct, frozen=True):
    """An event on its way to an endpoint. `waiting`: an earlier one of its account has not arrived.
    `timestamp` is the event's."""

    id: str
    webhook_id: str
    event_id: str
    type: str
    timestamp: Instant
    account_id: str | None
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Instant | None
    last_status: int | None
    last_error: str | None
    created_at: Instant
    body: str | UnsetType = UNSET
    tries: Sequence[TryShape] | UnsetType = UNSET


def delivery_shape(
    delivery: Delivery, tries: Sequence[Attempt] | UnsetType = UNSET
) -> DeliveryShape:
    """With its attempts it is whole, and has its body."""
    account = delivery.account_id
    is_whole = not isinstance(tries, UnsetType)
    return DeliveryShape(
        id=ids.write(ids.DELIVERY, delivery.delivery_id),
        webhook_id=ids.write(ids.WEBHOOK, delivery.webhook_id),
        event_id=delivery.event_id,
        type=delivery.type,
        timestamp=instants.write(delivery.at),
        account_id=None if account is None else ids.write(ids.ACCOUNT, account),
        status=delivery.status,  # type: ignore[arg-type]
        attempts=delivery.attempts,
        next_attempt_at=write_optional(delivery.next_attempt_at),
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        created_at=instants.write(delivery.created_at),
        body=delivery.body if is_whole else UNSET,
        tries=UNSET if isinstance(tries, UnsetType) else [try_shape(each) for each in tries],
    )


class CountShape(Struct, frozen=True):
    """How many events are sent again."""

    count: int


class TrialShape(Struct, frozen=True):
    """What came of a request of the type webhook.test; `delivery_id` is where it is kept."""

    delivery_id: str
    event_id: str
    at: Instant
    status: int | None
    duration_ms: int
    error: str | None
    response: str | None
