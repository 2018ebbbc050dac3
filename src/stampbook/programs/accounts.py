"""Accounts: one member's holding of one currency. The ledger moves the points in them.

Besides their primary account of a currency, members may have others, such as further cards.

A card's number is unique in its program. Cards of whole points are found by their number alone, so
that number is unique in the tenant: nobody may pay with another person's card because two programs
issued the same number.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from stampbook.domain.model import AccountStatus
from stampbook.programs.changing import insertion, places
from stampbook.programs.currencies import Currency
from stampbook.programs.faults import Changed, Taken
from stampbook.programs.members import ACCOUNT_STATUS, Member
from stampbook.storage.outbox import accounts as account_events
from stampbook.storage.store import Row, Store, Transacting, UniqueViolation
from stampbook.storage.tables import ACCOUNTS, with_columns

FOUND_BY_NUMBER_SCALE = 0
"""Cards of currencies of this scale are found by their number alone, in all programs."""

LIKE_AN_ID = re.compile(r"[a-z]+_[0-9a-f]{18}", re.ASCII)
"""The form of ids in an API that finds cards by number: such a number could mean two cards."""


class Account(NamedTuple):
    """A row of `accounts` without the columns that only the ledger uses."""

    account_id: int
    shard: int
    tenant_id: int
    program_id: int
    currency_id: int
    member_id: int
    number: str | None
    is_primary: bool
    status: AccountStatus
    created_at: int
    merged_into: int | None = None


_fields_of = ACCOUNTS.reader(Account)


def of_columns(row: Row) -> Account:
    """The account of its columns."""
    return Account(**_fields_of(row))


_SELECT = with_columns("SELECT {accounts} FROM accounts")


async def get(store: Store, account: int, *, tenant: int) -> Account | None:
    """The tenant's account of that number."""
    row = await store.fetch_one(
        f"{_SELECT} WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % store.shards,
        account,
        tenant,
    )
    return None if row is None else of_columns(row)


async def primary(db: Transacting, *, member: int, currency: int) -> Account | None:
    """The member's primary account of the currency."""
    row = await db.fetch_one(
        f"{_SELECT} WHERE member_id = $1 AND currency_id = $2 AND is_primary",
        member,
        currency,
    )
    return None if row is None else of_columns(row)


async def of_member(db: Transacting, member: int) -> list[Account]:
    """All of the member's accounts, by number."""
    rows = await db.fetch(
        f"{_SELECT} WHERE member_id = $1 ORDER BY account_id",
        member,
    )
    return [of_columns(row) for row in rows]


async def count(db: Transacting, currency: int) -> int:
    """How many accounts the currency has, the closed ones included."""
    row = await db.fetch_one(
        "SELECT count(*) AS accounts FROM accounts WHERE currency_id = $1", currency
    )
    return 0 if row is None else int(row["accounts"])


async def of_members(db: Transacting, members: Collection[int]) -> list[Account]:
    """All accounts of these members, at most a few hundred at once, by number."""
    if not members:
        return []
    rows = await db.fetch(
        f"{_SELECT} WHERE member_id IN ({places(1, members)}) ORDER BY account_id", *members
    )
    return [of_columns(row) for row in rows]


async def by_numbers(db: Transacting, program: int, numbers: Collection[str]) -> list[Account]:
    """The program's accounts (cards) of these numbers, at most a few hundred at once."""
    if not numbers:
        return []
    rows = await db.fetch(
        f"{_SELECT} WHERE program_id = $1 AND number IN ({places(2, numbers)})", program, *numbers
    )
    return [of_columns(row) for row in rows]


async def of_ids(
    db: Transacting, program: int, ids: Collection[int], *, shards: int
) -> list[Account]:
    """The program's accounts that have these numbers of ours, at most a few hundred at once.
    `shards` is the store's."""
    if not ids:
        return []
    # The key begins with the shard: without it, all accounts would be looked at.
    within = ", ".join(str(shard) for shard in sorted({number % shards for number in ids}))
    rows = await db.fetch(
        f"{_SELECT} WHERE shard IN ({within}) AND account_id IN ({places(2, ids)})"
        " AND program_id = $1",
        program,
        *ids,
    )
    return [of_columns(row) for row in rows]


async def by_number(db: Transacting, program: int, number: str) -> Account | None:
    """The program's account (card) of that number."""
    row = await db.fetch_one(
        f"{_SELECT} WHERE program_id = $1 AND number = $2",
        program,
        number,
    )
    return None if row is None else of_columns(row)


async def primary_or_open(store: Store, member: Member, currency: Currency, *, now: int) -> Account:
    """The member's primary account of the currency, which is opened if necessary.

    Opens a transaction of its own. Two callers at once get the same account. Raises Changed when
    the member was merged, deleted or made inactive since they were read.
    """
    found = await primary(store, member=member.member_id, currency=currency.currency_id)
    if found is not None:
        return found
    async with store.transaction() as writing:
        return await open_primary(writing, member, currency, shards=store.shards, now=now)


