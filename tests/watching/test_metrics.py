"""`/metrics`: every metric of the documentation is there, with its labels, and counts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from stampbook.dialects.native import ids
from stampbook.dialects.site.facts import KEPT_S, Facts
from stampbook.edge.bounds.limits import SPARE, Limits
from stampbook.edge.connection import Connection
from stampbook.edge.context import Context
from stampbook.edge.serving import Edge
from stampbook.edge.sharing import Open
from stampbook.ledger.engine import Ledger
from stampbook.programs import programs
from stampbook.settings import Settings
from stampbook.storage.opening import open_store
from stampbook.storage.store import NoRoom, Store, Unavailable
from stampbook.verifying import results
from stampbook.watching import metrics
from stampbook.watching.counting import MEMORY, count
from tests.edge.serving import LIMITS, Counting, of_strangers, request, served
from tests.http.in_process import InProcess, Wire, application
from tests.http.test_full_disk import fill
from tests.http.town import ADMIN, Town
from tests.watching.reading import Metrics, metrics_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operating" / "observability.md"
DASHBOARD = ROOT / "deploy/grafana/stampbook.json"
DEPLOYED = (DASHBOARD, ROOT / "deploy/prometheus/alerts.yml")

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"

LABELS = {
    "build_info": "version python store",
    "http_requests_total": "dialect route status",
    "http_request_duration_seconds": "dialect route",
    "http_connections": "",
    "http_rejected_total": "reason",
    "rate_limited_total": "by",
    "login_attempts_total": "outcome",
    "ledger_transactions_total": "type dialect",
    "ledger_refusals_total": "code dialect",
    "idempotent_replays_total": "dialect",
    "ledger_queue_depth": "shard",
    "ledger_handed_over_total": "outcome",
    "ledger_batch_size": "shard",
    "ledger_commit_duration_seconds": "shard",
    "ledger_cache_accounts": "",
    "ledger_cache_requests_total": "result",
    "db_connections": "state",
    "db_errors_total": "kind",
    "db_slow_queries_total": "statement",
    "replica_reads_total": "outcome",
    "replica_age_seconds": "replica",
    "disk_free_bytes": "",
    "worker_lag_seconds": "job",
    "worker_due_accounts": "",
    "feed_position": "",
    "feed_lag_seconds": "reader",
    "webhook_attempts_total": "outcome",
    "webhook_pending": "",
    "webhook_oldest_pending_seconds": "",
    "webhook_endpoints": "status",
    "import_rows_total": "outcome",
    "approvals_pending": "",
    "verify_last_success_timestamp_seconds": "",
    "verify_faults": "",
}
"""The metrics and their labels, as the contract has them."""

VALUES = {
    ("http_rejected_total", "reason"): "head deadline connections body garbage",
    ("rate_limited_total", "by"): "key address",
    ("ledger_cache_requests_total", "result"): "hit miss",
    ("db_connections", "state"): "used idle limit",
    ("db_errors_total", "kind"): "lost full timeout",
    ("replica_reads_total", "outcome"): "replica behind away unsettled failed refused",
    ("worker_lag_seconds", "job"): "due projection webhooks exports imports",
}


async def account(town: Town) -> str:
    """An account of a new member, opened by the native API."""
    program = ids.write(ids.PROGRAM, town.program.program_id)
    member = (await town.ask("POST", f"/v1/programs/{program}/members", {})).json()["id"]
    currency = ids.write(ids.CURRENCY, town.points.currency_id)
    body = {"member_id": member, "currency_id": currency}
    made = await town.ask("POST", "/v1/accounts", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_every_metric_is_there_with_its_labels(town: Town) -> None:
    path = f"/v1/accounts/{await account(town)}/transactions"
    await town.ask("POST", path, {"type": "accrue", "amount": "5"})
    await results.keep(town.store, 0, now=town.now)
    found = await metrics_of(town)
    assert {f"stampbook_{name}" for name in LABELS} <= found.names
    for name, labels in LABELS.items():
        if name == "disk_free_bytes" and not found.labels(f"stampbook_{name}"):
            assert "postgres" in type(town.store).__name__.lower()
            continue
        if name == "replica_age_seconds":  # none here: see tests/replicas
            continue
        assert found.labels(f"stampbook_{name}") == {frozenset(labels.split())}, name
    for (name, label), values in VALUES.items():
        seen = {each.labels[label] for each in found.samples if each.name == f"stampbook_{name}"}
        assert seen == set(values.split()), name
    assert {"process_cpu_seconds_total", "process_open_fds", "python_info"} <= found.names
    own = {name for name in found.names if name.startswith("stampbook_")}
    base = {re.sub(r"_(bucket|count|sum)$", "", name) for name in own}
    assert base == {f"stampbook_{name}" for name in LABELS}


async def test_requests_are_counted_by_dialect_route_and_status(town: Town) -> None:
    opened = await account(town)
    for _ in range(3):
        await town.ask("GET", f"/v1/accounts/{opened}")
    await town.ask("GET", "/v1/accounts/acc_fff")
    await town.ask("GET", "/v1/accounts/acc_fff", secret="nobody's")
    await town.ask("GET", "/v1/customers/anna")
    await town.ask("GET", "/wp-admin/setup.php")
    await town.ask("PUT", "/v1/accounts")
    await town.register("79991234567")
    found = await metrics_of(town)
    name = "stampbook_http_requests_total"

    def counted(dialect: str, route: str, status: int) -> float:
        return found.value(name, dialect=dialect, route=route, status=str(status))

    assert counted("native", "/v1/accounts/{id}", 200) == 3
    assert counted("native", "/v1/accounts/{id}", 404) == 1
    assert counted("native", "/v1/accounts/{id}", 401) == 1
    assert counted("voucherify", "/v1/customers/{customer}", 404) == 1
    assert counted("native", "none", 404) == 1
    assert counted("native", "none", 405) == 1
    assert counted("altcraft", "/api/v1.1/loyalty/register_member", 200) == 1
    assert all(each.value for each in found.samples if each.name == name)
    durations = "stampbook_http_request_duration_seconds"
    route = {"dialect": "native", "route": "/v1/accounts/{id}"}
    assert found.value(f"{durations}_count", **route) == 5
    assert found.value(f"{durations}_bucket", le="+Inf", **route) == 5
    assert found.value(f"{durations}_bucket", le="0.001", **route) <= 5
    assert 0 < found.value(f"{durations}_sum", **route) < 5


async def test_what_the_ledger_does_is_counted(town: Town) -> None:
    path = f"/v1/accounts/{await account(town)}/transactions"
    accrual = {"type": "accrue", "amount": "5"}
    first = await town.ask("POST", path, accrual, key="once")
    assert (await town.ask("POST", path, accrual, key="once")).json() == first.json()
    refused = await town.ask("POST", path, {"type": "redeem", "amount": "9"})
    assert refused.json()["code"] == "insufficient_points"
    program = {"name": "Twice"}
    for _ in range(2):
        assert (await town.ask("POST", "/v1/programs", program, key="made")).status_code == 201
    found = await metrics_of(town)
    total = "stampbook_ledger_transactions_total"
    assert found.value(total, type="accrue", dialect="native") == found.value(total) == 1
    refusals = "stampbook_ledger_refusals_total"
    assert found.value(refusals, code="insufficient_points", dialect="native") == 1
    assert found.value(refusals) == 1
    assert found.value("stampbook_idempotent_replays_total", dialect="native") == 2
    assert found.value("stampbook_ledger_batch_size_count") == 3
    assert found.value("stampbook_ledger_batch_size_sum") == 3
    assert found.value("stampbook_ledger_commit_duration_seconds_count") == 1
    assert found.value("stampbook_ledger_cache_accounts") == 1
    assert found.value("stampbook_ledger_cache_requests_total") >= 3
    assert found.value("stampbook_ledger_queue_depth") == 0
    assert found.value("stampbook_feed_position") > 0
    connections = "stampbook_db_connections"
    limit = found.value(connections, state="limit")
    assert found.value(connections, state="used") + found.value(connections, state="idle") <= limit


async def test_how_far_the_worker_is_behind(town: Town) -> None:
    opened = await account(town)
    path = f"/v1/accounts/{opened}/transactions"
    await town.ask("POST", path, {"type": "accrue", "amount": "5"})
    body = {"type": "hold", "amount": "1", "timeout_s": 60}
    assert (await town.ask("POST", path, body)).status_code == 201
    town.now += 100 * 1_000_000
    found = await metrics_of(town)
    assert found.value("stampbook_worker_due_accounts") == 1
    assert found.value("stampbook_worker_lag_seconds", job="due") == 40
    assert found.value("stampbook_feed_lag_seconds", reader="sums") == 100
    assert found.value("stampbook_worker_lag_seconds", job="projection") == 100


async def test_how_long_files_wait(town: Town) -> None:
    """Those that nobody works on yet."""
    program = town.program.program_id
    for position, at in ((0, 60), (0, 90), (1, 10)):
        await town.store.execute(
            "INSERT INTO imports (tenant_id, program_id, kind, declared, digest, status, dry_run,"
            " bytes, position, started_at, file)"
            " VALUES (1, $1, 'lots', '{}', $2, 'running', 0, 9, $3, $4, 'file')",
            program,
            bytes(32),
            position,
            town.now + at * 1_000_000,
        )
    await town.store.execute(
        "INSERT INTO exports (tenant_id, program_id, kind, format, status, created_at, file)"
        " VALUES (1, $1, 'lots', 'csv', 'running', $2, 'file')",
        program,
        town.now + 95 * 1_000_000,
    )
    town.now += 100 * 1_000_000
    found = await metrics_of(town)
    assert found.value("stampbook_worker_lag_seconds", job="imports") == 40
    assert found.value("stampbook_worker_lag_seconds", job="exports") == 5


async def test_the_database_is_read_once_a_second(town: Town) -> None:
    now_s = 0.0
    facts = Facts(town.contexts[0], now_s=lambda: now_s)
    assert await facts.read() is await facts.read()
    before = await facts.read()
    now_s = KEPT_S
    assert await facts.read() is not before


async def test_without_a_database_the_rest_is_served(own_address: str, counted: None) -> None:
    store = await open_store(own_address)
    context = Context(store, Ledger(store, clock=lambda: 0), lambda: 0)
    await store.close()
    async with client_of(context) as client:
        answer = await client.get("/metrics")
    found = Metrics(answer.text)
    assert found.value("stampbook_build_info") == 1
    assert not found.labels("stampbook_feed_position")


async def test_other_pieces_count_under_their_names(town: Town) -> None:
    count(metrics.RATE_LIMITED, "key")
    count(metrics.LOGINS, "failed", by=2)
    count(metrics.WEBHOOK_ATTEMPTS, "delivered")
    count(metrics.IMPORT_ROWS, "refused")
    with pytest.raises(KeyError):
        count(metrics.LOGINS, "anna")
    found = await metrics_of(town)
    assert found.value("stampbook_rate_limited_total", by="key") == 1
    assert found.value("stampbook_login_attempts_total", outcome="failed") == 2


async def test_what_is_verified_is_shown(town: Town) -> None:
    await results.keep(town.store, 0, now=1_000_000_000)
    await results.keep(town.store, 3, now=2_000_000_000)
    found = await metrics_of(town)
    assert found.value("stampbook_verify_last_success_timestamp_seconds") == 1_000
    assert found.value("stampbook_verify_faults") == 3


# -- who may see them -------------------------------------------------------------------------


def client_of(context: Context, **settings: Any) -> httpx.AsyncClient:
    context.settings = Settings(**settings)
    transport = InProcess(application(context))
    return httpx.AsyncClient(transport=transport, base_url="http://town.test")


@pytest.mark.parametrize(
    ("admits", "headers", "status"),
    [
        ("loopback", {}, 200),
        ("loopback", {"X-Forwarded-For": "10.0.0.1"}, 403),
        ("loopback", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("open", {"X-Forwarded-For": "10.0.0.1"}, 200),
        ("off", {}, 404),
        ("off", {"Authorization": f"Bearer {ADMIN}"}, 404),
        ("key", {}, 401),
        ("key", {"Authorization": "Bearer nobody's"}, 401),
        ("key", {"Authorization": "Bearer reads"}, 403),
        ("key", {"Authorization": f"Bearer {ADMIN}"}, 200),
    ],
)
async def test_who_may_see_them(
    town: Town, admits: str, headers: dict[str, str], status: int
) -> None:
    await town.new_key("reads", "read")
    async with client_of(town.contexts[0], metrics=admits) as client:
        answer = await client.get("/metrics", headers=headers)
        assert answer.status_code == status
        assert (await client.head("/metrics", headers=headers)).status_code == status
        if status != 200:
            assert answer.headers["content-type"] == "application/problem+json"


# -- what others say of them -------------------------------------------------------------------


@pytest.mark.parametrize("file", DEPLOYED, ids=lambda path: path.name)
async def test_dashboards_and_alerts_name_what_there_is(town: Town, file: Path) -> None:
    found = await metrics_of(town)
    names = set(re.findall(r"\b(?:stampbook|process|python)_[a-z_]+\b", file.read_text("utf-8")))
    assert len(names) >= 15
    known = {name + suffix for name in found.names for suffix in ("", "_bucket", "_sum", "_count")}
    assert names - known == set()


def test_the_dashboard_shows_every_metric() -> None:
    shown = DASHBOARD.read_text("utf-8")
    assert [name for name in LABELS if f"stampbook_{name}" not in shown] == []


async def test_the_page_describes_them_all(town: Town) -> None:
    page = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| `stampbook_(\w+)` \| (.*?) \|", page, re.MULTILINE)
    described = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    assert described == {name: set(labels.split()) for name, labels in LABELS.items()}


async def test_what_is_refused_before_a_handler_is_counted_by_its_reason(counted: None) -> None:
    async with served() as place:
        assert await place.answers(b"\x16\x03\r\n") == [400]
        assert await place.answers(request("GET /quick", "X: " + 70_000 * "x")) == [431]
        assert await place.answers(request("POST /count", "Content-Length: 9999999")) == [413]
    async with served(limits=LIMITS._replace(head_s=0.05)) as place:
        assert await place.answers(b"GET /qu") == [408]
    counts = {
        labels[0]: MEMORY.slab[at] for labels, at in metrics.REJECTED.at.items() if MEMORY.slab[at]
    }
    assert counts == {"garbage": 1, "head": 1, "body": 1, "deadline": 1}


async def test_connections_beyond_the_limit_are_counted(counted: None) -> None:
    edge = Edge(of_strangers(), [Counting()])
    shared, wires = Open(), [Wire() for _ in range(SPARE + 2)]
    connections = [Connection(edge, Limits(60, 60, 0), shared) for _ in wires]
    for connection, wire in zip(connections, wires, strict=True):
        connection.connection_made(wire)
    assert MEMORY.slab[metrics.REJECTED.at["connections",]] == len(wires)
    assert [bool(wire.written) for wire in wires] == [*(SPARE * [True]), False, False]
    for connection in connections:
        connection.connection_lost(None)


async def write_much(store: Store) -> None:
    for _ in range(500):
        async with store.transaction() as writing:
            await programs.create(writing, tenant=1, name="x" * 255, now=0)


async def test_a_full_disk_and_a_lost_database_are_counted(own_store: Store, counted: None) -> None:
    await fill(own_store)
    with pytest.raises(NoRoom):
        await write_much(own_store)
    assert MEMORY.slab[metrics.DB_ERRORS.at["full",]] == 1
    assert MEMORY.slab[metrics.DB_ERRORS.at["lost",]] == 0
    with pytest.raises(Unavailable):
        await open_store(AWAY)
    assert MEMORY.slab[metrics.DB_ERRORS.at["lost",]] == 1


async def test_open_connections_are_measured(counted: None) -> None:
    async with served() as place:
        lines = [await place.line() for _ in range(3)]
        await place.until(lambda: len(place.shared.connections) == len(lines))
        MEMORY.measure()
        assert MEMORY.slab[metrics.CONNECTIONS.at[()]] == 3
        place.hang_up()
        await place.until(lambda: not place.shared.connections)
        MEMORY.measure()
        assert MEMORY.slab[metrics.CONNECTIONS.at[()]] == 0
