"""The recorded database answers what it answered when it was recorded, whatever holds it today."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from zlib import crc32

import pytest

from stampbook.dialects.site.descriptions import address_of
from stampbook.dialects.table import APIS, DIALECTS
from stampbook.domain.model import Kind
from stampbook.storage.address import is_postgres
from stampbook.storage.migrating import migrate
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.http.test_routes import paths_of
from tests.migration.answers import (
    Answer,
    Cursors,
    Exchange,
    read_exchanges,
    told_apart,
    without_added,
)
from tests.migration.checking import faults, rows
from tests.migration.restoring import restore
from tests.migration.world import World, opened_world
from tests.turns import WHOLE

NEWER = (
    "/v1/accounts/{}/explanation",
    "/v1/deliveries",
    "/v1/deliveries/{}",
    "/v1/exports",
    "/v1/exports/{}",
    "/v1/exports/{}/file",
    "/v1/imports",
    "/v1/imports/{}",
    "/v1/imports/{}/refused",
    "/v1/webhooks",
    "/v1/webhooks/{}",
    "/v1/webhooks/{}/deliveries",
    "/v1/accounts/{}/statement",
    "/v1/members/{}/timeline",
    "/v1/search",
    "/v1/visits/{}/transactions",
    "/v1/anchors",
    "/v1/approvals",
    "/v1/approvals/{}",
    "/v1/audit",
    "/v1/benefits/{}",
    "/v1/custom_events/{}",
    "/v1/currencies/{}/figures",
    "/v1/event_types",
    "/v1/events",
    "/v1/programs/{}/figures",
    "/v1/members/{}/export",
    "/v1/members/{}/merges",
    "/v1/members/{}/purchases",
    "/v1/merges/{}",
    "/v1/metadata-schemas",
    "/v1/orders",
    "/v1/orders/{}",
    "/v1/programs/{}/benefits",
    "/v1/programs/{}/orders",
    "/v1/programs/{}/orders/{}",
    "/v1/programs/{}/orders/{}/payments",
    "/v1/programs/{}/orders/{}/refunds",
    "/v1/programs/{}/reports/activity",
    "/v1/programs/{}/reports/activity/members",
    "/v1/programs/{}/reports/activity/transactions",
    "/v1/programs/{}/reports/breakage",
    "/v1/programs/{}/reports/earning",
    "/v1/programs/{}/reports/expiring",
    "/v1/programs/{}/reports/liability",
    "/v1/programs/{}/reports/liability/lots",
    "/v1/programs/{}/reports/rules",
    "/v1/programs/{}/reports/spending",
    "/v1/programs/{}/reports/tiers",
    "/v1/programs/{}/rewards",
    "/v1/programs/{}/rules",
    "/v1/purchases/{}",
    "/v1/rewards/{}",
    "/v1/rewards/{}/codes",
    "/v1/rewards/{}/codes/counts",
    "/v1/rewards/{}/purchases",
    "/v1/rules/{}",
    "/v1/rules/{}/awards",
    "/v1/rules/{}/versions",
    "/v1/session",
    "/v1/users",
    "/v1/users/{}",
    "/v1/users/{}/sessions",
    "/v2/loyalties/benefits",
    "/v2/loyalties/benefits/{}",
    "/v2/loyalties/benefits/{}/activities",
    "/v2/loyalties/earning-rules",
    "/v2/loyalties/earning-rules/{}",
    "/v2/loyalties/earning-rules/{}/activities",
    "/v2/loyalties/incentives",
    "/v2/loyalties/incentives/{}",
    "/v2/loyalties/incentives/{}/activities",
    "/v2/loyalties/programs/{}/earning-rules",
    "/v2/loyalties/programs/{}/members/{}/benefits/transactions",
    "/v2/loyalties/programs/{}/members/{}/earning-rules/{}/reports/daily",
    "/v2/loyalties/programs/{}/members/{}/incentives/transactions",
    "/v2/loyalties/programs/{}/members/{}/orders/payments",
    "/v2/loyalties/programs/{}/members/{}/rewards/purchases",
    "/v2/loyalties/programs/{}/members/{}/tiers/transactions",
    "/v2/loyalties/programs/{}/reports/earning-rules/daily",
    "/v2/loyalties/programs/{}/reports/earning-rules/summary",
    "/v2/loyalties/programs/{}/reports/points-earnings/daily",
    "/v2/loyalties/programs/{}/reports/points-earnings/summary",
    "/v2/loyalties/programs/{}/reports/spending/daily",
    "/v2/loyalties/programs/{}/reports/spending/summary",
    "/v2/loyalties/programs/{}/reports/tiers/daily",
    "/v2/loyalties/programs/{}/reports/tiers/summary",
    "/v2/loyalties/programs/{}/rewards",
    "/v2/loyalties/programs/{}/tier-structures",
    "/v2/loyalties/rewards",
    "/v2/loyalties/rewards/{}",
    "/v2/loyalties/rewards/{}/activities",
    "/v2/loyalties/tier-structures",
    "/v2/loyalties/tier-structures/{}",
    "/v2/loyalties/tier-structures/{}/activities",
    "/v2/loyalties/tier-structures/{}/tiers",
)
"""Paths of rules, orders, rewards, tiers and people."""

UNRECORDED = {
    "/": "leads to the documentation, which is no data",
    "/metrics": "counts what this server does",
    "/docs": "the documentation",
    "/docs/start.js": "the documentation",
    "/docs/swagger-ui-bundle.js": "the documentation",
    "/docs/swagger-ui.css": "the documentation",
    **{address_of(api): "describes the version that serves it" for api in APIS},
    "/api/v1/loyalty/generate_code/{}/{}": "never succeeds",
    **dict.fromkeys(NEWER, "is newer than the recording"),
}
"""Paths that are read without a recorded success, and why."""

MOST_SHOWN = 5

NUMBERED = re.compile(r"/[^/]*\d[^/]*")
"""A part of a path that names one thing of many."""

PLENTY = 16
"""Reads of one kind of path, for both databases together, after which only some are asked."""

STRIDE = 13
"""Of those beyond."""


@cache
def exchanges() -> list[Exchange]:
    return read_exchanges()


def of(*parts: str) -> list[Exchange]:
    return [each for each in exchanges() if each.part in parts]


@pytest.fixture(params=["sqlite", "postgres"])
def recorded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the recorded database, brought up to the present schema."""
    if request.param == "sqlite":
        address = f"sqlite:{tmp_path}/recorded.sqlite"
        restore(address)
        migrate(address)
        yield address
        return
    server: TemporaryPostgres = request.getfixturevalue("postgres_server")
    address = server.create_database("recorded")
    restore(address)
    migrate(address)
    yield address
    server.drop_database("recorded")


