"""Sums over all accounts of a currency: what moved, and what expires when.

They come from the projections (ledger/following/projections.py), to which every answer adds the
journal's newer rows: so it is exact as of the rows that are committed when it is asked for. It also
says up to which position the projections were, and how many rows were added.

Events that are due are not in an account's journal before it is settled: callers who need them
settle the currency's accounts first (`figures.due_in`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from stampbook.domain.flows import BILLION, FOLLOWER, QUARTER, Flow, Holding, flows_of
from stampbook.domain.model import Kind, State
from stampbook.ledger.following.feed import BATCH
from stampbook.ledger.following.projections import ACCOUNTS_AT_ONCE, Touched, holdings, named
from stampbook.pacing import Slices
from stampbook.storage.positions import LAST, FeedRow, position_of, rows_between
from stampbook.storage.store import Store, Transacting


class RestsOn(NamedTuple):
    """The projections had the rows up to `position`; `newer` rows after it were added."""

    position: int
    newer: int


class What(NamedTuple):
    """What is added up: postings of rows of a kind, from one state to another (Flow).

    From OUTSIDE to OUTSIDE: the rows themselves, with their amounts.
    """

    kind: Kind
    source: State
    target: State


class Sum(NamedTuple):
    """How often something happened, and the sum of the amounts (smallest units, without limit)."""

    times: int
    amount: int


class Bucket(NamedTuple):
    """What happened in a span of time, and in how many accounts."""

    sums: dict[What, Sum]
    accounts: int


class Activity(NamedTuple):
    """What happened, by spans of time, and in each span before the first (`before`)."""

    rests_on: RestsOn
    before: dict[What, Sum]
    buckets: list[Bucket]


class Open(NamedTuple):
    """Open points of accounts: amounts by state, deficits, and how many lots and accounts."""

    pending: int = 0
    available: int = 0
    held: int = 0
    owed: int = 0
    lots: int = 0
    accounts: int = 0


class Expiring(NamedTuple):
    """Points that will expire unless they are spent before, by buckets of time."""

    rests_on: RestsOn
    buckets: list[Open]


async def activity(
    store: Store, currency: int, bounds: Sequence[int], *, by_effective: bool = False
) -> Activity:
    """What happened in the half-open spans between rising bounds, each a multiple of QUARTER.

    It counts by `recorded_at`, or by `effective_at`. Raises ValueError for other bounds.
    """
    if any(at % QUARTER for at in bounds):
        raise ValueError("a bound is not at a full quarter of an hour")
    slices = Slices()
    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        sums = [await _flows(reading, currency, None, bounds[0], by_effective=by_effective)]
        for start, end in pairwise(bounds):
            sums.append(await _flows(reading, currency, start, end, by_effective=by_effective))
        newer = 0
        moved: list[set[int]] = [set() for _ in sums]
        async for each in newer_rows(reading, position):
            newer += 1
            await slices.pause()
            if each.currency == currency:
                for flow, amount in flows_of(each.row):
                    at = bisect_right(
                        bounds, flow.effective_at if by_effective else flow.recorded_at
                    )
                    if at < len(sums):
                        _add(sums[at], flow, amount)
                        moved[at].add(each.row.account)
        buckets = [
            Bucket(
                sums[at],
                await _accounts(
                    reading, currency, bounds[at - 1], bounds[at], moved[at], by_effective
                ),
            )
            for at in range(1, len(sums))
        ]
    return Activity(RestsOn(position, newer), sums[0], buckets)


async def expiring(store: Store, currency: int, bounds: Sequence[int]) -> Expiring:
    """Open lots whose last living instant, the microsecond before their expiry, lies in the
    half-open spans between rising bounds.

    A span up to FOREVER also has lots that never expire, and deficits.
    """
    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        buckets = [await _kept(reading, currency, after, upto) for after, upto in pairwise(bounds)]
        newer = await count_newer(reading, position)
        touched = await touched_after(reading, currency, position)
        async for _, kept, present in holdings(store, reading, touched):
            for sign, there in ((-1, kept), (1, present)):
                for at, part in _divided(there, bounds, len(buckets)).items():
                    buckets[at] = _plus(buckets[at], part, sign)
    return Expiring(RestsOn(position, newer), buckets)


# -- of the journal's newer rows -------------------------------------------------------------


async def newer_rows(reading: Transacting, position: int) -> AsyncIterator[FeedRow]:
    """The rows after a position that are committed in this view, a page at a time."""
    while page := await rows_between(reading, after=position, upto=LAST, limit=BATCH):
        for row in page:
            yield row
        position = page[-1].position


async def count_newer(reading: Transacting, position: int) -> int:
    """How many rows come after the position."""
    counted = await reading.fetch_one(
        "SELECT count(*) AS newer FROM transactions WHERE position > $1", position
    )
    assert counted is not None
    return int(counted["newer"])


async def touched_after(reading: Transacting, currency: int, position: int) -> list[Touched]:
    """The last row of each of the currency's accounts that has rows after the position."""
    rows = await reading.fetch(
        """
        SELECT t.account_id, max(t.seq) AS seq
        FROM transactions t JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        WHERE t.position > $1 AND a.currency_id = $2 GROUP BY t.account_id
        """,
        position,
        currency,
    )
    return [Touched(row["account_id"], currency, row["seq"]) for row in rows]


