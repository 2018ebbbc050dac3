"""Whether a database can be used as a server needs it: one check after the other, for `/readyz`.

What a check finds has a code for programs, and a sentence for people. Everybody may read the
sentences, so they name neither paths nor addresses; the log has the cause.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum, unique
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from stampbook.speaking.speech import Speech, translatable
from stampbook.watching.logs import worded
from stampbook.watching.noticing import Noticed

log = logging.getLogger(__name__)
noticed = Noticed(log)

MEGABYTE: Final = 1024 * 1024

RETRY_S: Final = 5.0
"""How long a write that found no room counts, before another one is tried."""

NEEDED: Final = 1024 * 1024
"""Bytes that a write needs at most: a large batch and its log."""


class Room:
    """Remembers whether writes found room. `now_s` is a clock that never runs back."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._lacked_at_s: float | None = None

    @property
    def was_lacking(self) -> bool:
        """Whether a write found no room, and none has succeeded since."""
        return self._lacked_at_s is not None

    @property
    def is_lacking(self) -> bool:
        """As `was_lacking`, less than RETRY_S ago."""
        return self._lacked_at_s is not None and self._now_s() < self._lacked_at_s + RETRY_S

    def lacked(self) -> None:
        """Note that a write found no room."""
        self._lacked_at_s = self._now_s()

    def sufficed(self) -> None:
        """Note that a write succeeded."""
        self._lacked_at_s = None


NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@unique
class Finding(Enum):
    """The value is the sentence in English, with `%(name)s` for numbers."""

    UNKNOWN = translatable("not known while the database does not answer")
    FILE_READABLE = translatable("the file can be read")
    FILE_WRITABLE = translatable("the file takes writes")
    FILE_UNSHARED = translatable("the file is opened by this process alone as often as it needs")
    DATABASE_ANSWERS = translatable("the database answers")
    DATABASE_SILENT = translatable("the database does not answer")
    DATABASE_WRITABLE = translatable("the database takes writes")
    DATABASE_READ_ONLY = translatable("the database can only be read, as a standby can")
    SCHEMA_CURRENT = translatable("the schema is that of this version")
    SCHEMA_OTHER = translatable("the schema is not that of this version")
    NO_ROOM = translatable("no room was left for the last write")
    DISK_FREE = translatable("%(free)s MB are free, %(needed)s MB are needed")
    DISK_SILENT = translatable("the disk does not say how much is free")
    DISK_ELSEWHERE = translatable("the disk of the database server cannot be seen from here")
    CONNECTIONS = translatable("%(used)s of the server's %(allowed)s connections are in use")
    QUEUE_OPEN = translatable("writes are taken")
    QUEUE_FULL = translatable("too many writes wait")
    REPLICAS = translatable("%(read)s of %(all)s replicas are read")
    REPLICA_UNASKED = translatable("number %(number)s was not asked yet")
    REPLICA_AWAY = translatable("number %(number)s cannot be reached")
    REPLICA_PRIMARY = translatable("number %(number)s takes writes, so it is no replica")
    REPLICA_OTHER = translatable("number %(number)s belongs to another database")
    REPLICA_TIMELINE = translatable("number %(number)s does not follow the present primary yet")
    REPLICA_BEHIND = translatable("number %(number)s is behind all that is known of the primary")

    def of(self, **values: int) -> "Found":
        return Found(self, values)


class Found(NamedTuple):
    """A finding with its numbers."""

    finding: Finding
    values: Mapping[str, int] = NOTHING

    @property
    def code(self) -> str:
        return self.finding.name.lower()

    def __str__(self) -> str:
        return self.finding.value % self.values

    def said(self, speech: Speech) -> str:
        """The sentence in that language."""
        numbers = {name: speech.amount(str(each)) for name, each in self.values.items()}
        return speech.gettext(self.finding.value, **numbers)


class Check(NamedTuple):
    """Whether something is as it must be, and a sentence about it; `found` is what the sentence is
    made of, where it can be said in other languages, too."""

    is_ok: bool
    detail: str
    found: tuple[Found, ...] = ()

    @classmethod
    def of(cls, is_ok: bool, *found: Found) -> "Check":
        return cls(is_ok, "; ".join(str(each) for each in found), found)


class Failing(Exception):
    """A check fails, by what it has found."""

    def __init__(self, found: Found) -> None:
        super().__init__(str(found))
        self.found = found


class Examined(Protocol):
    """A database that can be examined. Each of these gives what it has found, or raises
    Failing."""

    async def check_database(self) -> Found:
        """Whether it answers."""

    async def check_schema(self) -> Found:
        """Whether its schema is one that this version can use."""

    async def check_writes(self) -> Found:
        """Whether it takes writes."""

    async def free_bytes(self) -> int | None:
        """Free bytes on its disk; None where that cannot be seen."""

    async def check_disk(self, needed: int) -> Found:
        """Whether that many bytes are free on its disk, where that can be seen."""

    async def check_connections(self) -> Found:
        """Whether it gives this process all connections that its pool may have."""


async def examine(store: Examined, *, min_free_mb: int) -> Mapping[str, Check]:
    """The checks by their names. It does not raise."""
    looks: Mapping[str, Callable[[], Awaitable[Found]]] = {
        "database": store.check_database,
        "schema": store.check_schema,
        "writes": store.check_writes,
        "disk": lambda: store.check_disk(min_free_mb * MEGABYTE),
        "connections": store.check_connections,
    }
    found: dict[str, Check] = {}
    for name, look in looks.items():
        if name not in ("database", "disk") and not found["database"].is_ok:
            found[name] = Check.of(False, Finding.UNKNOWN.of())
            continue
        try:
            found[name] = Check.of(True, await look())
        except Failing as failing:
            found[name] = Check.of(False, failing.found)
        except Exception as error:  # whatever keeps it from being used: that is the answer
            noticed.say(name, "not ready, %s: %s", name, worded(error))
            found[name] = Check.of(False, Finding.DATABASE_SILENT.of())
    return found
