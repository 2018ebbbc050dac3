"""The lots of one account."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from stampbook.domain.model import Lot, State, transaction_number
from stampbook.ledger.outcomes import SLIDES
from stampbook.pacing import Slices
from stampbook.storage.rows import lot_of
from stampbook.storage.store import Demand, Store


class DatedLot(NamedTuple):
    """A lot, and when it expires: a sliding lot at its account's common instant."""

    lot: Lot
    expires_at: int


class LiveLots(NamedTuple):
    """Lots with points that are available or held, by number, as the account's last row left them
    at `clock`."""

    clock: int
    lots: list[DatedLot]


async def newest_lots(
    store: Store, account: int, *, before: int, state: State | None = None, limit: int
) -> list[DatedLot]:
    """The newest lots below number `before`; with `state` those that have points in it."""
    filled = "" if state is None else f"AND l.{State(state).name.lower()} > 0"
    rows = await store.fetch(
        f"{_SELECT} AND l.lot < $3 {filled} ORDER BY l.lot DESC LIMIT $4",
        account % store.shards,
        account,
        before,
        limit,
    )
    return [_dated(row) for row in rows]


async def live_lots(store: Store, account: int) -> LiveLots:
    """The account's live lots. Settle it first: what has expired is live until then.

    Part of an expired lot may be held.
    """
    rows = await store.fetch(
        f"{_SELECT} AND l.available + l.held > 0 ORDER BY l.lot", account % store.shards, account
    )
    slices, live = Slices(), []
    for row in rows:
        await slices.pause()
        live.append(_dated(row))
    return LiveLots(rows[0]["clock"] if rows else 0, live)


async def expiries(store: Store, lots: Mapping[int, Collection[int]]) -> dict[int, int]:
    """When the lots (numbers, by account) expire, as `Done.expiries` has it."""
    found: dict[int, int] = {}
    for account, wanted in lots.items():
        if wanted:
            demand = Demand(account, lots=frozenset(wanted))
            (answer,) = await store.load(account % store.shards, [demand])
            for lot in answer.lots:
                number = transaction_number(account=account, seq=lot.seq)
                found[number] = SLIDES if lot.sliding else lot.expires_at
    return found


def _dated(row: Any) -> DatedLot:
    _, expires_at, *values = tuple(row)
    return DatedLot(lot_of(values), expires_at)


_SELECT = """
    SELECT a.clock,
           CASE WHEN l.sliding AND (l.created_at >= a.slid_at OR l.activates_at > a.slid_at)
                THEN a.slides_at ELSE l.expires_at END AS expires,
           l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding, l.grace,
           l.locked, l.doomed, l.reinstated, l.issued, l.pending, l.available, l.held, l.spent,
           l.expired, l.revoked
    FROM lots l JOIN accounts a ON a.shard = l.shard AND a.account_id = l.account_id
    WHERE l.shard = $1 AND l.account_id = $2
"""
"""Last come the columns of storage/rows."""
