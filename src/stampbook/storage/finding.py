"""Look-ups in the journal for those who do not load accounts: by key, and the last rows of many."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from stampbook.domain.model import FOREVER
from stampbook.storage.store import BESIDE, Key, Store, Transacting

AT_ONCE: Final = 100
"""How many accounts one statement names."""

_LAST: Final = """(
    SELECT t.{0} FROM transactions t
    WHERE t.shard = {1} AND t.account_id = a.account_id ORDER BY t.seq DESC LIMIT 1
)"""


class Look(NamedTuple):
    """A part of the accounts whose last rows one statement can look up: of all shards, or one."""

    shard: int | None

    def of(self, row: str) -> str:
        """What holds for rows of that name in this part, in SQL."""
        return "1 = 1" if self.shard is None else f"{row}.shard = {self.shard}"

    def last(self, column: str) -> str:
        """A column of the last row of an account `a` of this part, in SQL; NULL for an empty
        journal."""
        return _LAST.format(column, "a.shard" if self.shard is None else self.shard)


def each_look(store: Store) -> Iterator[Look]:
    """The parts that need a statement each."""
    if store.looks_everywhere:
        yield Look(None)
    else:
        yield from map(Look, range(store.shards))


async def last_values(
    db: Transacting, shards: int, accounts: Sequence[int], column: str, *, until: int = FOREVER
) -> Mapping[int, Any]:
    """A column of the last row of each account, recorded at `until` or before; None without one."""
    found: dict[int, Any] = {}
    ordered = sorted(set(accounts), key=lambda account: (account % shards, account))
    for shard, ours in groupby(ordered, key=lambda account: account % shards):
        found |= await last_values_in(db, shard, list(ours), column, until=until)
    return found


async def last_values_in(
    db: Transacting, shard: int, accounts: Sequence[int], column: str, *, until: int = FOREVER
) -> Mapping[int, Any]:
    """The same, of accounts of one shard."""
    found: dict[int, Any] = {}
    for start in range(0, len(accounts), AT_ONCE):
        asked = accounts[start : start + AT_ONCE]
        places = ", ".join(f"(CAST(${at + 3} AS bigint))" for at in range(len(asked)))
        rows = await db.fetch(
            f"""
            WITH wanted (account_id) AS (VALUES {places})
            SELECT w.account_id, (
                SELECT t.{column} FROM transactions t
                WHERE t.shard = $1 AND t.account_id = w.account_id AND t.recorded_at <= $2
                ORDER BY t.seq DESC LIMIT 1
            ) AS found
            FROM wanted w
            """,  # noqa: S608 - a column and numbers of parameters
            shard,
            until,
            *asked,
        )
        found |= {row["account_id"]: row["found"] for row in rows}
    return found


async def is_of_a_movement(db: Transacting, key: Key) -> bool:
    """Whether the tenant has used the key for a movement of points."""
    row = await db.fetch_one(
        f"""
        SELECT 1 AS found FROM transactions{BESIDE} WHERE key_digest = $1
        UNION ALL
        SELECT 1 FROM repeated_keys WHERE key_digest = $1
        """,  # noqa: S608 - a constant
        key.digest,
    )
    return row is not None
