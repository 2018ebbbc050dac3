"""SQLite's errors in our words, where the file or its disk is to blame."""

import sqlite3
from pathlib import Path

from stampbook.storage.store import NoRoom, Unavailable

_ADVICE = {
    "SQLITE_NOTADB": "is not a SQLite file: name another one with --database",
    "SQLITE_CORRUPT": "is damaged: restore it from a backup",
    "SQLITE_CANTOPEN": "cannot be opened: this user must be able to read and write the file and"
    " its folder",
    "SQLITE_READONLY": "cannot be written: this user must be able to write the file and its folder",
    "SQLITE_PERM": "cannot be written: this user must be able to write the file and its folder",
    "SQLITE_BUSY": "is locked by another program: stop that, or try again",
    "SQLITE_LOCKED": "is locked by another program: stop that, or try again",
    "SQLITE_PROTOCOL": "is locked by another program: stop that, or try again",
    "SQLITE_IOERR": "cannot be read or written: look at the disk and its limits",
}


NO_ROOM = {
    "SQLITE_FULL": "make room on its disk",
    "SQLITE_IOERR_WRITE": "look at its disk, and at quotas and limits",
}
"""Errors of a write for which the disk, a quota or a limit left no room."""


def kind_of(worded: Unavailable) -> str:
    """What the metrics call an error that was worded here: another program's lock has lasted for
    longer than we wait."""
    if isinstance(worded, NoRoom):
        return "full"
    name = getattr(worded.__cause__, "sqlite_errorname", "")
    return "timeout" if name.startswith("SQLITE_BUSY") else "lost"


def unusable(path: Path, error: sqlite3.Error) -> Unavailable | None:
    """The error with advice about the file or its disk; None if the error is a bug of ours."""
    name = getattr(error, "sqlite_errorname", "")
    if name in NO_ROOM:
        return NoRoom(f"{path} has no room to grow ({error}): {NO_ROOM[name]}")
    if path.is_dir():
        return Unavailable(f"{path} is a folder: name a file in it")
    for code, advice in _ADVICE.items():
        if name == code or name.startswith(f"{code}_"):
            return Unavailable(f"{path} {advice} ({error})")
    return None
