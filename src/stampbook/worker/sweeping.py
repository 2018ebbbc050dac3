"""The sweeper: writes due events to the journals of accounts that nobody uses.

No answer depends on it (semantics.md §3): due events are settled before every decision and in
every read. The sweeper writes them soon after they are due, so that lists, reports and events
include them. Any number of sweepers can run at once: a settled account is no longer due, and if
two settle the same account, only one of them gets the number of the row and saves it.
"""

import asyncio
import logging
from typing import Final, NamedTuple

from stampbook.ledger.engine import Ledger
from stampbook.ledger.journal import figures
from stampbook.storage.store import Unavailable
from stampbook.worker.passes import Pace, Passes

log = logging.getLogger(__name__)

BATCH: Final = 256
"""Accounts settled at once in a shard: as many as the engine saves in one commit."""

PACE: Final = Pace(shortest_s=0.01, longest_s=2.0)
"""Nothing waits for the sweeper, so it rarely queries the database when idle."""

STUCK_AFTER: Final = 3
"""After this many passes in a row that find an account due, the sweeper checks why."""

AVOID_S: Final = 60.0
"""How long an account that cannot be settled is skipped, so that it does not delay others."""


class Tried(NamedTuple):
    """How many passes in a row settled an account, and the instant of the first."""

    times: int
    since: int


class Sweeper:
    """Settles due accounts until `stop`."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._passes = Passes("sweeper", self._pass, PACE)
        self._avoided: dict[int, float] = {}
        self._tried: dict[int, Tried] = {}

    def stop(self) -> None:
        """Let `run` return after the current pass."""
        self._passes.stop()

    async def run(self) -> None:
        """Run one pass after another, rarely when there is nothing to do. It logs failed ones."""
        await self._passes.run()

    async def _pass(self) -> bool:
        return await self.sweep() > 0

    async def sweep(self) -> int:
        """One pass: settle at most BATCH due accounts of every shard. Returns how many it tried."""
        self._forgive()
        shards = range(self._ledger.store.shards)
        due = [account for shard in shards for account in await self._due(shard)]
        before, self._tried = self._tried, {}
        outcomes = await asyncio.gather(
            *(self._ledger.settle((account,)) for account in due), return_exceptions=True
        )
        for account, outcome in zip(due, outcomes, strict=True):
            if isinstance(outcome, Unavailable):  # the ledger's fault, not the account's
                continue
            tried = before.get(account, Tried(0, self._ledger.clock()))
            tried = tried._replace(times=tried.times + 1)
            if outcome is not None or await self._is_stuck(account, tried):
                self._avoid(account, outcome)
            else:
                self._tried[account] = tried
        return sum(not isinstance(outcome, Unavailable) for outcome in outcomes)

    async def _is_stuck(self, account: int, tried: Tried) -> bool:
        """Whether what was due at the first attempt is still due."""
        if tried.times < STUCK_AFTER:
            return False
        return bool(await figures.due_among(self._ledger.store, [account], tried.since))

    async def _due(self, shard: int) -> list[int]:
        avoided = self._avoided
        limit = BATCH + len(avoided)
        due = await self._ledger.store.due_accounts(shard, self._ledger.clock(), limit)
        return [account for account in due if account not in avoided][:BATCH]

    def _avoid(self, account: int, error: BaseException | None) -> None:
        log.error("account %d cannot be settled", account, exc_info=error)
        self._avoided[account] = asyncio.get_running_loop().time() + AVOID_S

    def _forgive(self) -> None:
        now = asyncio.get_running_loop().time()
        for account in [each for each, until in self._avoided.items() if until <= now]:
            del self._avoided[account]
