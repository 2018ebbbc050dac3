"""What others learn of accounts: that one has opened, and that it has closed.

Rows of the outbox keep an account by column, as `accounts.of_columns` takes it.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from stampbook.domain.model import AccountStatus
from stampbook.storage.outbox import writing as outbox
from stampbook.storage.outbox.writing import Load, Outgoing
from stampbook.storage.store import Transacting
from stampbook.storage.tables import with_columns

Columns = Mapping[str, Any]

_SELECT: Final = with_columns(
    "SELECT {accounts} FROM accounts WHERE shard = $1 AND account_id = $2 AND tenant_id = $3"
)


def opened(writing: Transacting, account: int, *, shard: int, tenant: int, now: int) -> None:
    """The account was opened just now. Writes at the end of the transaction."""
    load = _loading(account, shard, tenant)
    outbox.made(writing, ("account", account), load, partial(_told, at=now))


async def watch(writing: Transacting, account: int, *, shard: int, tenant: int, now: int) -> None:
    """The account may be closed in this transaction. Writes at its end."""
    load = _loading(account, shard, tenant)
    await outbox.watch(writing, ("account", account), load, partial(_told, at=now))


def _loading(account: int, shard: int, tenant: int) -> Load:
    async def load(db: Transacting) -> Columns | None:
        row = await db.fetch_one(_SELECT, shard, account, tenant)
        return None if row is None else dict(row)

    return load


def _told(before: Columns | None, after: Columns | None, *, at: int) -> list[Outgoing]:
    if after is None:
        return []
    was_closed, is_closed = (each is not None and _is_closed(each) for each in (before, after))
    words = ["opened"] * (before is None) + ["closed"] * (is_closed and not was_closed)
    return [
        Outgoing(
            f"account.{word}",
            at,
            after["tenant_id"],
            after,
            program=after["program_id"],
            member=after["member_id"],
            account=after["account_id"],
        )
        for word in words
    ]


def _is_closed(account: Columns) -> bool:
    return bool(account["status"] == AccountStatus.CLOSED)
