"""A streaming replica of a temporary cluster."""

from __future__ import annotations

import subprocess
from pathlib import Path

import asyncpg

from stampbook.storage.postgres.temporary import (
    PostgresFailedError,
    TemporaryPostgres,
    _log,
    _surroundings,
)


class Standby(TemporaryPostgres):
    """Copied from a running cluster, whose log it receives until it is stopped."""

    def __init__(self, primary: TemporaryPostgres) -> None:
        super().__init__(durable=True, settings={"fsync": "off"})
        self._primary = primary
        self._password = primary._password

    def _initialise(self, home: Path, secret: Path) -> None:
        command: list[str | Path] = [
            *(self.bin_dir / "pg_basebackup", "--pgdata", home / "data", "--no-sync"),
            *("--dbname", self._primary.url, "--checkpoint", "fast", "--write-recovery-conf"),
        ]
        with (home / "log").open("wb") as log:
            done = subprocess.run(command, check=False, **_surroundings(home, log.fileno()))
        if done.returncode:
            raise PostgresFailedError(f"pg_basebackup failed:\n{_log(home)}")

    async def tell(self, statement: str) -> None:
        """Run a statement, such as one that pauses the replay."""
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def follow(self) -> None:
        """Return when it has all that the primary has now: a new database, for instance."""
        there = await asyncpg.connect(self._primary.url)
        here = await asyncpg.connect(self.url)
        try:
            lsn = await there.fetchval("SELECT pg_current_wal_flush_lsn()")
            while not await here.fetchval("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn", lsn):
                pass
        finally:
            await there.close()
            await here.close()

    async def pause(self) -> None:
        """Replay no more of the log, which is still received."""
        await self.tell("SELECT pg_wal_replay_pause()")
        connection = await asyncpg.connect(self.url)
        try:  # it is only asked for until the replay notices
            while await connection.fetchval("SELECT pg_get_wal_replay_pause_state()") != "paused":
                pass
        finally:
            await connection.close()

    async def resume(self) -> None:
        """Go on with the replay."""
        await self.tell("SELECT pg_wal_replay_resume()")
