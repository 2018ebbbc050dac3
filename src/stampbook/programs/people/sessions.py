"""What proves a person: sessions of the native API and the console, and Altegio's user tokens.

Both are random texts of which only the SHA-256 is stored. A session ends some time after its last
use, and some time after the sign-in; a user token lasts, as the vendor's does, until the password
or the status changes, which ends sessions, too (programs/users.py).
"""

from secrets import token_urlsafe
from typing import Final, NamedTuple

from stampbook.domain.model import MICROSECONDS
from stampbook.programs import auditing
from stampbook.programs.api_keys import hash_secret
from stampbook.programs.users import COLUMNS, User, user_of
from stampbook.storage.store import Row, Transacting

SESSION_PREFIX: Final = "sbs_"
"""How the token of a session begins: no key's secret does."""

CONSOLE_PREFIX: Final = "sbc_"
"""How that of a session of the console begins. It opens nothing else, and none else opens it."""

TOKEN_BYTES: Final = 32

MAX_TOKENS = 100
"""How many user tokens, and how many sessions, a person has; one more ends the oldest."""

TOUCH_S: Final = 60
"""A session's last use is written at most once in this time."""

CONFIRMED_S: Final = 600
"""How long a session counts as confirmed after its person has given their password."""

MAX_AGENT: Final = 255
"""Characters that are kept of a User-Agent."""


class Lifetime(NamedTuple):
    """How long a session lasts: seconds after its last use, and after the sign-in."""

    idle_s: int = 43_200
    max_s: int = 604_800


class Session(NamedTuple):
    """A row of `sessions` without its token.

    `confirmed_at`: when its person last gave their password in it; None in those from before this
    was kept. `is_stale`: the person's rights have changed since its token was made.
    """

    session_id: int
    user_id: int
    created_at: int
    last_used_at: int
    address: str | None
    user_agent: str | None
    confirmed_at: int | None = None
    is_stale: bool = False

    def is_confirmed(self, now: int) -> bool:
        """Whether the person has given their password a short time ago."""
        return (
            self.confirmed_at is not None and now - self.confirmed_at < CONFIRMED_S * MICROSECONDS
        )

    def expires_at(self, lifetime: Lifetime) -> int:
        """When it ends unless it is used again."""
        idle = self.last_used_at + lifetime.idle_s * MICROSECONDS
        return min(idle, self.created_at + lifetime.max_s * MICROSECONDS)


_COLUMNS: Final = (
    "session_id, user_id, created_at, last_used_at, address, user_agent, confirmed_at, is_stale"
)


def _session(row: Row) -> Session:
    return Session(
        row["session_id"],
        row["user_id"],
        row["created_at"],
        row["last_used_at"],
        row["address"],
        row["user_agent"],
        row["confirmed_at"],
        bool(row["is_stale"]),
    )


# -- sessions ------------------------------------------------------------------------


async def start(
    writing: Transacting,
    user: int,
    *,
    now: int,
    lifetime: Lifetime,
    address: str | None,
    user_agent: str | None,
    prefix: str = SESSION_PREFIX,
) -> tuple[Session, str]:
    """A new session and its token. Ends those of the person that are over or too many. Writes."""
    await writing.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND (last_used_at <= $2 OR created_at <= $3)",
        user,
        now - lifetime.idle_s * MICROSECONDS,
        now - lifetime.max_s * MICROSECONDS,
    )
    token = prefix + token_urlsafe(TOKEN_BYTES)
    row = await writing.fetch_one(
        f"""
        INSERT INTO sessions (user_id, token_hash, created_at, last_used_at, address, user_agent,
                              confirmed_at)
        VALUES ($1, $2, $3, $3, $4, $5, $3) RETURNING {_COLUMNS}
        """,  # noqa: S608 - the columns are those above
        user,
        hash_secret(token),
        now,
        address,
        None if user_agent is None else user_agent[:MAX_AGENT],
    )
    assert row is not None
    await writing.execute(
        """
        DELETE FROM sessions WHERE user_id = $1 AND session_id NOT IN (
            SELECT session_id FROM sessions WHERE user_id = $1 ORDER BY session_id DESC LIMIT $2)
        """,
        user,
        MAX_TOKENS,
    )
    return _session(row), token


async def by_session(
    db: Transacting, token: str, *, now: int, lifetime: Lifetime
) -> tuple[User, Session] | None:
    """The active person whose session has that token, and the session, while it lasts."""
    row = await db.fetch_one(
        f"""
        SELECT {COLUMNS}, s.session_id, s.created_at AS started_at, s.last_used_at, s.address,
               s.user_agent, s.confirmed_at, s.is_stale
        FROM sessions s JOIN users u ON u.user_id = s.user_id
        WHERE s.token_hash = $1 AND u.status = 'active'
        """,  # noqa: S608 - the columns are those of users.py
        hash_secret(token),
    )
    if row is None:
        return None
    session = Session(
        row["session_id"],
        row["user_id"],
        row["started_at"],
        row["last_used_at"],
        row["address"],
        row["user_agent"],
        row["confirmed_at"],
        bool(row["is_stale"]),
    )
    return (user_of(row), session) if now < session.expires_at(lifetime) else None


