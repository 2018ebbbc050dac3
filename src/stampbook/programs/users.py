"""People: who they are, their roles, their status, and whether a password is theirs.

Whatever proves a person (programs/sessions.py) ends when the password or the status changes.
Nobody is ever deleted, and there is always an administrator.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stampbook.programs import auditing, tenants
from stampbook.programs.api_keys import check_scopes
from stampbook.programs.changing import assignments
from stampbook.programs.faults import Gone, Invalid, LastAdmin, Taken
from stampbook.programs.roles import Role
from stampbook.storage.store import Row, Transacting, UniqueViolation

ACTIVE: Final = "active"
DISABLED: Final = "disabled"

EDITABLE: Final = frozenset({"login", "name", "email", "phone", "role", "language"})
"""What `change` accepts."""

_DERIVED: Final = frozenset({"scopes", "updated_at"})

COLUMNS: Final = (
    "u.user_id, u.tenant_id, u.login, u.role, u.status, u.name, u.email, u.phone, u.language, "
    "u.totp_secret, u.last_login_at, u.created_at, u.updated_at"
)


class User(NamedTuple):
    """A row of `users` without its password, and without the secret of the second factor."""

    user_id: int
    tenant_id: int
    login: str
    role: Role
    status: str
    name: str | None
    email: str | None
    phone: str | None
    language: str
    totp: bool
    last_login_at: int | None
    created_at: int
    updated_at: int

    @property
    def scopes(self) -> frozenset[str]:
        """What the role allows, as scopes of keys."""
        return self.role.scopes


def user_of(row: Row) -> User:
    return User(
        user_id=row["user_id"],
        tenant_id=row["tenant_id"],
        login=row["login"],
        role=Role(row["role"]),
        status=row["status"],
        name=row["name"],
        email=row["email"],
        phone=row["phone"],
        language=row["language"],
        totp=row["totp_secret"] is not None,
        last_login_at=row["last_login_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def login_key(login: str) -> str:
    """The form in which logins are compared and stored: their case does not matter."""
    return login.strip().casefold()


# -- finding -------------------------------------------------------------------------


async def get(db: Transacting, user: int, *, tenant: int) -> User | None:
    """The tenant's user of that number."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM users u WHERE u.user_id = $1 AND u.tenant_id = $2",  # noqa: S608
        user,
        tenant,
    )
    return None if row is None else user_of(row)


async def by_login(db: Transacting, login: str) -> User | None:
    """The user of that login, of any tenant."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM users u WHERE u.login = $1",  # noqa: S608
        login_key(login),
    )
    return None if row is None else user_of(row)


async def page(
    db: Transacting,
    *,
    tenant: int,
    after: int = 0,
    text: str = "",
    role: str = "",
    status: str = "",
    limit: int,
) -> list[User]:
    """The tenant's users by number, those above `after`; with a text only those that have it in
    login, name or e-mail address (without case), with a role or status only those of it."""
    exactly = "".join(f"!{each}" if each in "!%_" else each for each in text)
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM users u
        WHERE u.tenant_id = $1 AND u.user_id > $2
          AND (CAST($3 AS text) = '' OR u.login LIKE $4 ESCAPE '!'
               OR u.name LIKE $3 ESCAPE '!' OR lower(u.name) LIKE $4 ESCAPE '!'
               OR lower(u.email) LIKE $4 ESCAPE '!')
          AND (CAST($5 AS text) = '' OR u.role = $5)
          AND (CAST($6 AS text) = '' OR u.status = $6)
        ORDER BY u.user_id LIMIT $7
        """,  # noqa: S608 - the columns are those of COLUMNS
        tenant,
        after,
        f"%{exactly}%" if text else "",
        f"%{exactly.casefold()}%",
        role,
        status,
        limit,
    )
    return [user_of(row) for row in rows]


async def count(db: Transacting, *, tenant: int) -> int:
    """How many users the tenant has, whatever their status."""
    row = await db.fetch_one("SELECT count(*) AS n FROM users WHERE tenant_id = $1", tenant)
    return 0 if row is None else int(row["n"])


# -- writing -------------------------------------------------------------------------


async def create(
    writing: Transacting,
    *,
    tenant: int,
    login: str,
    password_hash: str,
    now: int,
    role: Role = Role.SUPPORT,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    language: str = "en",
) -> User:
    """A new user; the hash is made before the transaction begins. Writes.

    Raises Invalid, or Taken (login): logins are unique over all tenants.
    """
    _check_login(login)
    try:
        row = await writing.fetch_one(
            f"""
            INSERT INTO users AS u (tenant_id, login, password_hash, scopes, role, name, email,
                                    phone, language, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
            RETURNING {COLUMNS.replace("u.", "")}
            """,  # noqa: S608 - the columns are those of COLUMNS
            tenant,
            login_key(login),
            password_hash,
            check_scopes(role.scopes),  # which is what earlier releases read
            role.value,
            name,
            email,
            phone,
            language,
            now,
        )
    except UniqueViolation:
        raise Taken("login") from None
    assert row is not None
    made = user_of(row)
    auditing.made(
        writing, auditing.USER, made.user_id, _loaded(made), tenant=made.tenant_id, now=now
    )
    return made


def _loaded(user: User) -> auditing.Load:
    """Reads the user for the audit log, without what is no administration."""

    async def load(db: Transacting) -> dict[str, Any] | None:
        found = await get(db, user.user_id, tenant=user.tenant_id)
        if found is None:
            return None
        fields = found._asdict()
        for name in ("status", "totp", "last_login_at"):  # which have actions of their own
            del fields[name]
        return fields

    return load


