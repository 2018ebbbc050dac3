"""All metrics, as docs/operating/observability.md lists them. Names go without `stampbook_`.

What is counted by several processes is declared here. What can only be read from the database when
somebody asks is in dialects/site/facts.py.
"""

import gc
import os
from bisect import bisect_left
from functools import cache
from http import HTTPStatus
from itertools import product
from typing import Final, NamedTuple

from stampbook.domain.model import WIRE_KINDS
from stampbook.domain.refusals import Code
from stampbook.watching.counting import MEMORY, NANOSECONDS, Metric, gauge

DIALECTS: Final = (
    "native",
    "altegio",
    "voucherify",
    "altcraft",
    "site",
    "console",
    "import",
    "worker",
    "other",
)
"""Who asks: the APIs, pages and probes (`site`), and what has no request."""

UNSERVED: Final = "none"
"""The route of a request for a path that nobody serves."""

OTHER: Final = "other"


def _milliseconds(*bounds: float) -> tuple[int, ...]:
    return tuple(round(bound * NANOSECONDS / 1_000) for bound in bounds)


def _each(*values: str) -> list[tuple[str, ...]]:
    return [(value,) for value in values]


STATUSES: Final = {
    status: at for at, status in enumerate(each.value for each in HTTPStatus if each.value >= 200)
}
"""The place of each status among those of a route; after them is the one of all others."""

REQUESTS: Final = Metric(
    "counter", "http_requests_total", "Requests that were answered.", "dialect", "route", "status"
)
DURATION: Final = Metric(
    "histogram",
    "http_request_duration_seconds",
    "From a whole request to its answer; of a streamed answer, to its beginning.",
    "dialect",
    "route",
    buckets=_milliseconds(1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000),
    unit=NANOSECONDS,
)
CONNECTIONS: Final = Metric("gauge", "http_connections", "Open connections of clients.")
REJECTED: Final = Metric(
    "counter",
    "http_rejected_total",
    "Requests and connections that were refused before any API saw them.",
    "reason",
    series=_each("head", "deadline", "connections", "body", "garbage"),
)
RATE_LIMITED: Final = Metric(
    "counter",
    "rate_limited_total",
    "Requests beyond a rate limit.",
    "by",
    series=_each("key", "address"),
)
LOGINS: Final = Metric(
    "counter",
    "login_attempts_total",
    "Attempts to sign in, at every door.",
    "outcome",
    series=_each("succeeded", "failed", "totp_required", "locked", "limited"),
)

TRANSACTIONS: Final = Metric(
    "counter",
    "ledger_transactions_total",
    "Journal rows that were written.",
    "type",
    "dialect",
    series=product(dict.fromkeys(WIRE_KINDS.values()), DIALECTS),
)
REFUSALS: Final = Metric(
    "counter",
    "ledger_refusals_total",
    "What the ledger has refused.",
    "code",
    "dialect",
    series=product(map(str, Code), DIALECTS),
)
REPLAYS: Final = Metric(
    "counter",
    "idempotent_replays_total",
    "Requests that were answered with what an earlier one had been answered.",
    "dialect",
    series=_each(*DIALECTS),
)
QUEUE_DEPTH: Final = Metric(
    "gauge", "ledger_queue_depth", "Writes that wait for their turn.", "shard"
)
HANDED_OVER: Final = Metric(
    "counter",
    "ledger_handed_over_total",
    "Writes that were handed to the process that owns their account.",
    "outcome",
    series=_each("answered", "again", "unknown"),
)
BATCH_SIZE: Final = Metric(
    "histogram",
    "ledger_batch_size",
    "Writes that were decided and saved together.",
    "shard",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
COMMIT_DURATION: Final = Metric(
    "histogram",
    "ledger_commit_duration_seconds",
    "How long saving a batch took.",
    "shard",
    buckets=_milliseconds(0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000),
    unit=NANOSECONDS,
)
CACHED_ACCOUNTS: Final = Metric(
    "gauge", "ledger_cache_accounts", "Accounts that are kept in memory."
)
CACHE_REQUESTS: Final = Metric(
    "counter",
    "ledger_cache_requests_total",
    "Writes whose account was in memory (hit), or had to be read first (miss).",
    "result",
    series=_each("hit", "miss"),
)

DB_CONNECTIONS: Final = Metric(
    "gauge",
    "db_connections",
    "Connections to the database that are in use, idle, and allowed at most.",
    "state",
    series=_each("used", "idle", "limit"),
)
DB_ERRORS: Final = Metric(
    "counter",
    "db_errors_total",
    "Failures of the database: it was lost, had no room, or was too slow.",
    "kind",
    series=_each("lost", "full", "timeout"),
)
REPLICA_READS: Final = Metric(
    "counter",
    "replica_reads_total",
    "Reads that a replica may answer: one did (replica), or why the primary was asked.",
    "outcome",
    series=_each("replica", "behind", "away", "unsettled", "failed", "refused"),
)
SLOW_STATEMENTS: Final = Metric(
    "counter",
    "db_slow_queries_total",
    "Statements that took longer than slow_query_ms.",
    "statement",
    series=_each(OTHER),
)

WEBHOOK_ATTEMPTS: Final = Metric(
    "counter",
    "webhook_attempts_total",
    "Attempts to deliver an event.",
    "outcome",
    series=_each("delivered", "failed"),
)
IMPORT_ROWS: Final = Metric(
    "counter",
    "import_rows_total",
    "Rows of imported files.",
    "outcome",
    series=_each("done", "refused"),
)

COLLECTIONS: Final = {
    statistic: Metric("gauge", name, about, "generation", series=_each("0", "1", "2"))
    for statistic, name, about in (
        ("collections", "python_gc_collections_total", "Runs of the garbage collector."),
        ("collected", "python_gc_objects_collected_total", "Objects that it has freed."),
        ("uncollectable", "python_gc_objects_uncollectable_total", "Objects it could not free."),
    )
}
"""Counted by the interpreter: what it says is noted as a gauge is. By the interpreter's words."""

PROCESS: Final = Metric("gauge", "process_id", "The process that uses this slab; 0: none has.")


def measure_process() -> None:
    """Note which process this is, and what its garbage collector has done."""
    gauge(PROCESS, value=os.getpid())
    for generation, statistics in enumerate(gc.get_stats()):
        for statistic, metric in COLLECTIONS.items():
            gauge(metric, str(generation), value=statistics[statistic])


MEMORY.measures.append(measure_process)


_OTHERS: Final = len(STATUSES)
_BOUNDS: Final = DURATION.buckets
_SUM: Final = len(_BOUNDS) + 1


class Slots(NamedTuple):
    """Where the requests of a route are counted."""

    statuses: int
    duration: int


@cache
def slots_of(dialect: str, route: str) -> Slots:
    """The places of a route's series. The first call declares them."""
    places = [REQUESTS.declare(dialect, route, str(status)) for status in STATUSES]
    REQUESTS.declare(dialect, route, OTHER)
    return Slots(places[0], DURATION.declare(dialect, route))


def answered(slots: Slots, status: int, took_ns: int) -> None:
    """Count a request that has its answer. Every request comes here, so it calls nothing else."""
    slab = MEMORY.slab
    statuses, duration = slots
    slab[statuses + STATUSES.get(status, _OTHERS)] += 1
    slab[duration + bisect_left(_BOUNDS, took_ns)] += 1
    slab[duration + _SUM] += took_ns