def is_due(session: Session, *, now: int, lifetime: Lifetime) -> bool:
    """Whether a use of the session is to be written again."""
    due_s = min(TOUCH_S, lifetime.idle_s // 2)
    return now - session.last_used_at >= due_s * MICROSECONDS


async def touch(writing: Transacting, session: Session, *, now: int) -> Session:
    """The session as used now. Writes."""
    await writing.execute(
        "UPDATE sessions SET last_used_at = $2 WHERE session_id = $1 AND last_used_at < $2",
        session.session_id,
        now,
    )
    return session._replace(last_used_at=now)


async def confirm(writing: Transacting, session: Session, *, now: int) -> bool:
    """The person has given their password in this session. Writes; False if it has ended."""
    found = await writing.execute(
        "UPDATE sessions SET confirmed_at = $2 WHERE session_id = $1", session.session_id, now
    )
    return bool(found)


async def renew(writing: Transacting, session: Session, token: str) -> str | None:
    """The session goes on under a new token of the same kind, and no more under this one. Writes;
    None if it has another one already, or has ended."""
    prefix = CONSOLE_PREFIX if token.startswith(CONSOLE_PREFIX) else SESSION_PREFIX
    renewed = prefix + token_urlsafe(TOKEN_BYTES)
    found = await writing.execute(
        """
        UPDATE sessions SET token_hash = $3, is_stale = false
        WHERE session_id = $1 AND token_hash = $2
        """,
        session.session_id,
        hash_secret(token),
        hash_secret(renewed),
    )
    return renewed if found else None


async def get(db: Transacting, session: int, *, tenant: int) -> Session | None:
    """The session of that number, of one of the tenant's users."""
    row = await db.fetch_one(
        """
        SELECT s.session_id, s.user_id, s.created_at, s.last_used_at, s.address, s.user_agent,
               s.confirmed_at, s.is_stale
        FROM sessions s JOIN users u ON u.user_id = s.user_id
        WHERE s.session_id = $1 AND u.tenant_id = $2
        """,
        session,
        tenant,
    )
    return None if row is None else _session(row)


async def page(
    db: Transacting,
    user: int,
    *,
    now: int,
    lifetime: Lifetime,
    before: int | None = None,
    limit: int,
) -> list[Session]:
    """The person's sessions that last, newest first, those below `before`."""
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM sessions
        WHERE user_id = $1 AND last_used_at > $2 AND created_at > $3
          AND (CAST($4 AS bigint) = 0 OR session_id < CAST($4 AS bigint))
        ORDER BY session_id DESC LIMIT $5
        """,  # noqa: S608 - the columns are those above
        user,
        now - lifetime.idle_s * MICROSECONDS,
        now - lifetime.max_s * MICROSECONDS,
        before or 0,
        limit,
    )
    return [_session(row) for row in rows]


async def end(writing: Transacting, session: Session, *, tenant: int, now: int) -> None:
    """End one session; one that has ended stays so. Writes."""
    ended = await writing.execute("DELETE FROM sessions WHERE session_id = $1", session.session_id)
    if ended:
        await auditing.record(
            writing,
            tenant=tenant,
            action="session.ended",
            now=now,
            entity=f"ses_{session.session_id:x}",
        )


# -- Altegio's user tokens -----------------------------------------------------------


async def issue_token(writing: Transacting, user: int, *, now: int) -> str:
    """A new opaque token that identifies the user. Writes."""
    token = token_urlsafe(TOKEN_BYTES)
    await writing.execute(
        "INSERT INTO user_tokens (token_hash, user_id, created_at) VALUES ($1, $2, $3)",
        hash_secret(token),
        user,
        now,
    )
    await writing.execute(
        """
        DELETE FROM user_tokens WHERE user_id = $1 AND token_hash NOT IN (
            SELECT token_hash FROM user_tokens WHERE user_id = $1
            ORDER BY created_at DESC LIMIT $2)
        """,
        user,
        MAX_TOKENS,
    )
    return token


async def by_token(db: Transacting, token: str, *, tenant: int) -> User | None:
    """The tenant's active user whom the token identifies."""
    row = await db.fetch_one(
        f"""
        SELECT {COLUMNS}
        FROM user_tokens t JOIN users u ON u.user_id = t.user_id
        WHERE t.token_hash = $1 AND u.tenant_id = $2 AND u.status = 'active'
        """,  # noqa: S608 - the columns are those of users.py
        hash_secret(token),
        tenant,
    )
    return None if row is None else user_of(row)
