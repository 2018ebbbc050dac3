"""An account's journal as answers need it: rows short enough to name, and when lots expire."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from stampbook.dialects.native.wire.transactions import MAX_NAMED, moved_postings, named_only
from stampbook.domain.model import FOREVER, Kind, Movement, Posting, Transaction
from stampbook.ledger.journal import lots, rows
from stampbook.storage.store import Store

KINDS_OF: dict[str, tuple[Kind, ...]] = {}
for _kind in Kind:
    KINDS_OF[_kind.wire] = (*KINDS_OF.get(_kind.wire, ()), _kind)
"""By the word of the wire: `adjust` may credit or debit."""


class Entry(NamedTuple):
    """A row of the journal with no more postings than an answer names, and what has become of it.

    `unnamed`: how many allocations were left out of the row (wire_ledger.named_only).
    """

    row: Transaction
    movement: Movement
    unnamed: int


async def entries(
    store: Store,
    account: int,
    *,
    before: int = rows.LATEST,
    since: int = -FOREVER,
    until: int = FOREVER,
    kinds: Collection[Kind] = rows.ALL_KINDS,
    key: int | None = None,
    user: int | None = None,
    limit: int,
) -> list[Entry]:
    """See `rows.newest`."""
    found: list[Entry] = []
    async for whole, movement in rows.newest(
        store,
        account,
        before=before,
        since=since,
        until=until,
        kinds=kinds,
        key=key,
        user=user,
        limit=limit,
    ):
        short, unnamed = named_only(whole)
        found.append(Entry(short, movement, unnamed))
    return found


async def expiries(store: Store, transactions: Iterable[Transaction]) -> Mapping[int, int]:
    """When the lots that answers name of the rows expire, as `Done.expiries` has it."""
    return await expiries_of(
        store, ((row, moved_postings(row)[:MAX_NAMED]) for row in transactions)
    )


async def expiries_of(
    store: Store, named: Iterable[tuple[Transaction, Iterable[Posting]]]
) -> Mapping[int, int]:
    """When the lots of these postings expire, as `Done.expiries` has it."""
    wanted: dict[int, set[int]] = {}
    for row, postings in named:
        of_account = wanted.setdefault(row.account, set())
        of_account.update(posting.lot for posting in postings if posting.lot)
    return await lots.expiries(store, wanted)