# -- what moved ------------------------------------------------------------------------------


async def _flows(
    reading: Transacting, currency: int, start: int | None, end: int, *, by_effective: bool
) -> dict[What, Sum]:
    """The table's sums of a span; without a start, of all that was before its end."""
    dated = "effective_at" if by_effective else "recorded_at"
    since = "" if start is None else f"AND {dated} >= $3"
    rows = await reading.fetch(
        f"""
        SELECT kind, source, target, SUM(times) AS times, SUM(billions) AS billions,
               SUM(units) AS units
        FROM flow_sums WHERE currency_id = $1 AND {dated} < $2 {since}
        GROUP BY kind, source, target
        """,  # noqa: S608 - one of two columns
        currency,
        end,
        *(() if start is None else (start,)),
    )
    return {
        What(Kind(row["kind"]), State(row["source"]), State(row["target"])): Sum(
            int(row["times"]), int(row["billions"]) * BILLION + int(row["units"])
        )
        for row in rows
    }


def _add(sums: dict[What, Sum], flow: Flow, amount: int) -> None:
    what = What(flow.kind, flow.source, flow.target)
    times, total = sums.get(what, Sum(0, 0))
    sums[what] = Sum(times + 1, total + amount)


async def _accounts(
    reading: Transacting,
    currency: int,
    start: int,
    end: int,
    moved: Collection[int],
    by_effective: bool,
) -> int:
    """How many accounts had rows in the span: those of the table, and those in `moved`."""
    span = (
        "FROM account_quarters WHERE currency_id = $1 AND by_effective = $2"
        " AND quarter >= $3 AND quarter < $4"
    )
    values = currency, int(by_effective), start, end
    row = await reading.fetch_one(f"SELECT COUNT(DISTINCT account_id) AS n {span}", *values)
    assert row is not None
    known: set[int] = set()
    listed = sorted(moved)
    for at in range(0, len(listed), ACCOUNTS_AT_ONCE):
        places, asked = named(listed[at : at + ACCOUNTS_AT_ONCE], first=5)
        found = await reading.fetch(
            f"SELECT DISTINCT account_id {span} AND account_id IN ({places})", *values, *asked
        )
        known.update(each["account_id"] for each in found)
    return int(row["n"]) + len(set(listed) - known)


# -- what is open ----------------------------------------------------------------------------


async def _kept(reading: Transacting, currency: int, after: int, upto: int) -> Open:
    """The table's lots that expire in (after, upto]."""
    sums = ", ".join(
        f"SUM({name} / {BILLION}) AS {name}_billions, SUM({name} % {BILLION}) AS {name}_units"
        for name in Open._fields[:4]
    )
    row = await reading.fetch_one(
        f"""
        SELECT {sums}, COUNT(DISTINCT account_id) AS accounts,
               SUM(CASE WHEN lot > 0 THEN 1 ELSE 0 END) AS lots
        FROM holdings WHERE currency_id = $1 AND expires_at > $2 AND expires_at <= $3
        """,  # noqa: S608 - names of columns and a number
        currency,
        after,
        upto,
    )
    assert row is not None
    pending, available, held, owed = (
        int(row[f"{name}_billions"] or 0) * BILLION + int(row[f"{name}_units"] or 0)
        for name in Open._fields[:4]
    )
    return Open(pending, available, held, owed, int(row["lots"] or 0), row["accounts"])


def _divided(there: Mapping[int, Holding], bounds: Sequence[int], buckets: int) -> dict[int, Open]:
    """The open points of one account, by buckets."""
    parts: dict[int, list[Holding]] = defaultdict(list)
    for holding in there.values():
        at = bisect_left(bounds, holding.expires_at) - 1
        if 0 <= at < buckets:
            parts[at].append(holding)
    return {
        at: Open(
            sum(each.pending for each in part),
            sum(each.available for each in part),
            sum(each.held for each in part),
            sum(each.owed for each in part),
            sum(each.lot > 0 for each in part),
            1,
        )
        for at, part in parts.items()
    }


def _plus(one: Open, other: Open, sign: int) -> Open:
    return Open(*(a + sign * b for a, b in zip(one, other, strict=True)))
