"""What makes a row the same row when it is sent again.

A row with an id of its own is always that row; its content tells whether it has changed. A
row without one is its content, and which of several equal rows of the file it is.
"""

import sqlite3
from hashlib import sha256
from types import TracebackType
from typing import Final, NamedTuple

from stampbook.files.reading.items import Item

MAX_SOURCE: Final = 64
LONGEST: Final = 255
"""Characters of an external id; of a longer one a hash takes its place."""

FINGERPRINT_BYTES: Final = 16


class Identity(NamedTuple):
    """The external id of a row's movement, and 16 bytes that differ when its content does."""

    external_id: str
    fingerprint: bytes


def named(source: str, name: str) -> str:
    """The external id of the movement of the row with this id of its own."""
    text = f"imp:{source}:{name}"
    return text if len(text) <= LONGEST else f"imp:{source}:{sha256(text.encode()).hexdigest()}"


def identity_of(item: Item, source: str, occurrences: "Occurrences") -> Identity:
    """The identity of the next row of a file."""
    digest = item.digest
    fingerprint = digest[:FINGERPRINT_BYTES]
    if item.name is not None:
        return Identity(named(source, item.name), fingerprint)
    number = occurrences.count(digest)
    suffix = f"#{number}" if number > 1 else ""
    return Identity(f"imp:{source}:{digest.hex()}{suffix}", fingerprint)


class Occurrences:
    """How often each content has been there, and which names a dry run has taken.

    It is kept in a temporary file: a file of a million rows would fill the memory.
    """

    def __init__(self) -> None:
        # An empty name is a private file that SQLite deletes when it is closed.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.execute("CREATE TABLE seen (digest BLOB PRIMARY KEY, number INT) WITHOUT ROWID")
        self._db.execute("CREATE TABLE taken (name TEXT PRIMARY KEY, print BLOB) WITHOUT ROWID")

    def __enter__(self) -> "Occurrences":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def count(self, digest: bytes) -> int:
        """Count one more row of that content; returns how many there are now."""
        (number,) = self._db.execute(
            "INSERT INTO seen VALUES (?, 1)"
            " ON CONFLICT (digest) DO UPDATE SET number = number + 1 RETURNING number",
            (digest,),
        ).fetchone()
        return int(number)

    def take(self, identity: Identity) -> None:
        """Note that a dry run would have written the row."""
        self._db.execute("INSERT OR IGNORE INTO taken VALUES (?, ?)", identity)

    def taken(self, external_id: str) -> bytes | None:
        """The fingerprint of the row that a dry run would have written by that external id."""
        found = self._db.execute("SELECT print FROM taken WHERE name = ?", (external_id,))
        row = found.fetchone()
        return None if row is None else bytes(row[0])
