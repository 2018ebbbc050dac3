"""What the metrics say of the database: it is read when somebody asks, and at most once a second.

What does not exist in this version is zero, or has no series. While the database does not answer,
the rest of the metrics is served without this.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, NamedTuple

from stampbook.domain.flows import FOLLOWER
from stampbook.domain.model import MICROSECONDS
from stampbook.edge.context import Context
from stampbook.ledger.following import lags
from stampbook.storage.store import Store
from stampbook.verifying import results
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed
from stampbook.webhooks.backlog import backlog, endpoints_by_status

noticed = Noticed(logging.getLogger(__name__))

KEPT_S: Final = 1.0
PATIENCE_S: Final = 5.0
"""A scraper waits ten seconds, as a rule."""

MOST: Final = 10_000
"""How far due accounts are counted: whether there are more makes no difference."""

WAITING: Final = {
    "exports": """
        SELECT min(since) AS oldest FROM (
            SELECT min(created_at) AS since FROM altcraft_exports WHERE status = 'pending'
            UNION ALL
            SELECT min(created_at) FROM exports
            WHERE status = 'running' AND file IS NOT NULL AND progress = 0
        ) AS waiting
    """,
    "imports": """
        SELECT min(started_at) AS oldest FROM imports
        WHERE status = 'running' AND file IS NOT NULL AND position = 0
    """,
}
"""Since when the oldest work has waited that has not begun."""

JOBS: Final = ("due", "projection", "webhooks", "exports", "imports")
"""The worker's jobs. Those that this version does not have are never behind."""


class Gauge(NamedTuple):
    """A metric that is read: its name without the prefix, what it is, and its label."""

    name: str
    about: str
    label: str | None = None


LAG: Final = Gauge("worker_lag_seconds", "How long the oldest work of a job has waited.", "job")
DUE: Final = Gauge(
    "worker_due_accounts", f"Accounts on which something is due; at most {MOST} are counted."
)
POSITION: Final = Gauge("feed_position", "The position up to which the journal is complete.")
FEED_LAG: Final = Gauge(
    "feed_lag_seconds",
    "The age of the oldest row that a reader of the feed has not read.",
    "reader",
)
REPLICA_AGE: Final = Gauge(
    "replica_age_seconds", "How old an answer of each replica would be that is read.", "replica"
)
DISK: Final = Gauge("disk_free_bytes", "Free bytes on the disk of a SQLite file.")
PENDING: Final = Gauge("webhook_pending", "Events that wait for delivery.")
OLDEST: Final = Gauge("webhook_oldest_pending_seconds", "The age of the oldest of them.")
ENDPOINTS: Final = Gauge("webhook_endpoints", "Webhooks by their state.", "status")
APPROVALS: Final = Gauge("approvals_pending", "Requests that wait for a second person.")
VERIFIED: Final = Gauge(
    "verify_last_success_timestamp_seconds", "When `stampbook verify` last found no fault."
)
FAULTS: Final = Gauge("verify_faults", "Faults that the last `stampbook verify` has found.")

GAUGES: Final = (
    LAG,
    DUE,
    POSITION,
    FEED_LAG,
    REPLICA_AGE,
    DISK,
    PENDING,
    OLDEST,
    ENDPOINTS,
    APPROVALS,
    VERIFIED,
    FAULTS,
)

Values = Mapping[Gauge, Mapping[str, float]]
"""The values of each gauge by its label; "" where it has none."""


class Facts:
    """Reads them; see the module."""

    def __init__(self, context: Context, *, now_s: Callable[[], float] = monotonic) -> None:
        self._context = context
        self._now_s = now_s
        self._values: Values = {}
        self._until_s = 0.0
        self._turn = asyncio.Lock()

    async def read(self) -> Values:
        """What is known, from the last second or from the database. It does not raise."""
        async with self._turn:
            if self._now_s() >= self._until_s:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        self._values = await self._read()
                except Exception as error:
                    noticed.say(
                        "facts", "metrics of the database cannot be read: %s", worded(error)
                    )
                    self._values = {}
                self._until_s = self._now_s() + KEPT_S
            return self._values

    async def _read(self) -> Values:
        store, now = self._context.store, self._context.clock()
        due = await lags.due(store, now, limit=MOST)
        readers = {
            name: _seconds(now - (now if oldest is None else oldest))
            for name, oldest in (await lags.unread(store)).items()
        }
        behind = dict.fromkeys(JOBS, 0.0)
        behind["due"] = _seconds(now - due.since)
        behind["projection"] = readers[FOLLOWER]
        for job, waiting in WAITING.items():
            behind[job] = await _waited(store, waiting, now)
        unsent = await backlog(store, now=now)
        behind["webhooks"] = _seconds(now - (now if unsent.due_at is None else unsent.due_at))
        verified = await results.last(store)
        sound_at = None if verified is None else verified.sound_at
        free = await store.checks.free_bytes()
        return {
            LAG: behind,
            DUE: {"": due.accounts},
            POSITION: {"": await store.complete_upto()},
            FEED_LAG: readers,
            REPLICA_AGE: _replica_ages(self._context),
            DISK: {} if free is None else {"": free},
            PENDING: {"": unsent.pending},
            OLDEST: {"": _seconds(now - (now if unsent.oldest_at is None else unsent.oldest_at))},
            ENDPOINTS: await endpoints_by_status(store),
            APPROVALS: {"": await _pending_approvals(store, now)},
            VERIFIED: {} if sound_at is None else {"": _seconds(sound_at)},
            FAULTS: {} if verified is None else {"": verified.faults},
        }


def _replica_ages(context: Context) -> Mapping[str, float]:
    ages_us = {} if context.mirror is None else context.mirror.ages_us
    return {str(each): _seconds(age) for each, age in ages_us.items() if age is not None}


async def _waited(store: Store, waiting: str, now: int) -> float:
    row = await store.fetch_one(waiting)
    oldest = None if row is None else row["oldest"]
    return 0.0 if oldest is None else _seconds(now - oldest)


async def _pending_approvals(store: Store, now: int) -> int:
    """Those that a second person can still decide on."""
    row = await store.fetch_one(
        "SELECT count(*) AS pending FROM approvals"
        " WHERE status = 'pending' AND decided_by IS NULL AND expires_at > $1",
        now,
    )
    return 0 if row is None else int(row["pending"])


def _seconds(microseconds: int) -> float:
    return max(0, microseconds) / MICROSECONDS
