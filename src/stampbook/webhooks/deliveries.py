"""What was sent to an endpoint, and sending it again."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from stampbook.storage.store import Row, Transacting
from stampbook.webhooks import endpoints
from stampbook.webhooks.model import (
    DELETED,
    DELIVERED,
    DELIVERY_COLUMNS,
    FAILED,
    MOST_BODIES,
    PENDING,
    WAITING,
    Attempt,
    Delivery,
    Webhook,
    delivery_of,
    further_id,
)


class Wanted(NamedTuple):
    """Which deliveries are listed: of these, or all. Instants are those of events."""

    status: str | None = None
    type: str | None = None
    event_id: str | None = None
    since: int | None = None
    until: int | None = None


async def page(
    db: Transacting, webhook: Webhook, wanted: Wanted, *, before: int | None, limit: int
) -> list[Delivery]:
    """Deliveries to the endpoint, the newest first, below the number `before`."""
    asked: dict[str, object | None] = {
        "status =": wanted.status,
        "type =": wanted.type,
        "event_id =": wanted.event_id,
        "at >=": wanted.since,
        "at <": wanted.until,
        "delivery_id <": before,
    }
    conditions, values = _conditions(asked, first=3)
    rows = await db.fetch(
        f"""
        SELECT {DELIVERY_COLUMNS} FROM deliveries
        WHERE webhook_id = $1 AND tenant_id = $2{conditions}
        ORDER BY delivery_id DESC LIMIT {limit:d}
        """,  # noqa: S608 - constants and a number
        webhook.webhook_id,
        webhook.tenant_id,
        *values,
    )
    return [delivery_of(row) for row in rows]


async def of_events(
    db: Transacting,
    events: Collection[str],
    *,
    tenant: int,
    programs: frozenset[int] | None,
    before: int | None,
    limit: int,
) -> list[Delivery]:
    """Deliveries of all that is sent of these events, to the tenant's endpoints or to those of
    these programs; the newest first, below the number `before`."""
    sent = [further_id(each, at) for each in events for at in range(MOST_BODIES)]
    named = ", ".join(f"${number}" for number in range(4, 4 + len(sent)))
    columns = ", ".join(f"d.{each}" for each in Delivery._fields)
    listed = ", ".join(str(each) for each in sorted(programs or ())) or "0"
    within = "" if programs is None else f"AND w.program_id IN ({listed})"
    rows = await db.fetch(
        f"""
        SELECT {columns} FROM webhooks w JOIN deliveries d ON d.webhook_id = w.webhook_id
        WHERE w.tenant_id = $1 AND w.status <> $2 {within}
          AND (CAST($3 AS bigint) = 0 OR d.delivery_id < $3) AND d.event_id IN ({named})
        ORDER BY d.delivery_id DESC LIMIT {limit:d}
        """,  # noqa: S608 - numbers and constants
        tenant,
        DELETED,
        before or 0,
        *sent,
    )
    return [delivery_of(row) for row in rows]


async def of_person(
    db: Transacting,
    *,
    tenant: int,
    members: Collection[int],
    accounts: Collection[int],
    after: int,
    limit: int,
) -> list[Delivery]:
    """Deliveries of what is about these members or accounts, above the number `after`, in order."""
    of_members, of_accounts = (
        ", ".join(str(int(each)) for each in numbers) or "NULL" for numbers in (members, accounts)
    )
    rows = await db.fetch(
        f"""
        SELECT {DELIVERY_COLUMNS} FROM deliveries
        WHERE tenant_id = $1 AND (member_id IN ({of_members}) OR account_id IN ({of_accounts}))
          AND delivery_id > $2
        ORDER BY delivery_id LIMIT {limit:d}
        """,  # noqa: S608 - numbers and constants
        tenant,
        after,
    )
    return [delivery_of(row) for row in rows]


def _conditions(asked: Mapping[str, object | None], *, first: int) -> tuple[str, list[object]]:
    """The conditions that are asked for, with their parameters from `first` on."""
    given = [(each, value) for each, value in asked.items() if value is not None]
    words = "".join(f" AND {each} ${first + at}" for at, (each, _) in enumerate(given))
    return words, [value for _, value in given]


async def get(db: Transacting, delivery: int, *, tenant: int) -> Delivery | None:
    """The tenant's delivery of that number."""
    row = await db.fetch_one(
        f"SELECT {DELIVERY_COLUMNS} FROM deliveries"  # noqa: S608 - a constant
        " WHERE delivery_id = $1 AND tenant_id = $2",
        delivery,
        tenant,
    )
    return None if row is None else delivery_of(row)


async def tries(db: Transacting, delivery: Delivery) -> list[Attempt]:
    """The attempts of a delivery, in order."""
    rows = await db.fetch(
        "SELECT at, status, duration_ms, error, response FROM delivery_tries"
        " WHERE delivery_id = $1 ORDER BY number",
        delivery.delivery_id,
    )
    return [_attempt(row) for row in rows]


