"""Saves batches, and finds out what became of a save whose answer was lost."""

import asyncio
import random
from contextlib import suppress
from time import perf_counter_ns

from stampbook.domain.model import Transaction
from stampbook.storage.store import Batch, LedgerStore, OutcomeUnknown, SaveConflict, Unavailable
from stampbook.watching.counting import MEMORY, observe
from stampbook.watching.metrics import COMMIT_DURATION, OTHER, TRANSACTIONS
from stampbook.watching.tracing import TRACING

ASKING_S = 15.0
ASK_PAUSE_S = 0.25
"""How long and how often the database is asked about a save whose answer was lost: most crashed
servers are back within five seconds."""


CONFLICT_PAUSE_S = 0.001
"""Pauses between rounds are drawn from a range that begins with this and doubles: two servers
that keep meeting at the same accounts get out of step."""


async def save(store: LedgerStore, batches: list[Batch]) -> None:
    """Save the batches.

    Raises SaveConflict or Unavailable when nothing was written and nothing will be, and
    OutcomeUnknown when that could not be found out in time.
    """
    began_ns = perf_counter_ns()
    with TRACING.span("db.save"):
        try:
            await store.save(batches)
        except OutcomeUnknown as lost:
            await _save_again(store, batches, lost)
    series = COMMIT_DURATION.declare(str(batches[0].shard))
    observe(COMMIT_DURATION, series, perf_counter_ns() - began_ns)
    _count_rows(batches)


def _count_rows(batches: list[Batch]) -> None:
    slab, places = MEMORY.slab, TRANSACTIONS.at
    for batch in batches:
        for record in batch.records:
            row = record.row
            slab[places[row.kind.wire, row.who.dialect or OTHER]] += 1


async def _save_again(store: LedgerStore, batches: list[Batch], lost: OutcomeUnknown) -> None:
    """Save again what may have been saved, as soon as the database answers.

    The connection is lost, but the server may still be working on the first save. The same rows
    have the same places in the journal, so only one of both saves can ever be committed: the one
    that fails finds the other's rows there.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(ASKING_S):
            while True:
                try:
                    await store.save(batches)
                    return
                except SaveConflict:
                    # Asked in this order: it may be committed between the two.
                    is_impossible = await _is_impossible(store, batches)
                    if await _is_saved(store, batches):
                        # A server that was interrupted while it waited for its standby shows what
                        # the standby may lack: after a failover it would be gone.
                        await store.until_replicated()
                        return
                    if is_impossible:
                        raise
                except (Unavailable, OutcomeUnknown):
                    pass
                await asyncio.sleep(ASK_PAUSE_S)
    raise lost


async def _is_saved(store: LedgerStore, batches: list[Batch]) -> bool:
    """Whether the batches are in the database: their rows and their keys, all or none.

    A row alone may be that of another server with the same request at the same instant: it has
    another key, or other rows beside it.
    """
    last = {record.row.account: record.row for batch in batches for record in batch.records}
    for row in last.values():
        if [found.hash for found in await _at_place_of(store, row)] != [row.hash]:
            return False
    ours = {key for batch in batches for key in (*batch.keys.values(), *batch.repeated)}
    names = [name for batch in batches for name in batch.key_texts]
    return bool(last or ours) and ours.issubset(await store.find_keys(names))


async def _at_place_of(store: LedgerStore, row: Transaction) -> list[Transaction]:
    """The row that is in the place of this one, if there is any."""
    return await store.journal(row.account, after=row.seq - 1, limit=1)


async def _is_impossible(store: LedgerStore, batches: list[Batch]) -> bool:
    """Whether something that the batches need for themselves is taken: a place in the journal, a
    key, an external id, the next version of a guard. Unless they have taken it themselves, they can
    never be saved.

    Versions of policies and accounts prove nothing: a save that began before they changed may
    still be committed.
    """
    first: dict[int, Transaction] = {}
    for batch in batches:
        for record in batch.records:
            first.setdefault(record.row.account, record.row)
    for row in first.values():
        if await _at_place_of(store, row):
            return True
    if not first or await store.find_keys([name for each in batches for name in each.key_texts]):
        return True
    ids = [(row.program, row.external_id) for batch in batches for row in batch.external_ids]
    if ids and await store.find_external_ids(ids):
        return True
    guards = {guard.subject: guard.version for batch in batches for guard in batch.guards}
    return bool(guards) and await store.find_guards(list(guards)) != guards


async def pause_after_conflict(attempt: int) -> None:
    """Wait a moment, longer after more attempts; not after the first, which is often enough."""
    if attempt:
        await asyncio.sleep(random.uniform(0, CONFLICT_PAUSE_S * 2 ** min(attempt, 8)))
