"""Which of several servers a connection leads to: the one that takes writes.

`postgresql://user:password@one:5432,two:5432,three:5432/name` names a primary and its standbys,
in any order. After a failover, new connections lead to the new primary.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlunsplit

import asyncpg

from stampbook.storage.address import split_address
from stampbook.storage.applied import CONNECT_TIMEOUT_S
from stampbook.storage.postgres.attending import ASKING, Attended

if TYPE_CHECKING:
    from asyncpg import Connection

MISSED = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InternalClientError,
)
"""Why a server is not the one: it is away, still starting, or a standby, which may not even know
of a database that was just made."""


class Reaching:
    """The servers that an address names. It remembers the last that took a connection."""

    def __init__(self, url: str) -> None:
        self._places = places(url)

    async def connect(self, *_: object, **options: Any) -> "Connection[Any]":
        """A connection to the primary; `options` are those of asyncpg. Raises what asyncpg raises.

        A server that does not answer has its share of the time only: a machine that is gone
        refuses nothing, and the others would not be asked.
        """
        alone = len(self._places) == 1
        if not alone:
            options["target_session_attrs"] = "primary"
        options["server_settings"] = {**ASKING, **options.get("server_settings", {})}
        options.setdefault("connection_class", Attended)
        options["timeout"] = CONNECT_TIMEOUT_S / len(self._places)
        errors: list[BaseException] = []
        for place in tuple(self._places):
            try:
                connection: Connection[Any] = await asyncpg.connect(place, **options)
            except MISSED as error:
                if alone:
                    raise
                errors.append(error)
            else:
                if self._places[0] != place:
                    self._places.remove(place)
                    self._places.insert(0, place)
                return connection
        raise next((each for each in errors if not _is_usual(each)), errors[0])


def places(url: str) -> list[str]:
    """The address of each server."""
    parts = split_address(url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return [url]
    return [urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]


def _is_usual(error: BaseException) -> bool:
    """Whether servers that are not the primary are expected to fail so: other errors say more."""
    return isinstance(error, OSError | TimeoutError | asyncpg.TargetServerAttributeNotMatched)
