"""Compares the projections with the journal's rows up to the position of their follower.

`holdings` is compared account by account with the states in the journal's rows, which the
verification of accounts has already compared with a replay. The other tables are compared as a
whole with what the verification of accounts has added up (verifying/flow_sums.py).
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Final

from msgspec import DecodeError

from stampbook.domain.audit import JournalFault
from stampbook.domain.flows import BILLION, FOLLOWER, Cohort, Flow, Holding, holdings_of
from stampbook.domain.model import WIRE_KINDS, Kind
from stampbook.domain.state import read_state
from stampbook.storage.positions import position_of
from stampbook.storage.store import APART, Demand, Row, Store, Transacting
from stampbook.verifying.flow_sums import ACTIVE, BORN, COHORTS, Place, Tally

GROUP: Final = 200
"""How many accounts are compared in one snapshot, and how many flows are read at once."""


async def verify_open_lots(store: Store) -> AsyncGenerator[JournalFault, None]:
    """Every account whose open lots differ. `seq` is 0."""
    try:
        for shard in range(store.shards):
            async for account in _different_accounts(store, shard):
                yield JournalFault(account, 0, "its holdings do not agree with its journal")
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        yield JournalFault(
            0, 0, f"the projections cannot be compared, because a row cannot be read: {error!r}"
        )


PARTS: Final = {COHORTS: "cohort_sums", ACTIVE: "account_quarters"}


def verify_flows(kept: Tally, expected: Tally) -> Iterator[JournalFault]:
    """Every currency, and kind or table, whose sums differ. `account` and `seq` are 0."""
    for currency, part in sorted(kept.sums.keys() | expected.sums.keys()):
        if kept.sums.get((currency, part), 0) != expected.sums.get((currency, part), 0):
            if part == BORN:
                what = "the lot_births"
            elif part in PARTS:
                what = f"the {PARTS[part]} of currency {currency}"
            else:
                name = WIRE_KINDS[Kind(part)] if part in set(Kind) else part
                what = f"the flow_sums of currency {currency}, {name},"
            yield JournalFault(0, 0, f"{what} do not agree with the journal")


# -- what is open ------------------------------------------------------------------------


async def _different_accounts(store: Store, shard: int) -> AsyncIterator[int]:
    after = 0
    while True:
        async with store.snapshot() as reading:
            position = await position_of(reading, FOLLOWER)
            rows = await reading.fetch(
                f"""
                WITH a AS {APART} (
                    SELECT account_id, currency_id FROM accounts
                    WHERE shard = $1 AND account_id > $2 ORDER BY account_id LIMIT $3
                )
                SELECT a.account_id, a.currency_id, (
                    SELECT t.seq FROM transactions t
                    WHERE t.shard = $1 AND t.account_id = a.account_id AND t.position <= $4
                    ORDER BY t.seq DESC LIMIT 1
                ) AS seq
                FROM a ORDER BY a.account_id
                """,  # noqa: S608 - a constant
                shard,
                after,
                GROUP,
                position,
            )
            if not rows:
                return
            last = rows[-1]["account_id"]
            kept: dict[int, set[Place]] = defaultdict(set)
            for row in await reading.fetch(
                "SELECT * FROM holdings WHERE shard = $1 AND account_id > $2 AND account_id <= $3",
                shard,
                after,
                last,
            ):
                place = row["currency_id"], *(row[name] for name in Holding._fields)
                kept[row["account_id"]].add(place)
        expected = await _open(store, shard, rows)
        for account in sorted(kept.keys() | expected.keys()):
            if kept.get(account) != expected.get(account):
                yield account
        after = last


async def _open(store: Store, shard: int, rows: Sequence[Row]) -> dict[int, set[Place]]:
    """What is open in the accounts after the given rows of their journals."""
    moved = [row for row in rows if row["seq"] is not None]
    demands = [Demand(row["account_id"], opening=True, upto=row["seq"]) for row in moved]
    expected: dict[int, set[Place]] = {}
    for row, found in zip(moved, await store.load(shard, demands), strict=True):
        assert found.facts is not None, "accounts stay"
        holdings = holdings_of(read_state(found.states), found.facts.sums)
        if holdings:
            expected[found.account] = {
                (row["currency_id"], *holding) for holding in holdings.values()
            }
    return expected


# -- what moved --------------------------------------------------------------------------


async def kept_flows(store: Store) -> Tally:
    """The sums of the tables, and the position up to which they follow the journal. Rows up to
    there never change, so they can be added up later (verifying/accounts.py)."""
    async with store.snapshot() as reading:
        tally = Tally(await position_of(reading, FOLLOWER))
        async for row in _pages(reading, "flow_sums", ("currency_id", *Flow._fields)):
            place = tuple(row[name] for name in Flow._fields)
            amount = row["billions"] * BILLION + row["units"]
            tally.count(row["currency_id"], row["kind"], place, row["times"], amount)
        async for row in _pages(reading, "cohort_sums", ("currency_id", *Cohort._fields)):
            place = tuple(row[name] for name in Cohort._fields)
            amount = row["billions"] * BILLION + row["units"]
            tally.count(row["currency_id"], COHORTS, place, 0, amount)
        key = "currency_id", "by_effective", "quarter", "account_id"
        async for row in _pages(reading, "account_quarters", key):
            place = row["by_effective"], row["quarter"], row["account_id"]
            tally.count(row["currency_id"], ACTIVE, place, 1, 0)
        async for row in _pages(reading, "lot_births", ("shard", "account_id", "lot")):
            place = row["account_id"], row["lot"], row["born_at"]
            tally.count(0, BORN, place, 1, 0)
    return tally


async def _pages(reading: Transacting, table: str, key: Sequence[str]) -> AsyncIterator[Row]:
    """The rows of the table, in the order of its key, whose columns are not negative."""
    names = ", ".join(key)
    places = ", ".join(f"${at}" for at in range(1, len(key) + 1))
    after: Place = (-1,) * len(key)
    while rows := await reading.fetch(
        f"SELECT * FROM {table} WHERE ({names}) > ({places}) ORDER BY {names} LIMIT {GROUP}",  # noqa: S608 - names of columns
        *after,
    ):
        for row in rows:
            yield row
        after = tuple(rows[-1][name] for name in key)
