"""PostgreSQL's errors in our words, where the server or the address is to blame."""

import asyncio
import socket

import asyncpg

from stampbook.storage.store import NoRoom, Unavailable
from stampbook.watching.counting import count
from stampbook.watching.metrics import DB_ERRORS

LOST = (
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # asked in the moment between the server's last word and the end
)
"""Errors of a lost connection, or of one that cannot be made. A statement under way may have been
carried out or not."""

_ADVICE = (
    (asyncpg.InvalidPasswordError, "correct user and password in the address"),
    (asyncpg.InvalidAuthorizationSpecificationError, "correct the user in the address, or make it"),
    (asyncpg.InsufficientPrivilegeError, "give the user that right, or name another user"),
    (asyncpg.TooManyConnectionsError, "raise max_connections, or run fewer processes"),
    (asyncpg.CannotConnectNowError, "try again shortly"),
    (asyncpg.ReadOnlySQLTransactionError, "name the primary server, not a standby"),
    (asyncpg.InsufficientResourcesError, "look at the server's limits and its log"),
    (asyncpg.PostgresSystemError, "look at the server's disk and its log"),
    (asyncpg.DataCorruptedError, "look at the server's log, and restore a backup"),
    (asyncpg.IndexCorruptedError, "look at the server's log, and rebuild the index"),
    (asyncpg.PostgresConnectionError, "look at the server's log"),
    (asyncpg.InterfaceError, "correct the address"),
)


def unusable(place: str, error: BaseException) -> Unavailable | None:
    """The error with advice about the server; None if the error is a bug of ours.

    `place` is the address without its password. What is not a bug is counted.
    """
    worded = _worded(place, error)
    if worded is not None:
        count(DB_ERRORS, kind_of(worded, error))
    return worded


def kind_of(worded: Exception, error: BaseException) -> str:
    """What the metrics call the error."""
    if isinstance(worded, NoRoom):
        return "full"
    return "timeout" if isinstance(error, TimeoutError) else "lost"


def _worded(place: str, error: BaseException) -> Unavailable | None:
    if isinstance(error, asyncpg.DiskFullError):
        return NoRoom(f"{place}: no room is left on its disk ({_one_line(error)}): make room")
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return Unavailable(f"{place}: {_one_line(error)}: {advice}")
    if isinstance(error, socket.gaierror):
        return Unavailable(
            f"{place}: the host is not known ({error.strerror}): correct the address"
        )
    if isinstance(error, TimeoutError):
        return Unavailable(
            f"{place}: the server does not answer in time: start it, or correct the address"
        )
    if isinstance(error, LOST):
        return Unavailable(
            f"{place}: no server can be reached there ({_one_line(error)}): start it,"
            " or correct the address"
        )
    return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
