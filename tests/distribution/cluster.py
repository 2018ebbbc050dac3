"""A coordinator and two workers with Citus, on this machine, as long as a test runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.opening import create_database
from stampbook.storage.postgres.binaries import BIN_VARIABLE
from stampbook.storage.postgres.temporary import USER, TemporaryPostgres
from tests.distribution.sent import JOURNAL

VARIABLE = "STAMPBOOK_CITUS_BIN"
"""The folder of a PostgreSQL server's programs beside which Citus is installed."""

SCRIPT = Path(__file__).parents[2] / "deploy" / "citus" / "distribute.sql"

SHARDS = 64
WORKERS = 2

SETTINGS = {
    "shared_preload_libraries": "citus",
    "citus.node_conninfo": "sslmode=disable",
    "citus.shard_count": "8",
    "citus.enable_statistics_collection": "off",
    "citus.recover_2pc_interval": "-1",  # what it notes of commits in two phases stays
    "max_connections": "200",
    "max_prepared_transactions": "200",
    "jit": "off",
}

KILLED = {"fsync": "off", "citus.recover_2pc_interval": "5s"}
"""More of those that are killed: no power is cut, so nothing waits for a disk; what is in doubt is
ended soon."""

DATABASE = "distributed"


class Nodes(NamedTuple):
    """The running servers, and the address of a database on the coordinator."""

    address: str
    coordinator: TemporaryPostgres
    workers: Sequence[TemporaryPostgres]


@contextmanager
def distributed(*, guarded: bool = True) -> Iterator[str]:
    """The address of an empty distributed database. Unless it is guarded, what is in its journal
    can be deleted."""
    with nodes(guarded=guarded) as running:
        yield running.address


@contextmanager
def nodes(
    *,
    guarded: bool = True,
    durable: bool = False,
    way: Callable[[int, int], int] = lambda port, _: port,
) -> Iterator[Nodes]:
    """The same, with its servers. `durable`: they can be killed. `way` gives the port at which a
    worker is reached by others: it gets its own port, and its number."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv(BIN_VARIABLE, os.environ[VARIABLE])
        settings = {**SETTINGS, **(KILLED if durable else {})}
        coordinator, *workers = (
            stack.enter_context(TemporaryPostgres(durable=durable, settings=settings))
            for _ in range(1 + WORKERS)
        )
        for node in (coordinator, *workers):
            node.create_database(DATABASE)
        ports = [way(node.port, at) for at, node in enumerate(workers)]
        run_apart(_joined(coordinator, workers, ports))
        address = coordinator.database_url(DATABASE)
        create_database(address, shards=SHARDS)
        if not guarded:
            drops = (f"DROP TRIGGER {each}_append_only ON {each}" for each in JOURNAL)
            run_apart(_run(address, ";".join(drops)))
        run_apart(_run(address, "BEGIN;" + SCRIPT.read_text("utf-8") + "COMMIT;"))
        yield Nodes(address, coordinator, workers)


async def _joined(
    coordinator: TemporaryPostgres, workers: Sequence[TemporaryPostgres], ports: Sequence[int]
) -> None:
    """The nodes know each other, and one password."""
    first = coordinator.database_url(DATABASE)
    password = urlsplit(first).password
    for node in (coordinator, *workers):
        await _run(
            node.database_url(DATABASE),
            f"CREATE EXTENSION citus; ALTER ROLE {USER} PASSWORD '{password}';"
            f"INSERT INTO pg_dist_authinfo VALUES (0, '{USER}', 'password={password}')",
        )
    joining = [f"SELECT citus_set_coordinator_host('127.0.0.1', {coordinator.port})"]
    joining += [f"SELECT citus_add_node('127.0.0.1', {port})" for port in ports]
    await _run(first, ";".join(joining))


async def _run(address: str, script: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(script)
    finally:
        await connection.close()
