"""`make campaign`: random histories of rules, orders and refunds against the naive model.

Exits with status 1 if one differs, and prints it as small as it could be made.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from stampbook.storage.opening import create_database, open_store
from tests.model.inline import Inline
from tests.model.loyalty.histories import history
from tests.model.loyalty.playing import play, shrink, written
from tests.model.loyalty.real.rewards import RealShop

BLOCK = 250
"""How many histories a process plays on one store."""


async def play_all(first: int, last: int, folder: Path) -> list[str]:
    """Play the histories of these seeds on a new store; what differs."""
    url = f"sqlite:{folder / f'{first}.sqlite'}"
    await asyncio.to_thread(create_database, url)
    store = await open_store(url)
    real = RealShop(store)
    await real.ledger.start()
    failed = []
    try:
        for seed in range(first, last):
            made = history(seed)
            at_first = await play(real, made)
            if at_first is not None:
                small, failure = await shrink(made, lambda each: play(real, each))
                failed.append(f"{written(small)}\n{failure}\nat first: {at_first}\n")
    finally:
        await real.ledger.stop()
        await store.close()
    return failed


def played(task: tuple[int, int]) -> list[str]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="stampbook-histories-", dir=memory) as folder,
        asyncio.Runner(loop_factory=Inline) as runner,
    ):
        return runner.run(play_all(*task, Path(folder)))


def main() -> int:
    """Parse the arguments and run. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.model.loyalty")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the seed of the first history")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    begun, failed, last = time.monotonic(), 0, given.seed + given.count
    blocks = [(first, min(first + BLOCK, last)) for first in range(given.seed, last, BLOCK)]
    with ProcessPoolExecutor(given.processes) as pool:
        for found in pool.map(played, blocks):
            for each in found:
                failed += 1
                sys.stdout.write(each + "\n")
                sys.stdout.flush()
    took = time.monotonic() - begun
    sys.stdout.write(
        f"Seeds {given.seed} to {last - 1}: {given.count:,} histories of rules in {took:.0f} s;"
        f" {failed} differ.\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
