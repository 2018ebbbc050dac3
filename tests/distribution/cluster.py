"""A coordinator and two workers with Citus, on this machine, as long as a test runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from stampbook.pacing import run_apart
from stampbook.storage.opening import create_database
from stampbook.storage.postgres.binaries import BIN_VARIABLE
from stampbook.storage.postgres.temporary import USER, TemporaryPostgres

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
    "max_connections": "200",
    "max_prepared_transactions": "200",
    "jit": "off",
}

DATABASE = "distributed"


@contextmanager
def distributed() -> Iterator[str]:
    """The address of an empty distributed database."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv(BIN_VARIABLE, os.environ[VARIABLE])
        nodes = [
            stack.enter_context(TemporaryPostgres(settings=SETTINGS)) for _ in range(1 + WORKERS)
        ]
        for node in nodes:
            node.create_database(DATABASE)
        run_apart(_joined(nodes))
        address = nodes[0].database_url(DATABASE)
        create_database(address, shards=SHARDS)
        run_apart(_run(address, "BEGIN;" + SCRIPT.read_text("utf-8") + "COMMIT;"))
        yield address


async def _joined(nodes: list[TemporaryPostgres]) -> None:
    """The nodes know each other, and one password."""
    first = nodes[0].database_url(DATABASE)
    password = urlsplit(first).password
    for node in nodes:
        await _run(
            node.database_url(DATABASE),
            f"CREATE EXTENSION citus; ALTER ROLE {USER} PASSWORD '{password}';"
            f"INSERT INTO pg_dist_authinfo VALUES (0, '{USER}', 'password={password}')",
        )
    joining = [f"SELECT citus_set_coordinator_host('127.0.0.1', {nodes[0].port})"]
    joining += [f"SELECT citus_add_node('127.0.0.1', {node.port})" for node in nodes[1:]]
    await _run(first, ";".join(joining))


async def _run(address: str, script: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(script)
    finally:
        await connection.close()
