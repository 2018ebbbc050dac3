"""The lots of one account."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, NamedTuple, cast

from stampbook.domain.model import FOREVER, Lot
from stampbook.pacing import Slices
from stampbook.storage.rows import lot_of
from stampbook.storage.store import Store


class OpenLot(NamedTuple):
    """A lot that has points pending, available or held.

    `deadline_at`: by when the event or the commit must come that its accrual waits for; FOREVER if
    it waits for none.
    """

    lot: Lot
    deadline_at: int


class PendingLot(NamedTuple):
    """A lot that has pending points. `deadline_at` is as in `OpenLot`, `subject` its accrual's."""

    lot: Lot
    deadline_at: int
    subject: str | None


async def open_lots(store: Store, account: int) -> list[OpenLot]:
    """The account's open lots, by number."""
    rows = read(
        store,
        f"""
        SELECT {COLUMNS}, {DEADLINE} FROM lots l {MOVEMENT}
        WHERE l.shard = $1 AND l.account_id = $2
          AND (l.pending > 0 OR l.available > 0 OR l.held > 0)
        ORDER BY l.lot
        """,  # noqa: S608 - constants
        account % store.shards,
        account,
    )
    return [OpenLot(lot_of(values), values[-1]) async for values in rows]


async def pending_lots(store: Store, account: int) -> list[PendingLot]:
    """The account's lots that have pending points, by number."""
    rows = read(
        store,
        f"""
        SELECT {COLUMNS}, {DEADLINE}, t.subject FROM lots l {MOVEMENT} {ACCRUAL}
        WHERE l.shard = $1 AND l.account_id = $2 AND l.pending > 0
        ORDER BY l.lot
        """,  # noqa: S608 - constants
        account % store.shards,
        account,
    )
    return [PendingLot(lot_of(values), *values[-2:]) async for values in rows]


async def lots_expiring(
    store: Store, account: int, *, after: int, until: int, sliding: bool
) -> list[Lot]:
    """The account's lots that expire in (after, until], by number; also those that are closed.

    `sliding`: only lots whose expiry slides; otherwise only others.
    """
    rows = read(
        store,
        f"""
        SELECT {COLUMNS} FROM lots l
        WHERE l.shard = $1 AND l.account_id = $2 AND l.expires_at > $3 AND l.expires_at <= $4
          AND l.sliding = $5
        ORDER BY l.lot
        """,  # noqa: S608 - constants
        account % store.shards,
        account,
        after,
        until,
        sliding,
    )
    return [lot_of(values) async for values in rows]


# -- in SQL, for the modules of this package -------------------------------------------------

COLUMNS: Final = """
    l.lot, l.accrued_by, l.activates_at, l.expires_at, l.created_at, l.sliding, l.grace, l.locked,
    l.doomed, l.reinstated, l.issued, l.pending, l.available, l.held, l.spent, l.expired, l.revoked
"""
"""A lot `l`, as storage.rows.lot_of reads it."""

DEADLINE: Final = f"COALESCE(m.deadline_at, {FOREVER}) AS deadline_at"

MOVEMENT: Final = """
    LEFT JOIN movements m
      ON m.shard = l.shard AND m.account_id = l.account_id AND m.seq = l.accrued_by
"""
"""How the accrual of a lot `l` stands."""

ACCRUAL: Final = """
    JOIN transactions t ON t.shard = l.shard AND t.account_id = l.account_id
                       AND t.seq = l.accrued_by
"""


async def read(store: Store, sql: str, *values: object) -> AsyncIterator[tuple[Any, ...]]:
    """The columns of each row, in slices: an account may have a hundred thousand lots."""
    slices = Slices()
    for row in await store.fetch(sql, *values):
        await slices.pause()
        yield tuple(cast("Sequence[Any]", row))
