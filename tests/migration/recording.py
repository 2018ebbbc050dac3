"""Makes the recorded databases and the answers that they must give.

It ran once, on the last version before "one table", and is kept to show how the files came about:
`python -m tests.migration.recording` lives the same life on SQLite and on PostgreSQL, writes both
databases down, restores each and records what it answers. On a newer schema it makes files of that
schema, which prove nothing about a migration: do not run it again.

What is random elsewhere (codes, names of tasks) comes from a counter here, so that both databases
hold the same. The answers of both are compared before they are written.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import lzma
import re
import secrets
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import stampbook.dialects.altcraft.exports.methods as exporting
from stampbook.programs import api_keys, tenants, users
from stampbook.programs.roles import Role
from stampbook.storage.address import sqlite_path
from stampbook.storage.migrating import migrate
from stampbook.storage.postgres.binaries import find_server_binaries
from stampbook.storage.postgres.temporary import TemporaryPostgres
from tests.migration import life_clubs, life_native, life_visits
from tests.migration.answers import Exchange, told_apart, write_exchanges
from tests.migration.asking import afterwards, later, reads
from tests.migration.restoring import FOLDER, POSTGRES, SQLITE, restore
from tests.migration.world import LOGIN, NEIGHBOUR, OWNER, READER, START, TILL, World, opened_world


def without_chance() -> None:
    """Make the random parts of names the same in every run. The process ends after it."""
    numbers = itertools.count(1)

    def text(length: int = 32) -> str:
        return hashlib.sha256(str(next(numbers)).encode()).hexdigest()[:length]

    exporting.token_urlsafe = text  # type: ignore[assignment,attr-defined]
    exporting.uuid4 = lambda: uuid.UUID(text())  # type: ignore[attr-defined]
    secrets.choice = lambda of: of[next(numbers) % len(of)]  # type: ignore[assignment]


async def live(url: str) -> tuple[int, list[Any]]:
    """Everything, on an empty database; the instant at its end, and the keyed requests."""
    async with opened_world(url, START) as world:
        async with world.store.transaction() as writing:
            other = await tenants.create(writing, name="Neighbour", now=world.now)
            for secret, scope, tenant, program in (
                (OWNER, "admin", 1, None),
                (READER, "read", 1, None),
                (NEIGHBOUR, "admin", other.tenant_id, None),
            ):
                await api_keys.create(
                    writing,
                    tenant=tenant,
                    name=secret,
                    scopes=[scope],
                    secret=secret,
                    program=program,
                    now=world.now,
                )
            await users.create(
                writing,
                tenant=1,
                login=LOGIN,
                password_hash="none",
                role=Role.ADMIN,
                now=world.now,
            )
            await writing.execute("UPDATE voucherify_secrets SET secret = $1", bytes(range(32)))
        for part in (life_native, life_visits, life_clubs):
            await part.live(world)
        async with world.store.transaction() as writing:
            await api_keys.create(
                writing,
                tenant=1,
                name=TILL,
                scopes=["read", "ledger:write"],
                secret=TILL,
                program=1,
                now=world.now,
            )
        world.advance(days=1)
        await world.settle()
        await reads(world)  # what a first read writes (codes of cards, counters) is written
        return world.now, world.keyed


async def record(url: str, now: int, keyed: list[Any]) -> list[Exchange]:
    """What the restored database answers: reads, repeats, writes, and reads of a later day."""
    async with opened_world(url, now) as world:
        exchanges = await reads(world)
        rows = await count(world)
        for request in keyed:
            exchanges.append(await Exchange.of(world, "repeat", request._replace(at=now)))
            assert await count(world) == rows, exchanges[-1]
        exchanges += await afterwards(world)
        exchanges += await later(world)
        return exchanges


async def count(world: World) -> int:
    row = await world.store.fetch_one("SELECT count(*) AS found FROM transactions")
    assert row is not None
    return int(row["found"])


def dump_sqlite(url: str) -> bytes:
    """The file, whole: nothing of it is left in the log."""
    path = sqlite_path(url)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def dump_postgres(url: str) -> bytes:
    """Schema and data as statements that any connection can run."""
    words = ["--inserts", "--rows-per-insert=200", "--no-owner", "--no-privileges", "--no-comments"]
    program = find_server_binaries() / "pg_dump"
    dump = subprocess.run([program, *words, url], check=True, capture_output=True).stdout
    # The server's version and psql's own commands are of the machine that recorded it.
    return re.sub(rb"(?m)^(--|\\|SET transaction_timeout).*\n", b"", dump)


async def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    found: list[list[Exchange]] = []
    with tempfile.TemporaryDirectory() as folder, TemporaryPostgres(durable=False) as server:
        kinds: tuple[tuple[Path, str, Callable[[str], bytes]], ...] = (
            (SQLITE, f"sqlite:{folder}/life.sqlite", dump_sqlite),
            (POSTGRES, server.create_database("life"), dump_postgres),
        )
        for file, url, dump in kinds:
            without_chance()
            await asyncio.to_thread(migrate, url)
            now, keyed = await live(url)
            file.write_bytes(lzma.compress(dump(url), preset=9 | lzma.PRESET_EXTREME))
            copy = (
                server.create_database("copy")
                if file == POSTGRES
                else f"sqlite:{folder}/copy.sqlite"
            )
            await asyncio.to_thread(restore, copy)
            without_chance()
            found.append(await record(copy, now, keyed))
    first, second = found
    for one, other in zip(first, second, strict=True):
        assert one.request == other.request
        assert one.answer == other.answer, (one.request, told_apart(one.answer, other.answer))
    write_exchanges(first)


if __name__ == "__main__":
    asyncio.run(main())
