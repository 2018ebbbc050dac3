"""Projections for reads of a whole currency, kept by following the journal.

`flow_sums` has the sums of rows and postings by quarters of an hour, and `account_quarters` which
accounts had rows in them; `holdings` the accounts' open lots. `cohort_sums` has the sums of
postings by the instant for which their lots were given, which `lot_births` keeps for each lot. All
are functions of the rows up to the follower's position: disposable, checked by `verify`, and read
together with the rows after it (ledger/journal/totals.py and cohorts.py), so that no answer depends
on when the worker last ran.

An account's open lots are taken from its state after the last of the rows at hand, and the
differences from the table are written: so a row that re-dates all sliding lots is no special case.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from stampbook.domain.flows import (
    BILLION,
    FOLLOWER,
    Cohort,
    Flow,
    Holding,
    births_of,
    cohorts_of,
    flows_of,
    holdings_of,
)
from stampbook.domain.model import OWED, Sums, Transaction
from stampbook.domain.state import read_state
from stampbook.ledger.following import feed
from stampbook.ledger.following.feed import BATCH, Write
from stampbook.ledger.journal.lots import state_of
from stampbook.pacing import LARGE_STATE, Slices
from stampbook.storage.positions import START, FeedRow, position_of
from stampbook.storage.store import Demand, Store, Transacting

ACCOUNTS_AT_ONCE: Final = 50
"""How many accounts' states are loaded at once."""

ROWS_AT_ONCE: Final = (100, 10, 1)
"""How many rows one statement writes: only a few sizes, since each is a statement of its own."""

_FLOWS: Final = (
    "flow_sums",
    ("currency_id", *Flow._fields, "times", "billions", "units"),
    """
    ON CONFLICT (currency_id, recorded_at, effective_at, kind, source, target) DO UPDATE SET
        times = flow_sums.times + excluded.times, billions = flow_sums.billions + excluded.billions,
        units = flow_sums.units + excluded.units
    """,
)
_LOTS: Final = (
    "holdings",
    ("shard", "account_id", "currency_id", *Holding._fields),
    """
    ON CONFLICT (shard, account_id, lot) DO UPDATE SET
        expires_at = excluded.expires_at, pending = excluded.pending,
        available = excluded.available, held = excluded.held, owed = excluded.owed,
        owed_held = excluded.owed_held
    """,
)
_COHORTS: Final = (
    "cohort_sums",
    ("currency_id", *Cohort._fields, "billions", "units"),
    """
    ON CONFLICT (currency_id, born_at, recorded_at, source, target) DO UPDATE SET
        billions = cohort_sums.billions + excluded.billions,
        units = cohort_sums.units + excluded.units
    """,
)
_ACTIVE: Final = (
    "account_quarters",
    ("currency_id", "by_effective", "quarter", "account_id"),
    "ON CONFLICT DO NOTHING",
)
_BORN: Final = (
    "lot_births",
    ("shard", "account_id", "lot", "born_at"),
    "ON CONFLICT DO NOTHING",
)

PROJECTED: Final = ("flow_sums", "holdings", "cohort_sums", "account_quarters", "lot_births")
"""The tables."""

Births = dict[tuple[int, int], int]
"""For which instants lots were given, by account and lot."""


class Touched(NamedTuple):
    """An account, and the last of its rows that counts; 0: none does."""

    account: int
    currency: int
    seq: int


class Holdings(NamedTuple):
    """An account's open lots in the table (`kept`), and as its last row left them (`present`)."""

    touched: Touched
    kept: Mapping[int, Holding]
    present: Mapping[int, Holding]


async def advance(store: Store, *, now: int, limit: int = BATCH) -> int:
    """Project the next rows of the journal; returns how many they were. See feed.follow."""
    return await feed.follow(store, FOLLOWER, partial(_decide, store), now=now, limit=limit)


