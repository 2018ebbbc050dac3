"""Failed sign-ins, counted in the database: of a login in a row, and of an address in a window.

An attempt is counted as failed before its password is looked at, in one statement, and taken back
if it succeeds. So attempts at once, in whatever processes, are never more than those one after
another. A restart forgets nothing. Logins are kept as hashes: what people type there by mistake may
be a password.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.networks import caller_of
from stampbook.programs import auditing
from stampbook.programs.api_keys import hash_secret
from stampbook.programs.users import User, login_key
from stampbook.storage.store import Transacting

FREE: Final = 5
"""Failures in a row of a login before it is locked: then for 1 s, and twice as long each time."""

LONGEST_LOCK_S: Final = 900

FREE_OF_ADDRESS: Final = 100
"""Failures of an address, with whatever logins, in WINDOW_S."""

WINDOW_S: Final = 900

SKEW_S: Final = 60
"""Processes may run on machines whose clocks differ by this. What lies further in the future was
written before a clock was set back, and makes nobody wait."""

KEPT_S: Final = 86_400
"""How long failures are remembered after the last one."""


class Refusal(StrEnum):
    """Why a sign-in is refused before its password is looked at."""

    LOCKED = "login_locked"
    LIMITED = "rate_limited"


class TooSoon(Exception):
    """The attempt was refused, and not counted: `wait_s` whole seconds, at least one."""

    def __init__(self, reason: Refusal, wait_s: int) -> None:
        super().__init__(reason, wait_s)
        self.reason = reason
        self.wait_s = max(1, wait_s)


class Attempt(NamedTuple):
    """An attempt that was counted: the failures in a row with it, and when its window began."""

    login_hash: bytes
    address: str
    failures: int
    began_at: int


_COUNT_ADDRESS: Final = """
    INSERT INTO address_failures AS a (address, failures, began_at) VALUES ($1, 1, $2)
    ON CONFLICT (address) DO UPDATE SET
        failures = CASE WHEN a.began_at <= $3 OR a.began_at > $4 THEN 1 ELSE a.failures + 1 END,
        began_at = CASE WHEN a.began_at <= $3 OR a.began_at > $4 THEN $2 ELSE a.began_at END
    WHERE a.began_at <= $3 OR a.began_at > $4 OR a.failures < $5
    RETURNING failures, began_at
"""

_COUNT_LOGIN: Final = """
    INSERT INTO login_failures AS l (login_hash, failures, locked_until, last_at)
    VALUES ($1, 1, 0, $2)
    ON CONFLICT (login_hash) DO UPDATE SET
        failures = l.failures + 1,
        last_at = $2,
        locked_until = $2 + 1000000 * CASE
            WHEN l.failures + 1 < 5 THEN 0
            WHEN l.failures + 1 >= 15 THEN 900
            ELSE CAST(1 AS bigint) << CAST(l.failures + 1 - 5 AS integer) END
    WHERE l.locked_until <= $2 OR l.locked_until > $3
    RETURNING failures
