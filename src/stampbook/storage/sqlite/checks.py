"""The checks of a SQLite file: see storage/examining.py."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from stampbook.storage.applied import SchemaMissing, SchemaProblem
from stampbook.storage.examining import MEGABYTE, NEEDED, Failing, Finding, Found, Room
from stampbook.storage.store import Database, NoRoom, Unavailable

_Result = TypeVar("_Result")


class Checked(Database, Protocol):
    """What is needed of the store."""

    room: Room

    async def check_schema(self) -> None:
        """Raises SchemaProblem."""

    async def write(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Do something on the writing connection."""


class SqliteChecks:
    """See storage/examining.py."""

    def __init__(self, store: Checked, path: Path) -> None:
        self._store = store
        self._path = path

    async def check_database(self) -> Found:
        """See Examined."""
        await self._store.fetch_one("SELECT shards FROM ledger")
        return Finding.FILE_READABLE.of()

    async def check_schema(self) -> Found:
        """See Examined."""
        try:
            await self._store.check_schema()
        except SchemaProblem:
            raise Failing(Finding.SCHEMA_OTHER.of()) from None
        return Finding.SCHEMA_CURRENT.of()

    async def check_writes(self) -> Found:
        """See Examined. After a write that found no room, another one is tried, but not at once."""
        await asyncio.to_thread(check_file, self._path)
        room = self._store.room
        if room.is_lacking:
            raise Failing(Finding.NO_ROOM.of())
        if room.was_lacking:
            try:
                await self._try_to_write()
            except NoRoom:
                room.lacked()
                raise Failing(Finding.NO_ROOM.of()) from None
        return Finding.FILE_WRITABLE.of()

    async def free_bytes(self) -> int | None:
        """See Examined."""
        return await asyncio.to_thread(free_bytes, self._path)

    async def check_disk(self, needed: int) -> Found:
        """See Examined."""
        free = await self.free_bytes()
        if free is None:
            return Finding.DISK_SILENT.of()
        found = Finding.DISK_FREE.of(free=free // MEGABYTE, needed=needed // MEGABYTE)
        if free < needed:
            raise Failing(found)
        return found

    async def check_connections(self) -> Found:
        """See Examined."""
        return Finding.FILE_UNSHARED.of()

    async def _try_to_write(self) -> None:
        """Try a write that changes nothing. Raises NoRoom."""
        async with self._store.transaction() as writing:
            await writing.execute("UPDATE ledger SET shards = shards")
            if await self._store.write(_may_grow_by) < NEEDED:
                raise NoRoom(f"{self._path} has no room to grow: raise its limit")


def check_file(path: Path) -> None:
    """Raise SchemaMissing if there is no file, Unavailable if it cannot be written."""
    if not path.exists():
        raise SchemaMissing(f"{path} does not exist. Run `stampbook migrate`")
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise Unavailable(
            f"{path} cannot be written. Give this user the right to write the file and its folder"
        )


def free_bytes(path: Path) -> int | None:
    """Bytes that are free for this user on the file's disk; None where the disk does not say."""
    disk = os.statvfs(path)
    if not disk.f_blocks:
        return None
    return disk.f_frsize * (disk.f_bavail if os.geteuid() else disk.f_bfree)


def _may_grow_by(connection: sqlite3.Connection) -> int:
    """Bytes that the connection may still add to the file, apart from the disk's own limit."""
    (most,), (used,), (unused,), (size,) = (
        connection.execute(f"PRAGMA {name}").fetchone()
        for name in ("max_page_count", "page_count", "freelist_count", "page_size")
    )
    return int(most - used + unused) * int(size)
