"""PostgreSQL's errors in our words, where the server or the address is to blame."""

import asyncio
import re
import socket
import ssl

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
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.QueryCanceledError,  # by statement_timeout, or by hand
    asyncpg.InternalClientError,  # asked in the moment between the server's last word and the end
)
"""Errors of a lost connection, or of one that cannot be made. A statement under way may have been
carried out or not."""

CONFLICTS = (
    asyncpg.UniqueViolationError,
    asyncpg.DivisionByZeroError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
)
"""Errors of a save that others were faster than: nothing was written."""

_LOST_NODE = re.compile(
    "failure on connection marked as essential|server closed the connection unexpectedly"
    "|connection not open|no connection to the server|could not receive data from server"
)
"""What Citus says of a node that it has lost, as an error of its own."""


def of_node(error: asyncpg.InternalServerError) -> asyncpg.PostgresError:
    """The error, as that of a lost connection if it is one to a node of a distributed database."""
    said = str(error)
    return asyncpg.ConnectionFailureError(said) if _LOST_NODE.search(said) else error


_ADVICE = (
    (asyncpg.InvalidPasswordError, "Correct user and password in the address"),
    (asyncpg.InvalidAuthorizationSpecificationError, "Correct the user in the address, or make it"),
    (asyncpg.InsufficientPrivilegeError, "Give the user that right, or name another user"),
    (asyncpg.TooManyConnectionsError, "Raise max_connections, or run fewer processes"),
    (asyncpg.CannotConnectNowError, "Try again shortly"),
    (asyncpg.ReadOnlySQLTransactionError, "Name the primary server, not a standby"),
    (asyncpg.InsufficientResourcesError, "Look at the server's limits and its log"),
    (asyncpg.PostgresSystemError, "Look at the server's disk and its log"),
    (asyncpg.DataCorruptedError, "Look at the server's log, and restore a backup"),
    (asyncpg.IndexCorruptedError, "Look at the server's log, and rebuild the index"),
    (asyncpg.ObjectNotInPrerequisiteStateError, "Name a database that accepts connections"),
    (asyncpg.TargetServerAttributeNotMatched, "Wait until one of them is the primary"),
    (asyncpg.PostgresConnectionError, "Look at the server's log"),
    (asyncpg.InterfaceError, "Correct the address"),
)

_NOT_ADMITTED = "pg_hba.conf"
_NO_TLS = "rejected SSL upgrade"


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
        return NoRoom(f"{place}: no room is left on its disk ({_one_line(error)}). Make room")
    said = _one_line(error)
    if _NOT_ADMITTED in said:
        return Unavailable(
            f"{place}: {said}. Let pg_hba.conf admit this user and database from here; if it"
            " admits encrypted connections only, add ?sslmode=require to the address"
        )
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return Unavailable(f"{place}: {said}. {advice}")
    reason = _unreachable(error)
    return None if reason is None else Unavailable(f"{place}: {reason}")


def _unreachable(error: BaseException) -> str | None:
    """Why there is no connection, and what to do; None if that is not the error."""
    said = _one_line(error)
    if isinstance(error, socket.gaierror):
        return f"the host is not known ({error.strerror}). Correct the address"
    if isinstance(error, ssl.SSLError):
        return (
            f"no encrypted connection can be made ({said}). Correct the server's certificate, or"
            " sslrootcert and sslmode in the address"
        )
    if _NO_TLS in said:
        return "the server does not encrypt. Turn TLS on there, or remove sslmode from the address"
    if isinstance(error, TimeoutError):
        return "the server does not answer in time. Start it, or correct the address"
    if isinstance(error, LOST):
        return f"no server can be reached there ({said}). Start it, or correct the address"
    return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".")
