"""The rows behind a sum over a currency: which transactions moved what in a span of time.

`flow_sums` says in which quarters of an hour something was moved, and `account_quarters` by whom;
only the journals of these accounts are read. Rows that the projections lack are added, as in
totals.py.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from stampbook.domain.flows import FOLLOWER, QUARTER, flows_of, quarter
from stampbook.domain.model import Transaction
from stampbook.ledger.following.projections import ACCOUNTS_AT_ONCE, named
from stampbook.ledger.journal.totals import What
from stampbook.pacing import Slices
from stampbook.storage.positions import position_of
from stampbook.storage.rows import transaction_of
from stampbook.storage.store import Store, Transacting
from stampbook.storage.tables import with_columns

WHATS_AT_ONCE: Final = 50
"""How many kinds of postings one statement names."""


class Spot(NamedTuple):
    """A row in the order of the list: by quarter of an hour, then account by account."""

    quarter: int
    account: int
    seq: int


FIRST: Final = Spot(-(2**63), 0, 0)


class Moved(NamedTuple):
    spot: Spot
    row: Transaction


async def moved(
    store: Store,
    currency: int,
    since: int,
    until: int,
    whats: Collection[What],
    *,
    by_effective: bool,
    after: Spot = FIRST,
    limit: int,
) -> list[Moved]:
    """The first `limit` rows after a spot that moved one of `whats` in [since, until), which are
    multiples of QUARTER, as `totals.activity` counts them: by `recorded_at` or `effective_at`.

    Due events must be settled before.
    """
    slices = Slices()
    found: list[Moved] = []
    async with store.snapshot() as reading:
        position = await position_of(reading, FOLLOWER)
        newer = await _newer(reading, currency, position, since, until, by_effective=by_effective)
        since = max(since, after.quarter)
        kept = await _quarters(reading, currency, since, until, whats, by_effective=by_effective)
        for begin in sorted({*kept, *(each for each in newer if each >= since)}):
            accounts = newer.get(begin, set()) | await _active(
                reading, currency, begin, by_effective=by_effective
            )
            listed = sorted(each for each in accounts if (begin, each) >= after[:2])
            for at in range(0, len(listed), ACCOUNTS_AT_ONCE):
                chunk = listed[at : at + ACCOUNTS_AT_ONCE]
                rows = await _rows(store, reading, chunk, begin, by_effective=by_effective)
                for row in rows:
                    await slices.pause()
                    spot = Spot(begin, row.account, row.seq)
                    if spot > after and _moves(row, whats):
                        found.append(Moved(spot, row))
                if len(found) >= limit:
                    return found[:limit]
    return found


def _moves(row: Transaction, whats: Collection[What]) -> bool:
    return any(What(flow.kind, flow.source, flow.target) in whats for flow, _ in flows_of(row))


def _dated(*, by_effective: bool) -> str:
    return "effective_at" if by_effective else "recorded_at"


async def _newer(
    reading: Transacting,
    currency: int,
    position: int,
    since: int,
    until: int,
    *,
    by_effective: bool,
) -> dict[int, set[int]]:
    """The accounts with rows in the span that are not projected yet, by quarters."""
    dated = _dated(by_effective=by_effective)
    newer: dict[int, set[int]] = {}
    for row in await reading.fetch(
        f"""
        SELECT DISTINCT t.account_id, t.{dated} AS at
        FROM transactions t JOIN accounts a ON a.shard = t.shard AND a.account_id = t.account_id
        WHERE t.position > $1 AND a.currency_id = $2 AND t.{dated} >= $3 AND t.{dated} < $4
        """,  # noqa: S608 - one of two columns
        position,
        currency,
        since,
        until,
    ):
        newer.setdefault(quarter(row["at"]), set()).add(row["account_id"])
    return newer


async def _quarters(
    reading: Transacting,
    currency: int,
    since: int,
    until: int,
    whats: Iterable[What],
    *,
    by_effective: bool,
) -> set[int]:
    """The quarters of the span in which something of it was moved."""
    dated = _dated(by_effective=by_effective)
    listed = sorted(whats)
    found: set[int] = set()
    for at in range(0, len(listed), WHATS_AT_ONCE):
        places = " OR ".join(
            f"(kind = {what.kind:d} AND source = {what.source:d} AND target = {what.target:d})"
            for what in listed[at : at + WHATS_AT_ONCE]
        )
        rows = await reading.fetch(
            f"SELECT DISTINCT {dated} AS at FROM flow_sums"  # noqa: S608 - numbers, one of two columns
            f" WHERE currency_id = $1 AND {dated} >= $2 AND {dated} < $3 AND ({places})",
            currency,
            since,
            until,
        )
        found.update(row["at"] for row in rows)
    return found


async def _active(
    reading: Transacting, currency: int, begin: int, *, by_effective: bool
) -> set[int]:
    """The accounts with projected rows of the quarter."""
    rows = await reading.fetch(
        "SELECT account_id FROM account_quarters"
        " WHERE currency_id = $1 AND by_effective = $2 AND quarter = $3",
        currency,
        int(by_effective),
        begin,
    )
    return {row["account_id"] for row in rows}


async def _rows(
    store: Store,
    reading: Transacting,
    accounts: Sequence[int],
    begin: int,
    *,
    by_effective: bool,
) -> list[Transaction]:
    """The accounts' rows of the quarter, in the order of accounts and rows."""
    dated = _dated(by_effective=by_effective)
    found: list[Transaction] = []
    for shard in range(store.shards):
        ours = [account for account in accounts if account % store.shards == shard]
        if not ours:
            continue
        places, values = named(ours, first=4)
        rows = await reading.fetch(
            with_columns(
                f"""
                SELECT {{rows.t}} FROM transactions t
                WHERE t.shard = $1 AND t.account_id IN ({places})
                  AND t.{dated} >= $2 AND t.{dated} < $3
                """  # noqa: S608 - numbers of parameters, one of two columns
            ),
            shard,
            begin,
            begin + QUARTER,
            *values,
        )
        found += [transaction_of(row) for row in rows]
    return sorted(found, key=lambda row: (row.account, row.seq))
