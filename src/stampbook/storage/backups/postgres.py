"""Backups of PostgreSQL databases: pg_dump in its custom format, and pg_restore."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlunsplit

import asyncpg

from stampbook.storage.address import split_address, without_password
from stampbook.storage.applied import APPLIED, CODE, CODE_TABLE, POSTGRES_TABLES, TABLE, Code, check
from stampbook.storage.backups.manifest import COUNT, Counted, Unsuitable
from stampbook.storage.postgres.binaries import find_program
from stampbook.storage.postgres.connections import single
from stampbook.storage.postgres.faults import LOST, unusable

SHARED: Final = {
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "host",
    "port",
    "passfile",
}
"""Parameters of addresses that the driver and PostgreSQL's programs understand alike."""


ADVICE: Final = (
    (
        "version mismatch",
        "Install programs of PostgreSQL as new as the server, or name their folder with --programs",
    ),
    ("permission denied", "Give the user that right, or name another user"),
    ("No space left", "Make room on the disk"),
    ("could not extend file", "Make room on the server's disk"),
)
"""What to do about what the programs say."""


async def copy(url: str, file: Path, programs: Path | None) -> tuple[str, Counted]:
    """Dump the database to a file while servers write; its schema and what it holds.

    Both are those of one snapshot, which pg_dump shares. `programs`: the folder of pg_dump; by
    default it is looked for. Raises SchemaProblem, Unavailable or Unsuitable.
    """
    program = _found("pg_dump", programs)
    connection = await single(url)
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            tables = {row["table_name"] for row in await connection.fetch(POSTGRES_TABLES)}
            applied = await connection.fetch(APPLIED) if TABLE in tables else []
            code = await connection.fetchrow(CODE) if CODE_TABLE in tables else None
            versions = [row["version"] for row in applied]
            check(url, tables, versions, code=Code(*code) if code else None)
            row = await connection.fetchrow(COUNT)
            assert row is not None
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            options = ["--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
            await asyncio.to_thread(_run, program, url, options)
    except (*LOST, asyncpg.PostgresError) as error:
        worded = unusable(without_password(url), error)
        if worded is None:
            raise
        raise worded from error
    finally:
        await connection.close()
    return row["schema"], Counted(row["accounts"], row["transactions"], row["feed_position"])


def restore(file: Path, url: str, programs: Path | None) -> None:
    """Restore a dump into an empty database, whole or not at all. Raises Unsuitable."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(_found("pg_restore", programs), url, [*options, "--no-comments", str(file)])


def _found(program: str, folder: Path | None) -> Path:
    found = find_program(program, folder)
    if found is None:
        where = "on this machine" if folder is None else f"in {folder}"
        raise Unsuitable(
            f"there is no {program} {where}. Install PostgreSQL's client programs, or name their"
            " folder with --programs"
        )
    return found


def _run(program: Path, url: str, options: list[str]) -> None:
    """Run one of PostgreSQL's programs on the database. The password is not among its words."""
    parts = split_address(url)
    query = dict(parse_qsl(parts.query))
    password = query.get("password") or (parts.password and unquote(parts.password))
    shared = urlencode({name: value for name, value in query.items() if name in SHARED})
    place = parts.netloc.rpartition("@")
    user = place[0].partition(":")[0]
    netloc = f"{user}@{place[2]}" if user else place[2]
    address = urlunsplit(("postgresql", netloc, parts.path, shared, ""))
    environment = {**os.environ, "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    ended = subprocess.run(
        [program, "--no-password", f"--dbname={address}", *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
        advice = next((do for what, do in ADVICE if what in ended.stderr), "Remove the cause")
        raise Unsuitable(f"{said[0].rstrip('.')}. {advice}")