def _attempt(row: Row) -> Attempt:
    return Attempt(row["at"], row["status"], row["duration_ms"], row["error"], row["response"])


async def note_trial(
    writing: Transacting, webhook: Webhook, delivery: Delivery, attempt: Attempt
) -> int:
    """Keep what was sent only to try the endpoint out, and what came of it. Writes; returns the
    number of the delivery."""
    row = await writing.fetch_one(
        """
        INSERT INTO deliveries (
            webhook_id, tenant_id, event_id, type, at, body, status, attempts, last_status,
            last_error, created_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $5)
        RETURNING delivery_id
        """,
        webhook.webhook_id,
        webhook.tenant_id,
        delivery.event_id,
        delivery.type,
        delivery.at,
        delivery.body,
        DELIVERED if attempt.is_success else FAILED,
        attempt.status,
        attempt.error,
    )
    assert row is not None
    number = int(row["delivery_id"])
    await add_try(writing, number, 1, attempt)
    changes = {"delivery": {"before": None, "after": f"dlv_{number:x}"}}
    await endpoints.note(writing, webhook, webhook, "tested", now=attempt.at, changes=changes)
    return number


async def add_try(writing: Transacting, delivery: int, number: int, attempt: Attempt) -> None:
    """Keep the attempt of that number. Writes."""
    await writing.execute(
        "INSERT INTO delivery_tries (delivery_id, number, at, status, duration_ms, error, response)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        delivery,
        number,
        attempt.at,
        attempt.status,
        attempt.duration_ms,
        attempt.error,
        attempt.response,
    )


async def redeliver(
    writing: Transacting, webhook: Webhook, delivery: Delivery, *, now: int
) -> None:
    """Send an event again to the endpoint, locked before, as soon as it is its account's turn, with
    a new round of attempts. One that is on its way is tried at once. Writes."""
    await _again(writing, webhook, "delivery_id = $3", delivery.delivery_id, now=now)
    changes = {"delivery": {"before": None, "after": f"dlv_{delivery.delivery_id:x}"}}
    await endpoints.note(writing, webhook, webhook, "redelivered", now=now, changes=changes)


async def redeliver_range(
    writing: Transacting,
    webhook: Webhook,
    *,
    since: int,
    until: int | None,
    failed_only: bool,
    now: int,
) -> int:
    """Send events of these instants again to the endpoint, locked before: those that have failed,
    or all that are not on their way. Returns how many. Writes."""
    asked: dict[str, object | None] = {"at <": until, "status =": FAILED if failed_only else None}
    conditions, values = _conditions(asked, first=4)
    count = await _again(writing, webhook, f"at >= $3{conditions}", since, *values, now=now)
    changes = {
        name: {"before": None, "after": value}
        for name, value in (("from", since), ("to", until), ("count", count))
    }
    await endpoints.note(writing, webhook, webhook, "redelivered", now=now, changes=changes)
    return count


async def _again(
    writing: Transacting, webhook: Webhook, condition: str, *values: object, now: int
) -> int:
    """Begin a new round for what is at its end; pending ones are due. Returns how many."""
    named = (webhook.webhook_id, webhook.tenant_id)
    await writing.execute(
        f"UPDATE deliveries SET next_attempt_at = {now:d}, base = attempts"  # noqa: S608 - a number
        f" WHERE webhook_id = $1 AND tenant_id = $2 AND {condition}"
        f" AND status = '{PENDING}' AND (claimed_until IS NULL OR claimed_until <= {now:d})",
        *named,
        *values,
    )
    count = await writing.execute(
        f"UPDATE deliveries SET status = '{WAITING}', base = attempts"  # noqa: S608 - constants
        f" WHERE webhook_id = $1 AND tenant_id = $2 AND {condition}"
        f" AND status IN ('{DELIVERED}', '{FAILED}')",
        *named,
        *values,
    )
    # Whatever waits without an earlier one on its way has its turn.
    await writing.execute(
        f"""
        UPDATE deliveries SET status = '{PENDING}', next_attempt_at = $3
        WHERE webhook_id = $1 AND tenant_id = $2 AND status = '{WAITING}' AND (
            account_id IS NULL
            OR (delivery_id = (
                    SELECT min(d.delivery_id) FROM deliveries d
                    WHERE d.webhook_id = $1 AND d.account_id = deliveries.account_id
                      AND d.status = '{WAITING}')
                AND NOT EXISTS (
                    SELECT 1 FROM deliveries d
                    WHERE d.webhook_id = $1 AND d.account_id = deliveries.account_id
                      AND d.status = '{PENDING}')))
        """,  # noqa: S608 - constants
        *named,
        now,
    )
    return count