async def open_primary(
    writing: Transacting, member: Member, currency: Currency, *, shards: int, now: int
) -> Account:
    """The member's primary account of the currency, new unless another request was faster.
    Writes; raises Changed, see primary_or_open. `shards` is the store's."""
    opened = await _insert(
        writing, member, currency, shards=shards, number=None, is_primary=True, now=now
    )
    if opened is None:
        opened = await primary(writing, member=member.member_id, currency=currency.currency_id)
    assert opened is not None, "who was faster has opened it"
    return opened


async def open_account(
    writing: Transacting,
    member: Member,
    currency: Currency,
    *,
    shards: int,
    now: int,
    number: str | None = None,
) -> Account:
    """A new account: the primary one if it is the member's first of the currency, else a further
    one. Writes; raises Taken (number), and Changed as primary_or_open does. `shards` is the
    store's."""
    if number is not None:
        await _claim(writing, number, tenant=member.tenant_id, scale=currency.scale)
    first = await primary(writing, member=member.member_id, currency=currency.currency_id) is None
    opened = await _insert(
        writing, member, currency, shards=shards, number=number, is_primary=first, now=now
    )
    if opened is None and first:
        opened = await _insert(
            writing, member, currency, shards=shards, number=number, is_primary=False, now=now
        )
    if opened is None:
        raise Taken("number")
    return opened


async def give_number(
    writing: Transacting, account: int, number: str, *, shards: int, scale: int, tenant: int
) -> str:
    """Number the account, unless it has a number. Returns its number.

    Two callers at once get the same answer. Writes; raises Taken (number).
    """
    await _wait_for_others(writing, tenant)
    row = await writing.fetch_one(
        "SELECT number FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3",
        account % shards,
        account,
        tenant,
    )
    assert row is not None, "accounts stay"
    if row["number"] is not None:
        return str(row["number"])
    await _claim(writing, number, tenant=tenant, scale=scale)
    try:
        await writing.execute(
            """
            UPDATE accounts SET number = $4
            WHERE shard = $1 AND account_id = $2 AND tenant_id = $3
            """,
            account % shards,
            account,
            tenant,
            number,
        )
    except UniqueViolation:
        raise Taken("number") from None
    return number


async def _claim(writing: Transacting, number: str, *, tenant: int, scale: int) -> None:
    """Make sure that the number finds no other card. Writes; raises Taken (number).

    An index makes numbers unique in a program; this is about the tenant's other programs.
    """
    if scale != FOUND_BY_NUMBER_SCALE:
        return
    if LIKE_AN_ID.fullmatch(number):
        raise Taken("number")
    await _wait_for_others(writing, tenant)
    row = await writing.fetch_one(_NUMBERED, tenant, number, FOUND_BY_NUMBER_SCALE)
    if row is not None:
        raise Taken("number")


async def _wait_for_others(writing: Transacting, tenant: int) -> None:
    """Wait until no other transaction numbers cards of the tenant, and see what it wrote.

    The tenant's row is the lock, held until this transaction ends. SQLite has one writer anyway.
    """
    await writing.execute("UPDATE tenants SET name = name WHERE tenant_id = $1", tenant)


_NUMBERED = """
    SELECT a.account_id
    FROM programs p JOIN accounts a ON a.program_id = p.program_id AND a.number = $2
    JOIN currencies c ON c.currency_id = a.currency_id AND c.scale = $3
    WHERE p.tenant_id = $1 AND p.deleted_at IS NULL
    LIMIT 1
"""


async def _insert(
    writing: Transacting,
    member: Member,
    currency: Currency,
    *,
    shards: int,
    number: str | None,
    is_primary: bool,
    now: int,
) -> Account | None:
    """None when the number, or the place of the primary account, is taken. Raises Changed unless
    the member still has the status that was read.

    That status stays until this transaction ends. So a merge sees the account, or it is not opened.
    """
    given = await writing.fetch_one(
        "INSERT INTO account_numbers DEFAULT VALUES RETURNING account_id"
    )
    assert given is not None
    account_id = given["account_id"]
    account = Account(
        account_id=account_id,
        shard=account_id % shards,
        tenant_id=member.tenant_id,
        program_id=member.program_id,
        currency_id=currency.currency_id,
        member_id=member.member_id,
        number=number,
        is_primary=is_primary,
        status=ACCOUNT_STATUS[member.status],
        created_at=now,
    )
    values = ACCOUNTS.stored(account)
    as_read = member.member_id, member.tenant_id, member.status
    condition = _AS_READ.format(*range(len(values) + 1, len(values) + 4))
    row = await writing.fetch_one(
        f"{insertion(ACCOUNTS, values, f'{condition} {writing.locking}')}"
        " ON CONFLICT DO NOTHING RETURNING account_id",
        *values.values(),
        *as_read,
    )
    if row is None:
        if await writing.fetch_one(f"SELECT 1 AS found {_AS_READ.format(1, 2, 3)}", *as_read):
            return None
        raise Changed
    tenant, shard = account.tenant_id, account.shard
    account_events.opened(writing, account_id, shard=shard, tenant=tenant, now=now)
    return account


_AS_READ = "FROM members WHERE member_id = ${} AND tenant_id = ${} AND status = ${}"
