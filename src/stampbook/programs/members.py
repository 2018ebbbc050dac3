"""Members: people in a program, and how they are found."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

from msgspec.json import decode, encode

from stampbook.domain.model import AccountStatus
from stampbook.programs import auditing
from stampbook.programs.changing import assignments, escaped, places
from stampbook.programs.faults import Gone, Taken
from stampbook.programs.programs import Program
from stampbook.programs.searching.keys import email_key, phone_key, region_of
from stampbook.programs.searching.merged import survivors
from stampbook.storage.outbox import accounts as account_events
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.members import happened
from stampbook.storage.store import Row, Transacting, UniqueViolation

EDITABLE = frozenset({"external_id", "email", "phone", "name", "metadata", "status"})
_COLUMNS = EDITABLE | {"email_key", "phone_key", "updated_at"}

MAX_NAMESAKES = 1_000
"""How many members of one program with the same address, phone or value a search looks at."""

ACCOUNT_STATUS = {
    "active": AccountStatus.OPEN,
    "inactive": AccountStatus.MEMBER_INACTIVE,
    "deleted": AccountStatus.CLOSED,
}
"""The status of a member's accounts, by the status of the member."""


_JOINED: Final = """
    INSERT INTO joined_members (member_id, program_id, tenant_id, joined_at)
    SELECT CAST($1 AS bigint), CAST($2 AS bigint), CAST($3 AS bigint), CAST($4 AS bigint)
    WHERE EXISTS (
        SELECT 1 FROM rule_programs a JOIN rules r ON r.rule_id = a.rule_id
        WHERE a.program_id = $2 AND a.ended_at IS NULL
          AND r.status = 'active' AND r.trigger_type = 'member_joined')
"""


class Member(NamedTuple):
    """A row of `members`. `metadata` is JSON text.

    `merged_into` is who has taken over from a member who was merged: such a one is deleted, but
    keeps what people find them by. One who was erased (`erased_at`) has nothing of that.
    """

    member_id: int
    program_id: int
    tenant_id: int
    external_id: str | None
    email: str | None
    phone: str | None
    name: str | None
    metadata: str
    status: str
    created_at: int
    updated_at: int
    deleted_at: int | None
    merged_into: int | None = None
    erased_at: int | None = None


_ALL = ", ".join(Member._fields)


def _member(row: Row) -> Member:
    return Member._make(row[column] for column in Member._fields)


async def create(
    writing: Transacting,
    program: Program,
    *,
    now: int,
    external_id: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    name: str | None = None,
    metadata: str = "{}",
    status: str = "active",
    recorded_at: int | None = None,
    joins: bool = True,
) -> Member:
    """A new member of the program. Writes; raises Taken (external_id).

    `now` is since when they are a member; where that lies in the past, `recorded_at` is now.

    Where rules of the program are for new members, they judge this one after the commit
    (loyalty/events/joining.py), unless they were a member elsewhere before (`joins` False).
    """
    region = await region_of(writing, program.program_id) if phone else None
    try:
        row = await writing.fetch_one(
            """
            INSERT INTO members (program_id, tenant_id, external_id, email, phone, email_key,
                phone_key, name, metadata, status, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
            RETURNING member_id, program_id, tenant_id, external_id, email, phone, name, metadata,
                      status, created_at, updated_at, deleted_at, merged_into, erased_at
            """,
            program.program_id,
            program.tenant_id,
            external_id,
            email,
            phone,
            email_key(email),
            phone_key(phone, region),
            name,
            metadata,
            status,
            now,
        )
    except UniqueViolation:
        raise Taken("external_id") from None
    assert row is not None
    made = _member(row)
    await _check_key(writing, made, region)
    if joins:
        await writing.execute(_JOINED, made.member_id, program.program_id, program.tenant_id, now)
    load = partial(get, member=made.member_id, tenant=made.tenant_id)
    outbox.made(writing, (Member, made.member_id), load, partial(happened, at=recorded_at or now))
    return made


async def get(db: Transacting, member: int, *, tenant: int) -> Member | None:
    """The tenant's member of that number; also one that is deleted (`deleted_at`)."""
    row = await db.fetch_one(
        f"SELECT {_ALL} FROM members WHERE member_id = $1 AND tenant_id = $2",  # noqa: S608
        member,
        tenant,
    )
    return None if row is None else _member(row)


