"""The sweeper: writes down what the clock has done to accounts that nobody asks for.

No answer depends on it (semantics.md §3): due events are settled before every decision and in
every read. It brings them into the journal soon after their time, so that lists, reports and
events see them. Any number of sweepers may run at once: a settled account is no longer due, and
what two of them settle together is saved once, since only one of them gets the row's number.
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
"""Accounts settled at once in a shard: what the engine saves in one commit."""

PACE: Final = Pace(shortest_s=0.01, longest_s=2.0)
"""Nothing waits for the sweeper, so an idle one hardly asks."""

STUCK_AFTER: Final = 3
"""Passes in a row that find an account due before it is asked why."""

AVOID_S: Final = 60.0
"""How long an account that cannot be settled is left alone, so that it holds up no other."""


class Tried(NamedTuple):
    """In how many passes in a row an account was settled, and the instant of the first."""

    times: int
    since: int


class Sweeper:
    """Settles due accounts until it is told to stop."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._passes = Passes("sweeper", self._pass, PACE)
        self._avoided: dict[int, float] = {}
        self._tried: dict[int, Tried] = {}

    def stop(self) -> None:
        """Let `run` return after the pass at hand."""
        self._passes.stop()

    async def run(self) -> None:
        """Pass after pass, seldom when there is nothing to do. A failed pass is logged."""
        await self._passes.run()

    async def _pass(self) -> bool:
        return await self.sweep() > 0

    async def sweep(self) -> int:
        """One pass: settle at most BATCH due accounts of every shard. How many it tried."""
        self._forgive()
        shards = range(self._ledger.store.shards)
        due = [account for shard in shards for account in await self._due(shard)]
        before, self._tried = self._tried, {}
        outcomes = await asyncio.gather(
            *(self._ledger.settle((account,)) for account in due), return_exceptions=True
        )
        for account, outcome in zip(due, outcomes, strict=True):
            if isinstance(outcome, Unavailable):  # the ledger's trouble, not the account's
                continue
            tried = before.get(account, Tried(0, self._ledger.clock()))
            tried = tried._replace(times=tried.times + 1)
            if outcome is not None or await self._is_stuck(account, tried):
                self._avoid(account, outcome)
            else:
                self._tried[account] = tried
        return sum(not isinstance(outcome, Unavailable) for outcome in outcomes)

    async def _is_stuck(self, account: int, tried: Tried) -> bool:
        """Whether what was due when it was first tried is due still."""
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