"""
"""Its lock is `lock_s` of the failures with this one."""


def lock_s(failures: int) -> int:
    """For how long that number of failures in a row locks a login."""
    return 0 if failures < FREE else min(LONGEST_LOCK_S, 2 ** min(failures - FREE, 10))


async def begin(writing: Transacting, *, login: str, address: str, now: int) -> Attempt:
    """Count an attempt as failed. Writes; raises TooSoon, after which nothing may be committed."""
    place, name = caller_of(address), _hash(login)
    skew = SKEW_S * MICROSECONDS
    row = await writing.fetch_one(
        _COUNT_ADDRESS,
        place,
        now,
        now - WINDOW_S * MICROSECONDS,
        now + skew,
        FREE_OF_ADDRESS,
    )
    if row is None:
        began = await writing.fetch_one(
            "SELECT began_at FROM address_failures WHERE address = $1", place
        )
        ends_at = now if began is None else began["began_at"] + WINDOW_S * MICROSECONDS
        raise TooSoon(Refusal.LIMITED, _seconds(ends_at - now))
    counted = await writing.fetch_one(
        _COUNT_LOGIN, name, now, now + LONGEST_LOCK_S * MICROSECONDS + skew
    )
    if counted is None:
        raise TooSoon(Refusal.LOCKED, _seconds(await _locked_until(writing, name) - now))
    return Attempt(name, place, counted["failures"], row["began_at"])


async def fail(writing: Transacting, attempt: Attempt, *, now: int) -> None:
    """The attempt has failed: the lock begins now, not when the attempt began. Writes."""
    await writing.execute(
        "UPDATE login_failures SET locked_until = $3 WHERE login_hash = $1 AND failures = $2",
        attempt.login_hash,
        attempt.failures,
        now + lock_s(attempt.failures) * MICROSECONDS,
    )


async def succeed(writing: Transacting, attempt: Attempt) -> None:
    """The attempt was no failure, and ends the row of them. Writes."""
    await _uncount_address(writing, attempt)
    await writing.execute("DELETE FROM login_failures WHERE login_hash = $1", attempt.login_hash)


async def take_back(writing: Transacting, attempt: Attempt) -> None:
    """The attempt was neither: nothing was wrong, but something is missing. Writes."""
    await _uncount_address(writing, attempt)
    await writing.execute(
        """
        UPDATE login_failures SET failures = failures - 1,
            locked_until = CASE WHEN failures = $2 THEN 0 ELSE locked_until END
        WHERE login_hash = $1 AND failures > 0
        """,
        attempt.login_hash,
        attempt.failures,
    )


async def unlock(writing: Transacting, login: str) -> None:
    """Forget the failures of a login. Writes."""
    await writing.execute("DELETE FROM login_failures WHERE login_hash = $1", _hash(login))


async def unlock_user(writing: Transacting, user: User, *, now: int) -> None:
    """Forget the failures of the user's login, if there are any. Writes."""
    await unlock(writing, user.login)
    await auditing.record(
        writing,
        tenant=user.tenant_id,
        action="user.unlocked",
        now=now,
        entity=auditing.entity_of(auditing.USER, user.user_id),
    )


async def locks_of(db: Transacting, logins: Iterable[str], *, now: int) -> Mapping[str, int]:
    """Until when (microseconds UTC) those of the logins that are locked now are."""
    names = {_hash(login): login for login in logins}
    if not names:
        return {}
    places = ", ".join(f"${at + 2}" for at in range(len(names)))
    rows = await db.fetch(
        f"""
        SELECT login_hash, locked_until FROM login_failures
        WHERE locked_until > $1 AND login_hash IN ({places})
        """,  # noqa: S608 - places of parameters
        now,
        *names,
    )
    return {names[bytes(row["login_hash"])]: row["locked_until"] for row in rows}


async def forget_addresses(writing: Transacting, *, now: int) -> None:
    """Delete what no longer counts of addresses. Writes."""
    await writing.execute(
        "DELETE FROM address_failures WHERE began_at < $1", now - KEPT_S * MICROSECONDS
    )


async def forget_logins(writing: Transacting, *, now: int) -> None:
    """Delete failures of logins that are long ago. Writes."""
    await writing.execute(
        "DELETE FROM login_failures WHERE last_at < $1", now - KEPT_S * MICROSECONDS
    )


async def _uncount_address(writing: Transacting, attempt: Attempt) -> None:
    await writing.execute(
        """
        UPDATE address_failures SET failures = failures - 1
        WHERE address = $1 AND began_at = $2 AND failures > 0
        """,
        attempt.address,
        attempt.began_at,
    )


async def _locked_until(db: Transacting, name: bytes) -> int:
    row = await db.fetch_one("SELECT locked_until FROM login_failures WHERE login_hash = $1", name)
    return 0 if row is None else int(row["locked_until"])


def _hash(login: str) -> bytes:
    return hash_secret(login_key(login))


def _seconds(microseconds: int) -> int:
    return -(-microseconds // MICROSECONDS)
