"""The sweeper: writes down what the clock has done to accounts that nobody asks for.

No answer depends on it (semantics.md §3): due events are settled before every decision and in
every read. It brings them into the journal soon after their time, so that lists, reports and
events see them. Any number of sweepers may run at once: a settled account is no longer due, and
what two of them settle together is decided once, by the account's version.
"""

import asyncio
import logging
from typing import Final

from stampbook.ledger.engine import Ledger

log = logging.getLogger(__name__)

BATCH: Final = 256
"""Accounts settled at once in a shard: what the engine saves in one commit."""

SHORTEST_PAUSE_S: Final = 0.01
LONGEST_PAUSE_S: Final = 2.0
"""Between two passes. Nothing waits for the sweeper, so an idle one hardly asks."""

AVOID_S: Final = 60.0
"""How long an account is left alone after settling it failed."""

MAX_AVOIDED: Final = 10_000
"""Accounts left alone at once; beyond that the oldest are tried again."""


class Sweeper:
    """Settles due accounts until it is told to stop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stopping = asyncio.Event()
        self._avoided: dict[int, float] = {}

    def stop(self) -> None:
        """Let `run` return after the pass at hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Pass after pass, seldom when there is nothing to do. A failed pass is logged."""
        pause_s = SHORTEST_PAUSE_S
        while not self._stopping.is_set():
            try:
                settled = await self.sweep()
            except Exception as error:
                log.warning("a pass of the sweeper failed: %s", error)
                settled = 0
            pause_s = SHORTEST_PAUSE_S if settled else min(2 * pause_s, LONGEST_PAUSE_S)
            await self._sleep(pause_s)

    async def sweep(self) -> int:
        """One pass: settle at most BATCH due accounts of every shard. How many were settled."""
        self._forgive()
        shards = range(self._ledger.store.shards)
        return sum([await self._sweep_shard(shard) for shard in shards])

    async def _sweep_shard(self, shard: int) -> int:
        ledger, avoided = self._ledger, self._avoided
        limit = BATCH + len(avoided)
        due = await ledger.store.due_accounts(shard, ledger.clock(), limit)
        accounts = [account for account in due if account not in avoided][:BATCH]
        outcomes = await asyncio.gather(
            *(ledger.settle((account,)) for account in accounts), return_exceptions=True
        )
        failed = 0
        for account, outcome in zip(accounts, outcomes, strict=True):
            if isinstance(outcome, BaseException):
                failed += 1
                self._avoid(account, outcome)
        return len(accounts) - failed

    def _avoid(self, account: int, error: BaseException) -> None:
        """One account that cannot be settled must not keep the others from it."""
        log.error("account %d cannot be settled", account, exc_info=error)
        self._avoided[account] = asyncio.get_running_loop().time() + AVOID_S

    def _forgive(self) -> None:
        now = asyncio.get_running_loop().time()
        excess = len(self._avoided) - MAX_AVOIDED
        over = [
            account
            for place, (account, until) in enumerate(self._avoided.items())
            if until <= now or place < excess
        ]
        for account in over:
            del self._avoided[account]

    async def _sleep(self, pause_s: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), pause_s)
        except TimeoutError:
            return
