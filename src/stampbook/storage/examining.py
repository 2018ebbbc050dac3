"""Whether a database can be used as a server needs it: one check after the other, for `/readyz`."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, Protocol

from stampbook.storage.findings import Finding, Found
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
