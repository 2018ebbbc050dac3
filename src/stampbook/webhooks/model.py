"""Endpoints, deliveries and attempts. Instants are microseconds UTC."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec.json import decode

from stampbook.storage.store import Row

ACTIVE: Final = "active"
DISABLED: Final = "disabled"
DELETED: Final = "deleted"

STAMPBOOK: Final = "stampbook"
VOUCHERIFY: Final = "voucherify"

MOST_BODIES: Final = 2
"""Requests that one event can become, in a format that says several things of it."""


def further_id(event_id: str, at: int) -> str:
    """The id of what is sent of an event: its own, and for more than one thing a further one."""
    return event_id if at == 0 else f"{event_id}_{at + 1}"


WAITING: Final = "waiting"
PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
STATUSES: Final = (WAITING, PENDING, DELIVERED, FAILED)

GONE: Final = "gone"
"""Why an endpoint is disabled: it answered 410."""

FAILING: Final = "failing"
"""Why an endpoint is disabled: a delivery used up its attempts, and nothing else succeeded."""


class Secrets(NamedTuple):
    """What requests are signed with; the former secret until an instant."""

    secret: str
    old_secret: str | None = None
    old_secret_until: int | None = None

    def at(self, now: int) -> list[str]:
        """Those that are in force at the instant, the newest first."""
        until = self.old_secret_until
        is_old_in_force = self.old_secret is not None and until is not None and now < until
        return [self.secret, self.old_secret] if is_old_in_force else [self.secret]  # type: ignore[list-item]


class Webhook(NamedTuple):
    """A row of `webhooks` without its secrets. `events` are patterns of types."""

    webhook_id: int
    tenant_id: int
    program_id: int | None
    url: str
    events: tuple[str, ...]
    format: str
    description: str
    headers: Mapping[str, str]
    status: str
    disabled_reason: str | None
    old_secret_until: int | None
    cursor: str
    failures: int
    succeeded_at: int | None
    created_at: int
    updated_at: int


def webhook_of(row: Row) -> Webhook:
    """The endpoint of a row."""
    return Webhook(
        webhook_id=row["webhook_id"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        url=row["url"],
        events=tuple(row["events"].split()),
        format=row["format"],
        description=row["description"],
        headers=decode(row["headers"], type=dict[str, str]),
        status=row["status"],
        disabled_reason=row["disabled_reason"],
        old_secret_until=row["old_secret_until"],
        cursor=row["cursor"],
        failures=row["failures"],
        succeeded_at=row["succeeded_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def secrets_of(row: Row) -> Secrets:
    """The secrets of a row."""
    return Secrets(row["secret"], row["old_secret"], row["old_secret_until"])


WEBHOOK_COLUMNS: Final = ", ".join(Webhook._fields)
WITH_SECRETS: Final = f"{WEBHOOK_COLUMNS}, secret, old_secret"


class Delivery(NamedTuple):
    """An event on its way to an endpoint. `at` is when the event was recorded.

    Attempts are made in rounds: a redelivery begins a new one, and `base` is how many attempts were
    made before it. `claim` is the number of the present attempt, or of the last one.
    """

    delivery_id: int
    webhook_id: int
    tenant_id: int
    event_id: str
    type: str
    at: int
    member_id: int | None
    account_id: int | None
    body: str
    status: str
    attempts: int
    base: int
    next_attempt_at: int | None
    claim: int
    claimed_until: int | None
    last_status: int | None
    last_error: str | None
    created_at: int


DELIVERY_COLUMNS: Final = ", ".join(Delivery._fields)


def delivery_of(row: Row) -> Delivery:
    """The delivery of a row."""
    return Delivery(*(row[name] for name in Delivery._fields))


class Attempt(NamedTuple):
    """What has come of an attempt at the instant `at`: the answer's status, or an `error`, which is
    one of the words of sending.py. `response` is how the answer begins. `retry_after_s`: how long
    the answer asks to wait."""

    at: int
    status: int | None
    duration_ms: int
    error: str | None
    response: str | None
    retry_after_s: int | None = None

    @property
    def is_success(self) -> bool:
        """Whether the event has arrived."""
        return self.error is None
