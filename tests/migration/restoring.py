"""The recorded databases, unpacked."""

from __future__ import annotations

import lzma
from pathlib import Path

import asyncpg

from stampbook.pacing import run_apart
from stampbook.storage.address import is_postgres, sqlite_path

FOLDER = Path(__file__).parent / "recorded"
SQLITE = FOLDER / "database.sqlite.xz"
POSTGRES = FOLDER / "database.postgres.sql.xz"


def restore(url: str) -> None:
    """Make the recorded database at the address: a file that is not there, an empty database."""
    if is_postgres(url):
        run_apart(_run(url, lzma.decompress(POSTGRES.read_bytes()).decode()))
    else:
        sqlite_path(url).write_bytes(lzma.decompress(SQLITE.read_bytes()))


async def _run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
        await connection.execute("RESET ALL")
    finally:
        await connection.close()