async def page(
    db: Transacting,
    program: int,
    *,
    after: int = 0,
    before: int | None = None,
    status: str | None = None,
    with_deleted: bool = False,
    limit: int,
) -> list[Member]:
    """The program's members by number, those above `after`; or with `before` the newest of those
    below it, the newest first. Those of the status, if one is given. Not who is gone,
    unless `with_deleted`."""
    bound, order = ("> $2", "") if before is None else ("< $2", "DESC")
    of_status = "" if status is None else "AND status = $4"
    present = "" if with_deleted else "AND deleted_at IS NULL"
    rows = await db.fetch(
        f"""
        SELECT {_ALL} FROM members
        WHERE program_id = $1 AND member_id {bound} {present} {of_status}
        ORDER BY member_id {order} LIMIT $3
        """,  # noqa: S608 - constants
        program,
        after if before is None else before,
        limit,
        *([] if status is None else [status]),
    )
    return [_member(row) for row in rows]


async def count(db: Transacting, program: int, *, with_deleted: bool = False) -> int:
    """How many members the program has; the deleted ones count only if `with_deleted`."""
    sql = "SELECT count(*) AS members FROM members WHERE program_id = $1"
    row = await db.fetch_one(sql if with_deleted else f"{sql} AND deleted_at IS NULL", program)
    return 0 if row is None else int(row["members"])