async def _note(writing: Transacting, user: User, action: str, *, now: int) -> None:
    await auditing.record(
        writing,
        tenant=user.tenant_id,
        action=action,
        now=now,
        entity=auditing.entity_of(auditing.USER, user.user_id),
    )


async def change(writing: Transacting, user: User, values: Mapping[str, Any], *, now: int) -> User:
    """Change those of EDITABLE that are given. Writes; raises Invalid, Taken, LastAdmin, Gone."""
    columns: dict[str, Any] = dict(values)
    if "login" in columns:
        _check_login(columns["login"])
        columns["login"] = login_key(columns["login"])
    if "role" in columns:
        columns["scopes"] = check_scopes(Role(columns["role"]).scopes)
    await auditing.watch(
        writing, auditing.USER, user.user_id, _loaded(user), tenant=user.tenant_id, now=now
    )
    set_clause = assignments({**columns, "updated_at": now}, EDITABLE | _DERIVED, first=3)
    before = await hold_admins(writing, user.tenant_id)
    try:
        await writing.execute(
            f"UPDATE users SET {set_clause} WHERE user_id = $1 AND tenant_id = $2",  # noqa: S608
            user.user_id,
            user.tenant_id,
            *columns.values(),
            now,
        )
    except UniqueViolation:
        raise Taken("login") from None
    await keep_an_admin(writing, user.tenant_id, before=before)
    changed = await _again(writing, user)
    if changed.role is not user.role:
        await note_rights(writing, user.user_id)
    return changed


async def set_password(
    writing: Transacting,
    user: User,
    password_hash: str,
    *,
    now: int,
    kept_session: int | None = None,
) -> User:
    """Set a new password, and end every session and token of the user, but `kept_session`. Writes;
    raises Gone."""
    await writing.execute(
        """
        UPDATE users SET password_hash = $3, updated_at = $4
        WHERE user_id = $1 AND tenant_id = $2
        """,
        user.user_id,
        user.tenant_id,
        password_hash,
        now,
    )
    await _end_all(writing, user.user_id, but=kept_session)
    await _note(writing, user, "user.password_changed", now=now)
    return await _again(writing, user)


async def disable(writing: Transacting, user: User, *, now: int) -> User:
    """Let the user sign in no more, and end every session and token. Writes; raises LastAdmin."""
    before = await hold_admins(writing, user.tenant_id)
    changed = await _set_status(writing, user, DISABLED, now)
    await keep_an_admin(writing, user.tenant_id, before=before)
    return changed


async def enable(writing: Transacting, user: User, *, now: int) -> User:
    """Let the user sign in again. Writes."""
    return await _set_status(writing, user, ACTIVE, now)


async def _set_status(writing: Transacting, user: User, status: str, now: int) -> User:
    """A status that the user has already ends nothing."""
    changed = await writing.execute(
        """
        UPDATE users SET status = $3, updated_at = $4
        WHERE user_id = $1 AND tenant_id = $2 AND status <> $3
        """,
        user.user_id,
        user.tenant_id,
        status,
        now,
    )
    if changed:
        await _end_all(writing, user.user_id)
        action = "user.enabled" if status == ACTIVE else "user.disabled"
        await _note(writing, user, action, now=now)
    return await _again(writing, user)


async def set_totp(writing: Transacting, user: User, secret: str | None, *, now: int) -> User:
    """Ask for a second factor at each sign-in from now on; None: no more. Writes."""
    await writing.execute(
        """
        UPDATE users SET totp_secret = $3, totp_step = 0, updated_at = $4
        WHERE user_id = $1 AND tenant_id = $2
        """,
        user.user_id,
        user.tenant_id,
        secret,
        now,
    )
    await _note(writing, user, "user.totp_changed", now=now)
    return await _again(writing, user)


async def _again(db: Transacting, user: User) -> User:
    found = await get(db, user.user_id, tenant=user.tenant_id)
    if found is None:
        raise Gone
    return found


async def _end_all(writing: Transacting, user: int, *, but: int | None = None) -> None:
    await writing.execute("DELETE FROM user_tokens WHERE user_id = $1", user)
    await writing.execute(
        "DELETE FROM sessions WHERE user_id = $1 AND session_id <> $2", user, but or 0
    )


async def note_rights(writing: Transacting, user: int) -> None:
    """The user's rights have changed: their sessions in the console need new tokens. Writes."""
    await writing.execute("UPDATE sessions SET is_stale = true WHERE user_id = $1", user)


def _check_login(login: str) -> None:
    if not login_key(login):
        raise Invalid("login", "must not be empty")


# -- the last administrator ----------------------------------------------------------


async def hold_admins(writing: Transacting, tenant: int) -> int:
    """How many administrators there are; nobody else can change that until the transaction ends.
    For `keep_an_admin`, after the change. Writes."""
    await tenants.hold(writing, tenant)
    return await _admins(writing, tenant)


async def keep_an_admin(writing: Transacting, tenant: int, *, before: int) -> None:
    """Raises LastAdmin where the tenant had administrators before, and has none any more."""
    if before and not await _admins(writing, tenant):
        raise LastAdmin


async def _admins(db: Transacting, tenant: int) -> int:
    """Active administrators of the whole tenant: those who are bound to programs cannot make
    others."""
    row = await db.fetch_one(
        """
        SELECT count(*) AS n FROM users u
        WHERE u.tenant_id = $1 AND u.role = 'admin' AND u.status = 'active'
          AND NOT EXISTS (SELECT 1 FROM user_limits l WHERE l.user_id = u.user_id)
        """,
        tenant,
    )
    return 0 if row is None else int(row["n"])
