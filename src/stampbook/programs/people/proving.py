"""Whether a password is a user's, and what is noted of a sign-in."""

from typing import NamedTuple

from stampbook.programs.faults import WeakPassword
from stampbook.programs.people import passwords
from stampbook.programs.users import ACTIVE, COLUMNS, User, login_key, user_of
from stampbook.storage.store import Transacting


class Known(NamedTuple):
    """A user whose password was right, its stored form, and the secret of the second factor."""

    user: User
    password_hash: str
    totp_secret: str | None


async def authenticate(
    db: Transacting, *, login: str, password: str, tenant: int | None = None
) -> Known | None:
    """The active user of that login and password (of that tenant), or None; both take equally
    long, whatever the reason is."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS}, u.password_hash FROM users u WHERE u.login = $1",  # noqa: S608
        login_key(login),
    )
    known = row is not None and row["status"] == ACTIVE and tenant in (None, row["tenant_id"])
    stored = row["password_hash"] if row is not None and known else None
    right = await passwords.matches(stored, password)
    if row is None or not known or not right:
        return None
    return Known(user_of(row), row["password_hash"], row["totp_secret"])


async def has_password(db: Transacting, user: User, password: str) -> bool:
    """Whether that is the user's password."""
    row = await db.fetch_one(
        "SELECT password_hash FROM users WHERE user_id = $1 AND tenant_id = $2",
        user.user_id,
        user.tenant_id,
    )
    stored = None if row is None else row["password_hash"]
    return await passwords.matches(stored, password)


async def check_login(db: Transacting, user: User, login: str) -> None:
    """Raises WeakPassword if the user's password is that login, as it is written or compared."""
    for text in dict.fromkeys((login, login.strip(), login_key(login))):
        if await has_password(db, user, text):
            raise WeakPassword("must not be the login")


async def signed_in(
    writing: Transacting, known: Known, *, step: int | None = None, now: int
) -> User | None:
    """Note that the user has signed in. Writes. `step` is that of the second factor's code.

    None where that is no longer right: the password or the status has changed since, or the code
    was used before.
    """
    user = known.user
    touched = await writing.execute(
        """
        UPDATE users SET last_login_at = $3,
            totp_step = CASE WHEN CAST($4 AS bigint) > 0 THEN $4 ELSE totp_step END
        WHERE user_id = $1 AND tenant_id = $2 AND status = 'active' AND password_hash = $5
          AND (CAST($4 AS bigint) = 0 OR totp_step < $4)
        """,
        user.user_id,
        user.tenant_id,
        now,
        step or 0,
        known.password_hash,
    )
    return user._replace(last_login_at=now) if touched else None
