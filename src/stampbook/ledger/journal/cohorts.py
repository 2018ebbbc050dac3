"""What became of lots, by the instant for which they were given.

The sums come from the projections, as in totals.py, at any past instant: what was recorded after it
is left out. Only the quarter of an hour in which the instant lies is read from the journal.
"""

from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from stampbook.domain.flows import BILLION, FOLLOWER, QUARTER, cohorts_of, quarter
from stampbook.domain.model import FOREVER, State, Transaction
from stampbook.ledger.following.feed import BATCH
from stampbook.ledger.following.projections import (
    ACCOUNTS_AT_ONCE,
    Births,
    births_in,
    named,
    of_account,
)
from stampbook.ledger.journal.totals import RestsOn, newer_rows
from stampbook.pacing import Slices
from stampbook.storage.positions import position_of
from stampbook.storage.rows import transaction_of
from stampbook.storage.store import Store, Transacting
from stampbook.storage.tables import with_columns


class Became(NamedTuple):
    """What became of lots (smallest units, without limit): `issued` is the sum of the others."""

    issued: int
    revoked: int
    spent: int
    expired: int
    open: int


class Cohorts(NamedTuple):
    """What became of the lots of each span of time."""

    rests_on: RestsOn
    buckets: list[Became]


async def cohorts(
    store: Store, currency: int, bounds: Sequence[int], *, as_of: int | None = None
) -> Cohorts:
    """The lots that were given for instants in the half-open spans between rising bounds, each a
    multiple of QUARTER; what became of them up to `as_of`, or to the last row.

    Raises ValueError for other bounds. Due events must be settled before.
    """
    if any(at % QUARTER for at in bounds):
        raise ValueError("a bound is not at a full quarter of an hour")
    until = FOREVER if as_of is None else as_of + 1
    split = [[0] * 7 for _ in bounds[1:]]
    slices = Slices()
    births: Births = {}

    async def add(reading: Transacting, rows: Sequence[Transaction]) -> None:
        await slices.pause()
        births.update(await births_in(store, reading, rows, births))
        for row in rows:
            for cohort, amount in cohorts_of(row, of_account(births, row)):
                at = bisect_right(bounds, cohort.born_at) - 1
                if 0 <= at < len(split):
                    split[at][cohort.source] -= amount
                    split[at][cohort.target] += amount

    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        for at, (start, end) in enumerate(pairwise(bounds)):
            await _add_kept(reading, currency, start, end, quarter(until), split[at])
        if until < FOREVER:
            async for rows in _rows_of_quarter(store, reading, currency, until, position):
                await add(reading, rows)
        newer = 0
        page: list[Transaction] = []
        async for each in newer_rows(reading, position):
            newer += 1
            if each.currency == currency and each.row.recorded_at < until:
                page.append(each.row)
            if len(page) == BATCH:
                await add(reading, page)
                page = []
        await add(reading, page)
    return Cohorts(RestsOn(position, newer), [_became(each) for each in split])


def _became(split: Sequence[int]) -> Became:
    outside, pending, available, held, spent, expired, revoked = split
    return Became(-outside, revoked, spent, expired, pending + available + held)


async def _add_kept(
    reading: Transacting, currency: int, start: int, end: int, until: int, split: list[int]
) -> None:
    """Add the table's sums of a span, of what was recorded before an instant."""
    for row in await reading.fetch(
        """
        SELECT source, target, SUM(billions) AS billions, SUM(units) AS units FROM cohort_sums
        WHERE currency_id = $1 AND born_at >= $2 AND born_at < $3 AND recorded_at < $4
        GROUP BY source, target
        """,
        currency,
        start,
        end,
        until,
    ):
        amount = int(row["billions"]) * BILLION + int(row["units"])
        split[State(row["source"])] -= amount
        split[State(row["target"])] += amount


async def _rows_of_quarter(
    store: Store, reading: Transacting, currency: int, until: int, position: int
) -> AsyncIterator[list[Transaction]]:
    """The projected rows that were recorded before the instant in its quarter of an hour."""
    found = await reading.fetch(
        "SELECT account_id FROM account_quarters"
        " WHERE currency_id = $1 AND by_effective = 0 AND quarter = $2 ORDER BY account_id",
        currency,
        quarter(until),
    )
    accounts = [row["account_id"] for row in found]
    for shard in range(store.shards):
        ours = [account for account in accounts if account % store.shards == shard]
        for at in range(0, len(ours), ACCOUNTS_AT_ONCE):
            places, values = named(ours[at : at + ACCOUNTS_AT_ONCE], first=5)
            rows = await reading.fetch(
                with_columns(
                    f"""
                    SELECT {{rows.t}} FROM transactions t
                    WHERE t.shard = $1 AND t.account_id IN ({places})
                      AND t.recorded_at >= $2 AND t.recorded_at < $3 AND t.position <= $4
                    """  # noqa: S608 - numbers of parameters
                ),
                shard,
                quarter(until),
                until,
                position,
                *values,
            )
            yield [transaction_of(row) for row in rows]
