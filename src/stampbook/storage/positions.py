"""The journal by position: rows in the order of the feed, and the positions of its followers.

ledger/following/feed.py explains up to which position the rows are complete.
"""

from typing import Final, NamedTuple

from stampbook.domain.model import Sums, Transaction
from stampbook.storage.rows import sums_of, transaction_of
from stampbook.storage.store import Row, Transacting
from stampbook.storage.tables import ROWS

START: Final = 0
"""The position before the first row."""

LAST: Final = 2**63 - 1
"""A position that no row is above."""

MOST_BETWEEN: Final = 8_000
"""Rows that one read looks at to find those of a tenant."""

_COLUMNS: Final = ", ".join(ROWS.columns)
"""All columns but the state, which can be long."""


class FeedRow(NamedTuple):
    """A row of the journal with its position, the account's sums after it, and whose it is."""

    position: int
    tenant: int
    program: int
    currency: int
    member: int
    row: Transaction
    sums: Sums


async def rows_between(reading: Transacting, *, after: int, upto: int, limit: int) -> list[FeedRow]:
    """The rows that are visible above `after` and up to `upto`, whether complete or not."""
    return [_feed_row(row) for row in await reading.fetch(_select(limit), after, upto)]


async def rows_of_tenant(
    reading: Transacting,
    *,
    tenant: int,
    after: int,
    upto: int,
    programs: str,
    account: tuple[int, int] | None,
    limit: int,
) -> list[FeedRow]:
    """Those of the tenant among the rows above `after` and up to `upto`, the first `limit`.

    `programs` lists numbers for IN, '' for all. Without an account (shard, number) each row in
    between is looked at, so let it not be more than MOST_BETWEEN.
    """
    within = f"AND a.program_id IN ({programs})" if programs else ""
    place = "" if account is None else "AND shard = $5 AND account_id = $6"
    found = await reading.fetch(
        f"""
        SELECT t.*, a.tenant_id, a.program_id, a.currency_id, a.member_id
        FROM (
            SELECT position, {_COLUMNS} FROM transactions
            WHERE position > $1 AND position <= $2 {place}
            ORDER BY {"position" if account is None else "seq"} LIMIT {MOST_BETWEEN:d}
        ) AS t
        JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        WHERE a.tenant_id = $3 {within}
        ORDER BY t.position LIMIT $4
        """,  # noqa: S608 - numbers and constants
        after,
        upto,
        tenant,
        limit,
        *(account or ()),
    )
    return [_feed_row(row) for row in found]


class FirstRow(NamedTuple):
    """Whose account has rows in a range of positions, and when the first of them was recorded."""

    tenant: int
    program: int
    currency: int
    member: int
    recorded_at: int


async def first_rows_between(
    reading: Transacting, *, after: int, upto: int, most: int
) -> tuple[int, list[FirstRow]]:
    """The accounts that have rows above `after`, of currencies with active groups of tiers; and the
    position up to which that is, of the rows up to `upto` the first `most`."""
    first = f"""
        SELECT position, shard, account_id, recorded_at FROM transactions
        WHERE position > $1 AND position <= $2 ORDER BY position LIMIT {most:d}
    """  # noqa: S608 - a number
    last = await reading.fetch_one(
        f"SELECT max(t.position) AS position FROM ({first}) AS t",  # noqa: S608 - a constant
        after,
        upto,
    )
    if last is None or last["position"] is None:
        return after, []
    # Rows of the journal come first, without what they are joined with: as in _select, for Citus.
    rows = await reading.fetch(
        f"""
        SELECT a.tenant_id, a.program_id, a.currency_id, a.member_id,
               min(t.recorded_at) AS recorded_at
        FROM ({first}) AS t
        JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        WHERE EXISTS (SELECT 1 FROM tier_groups g
                      WHERE g.currency_id = a.currency_id AND g.status = 'active')
        GROUP BY a.tenant_id, a.program_id, a.currency_id, a.member_id
        ORDER BY a.member_id, a.currency_id
        """,  # noqa: S608 - a constant
        after,
        last["position"],
    )
    return last["position"], [
        FirstRow(
            row["tenant_id"],
            row["program_id"],
            row["currency_id"],
            row["member_id"],
            row["recorded_at"],
        )
        for row in rows
    ]


async def last_upto(reading: Transacting, position: int) -> int:
    """The position of the last row that is not above this one; START without one."""
    row = await reading.fetch_one(
        "SELECT position FROM transactions WHERE position <= $1 ORDER BY position DESC LIMIT 1",
        position,
    )
    return START if row is None else int(row["position"])


async def recorded_after(reading: Transacting, position: int) -> int | None:
    """When the next row above the position was recorded; None if there is no further row."""
    row = await reading.fetch_one(
        "SELECT recorded_at FROM transactions WHERE position > $1 ORDER BY position LIMIT 1",
        position,
    )
    return None if row is None else int(row["recorded_at"])


async def position_of(reading: Transacting, name: str) -> int:
    """The position of the follower: START if it has not begun."""
    row = await reading.fetch_one("SELECT position FROM followers WHERE name = $1", name)
    return START if row is None else int(row["position"])


def _select(limit: int) -> str:
    """The limit is no parameter: PostgreSQL plans for it, with an index look-up for each row."""
    return f"""
        SELECT t.*, a.tenant_id, a.program_id, a.currency_id, a.member_id
        FROM (
            SELECT position, {_COLUMNS} FROM transactions
            WHERE position > $1 AND position <= $2 ORDER BY position LIMIT {limit:d}
        ) AS t
        JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        ORDER BY t.position
    """  # noqa: S608 - a number and constants


def _feed_row(row: Row) -> FeedRow:
    return FeedRow(
        position=row["position"],
        tenant=row["tenant_id"],
        program=row["program_id"],
        currency=row["currency_id"],
        member=row["member_id"],
        row=transaction_of(row),
        sums=sums_of(row),
    )
