"""SQLite's errors in our words, where the file or its disk is to blame."""

import sqlite3
from pathlib import Path

from stampbook.storage.store import NoRoom, Unavailable

_WRITING = ("cannot be written", "Give this user the right to write the file and its folder")
_LOCKED = ("is locked by another program", "Stop that, or try again")
_ADVICE = {
    "SQLITE_NOTADB": ("is not a SQLite file", "Name another one with --database"),
    "SQLITE_CORRUPT": ("is damaged", "Restore it from a backup"),
    "SQLITE_CANTOPEN": (
        "cannot be opened",
        "Give this user the right to read and write the file and its folder",
    ),
    "SQLITE_READONLY": _WRITING,
    "SQLITE_PERM": _WRITING,
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_PROTOCOL": _LOCKED,
    "SQLITE_IOERR": ("cannot be read or written", "Look at the disk and its limits"),
}
"""What is wrong with the file, and what to do."""

NO_ROOM = {
    "SQLITE_FULL": "Make room on its disk",
    "SQLITE_IOERR_WRITE": "Look at its disk, and at quotas and limits",
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
        return NoRoom(f"{path} has no room to grow ({error}). {NO_ROOM[name]}")
    if path.is_dir():
        return Unavailable(f"{path} is a folder. Name a file in it")
    for code, (what, advice) in _ADVICE.items():
        if name == code or name.startswith(f"{code}_"):
            return Unavailable(f"{path} {what} ({error}). {advice}")
    return None
