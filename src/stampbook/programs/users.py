"""People: their passwords, and the tokens that identify them (Altegio's user token, the console).

Passwords are hashed with argon2id, off the event loop and at most MAX_HASHING at a time, since
each takes 64 MiB for some tens of milliseconds. Tokens are random, stored as SHA-256, and all
revoked when the password changes.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from secrets import token_urlsafe
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stampbook.programs.api_keys import check_scopes, hash_secret
from stampbook.programs.faults import Gone, Invalid, Taken
from stampbook.storage.store import Row, Transacting, UniqueViolation

MAX_HASHING = 2
MAX_TOKENS = 100
"""How many tokens a user can have; issuing another one revokes the oldest."""

MAX_PASSWORD = 1_024
TOKEN_BYTES = 32

_Result = TypeVar("_Result")

_hasher = PasswordHasher()
_threads = ThreadPoolExecutor(MAX_HASHING, thread_name_prefix="password")


class User(NamedTuple):
    """A row of `users` without its password."""

    user_id: int
    tenant_id: int
    login: str
    scopes: frozenset[str]
    name: str | None
    email: str | None
    phone: str | None
    created_at: int
    updated_at: int


def _user(row: Row) -> User:
    return User(
        user_id=row["user_id"],
        tenant_id=row["tenant_id"],
        login=row["login"],
        scopes=frozenset(row["scopes"].split()),
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def login_key(login: str) -> str:
    """The form in which logins are compared and stored: their case does not matter."""
    return login.strip().casefold()


async def hash_password(password: str) -> str:
    """The text to store. Takes tens of milliseconds, off the event loop. Raises Invalid."""
    if not 0 < len(password) <= MAX_PASSWORD:
        raise Invalid("password", f"must have 1 to {MAX_PASSWORD} characters")
    return await _off_the_loop(lambda: _hasher.hash(password))


async def create(
    writing: Transacting,
    *,
    tenant: int,
    login: str,
    password_hash: str,
    now: int,
    scopes: Iterable[str] = ("admin",),
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> User:
    """A new user; the hash is made before the transaction begins. Writes.

    Raises Invalid, or Taken (login): logins are unique over all tenants.
    """
    if not login_key(login):
        raise Invalid("login", "must not be empty")
    try:
        row = await writing.fetch_one(
            """
            INSERT INTO users (tenant_id, login, password_hash, scopes, name, email, phone,
                               created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            RETURNING user_id, tenant_id, login, scopes, name, email, phone, created_at, updated_at
            """,
            tenant,
            login_key(login),
            password_hash,
            check_scopes(scopes),
            name,
            email,
            phone,
            now,
        )
    except UniqueViolation:
        raise Taken("login") from None
    assert row is not None
    return _user(row)


async def authenticate(
    db: Transacting, *, login: str, password: str, tenant: int | None = None
) -> User | None:
    """The user of that login and password (of that tenant), or None; both take equally long."""
    row = await db.fetch_one(
        """
        SELECT user_id, tenant_id, login, scopes, name, email, phone, created_at, updated_at,
               password_hash
        FROM users WHERE login = $1
        """,
        login_key(login),
    )
    known = row is not None and tenant in (None, row["tenant_id"])
    stored = row["password_hash"] if row is not None and known else None
    right = await _off_the_loop(lambda: _verify(stored, password[: MAX_PASSWORD + 1]))
    return _user(row) if row is not None and known and right else None


async def change_password(writing: Transacting, user: int, password_hash: str, *, now: int) -> None:
    """Set a new password and revoke every token of the user. Writes; raises Gone."""
    touched = await writing.execute(
        "UPDATE users SET password_hash = $2, updated_at = $3 WHERE user_id = $1",
        user,
        password_hash,
        now,
    )
    if not touched:
        raise Gone
    await writing.execute("DELETE FROM user_tokens WHERE user_id = $1", user)


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
    """The tenant's user whom the token identifies."""
    row = await db.fetch_one(
        """
        SELECT u.user_id, u.tenant_id, u.login, u.scopes, u.name, u.email, u.phone, u.created_at,
               u.updated_at
        FROM user_tokens t JOIN users u ON u.user_id = t.user_id
        WHERE t.token_hash = $1 AND u.tenant_id = $2
        """,
        hash_secret(token),
        tenant,
    )
    return None if row is None else _user(row)


async def get(db: Transacting, user: int, *, tenant: int) -> User | None:
    """The tenant's user of that number."""
    row = await db.fetch_one(
        """
        SELECT user_id, tenant_id, login, scopes, name, email, phone, created_at, updated_at
        FROM users WHERE user_id = $1 AND tenant_id = $2
        """,
        user,
        tenant,
    )
    return None if row is None else _user(row)


async def by_login(db: Transacting, login: str) -> User | None:
    """The user of that login, of any tenant."""
    row = await db.fetch_one(
        """
        SELECT user_id, tenant_id, login, scopes, name, email, phone, created_at, updated_at
        FROM users WHERE login = $1
        """,
        login_key(login),
    )
    return None if row is None else _user(row)


async def page(db: Transacting, *, tenant: int, after: int = 0, limit: int) -> list[User]:
    """The tenant's users by number, those above `after`."""
    rows = await db.fetch(
        """
        SELECT user_id, tenant_id, login, scopes, name, email, phone, created_at, updated_at
        FROM users WHERE tenant_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3
        """,
        tenant,
        after,
        limit,
    )
    return [_user(row) for row in rows]


async def _off_the_loop(work: Callable[[], _Result]) -> _Result:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(token_urlsafe(16))


def _verify(stored: str | None, password: str) -> bool:
    """Without a stored hash (no such login) the answer takes equally long, and is False."""
    try:
        return _hasher.verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