async def keep_up(store: Store, *, now: int, rows: int) -> None:
    """Project about as many rows as were written just now: who writes very many of them leaves no
    more behind, which reports would have to add up."""
    for _ in range(rows // BATCH + 1):
        if await advance(store, now=now) < BATCH:
            return


async def empty(store: Store, *, now: int) -> None:
    """Empty the tables and begin with the first row again."""
    async with store.transaction() as writing:
        # In a follower's own order, which moves the position first: so no follower is at work here.
        await writing.execute(
            "UPDATE followers SET position = $2, updated_at = $3 WHERE name = $1",
            FOLLOWER,
            START,
            now,
        )
        for table in PROJECTED:
            await writing.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant


async def holdings(
    store: Store, reading: Transacting, accounts: Sequence[Touched]
) -> AsyncGenerator[Holdings, None]:
    """The accounts' lots in the table, as `reading` sees it, and by their rows."""
    for shard in range(store.shards):
        ours = [each for each in accounts if each.account % store.shards == shard]
        for start in range(0, len(ours), ACCOUNTS_AT_ONCE):
            chunk = ours[start : start + ACCOUNTS_AT_ONCE]
            kept = await _kept(reading, shard, [each.account for each in chunk])
            present = await _present(store, reading, shard, chunk)
            for each in chunk:
                yield Holdings(each, kept.get(each.account, {}), present.get(each.account, {}))


async def _present(
    store: Store, reading: Transacting, shard: int, chunk: Sequence[Touched]
) -> dict[int, dict[int, Holding]]:
    """What the rows of a shard left open, by account and lot."""
    moved = [each for each in chunk if each.seq]
    if not moved:
        return {}
    asked = [*moved, *(moved[0] for _ in range(ACCOUNTS_AT_ONCE - len(moved)))]
    places = ", ".join(
        f"(CAST(${at} AS bigint), CAST(${at + 1} AS integer))"
        for at in range(2, 2 * ACCOUNTS_AT_ONCE + 2, 2)
    )
    rows = await reading.fetch(
        f"""
        WITH wanted (account_id, seq) AS (VALUES {places})
        SELECT t.account_id, t.seq, t.state_seq, t.state, t.owed, t.owed_held
        FROM wanted w JOIN transactions t
            ON t.shard = $1 AND t.account_id = w.account_id AND t.seq = w.seq
        """,  # noqa: S608 - numbers of parameters
        shard,
        *(value for each in asked for value in (each.account, each.seq)),
    )
    present: dict[int, dict[int, Holding]] = {}
    # Most rows have the whole state of their account; for the others, earlier rows are read too.
    parted: dict[int, Sums] = {}
    seqs: dict[int, int] = {}
    for row in rows:
        sums = Sums(owed=row["owed"], owed_held=row["owed_held"])
        if row["state_seq"] == row["seq"] and len(row["state"]) <= LARGE_STATE:
            present[row["account_id"]] = holdings_of(read_state([row["state"]]), sums)
        else:
            parted[row["account_id"]], seqs[row["account_id"]] = sums, row["seq"]
    demands = [Demand(number, opening=True, upto=seq) for number, seq in seqs.items()]
    for answer in await store.load(shard, demands) if demands else ():
        present[answer.account] = holdings_of(await state_of(answer), parted[answer.account])
    return present


def named(accounts: Sequence[int], *, first: int) -> tuple[str, list[int]]:
    """Parameters for at most ACCOUNTS_AT_ONCE accounts, from the number `first` on, with their
    values: always as many, so that it is one statement for all."""
    values = [*accounts, *(accounts[0] for _ in range(ACCOUNTS_AT_ONCE - len(accounts)))]
    return ", ".join(f"${at + first}" for at in range(ACCOUNTS_AT_ONCE)), values


async def _kept(
    reading: Transacting, shard: int, accounts: Sequence[int]
) -> dict[int, dict[int, Holding]]:
    """The lots in the table of accounts of a shard, by account and lot."""
    places, asked = named(accounts, first=2)
    kept: dict[int, dict[int, Holding]] = defaultdict(dict)
    for row in await reading.fetch(
        f"SELECT account_id, {', '.join(Holding._fields)} FROM holdings"  # noqa: S608 - names of columns and numbers of parameters
        f" WHERE shard = $1 AND account_id IN ({places})",
        shard,
        *asked,
    ):
        account, *values = tuple(row[name] for name in ("account_id", *Holding._fields))
        kept[account][values[0]] = Holding(*values)
    return kept


async def _decide(store: Store, position: int, rows: Sequence[FeedRow]) -> Write | None:
    """The changes of the tables; None if another process has moved the follower meanwhile."""
    sums: dict[tuple[int, Flow], tuple[int, int]] = defaultdict(lambda: (0, 0))
    last: dict[int, Touched] = {}
    active: set[tuple[int, ...]] = set()
    for each in rows:
        last[each.row.account] = Touched(each.row.account, each.currency, each.row.seq)
        for flow, amount in flows_of(each.row):
            times, total = sums[each.currency, flow]
            sums[each.currency, flow] = times + 1, total + amount
            active.add((each.currency, 0, flow.recorded_at, each.row.account))
            active.add((each.currency, 1, flow.effective_at, each.row.account))
    flows = [
        (currency, *map(int, flow), times, *divmod(total, BILLION))
        for (currency, flow), (times, total) in sums.items()
    ]
    changed: list[tuple[int, ...]] = []
    gone: list[tuple[int, ...]] = []
    # Only this follower writes the table, and only while it is where these rows begin: so what is
    # read here is still there when the rest is written. Both are read in one view: another may
    # have moved the follower on, and `empty` back again.
    slices = Slices()
    async with store.snapshot() as reading:
        if await position_of(reading, FOLLOWER) != position:
            return None
        births = await births_in(store, reading, [each.row for each in rows], {})
        async for touched, kept, present in holdings(store, reading, list(last.values())):
            await slices.pause()
            shard = touched.account % store.shards
            gone += [(shard, touched.account, lot) for lot in kept.keys() - present.keys()]
            changed += [
                (shard, touched.account, touched.currency, *holding)
                for lot, holding in present.items()
                if kept.get(lot) != holding
            ]

    cohorts: dict[tuple[int, Cohort], int] = defaultdict(int)
    for each in rows:
        for cohort, amount in cohorts_of(each.row, of_account(births, each.row)):
            cohorts[each.currency, cohort] += amount
    grown = [
        (currency, *map(int, cohort), *divmod(total, BILLION))
        for (currency, cohort), total in cohorts.items()
    ]
    born = [
        (each.row.account % store.shards, each.row.account, lot, at)
        for each in rows
        for lot, at in births_of(each.row).items()
    ]

    async def write(writing: Transacting) -> None:
        await _insert(writing, *_FLOWS, flows)
        await _insert(writing, *_LOTS, changed)
        await _insert(writing, *_COHORTS, grown)
        await _insert(writing, *_ACTIVE, sorted(active))
        await _insert(writing, *_BORN, born)
        for chunk in _chunks(gone):
            places = " OR ".join(
                f"(shard = ${at} AND account_id = ${at + 1} AND lot = ${at + 2})"
                for at in range(1, 3 * len(chunk), 3)
            )
            values = [value for place in chunk for value in place]
            await writing.execute(f"DELETE FROM holdings WHERE {places}", *values)  # noqa: S608

    return write


async def births_in(
    store: Store, reading: Transacting, rows: Sequence[Transaction], known: Births
) -> Births:
    """When the lots in the postings of the rows were given: by the rows, by what is known of rows
    before them, or by the table."""
    births: Births = {}
    asked: dict[tuple[int, int], None] = {}
    for row in rows:
        births |= {(row.account, lot): at for lot, at in births_of(row).items()}
        for lot, _, source, target, _ in row.postings:
            if lot and source < OWED and target < OWED and (row.account, lot) not in births:
                if (row.account, lot) in known:
                    births[row.account, lot] = known[row.account, lot]
                    continue
                asked[row.account, lot] = None
    for chunk in _chunks([(account % store.shards, account, lot) for account, lot in asked]):
        places = " OR ".join(
            f"(shard = ${at} AND account_id = ${at + 1} AND lot = ${at + 2})"
            for at in range(1, 3 * len(chunk), 3)
        )
        values = [value for place in chunk for value in place]
        found = await reading.fetch(
            f"SELECT account_id, lot, born_at FROM lot_births WHERE {places}",  # noqa: S608 - numbers of parameters
            *values,
        )
        births |= {(row["account_id"], row["lot"]): row["born_at"] for row in found}
    return births


def of_account(births: Births, row: Transaction) -> dict[int, int]:
    """The births of the lots that the row moves, by lot."""
    return {
        posting.lot: births[row.account, posting.lot]
        for posting in row.postings
        if (row.account, posting.lot) in births
    }


async def _insert(
    writing: Transacting,
    table: str,
    columns: Sequence[str],
    conflict: str,
    rows: Sequence[tuple[int, ...]],
) -> None:
    for chunk in _chunks(rows):
        width = len(columns)
        places = ", ".join(
            f"({', '.join(f'${start + at}' for at in range(1, width + 1))})"
            for start in range(0, width * len(chunk), width)
        )
        await writing.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places} {conflict}",  # noqa: S608
            *[value for row in chunk for value in row],
        )


def _chunks(rows: Sequence[tuple[int, ...]]) -> Iterable[Sequence[tuple[int, ...]]]:
    at = 0
    for size in ROWS_AT_ONCE:
        while len(rows) - at >= size:
            yield rows[at : at + size]
            at += size
