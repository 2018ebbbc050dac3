"""Compares the projections with the journal's rows up to the position of their follower.

`open_lots` is compared account by account with the states in the journal's rows, which the
verification of accounts has already compared with a replay. `flows` is compared as a whole, in
bounded memory: both sides are reduced to one number for each currency and kind, in which every sum
is multiplied by a digest of its key.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import DecodeError

from stampbook.domain.audit import JournalFault
from stampbook.domain.flows import BILLION, FOLLOWER, Flow, Holding, flows_of, holdings_of
from stampbook.domain.model import WIRE_KINDS, Kind
from stampbook.domain.state import read_state
from stampbook.storage.positions import START, position_of, rows_between
from stampbook.storage.store import Demand, Row, Store, Transacting

GROUP: Final = 200
"""How many accounts are compared in one snapshot, and how many rows are read at once."""

_MODULUS: Final = 2**128

_Place = tuple[int, ...]
_Sums = dict[tuple[int, int], int]


async def verify_projections(store: Store) -> AsyncGenerator[JournalFault, None]:
    """Every account whose open lots differ, and every currency and kind whose flows differ.

    `seq` is 0; `account` is 0 for faults that concern no single account.
    """
    try:
        for shard in range(store.shards):
            async for account in _different_accounts(store, shard):
                yield JournalFault(account, 0, "its open_lots do not agree with its journal")
        position, kept = await _kept_flows(store)
        expected = await _expected_flows(store, position)
    except (ValueError, TypeError, LookupError, DecodeError) as error:
        yield JournalFault(
            0, 0, f"the projections cannot be compared, because a row cannot be read: {error!r}"
        )
        return
    for currency, kind in sorted(kept.keys() | expected.keys()):
        if kept.get((currency, kind), 0) != expected.get((currency, kind), 0):
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
            kept: dict[int, set[_Place]] = defaultdict(set)
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


async def _open(store: Store, shard: int, rows: Sequence[Row]) -> dict[int, set[_Place]]:
    """What is open in the accounts after the given rows of their journals."""
    moved = [row for row in rows if row["seq"] is not None]
    demands = [Demand(row["account_id"], opening=True, upto=row["seq"]) for row in moved]
    expected: dict[int, set[_Place]] = {}
    for row, found in zip(moved, await store.load(shard, demands), strict=True):
        assert found.facts is not None, "accounts stay"
        holdings = holdings_of(read_state(found.states), found.facts.sums.owed)
        if holdings:
            expected[found.account] = {
                (row["currency_id"], *holding) for holding in holdings.values()
            }
    return expected


# -- what moved --------------------------------------------------------------------------


async def _kept_flows(store: Store) -> tuple[int, _Sums]:
    """The position of the projections, and the sums of the table."""
    sums: _Sums = defaultdict(int)
    columns = ("currency_id", *Flow._fields)
    places = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    after: _Place = (0,) * len(columns)  # currencies are numbered from 1
    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        while rows := await _flow_page(reading, columns, places, after):
            for row in rows:
                after = tuple(row[name] for name in columns)
                amount = row["billions"] * BILLION + row["units"]
                _add(sums, after, row["times"], amount)
    return position, sums


async def _flow_page(
    reading: Transacting, columns: Sequence[str], places: str, after: _Place
) -> list[Row]:
    names = ", ".join(columns)
    return await reading.fetch(
        f"SELECT * FROM flows WHERE ({names}) > ({places}) ORDER BY {names} LIMIT {GROUP}",  # noqa: S608 - names of columns
        *after,
    )


async def _expected_flows(store: Store, position: int) -> _Sums:
    """The sums of the journal's rows up to the position. These rows never change."""
    sums: _Sums = defaultdict(int)
    after = START
    while page := await rows_between(store, after=after, upto=position, limit=GROUP):
        after = page[-1].position
        for each in page:
            for flow, amount in flows_of(each.row):
                _add(sums, (each.currency, *map(int, flow)), 1, amount)
    return sums


def _add(sums: _Sums, place: _Place, times: int, amount: int) -> None:
    one, other = _digests(place)
    kind = place[0], place[3]
    sums[kind] = (sums[kind] + times * one + amount * other) % _MODULUS


@lru_cache(maxsize=10_000)
def _digests(place: _Place) -> tuple[int, int]:
    digest = blake2b(repr(place).encode(), digest_size=32).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:])