async def ask_again(world: World, asked: Iterable[Exchange]) -> None:
    """Every one of these requests gets its recorded answer, byte for byte.

    Only the texts of cursors may differ, and fields may have been added.
    """
    wrong, cursors = [], Cursors()
    for each in asked:
        answer = Answer.of(await world.send(cursors.asked(each.request)))
        found = cursors.answered(without_added(each.request, answer), each.answer)
        if found != each.answer:
            wrong.append((each.request, told_apart(found, each.answer)))
    assert not wrong, (len(wrong), wrong[:MOST_SHOWN])


def turn_of(recorded: str, reads: Iterable[Exchange]) -> Iterator[Exchange]:
    """The reads that this database is asked: the others are the other one's, unless all are asked
    of both (tests/turns.py). Pages of one list stay together, and of each operation there are at
    least as many as `PLENTY`."""
    its = int(is_postgres(recorded))
    seen: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for each in reads:
        path = each.request.path.partition("?")[0]
        asked = f"{path} {each.request.body}"
        of_its_kind = seen[NUMBERED.sub("/{}", path)]
        at = of_its_kind.setdefault(asked, len(of_its_kind))
        if WHOLE or (crc32(path.encode()) % 2 == its and (at < PLENTY or at % STRIDE == 0)):
            yield each


async def test_it_answers_as_it_did(recorded: str) -> None:
    """Reads and repeats write nothing; what is written afterwards rests on old rows."""
    async with opened_world(recorded, exchanges()[0].request.at) as world:
        assert await faults(world.store) == []
        before = await rows(world.store)
        await ask_again(world, turn_of(recorded, of("read", "repeat")))
        assert await rows(world.store) == before
        await ask_again(world, of("write", "later"))
        assert await rows(world.store) > before
        assert await faults(world.store) == []


def test_every_read_of_every_dialect_is_recorded() -> None:
    """Of each GET there is a success, and of those POST that only read."""
    served, lacking = set(), set()
    for dialect in DIALECTS:
        if dialect.name == "console":  # pages, which say what the native API answers
            continue
        for method, path in paths_of(dialect):
            served.add(path)
            pattern = re.compile(re.escape(path).replace(r"\{\}", "[^/]+"))
            if method == "GET" and not any(
                each.request.method == method
                and each.answer.status < 300
                and pattern.fullmatch(each.request.path.partition("?")[0])
                for each in of("read")
            ):
                lacking.add(path)
    assert lacking == UNRECORDED.keys() & served


def test_what_is_recorded_is_of_every_kind() -> None:
    """Types and statuses of the native API, and the refusals that only old data gives."""
    text = "".join(
        each.answer.body for each in of("read") if each.request.path.startswith("/v1/accounts")
    )
    words = Counter(re.findall(r'"(?:type|status)":"(\w+)"', text))
    statuses = {"in_force", "partly_cancelled", "cancelled", "temporary", "released"}
    assert {kind.wire for kind in Kind} | statuses <= set(words)
    assert any('"already_cancelled":true' in each.answer.body for each in of("repeat"))
    refusals = set(re.findall(r'"code":"(\w+)"', "".join(each.answer.body for each in of("write"))))
    assert refusals >= {
        "account_closed",
        "already_committed",
        "already_released",
        "cancel_window_passed",
        "deficit_outstanding",
        "insufficient_points",
        "member_inactive",
        "not_cancellable",
        "points_already_spent",
    }
