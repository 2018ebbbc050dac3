"""Accounts: one member's holding of one currency. The ledger moves what is in them.

Besides a member's primary account of a currency there may be others, such as further cards.
"""

from typing import NamedTuple

from stampbook.domain.model import AccountStatus
from stampbook.storage.store import Row, Store, Transacting


class AccountsExhausted(Exception):
    """The database has as many accounts as their numbers allow: 2^30."""


class Account(NamedTuple):
    """The labels of a row of `accounts`; what the ledger keeps there is read by the ledger."""

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


def _account(row: Row) -> Account:
    return Account(
        account_id=row["account_id"],
        shard=row["shard"],
        tenant_id=row["tenant_id"],
        program_id=row["program_id"],
        currency_id=row["currency_id"],
        member_id=row["member_id"],
        number=row["number"],
        is_primary=bool(row["is_primary"]),
        status=AccountStatus(row["status"]),
        created_at=row["created_at"],
    )


async def get(store: Store, account: int, *, tenant: int) -> Account | None:
    """The tenant's account of that number."""
    row = await store.fetch_one(
        """
        SELECT account_id, shard, tenant_id, program_id, currency_id, member_id, number,
               is_primary, status, created_at
        FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3
        """,
        account % store.shards,
        account,
        tenant,
    )
    return None if row is None else _account(row)


async def primary(db: Transacting, *, member: int, currency: int) -> Account | None:
    """The member's primary account of the currency."""
    row = await db.fetch_one(
        """
        SELECT account_id, shard, tenant_id, program_id, currency_id, member_id, number,
               is_primary, status, created_at
        FROM accounts WHERE member_id = $1 AND currency_id = $2 AND is_primary
        """,
        member,
        currency,
    )
    return None if row is None else _account(row)


async def of_member(db: Transacting, member: int) -> list[Account]:
    """All of the member's accounts, by number."""
    rows = await db.fetch(
        """
        SELECT account_id, shard, tenant_id, program_id, currency_id, member_id, number,
               is_primary, status, created_at
        FROM accounts WHERE member_id = $1 ORDER BY account_id
        """,
        member,
    )
    return [_account(row) for row in rows]


async def by_number(db: Transacting, program: int, number: str) -> Account | None:
    """The program's account (card) of that number."""
    row = await db.fetch_one(
        """
        SELECT account_id, shard, tenant_id, program_id, currency_id, member_id, number,
               is_primary, status, created_at
        FROM accounts WHERE program_id = $1 AND number = $2
        """,
        program,
        number,
    )
    return None if row is None else _account(row)
