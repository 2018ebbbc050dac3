"""pgbench as the benchmark uses it, on a cluster for tests."""

from __future__ import annotations

from urllib.parse import urlsplit

import asyncpg
import pytest

from stampbook.benchmark.yardstick import Yardstick, find_pgbench
from stampbook.storage.postgres.temporary import TemporaryPostgres

LAST_CHECKPOINT = "SELECT checkpoint_lsn::text FROM pg_control_checkpoint()"


@pytest.mark.postgres
async def test_a_checkpoint_where_the_user_may_ask_for_one(
    durable_postgres_server: TemporaryPostgres,
) -> None:
    name = "yardstick"
    url = durable_postgres_server.create_database(name)
    pgbench = find_pgbench(durable_postgres_server.bin_dir)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("CREATE ROLE guest LOGIN PASSWORD 'secret'")
        _, _, place = urlsplit(url).netloc.rpartition("@")
        guest = Yardstick(pgbench, f"postgresql://guest:secret@{place}/{name}")
        before = await connection.fetchval(LAST_CHECKPOINT)
        guest.checkpoint()
        guest.checkpoint()
        assert await connection.fetchval(LAST_CHECKPOINT) == before
        Yardstick(pgbench, url).checkpoint()
        assert await connection.fetchval(LAST_CHECKPOINT) != before
    finally:
        await connection.execute("DROP ROLE IF EXISTS guest")
        await connection.close()
        durable_postgres_server.drop_database(name)
