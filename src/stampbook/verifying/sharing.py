"""Shares the verification of accounts among processes: Python uses one processor each.

The work is cut into ranges of account numbers. Each process has a store of its own, and answers
what it found in a range; memory does not grow with the number of accounts.
"""

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing
from itertools import islice
from multiprocessing.util import Finalize
from typing import Final, NamedTuple

from stampbook.domain.audit import JournalFault
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store, Unavailable
from stampbook.verifying.accounts import verify_accounts
from stampbook.verifying.flow_sums import Sums, Tally

RANGE: Final = 500
"""Account numbers of a range in each shard."""

WORTH: Final = 50_000
"""Rows from which on it pays to start processes."""


LOST: Final = "a process of the verification ended: verify again with `--processes 1`"


class Range(NamedTuple):
    """Accounts of a shard, above `after` and up to `upto`; of a program, if it is given. Rows are
    added up to `position`, unless that is below 0."""

    shard: int
    after: int
    upto: int
    program: int | None
    position: int


class Part(NamedTuple):
    """What was found in a range. `erased`: how many transactions have lost their texts."""

    accounts: int
    transactions: int
    erased: int
    faults: list[JournalFault]
    sums: Sums


async def verify_range(store: Store, wanted: Range) -> Part:
    """Verify the accounts of a range."""
    tally = None if wanted.position < 0 else Tally(wanted.position)
    accounts, transactions, erased, faults = 0, 0, 0, list[JournalFault]()
    found = verify_accounts(
        store,
        wanted.shard,
        program=wanted.program,
        after=wanted.after,
        upto=wanted.upto,
        tally=tally,
    )
    async for account in found:
        accounts += 1
        transactions += account.transactions
        erased += account.erased
        faults += account.faults
    return Part(accounts, transactions, erased, faults, {} if tally is None else dict(tally.sums))


async def verify_all(
    store: Store, url: str, *, processes: int, program: int | None = None, position: int = -1
) -> AsyncGenerator[Part, None]:
    """Verify every account, or those of one program. `processes` 0: one for each processor if there
    is much to do. `position` is as in Range. Ranges come in order."""
    row = await store.fetch_one("SELECT max(account_id) AS last FROM accounts")
    last = (row and row["last"]) or 0
    step = RANGE * store.shards
    ranges = (
        Range(shard, after, after + step, program, position)
        for after in range(0, last, step)
        for shard in range(store.shards)
    )
    if not processes:
        processes = processors() if await store.complete_upto() >= WORTH else 1
    if processes < 2:
        for each in ranges:
            yield await verify_range(store, each)
        return
    async with aclosing(_shared(url, processes, ranges)) as parts:
        async for part in parts:
            yield part


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


async def _shared(url: str, processes: int, ranges: Iterator[Range]) -> AsyncGenerator[Part, None]:
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(url,),
    )
    waiting: list[Future[Part]] = []
    try:
        # A few ranges wait for each process, so that none is idle; not all of them, as there may
        # be a million.
        waiting += [pool.submit(_verify, each) for each in islice(ranges, 2 * processes)]
        while waiting:
            part = await asyncio.wrap_future(waiting.pop(0))
            waiting += [pool.submit(_verify, each) for each in islice(ranges, 1)]
            yield part
    except BrokenProcessPool:
        raise Unavailable(LOST) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# -- in a process of its own -------------------------------------------------------------


class _Process(NamedTuple):
    runner: asyncio.Runner
    store: Store


_process: list[_Process] = []


GC_THRESHOLD: Final = 20_000
"""Nearly all that a replay makes is still there when the account is done; looking for what is not
takes a tenth of the time at the threshold of the interpreter."""


def _begin(url: str) -> None:
    # Who interrupts the command interrupts its processes, too; it ends them itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    runner = asyncio.Runner()
    process = _Process(runner, runner.run(open_store(url)))
    _process.append(process)
    Finalize(None, _end, (process,), exitpriority=100)


def _end(process: _Process) -> None:
    process.runner.run(process.store.close())
    process.runner.close()


def _verify(wanted: Range) -> Part:
    process = _process[0]
    return process.runner.run(verify_range(process.store, wanted))
