"""Rows and pending lots of many accounts, account by account in the order of their numbers."""

from collections.abc import Sequence
from typing import NamedTuple

from stampbook.domain.model import AccountStatus, transaction_number
from stampbook.ledger.journal import lots
from stampbook.ledger.journal.lots import PendingLot
from stampbook.ledger.journal.pages import ALL, Chosen, Which, conditions
from stampbook.storage.finding import each_look
from stampbook.storage.store import APART, Store


class AccountLots(NamedTuple):
    """An account's lots that have pending points, by number."""

    account: int
    lots: Sequence[PendingLot]


async def rows(
    store: Store,
    currencies: Sequence[int],
    *,
    tenant: int,
    which: Which,
    chosen: Sequence[Chosen] = ALL,
    after: int | None,
    descending: bool,
    limit: int,
) -> list[int]:
    """The transaction numbers of the first rows of the currencies' accounts after account `after`.

    Accounts of members who were deleted are left out.
    """
    values: list[object] = [tenant]
    accounts = _accounts(currencies, after, values, descending=descending, inclusive=False)
    condition = conditions(which, chosen, "t.account_id * 8388608 + t.seq", values)
    order_by = "a.account_id DESC, t.seq DESC" if descending else "a.account_id, t.seq"
    found = await store.fetch(
        f"""
        WITH a AS {APART} (
            SELECT a.shard, a.account_id
            FROM accounts a JOIN members m ON m.member_id = a.member_id AND m.deleted_at IS NULL
            WHERE {accounts}
        )
        SELECT t.account_id, t.seq
        FROM a JOIN transactions t ON t.shard = a.shard AND t.account_id = a.account_id + 0
        WHERE {condition}
        ORDER BY {order_by} LIMIT ${len(values) + 1}
        """,  # noqa: S608 - made of constants, the values are parameters
        *values,
        limit,
    )
    # `+ 0`: SQLite would look for the rows of all accounts in the range asked for, not of one.
    return [transaction_number(account=row["account_id"], seq=row["seq"]) for row in found]


async def pending_lots(
    store: Store,
    currencies: Sequence[int],
    *,
    tenant: int,
    since: int | None,
    descending: bool,
    limit: int,
) -> list[AccountLots]:
    """The first `limit` of the currencies' accounts that have pending points, from account number
    `since` on; fewer are all. Closed accounts are left out."""
    values: list[object] = [tenant]
    accounts = _accounts(currencies, since, values, descending=descending, inclusive=True)
    direction = "DESC" if descending else "ASC"
    found: list[int] = []
    for look in each_look(store):
        rows = await store.fetch(
            f"""
            WITH a AS {APART} (
                SELECT a.shard, a.account_id FROM accounts a
                WHERE {accounts} AND a.status <> ${len(values) + 2} AND {look.of("a")}
            )
            SELECT a.account_id FROM a WHERE {look.last("pending")} > 0
            ORDER BY a.account_id {direction} LIMIT ${len(values) + 1}
            """,  # noqa: S608 - made of constants, the values are parameters
            *values,
            limit,
            int(AccountStatus.CLOSED),
        )
        found += [row["account_id"] for row in rows]
    found.sort(reverse=descending)
    return [
        AccountLots(account, await lots.pending_lots(store, account)) for account in found[:limit]
    ]


def _accounts(
    currencies: Sequence[int],
    place: int | None,
    values: list[object],
    *,
    descending: bool,
    inclusive: bool,
) -> str:
    """The condition for the tenant's accounts `a` of the currencies beyond a number.

    Its parameters are added to `values`; the first is the tenant.
    """
    places = ", ".join(f"${len(values) + at}" for at in range(1, len(currencies) + 1)) or "NULL"
    values += currencies
    condition = f"a.tenant_id = $1 AND a.currency_id IN ({places})"
    if place is None:
        return condition
    values.append(place)
    sign = ("<" if descending else ">") + ("=" if inclusive else "")
    return f"{condition} AND a.account_id {sign} CAST(${len(values)} AS bigint)"
