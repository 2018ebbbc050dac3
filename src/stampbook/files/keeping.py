"""The folder with the files of imports and exports.

Names are random: no name that a client has chosen is ever opened. A process locks a file before it
works on it, and the system takes the lock away when the process ends, even if it was killed. So two
processes never work on the same file, and another one can go on at once where a killed one was.
"""

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from shutil import disk_usage
from typing import IO, Any, Final, NamedTuple

from stampbook.settings import Settings
from stampbook.storage.address import DATA_FOLDER, is_postgres, sqlite_path

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
NAME_BYTES: Final = 16
_IS_NAME: Final = re.compile(r"[0-9a-f]{32}")

ENDING: Final = "-files"
"""What the name of a SQLite database is followed by in the name of its folder."""

MEGABYTE: Final = 1024 * 1024

STRAY_S: Final = 3_600.0
"""How long a file may be in the folder before a row names it."""


class NoRoom(Exception):
    """The folder cannot take a file, or the disk is nearly full; the message says which."""


class Kept(NamedTuple):
    """A file that this process has locked."""

    name: str
    content: IO[bytes]


class Folder:
    """The folder at a path. `min_free` bytes of its disk are left free."""

    def __init__(self, path: Path, *, min_free: int = 0) -> None:
        self.path = path
        self._min_free = min_free

    @classmethod
    def of(cls, settings: Settings) -> "Folder":
        """The one that the settings name, or the one beside the database."""
        min_free = settings.disk_min_free_mb * MEGABYTE
        if settings.files_folder:
            return cls(Path(settings.files_folder).absolute(), min_free=min_free)
        if is_postgres(settings.database_url):
            return cls(Path(DATA_FOLDER, "files").absolute(), min_free=min_free)
        database = sqlite_path(settings.database_url)
        return cls(database.with_name(database.name + ENDING), min_free=min_free)

    def check_room(self, size: int) -> None:
        """Raises NoRoom unless the disk has room for that many bytes."""
        try:
            free = disk_usage(self.path).free
        except OSError as error:
            raise NoRoom(f"files cannot be kept here ({error.strerror})") from error
        if free - size < self._min_free:
            raise NoRoom("there is not enough room on the disk")

    @contextmanager
    def created(self) -> Iterator[Kept]:
        """A new file, for its owner only. It is removed if the block raises. Raises NoRoom."""
        name = token_hex(NAME_BYTES)
        try:
            self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            number = os.open(self.path / name, flags, FILE_MODE)
        except OSError as error:
            raise NoRoom(f"files cannot be kept here ({error.strerror})") from error
        with os.fdopen(number, "r+b") as content:
            fcntl.flock(content, fcntl.LOCK_EX)
            try:
                yield Kept(name, content)
            except BaseException:
                self.remove(name)
                raise

    @contextmanager
    def locked(self, name: str) -> Iterator[Kept | None]:
        """The file of that name; None if it is not here, or somebody is at work on it."""
        try:
            content = (self.path / name).open("r+b")
        except OSError:
            yield None
            return
        with content:
            try:
                fcntl.flock(content, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield None
                return
            yield Kept(name, content)

    def read(self, name: str) -> IO[bytes] | None:
        """The file of that name to read from, locked or not; None if it is not here."""
        try:
            return (self.path / name).open("rb")
        except OSError:
            return None

    def has(self, name: str) -> bool:
        """Whether the file is here."""
        return (self.path / name).is_file()

    def remove(self, name: str) -> bool:
        """Remove the file; whether it was here."""
        try:
            (self.path / name).unlink()
        except OSError:
            return False
        return True

    def strays(self) -> list[str]:
        """Files that nobody is at work on and that are older than STRAY_S."""
        found: list[str] = []
        before = time.time() - STRAY_S
        with suppress(OSError):
            for each in os.scandir(self.path):
                if _IS_NAME.fullmatch(each.name) and each.stat().st_mtime < before:
                    with self.locked(each.name) as kept:
                        if kept is not None:
                            found.append(each.name)
        return found


def folder_of(settings: Any) -> Folder:
    """The folder of a context's settings. Without settings, no file can be kept."""
    return Folder(Path(os.devnull, "files")) if settings is None else Folder.of(settings)
