"""Compares the projections with the journal's rows up to the position of their follower.

`open_lots` is compared account by account with the states in the journal's rows, which the
verification of accounts has already compared with a replay. `flows` is compared as a whole with
what the verification of accounts has added up (verifying/flow_sums.py).
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from typing import Final

from msgspec import DecodeError

from stampbook.domain.audit import JournalFault
from stampbook.domain.flows import BILLION, FOLLOWER, Flow, Holding, holdings_of
from stampbook.domain.model import WIRE_KINDS, Kind
from stampbook.domain.state import read_state
from stampbook.storage.positions import position_of
from stampbook.storage.store import Demand, Row, Store, Transacting
from stampbook.verifying.flow_sums import Place, Tally

GROUP: Final = 200
"""How many accounts are compared in one snapshot, and how many flows are read at once."""


async def verify_open_lots(store: Store) -> AsyncGenerator[JournalFault, None]:
    """Every account whose open lots differ. `seq` is 0."""
    try:
        for shard in range(store.shards):
            async for account in _different_accounts(store, shard):
                yield JournalFault(account, 0, "its open_lots do not agree with its journal")
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        yield JournalFault(
            0, 0, f"the projections cannot be compared, because a row cannot be read: {error!r}"
        )


def verify_flows(kept: Tally, expected: Tally) -> Iterator[JournalFault]:
    """Every currency and kind whose flows differ. `account` and `seq` are 0."""
    for currency, kind in sorted(kept.sums.keys() | expected.sums.keys()):
        if kept.sums.get((currency, kind), 0) != expected.sums.get((currency, kind), 0):
            name = WIRE_KINDS[Kind(kind)] if kind in set(Kind) else kind
            yield JournalFault(
                0, 0, f"the flows of currency {currency}, {name}, do not agree with the journal"
            )


# -- what is open ------------------------------------------------------------------------


async def _different_accounts(store: Store, shard: int) -> AsyncIterator[int]:
    after = 0
    while True:
        async with store.snapshot() as reading:
            position = await position_of(reading, FOLLOWER)
            rows = await reading.fetch(
                """
                SELECT a.account_id, a.currency_id, (
                    SELECT t.seq FROM transactions t
                    WHERE t.shard = a.shard AND t.account_id = a.account_id AND t.position <= $4
                    ORDER BY t.seq DESC LIMIT 1
                ) AS seq
                FROM accounts a WHERE a.shard = $1 AND a.account_id > $2
                ORDER BY a.account_id LIMIT $3
                """,
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
                "SELECT * FROM open_lots WHERE shard = $1 AND account_id > $2 AND account_id <= $3",
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
        holdings = holdings_of(read_state(found.states), found.facts.sums.owed)
        if holdings:
            expected[found.account] = {
                (row["currency_id"], *holding) for holding in holdings.values()
            }
    return expected


# -- what moved --------------------------------------------------------------------------


async def kept_flows(store: Store) -> Tally:
    """The sums of the table `flows`, and the position up to which it follows the journal. Rows up
    to there never change, so they can be added up later (verifying/accounts.py)."""
    columns = ("currency_id", *Flow._fields)
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    after: Place = (0,) * len(columns)  # currencies are numbered from 1
    async with store.snapshot() as reading:
        tally = Tally(await position_of(reading, FOLLOWER))
        while rows := await _flow_page(reading, columns, places, after):
            for row in rows:
                after = tuple(row[name] for name in columns)
                amount = row["billions"] * BILLION + row["units"]
                tally.count(after, row["times"], amount)
    return tally


async def _flow_page(
    reading: Transacting, columns: Sequence[str], places: str, after: Place
) -> list[Row]:
    names = ", ".join(columns)
    return await reading.fetch(
        f"SELECT * FROM flows WHERE ({names}) > ({places}) ORDER BY {names} LIMIT {GROUP}",  # noqa: S608 - names of columns
        *after,
    )
