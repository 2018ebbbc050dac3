"""What a backup should contain, in a file beside it: `FILE.manifest.json` (docs/decisions/0165)."""

import hashlib
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import msgspec

from stampbook import __version__
from stampbook.storage.store import Transacting

SUFFIX: Final = ".manifest.json"
FORMAT: Final = 1
CHUNK: Final = 1024 * 1024
FILE_MODE: Final = 0o600
"""A backup has everything that the database has: phone numbers, names, hashes of passwords."""


class NotSound(Exception):
    """The backup is not what its manifest says; the message says what differs."""


class Unsuitable(Exception):
    """The backup cannot be made or restored in this way; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a database holds at one instant: rows, and the position of the last one in the feed."""

    accounts: int
    transactions: int
    feed_position: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a manifest. `schema` is the last migration's version."""

    format: int
    version: str
    database: str
    schema: str
    rows: dict[str, int]
    feed_position: int
    created_at: str
    size: int
    sha256: str

    @property
    def counted(self) -> Counted:
        """What the database held."""
        return Counted(self.rows["accounts"], self.rows["transactions"], self.feed_position)


COUNT: Final = """
    SELECT (SELECT count(*) FROM accounts) AS accounts,
      (SELECT count(*) FROM transactions) AS transactions,
      (SELECT coalesce(max(position), 0) FROM transactions) AS feed_position,
      (SELECT max(version) FROM schema_migrations) AS schema
"""
"""Evaluated in the snapshot that is copied."""


async def count(reading: Transacting) -> Counted:
    """What the open database holds now."""
    row = await reading.fetch_one(COUNT)
    assert row is not None
    return Counted(row["accounts"], row["transactions"], row["feed_position"])


def place_of(file: Path) -> Path:
    """Where the manifest of a backup is."""
    return file.with_name(file.name + SUFFIX)


def describe(file: Path, database: str, schema: str, counted: Counted, created_at: str) -> Manifest:
    """The manifest of a backup that has just been written."""
    return Manifest(
        FORMAT,
        __version__,
        database,
        schema,
        {"accounts": counted.accounts, "transactions": counted.transactions},
        counted.feed_position,
        created_at,
        file.stat().st_size,
        digest(file),
    )


def write(file: Path, manifest: Manifest) -> None:
    """Write the manifest to a new file, whole and on disk. Raises OSError."""
    text = msgspec.json.format(msgspec.json.encode(asdict(manifest)), indent=1)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def read(file: Path) -> Manifest:
    """The manifest of the backup. Raises Unsuitable without one, NotSound if it is unreadable."""
    place = place_of(file)
    try:
        content = place.read_bytes()
    except FileNotFoundError:
        raise Unsuitable(
            f"{place} does not exist. Keep it beside the backup, which is checked by it"
        ) from None
    try:
        found = msgspec.json.decode(content, type=Manifest)
        _ = found.counted
    except (msgspec.DecodeError, KeyError) as error:
        raise NotSound(f"{place} is damaged: {error}") from error
    if found.format != FORMAT:
        raise Unsuitable(f"{place} has the format {found.format}. Restore with {found.version}")
    return found


def check(file: Path, manifest: Manifest) -> None:
    """Raise NotSound unless the file is the one that the manifest describes."""
    size = file.stat().st_size
    if size != manifest.size:
        raise NotSound(f"{file} has {size} bytes instead of {manifest.size}")
    if digest(file) != manifest.sha256:
        raise NotSound(f"{file} was changed: its SHA-256 is not that of its manifest")


def digest(file: Path) -> str:
    """The SHA-256 of the file's content, in hexadecimal."""
    found = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            found.update(chunk)
    return found.hexdigest()
