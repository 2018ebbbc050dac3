"""Whatever becomes of a replica, its reader has an answer: the primary's."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from stampbook.ledger.mirroring.mirror import Mirror
from stampbook.storage.postgres.replicas import LOOK_S, Obstacle, Replicas
from stampbook.storage.postgres.temporary import TemporaryPostgres
from stampbook.storage.store import Store, Unavailable
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import REPLICA_READS
from tests.http.native.asking import fine
from tests.process.conftest import deploy
from tests.process.running import Running, command
from tests.replicas.conftest import Pair, on
from tests.replicas.standby import Standby

pytestmark = pytest.mark.postgres

ALLOWED = {"Stampbook-Max-Staleness": "60"}


def counted() -> dict[str, int]:
    return {labels[0]: MEMORY.slab[at] for labels, at in REPLICA_READS.at.items()}


async def outcome(pair: Pair) -> str:
    """Where a read was answered from, by its answer and by the metrics."""
    before = counted()
    answer = await pair.api.ask("GET", "/programs/prg_1", headers=ALLOWED)
    assert fine(answer)["id"] == "prg_1"
    (changed,) = (name for name, number in counted().items() if number != before[name])
    source = "replica" if changed == "replica" else "primary"
    assert answer.headers["stampbook-read-from"] == source
    return changed


async def state(pair: Pair) -> Obstacle | None:
    await pair.replicas.look()
    (found,) = pair.replicas.states
    return found.obstacle


async def test_a_replica_that_is_gone(pair: Pair) -> None:
    """It is noticed by whom it would have answered, and read again when it is back."""
    await pair.api.program()
    await pair.level()
    assert await outcome(pair) == "replica"
    pair.standby.crash()
    assert await outcome(pair) == "away"
    assert await state(pair) is Obstacle.AWAY
    assert await outcome(pair) == "away"
    pair.standby.start()
    await pair.standby.follow()
    await pair.level()
    assert await outcome(pair) == "replica"


async def test_a_replica_that_is_too_far_behind(pair: Pair) -> None:
    await pair.api.program()
    await pair.level()
    await pair.standby.pause()
    try:
        await pair.api.program()
        pair.api.clock.advance(seconds=61)
        await pair.replicas.look()
        assert await outcome(pair) == "behind"
        ready = fine(await pair.api.client.get("/readyz"))["checks"]["replicas"]
        assert ready == {"status": "ok", "detail": "1 of 1 replicas are read"}
        metrics = (await pair.api.client.get("/metrics")).text
        assert 'stampbook_replica_age_seconds{replica="1"} 61' in metrics
    finally:
        await pair.standby.resume()
    await pair.level()
    assert await outcome(pair) == "replica"


async def test_a_replica_that_breaks_off(pair: Pair) -> None:
    """In the midst of a read, as one does that replays what the read still needs."""
    await pair.api.program()
    await pair.level()

    async def work(ledger: object) -> None:
        await pair.standby.tell(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'stampbook' AND state = 'idle in transaction'"
        )
        await ledger.store.fetch("SELECT 1")  # type: ignore[attr-defined]

    before = counted()
    assert pair.context.mirror is not None
    assert await pair.context.mirror.read(work, max_age_us=1) is None
    assert counted()["failed"] == before["failed"] + 1
    assert await state(pair) is None
    assert await outcome(pair) == "replica"


async def test_a_replica_that_takes_over(
    pair: Pair, primary: TemporaryPostgres, replicated: str
) -> None:
    """It is no replica any more, and what it has may never have been on the primary."""
    with Standby(primary) as other:
        replicas = await Replicas.open(
            pair.context.store, on(other, replicated), clock=pair.api.clock, connections=2
        )
        pair.context.mirror = Mirror(pair.context.ledger, replicas)
        await pair.api.program()
        await replicas.catch_up()
        assert await outcome(pair) == "replica"
        await other.tell("SELECT pg_promote()")
        assert await outcome(pair) == "behind"
        assert [each.obstacle for each in replicas.states] == [Obstacle.PRIMARY]
        assert await outcome(pair) == "away"
        await replicas.close()


async def test_the_primary_itself_is_no_replica(replicated_store: Store, replicated: str) -> None:
    found = await Replicas.open(replicated_store, replicated, clock=lambda: 1, connections=2)
    assert [each.obstacle for each in found.states] == [Obstacle.PRIMARY]
    await found.close()


async def test_a_server_of_another_database(replicated_store: Store, postgres_url: str) -> None:
    with pytest.raises(Unavailable, match="server 1 belongs to another database"):
        await Replicas.open(replicated_store, postgres_url, clock=lambda: 1, connections=2)


async def test_replicas_are_looked_at_without_being_read(pair: Pair) -> None:
    """As a server does: a quiet primary makes them no older."""
    await pair.api.program()
    running = asyncio.create_task(pair.replicas.run())
    for _ in range(2):
        pair.api.clock.advance(seconds=120)
        async with asyncio.timeout(LOOK_S * 200):
            while await outcome(pair) != "replica":
                pass
    pair.replicas.stop()
    await running


def test_a_server_reads_from_its_replica(
    primary: TemporaryPostgres, standby: Standby, tmp_path: Path
) -> None:
    """By the settings, and `doctor` looks at it."""
    url = primary.create_database("served")
    deployment = deploy(url, tmp_path)
    asyncio.run(standby.follow())
    variables = {
        "STAMPBOOK_REPLICA_URL": on(standby, url),
        "STAMPBOOK_REPLICA_MAX_STALENESS_S": "30",
    }
    serving = ("serve", "--database", url, "--port", "0")
    with Running(*serving, cwd=tmp_path, environment=variables) as server:
        address = server.wait_until_ready()
        asyncio.run(_reads(address, deployment.secret))
        assert server.stop() == 0
    ended = command("doctor", "--database", url, "--json", cwd=tmp_path, environment=variables)
    assert json.loads(ended.stdout)["checks"]["replicas"] == {
        "status": "ok", "detail": "each of 1 has what the primary has",
    }  # fmt: skip
    variables["STAMPBOOK_REPLICA_URL"] = url
    ended = command("doctor", "--database", url, "--json", cwd=tmp_path, environment=variables)
    assert ended.returncode == 1
    said = json.loads(ended.stdout)["checks"]["replicas"]["detail"]
    assert said == "replica 1 takes writes, so it is no replica. The primary is read instead"


async def _reads(address: str, secret: str) -> None:
    """A report comes from the replica although its caller did not ask for that."""
    import httpx

    from tests.http.native.asking import Api, Clock

    async with httpx.AsyncClient(base_url=address) as client:
        api = Api(client, secret, Clock())
        await api.account()
        async with asyncio.timeout(30):
            while True:
                answer = await api.get("/programs/prg_1/reports/liability")
                if answer.headers.get("stampbook-read-from") == "replica":
                    break
        assert "stampbook-as-of" not in (await api.get("/programs/prg_1")).headers


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:other", "must be postgresql://"),
        ("postgresql://u:p@host:port/name", "names no host and port"),
        ("postgresql://u:p@127.0.0.1:1/name", "only a PostgreSQL database"),
    ],
)
def test_what_no_replica_can_be(url: str, said: str, tmp_path: Path) -> None:
    """One line and status 2."""
    ended = command(
        *("serve", "--database", "sqlite:points.sqlite", "--port", "0"),
        cwd=tmp_path,
        environment={"STAMPBOOK_REPLICA_URL": url},
    )
    assert ended.returncode == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("stampbook: replica_url")
    assert said in line