async def find(
    db: Transacting,
    program: int,
    *,
    external_id: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> list[Member]:
    """The program's members that match all given values, by number; not the deleted ones.

    Who was merged into another is found as the other. At most MAX_NAMESAKES are looked at.
    """
    address, region = email_key(email), await region_of(db, program) if phone else None
    digits = phone_key(phone, region)
    if external_id is not None:
        rows = await db.fetch(_BY_EXTERNAL_ID, program, external_id, MAX_NAMESAKES)
    elif address:
        rows = await db.fetch(_BY_EMAIL, program, address, MAX_NAMESAKES)
    elif digits:
        rows = await db.fetch(_BY_PHONE, program, digits, MAX_NAMESAKES)
    else:
        return []
    found = [
        member
        for member in map(_member, rows)
        if (external_id is None or member.external_id == external_id)
        and (email is None or email_key(member.email) == address)
        and (phone is None or phone_key(member.phone, region) == digits)
    ]
    if any(member.merged_into for member in found):
        reached = [await survivor(db, member) for member in found]
        found = sorted({each.member_id: each for each in reached if each is not None}.values())
    return found


async def survivor(db: Transacting, member: Member) -> Member | None:
    """The member, or who has taken over from them; None if that one was deleted."""
    end = (await survivors(db, [member.member_id], tenant=member.tenant_id)).get(member.member_id)
    return None if end is None else await get(db, end, tenant=member.tenant_id)


async def survivors_of(db: Transacting, found: Iterable[Member]) -> dict[int, Member]:
    """`survivor` of each of these members of one tenant, by their numbers; those who were not
    merged are their own, without another look at the database."""
    listed = list(found)
    reached = {each.member_id: each for each in listed if each.deleted_at is None}
    merged = [each for each in listed if each.merged_into is not None]
    tenant = merged[0].tenant_id if merged else 0
    ends = await survivors(db, [each.member_id for each in merged], tenant=tenant)
    if ends:
        rows = await db.fetch(
            f"SELECT {_ALL} FROM members WHERE tenant_id = $1"  # noqa: S608
            f" AND member_id IN ({places(2, ends)})",
            tenant,
            *ends.values(),
        )
        at_end = {each.member_id: each for each in map(_member, rows)}
        reached |= {number: at_end[end] for number, end in ends.items()}
    return reached


async def find_by_metadata(db: Transacting, program: int, name: str, value: str) -> list[Member]:
    """The program's members whose metadata has that string under `name`, or that number or boolean
    as JSON writes it. Reads all whose metadata, a text to both databases, holds both."""
    rows = await db.fetch(
        f"""
        SELECT {_ALL} FROM members
        WHERE program_id = $1 AND deleted_at IS NULL
          AND metadata LIKE $2 ESCAPE '!' AND metadata LIKE $3 ESCAPE '!'
        ORDER BY member_id LIMIT $4
        """,  # noqa: S608 - constants
        program,
        f"%{escaped(encode(name).decode())}:%",
        f"%{escaped(encode(value).decode()[1:-1])}%",
        MAX_NAMESAKES,
    )
    return [
        member
        for member in map(_member, rows)
        if _as_text(decode(member.metadata).get(name)) == value
    ]


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return encode(value).decode()


async def hold(writing: Transacting, member: int, *, tenant: int) -> None:
    """Lock the member until the transaction ends: others who lock the member wait, and then read
    what was committed before. Writes, but changes nothing."""
    await writing.execute(
        "UPDATE members SET updated_at = updated_at WHERE member_id = $1 AND tenant_id = $2",
        member,
        tenant,
    )


async def update(
    writing: Transacting, member: int, changes: Mapping[str, object], *, tenant: int, now: int
) -> tuple[Member, list[int]]:
    """Change the named columns of `EDITABLE`. Writes; raises Taken (external_id) or Gone.

    Also returns the accounts whose status followed the member's, for `Ledger.forget`.
    """
    columns, region = {**changes, "updated_at": now}, None
    await _watch(writing, member, tenant=tenant, now=now)
    if "email" in changes:
        columns["email_key"] = email_key(_text(changes["email"]))
    if "phone" in changes:
        phone = _text(changes["phone"])
        found = await get(writing, member, tenant=tenant) if phone else None
        region = None if found is None else await region_of(writing, found.program_id)
        columns["phone_key"] = phone_key(phone, region)
    set_clause = assignments(columns, _COLUMNS, first=3)
    try:
        row = await writing.fetch_one(
            f"""
            UPDATE members SET {set_clause}
            WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
            RETURNING member_id, program_id, tenant_id, external_id, email, phone, name, metadata,
                      status, created_at, updated_at, deleted_at, merged_into, erased_at
            """,  # noqa: S608 - columns are those of _COLUMNS
            member,
            tenant,
            *columns.values(),
        )
    except UniqueViolation:
        raise Taken("external_id") from None
    if row is None:
        raise Gone
    changed = _member(row)
    if "phone" in changes:
        await _check_key(writing, changed, region)
    if "status" not in changes:
        return changed, []
    status = ACCOUNT_STATUS[changed.status]
    return changed, await _set_account_status(writing, changed, status, now=now)


async def _check_key(writing: Transacting, member: Member, region: str | None) -> None:
    """Make the key of a member's phone anew if the program has another region by now.

    From a write of the member until its commit the region stays: a change of it waits for that, and
    a write waits for such a change. So it is read again after the write. Writes.
    """
    if not member.phone:
        return
    now = await region_of(writing, member.program_id)
    if now != region:
        await writing.execute(
            "UPDATE members SET phone_key = $3 WHERE member_id = $1 AND tenant_id = $2",
            member.member_id,
            member.tenant_id,
            phone_key(member.phone, now),
        )


async def _watch(writing: Transacting, member: int, *, tenant: int, now: int) -> None:
    load = partial(get, member=member, tenant=tenant)
    await auditing.watch(writing, auditing.MEMBER, member, load, tenant=tenant, now=now)
    await outbox.watch(writing, (Member, member), load, partial(happened, at=now))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


async def delete(writing: Transacting, member: int, *, tenant: int, now: int) -> list[int]:
    """Remove the member from the program: their accounts are closed, everything recorded stays.

    Their external id becomes free again. Writes; raises Gone. Returns the closed accounts.
    """
    await _watch(writing, member, tenant=tenant, now=now)
    row = await writing.fetch_one(
        """
        UPDATE members
        SET status = 'deleted', deleted_at = $3, updated_at = $3, external_id = NULL
        WHERE member_id = $1 AND tenant_id = $2 AND deleted_at IS NULL
        RETURNING member_id, program_id, tenant_id, external_id, email, phone, name, metadata,
                  status, created_at, updated_at, deleted_at, merged_into, erased_at
        """,
        member,
        tenant,
        now,
    )
    if row is None:
        raise Gone
    return await _set_account_status(writing, _member(row), AccountStatus.CLOSED, now=now)


async def _set_account_status(
    writing: Transacting, member: Member, status: AccountStatus, *, now: int
) -> list[int]:
    """Set the status of the member's accounts, except closed ones, which stay closed."""
    if status is AccountStatus.CLOSED:
        for row in await writing.fetch(
            "SELECT shard, account_id FROM accounts WHERE member_id = $1 ORDER BY account_id",
            member.member_id,
        ):
            number, shard, tenant = row["account_id"], row["shard"], member.tenant_id
            await account_events.watch(writing, number, shard=shard, tenant=tenant, now=now)
    rows = await writing.fetch(
        """
        UPDATE accounts SET status = $2, version = version + 1
        WHERE member_id = $1 AND status <> $3
        RETURNING account_id
        """,
        member.member_id,
        int(status),
        int(AccountStatus.CLOSED),
    )
    return [row["account_id"] for row in rows]


_FOUND = f"""
    SELECT {_ALL} FROM members WHERE program_id = $1 AND {{}} = $2
      AND (deleted_at IS NULL OR merged_into IS NOT NULL)
    ORDER BY member_id LIMIT $3
"""  # noqa: S608 - constants
_BY_EXTERNAL_ID = _FOUND.format("external_id")
_BY_EMAIL = _FOUND.format("email_key")
_BY_PHONE = _FOUND.format("phone_key")
