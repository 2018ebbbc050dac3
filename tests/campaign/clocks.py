"""Clocks: two engines on one database whose clocks drift apart, and jump back and forward.

An account's rows never go back in time, what was due is never done twice, and the laws hold.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from random import Random

from stampbook.domain.decisions.settling import settle
from stampbook.domain.model import Transaction
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.storage.opening import open_store
from tests.campaign.parts import Databases, Figures, Part
from tests.campaign.races import ACCOUNT, command, played, policy
from tests.exploration.checking import check_contents, check_rows, when_emptied
from tests.laws.histories import DAY, START, plan_of
from tests.ledgers.in_memory import seen_balance
from tests.ledgers.on_store import TENANT, StoreLedger
from tests.ledgers.seen import Balance

STEPS = 40
SECOND = 1_000_000
JUMPS = (-400 * DAY, -3 * DAY, -DAY, -3_600 * SECOND, -SECOND, -1, SECOND, 3_600 * SECOND, 2 * DAY)
"""Back by more than a year, as a machine whose battery is empty, and forward by two days."""

DRIFTS = (0.0, 0.5, 0.999, 1.0, 1.001, 2.0)


class Clock:
    """A machine's clock: it runs at a pace of its own, and is set now and then."""

    def __init__(self, dice: Random) -> None:
        self._pace = dice.choice(DRIFTS)
        self.now = START + dice.choice(JUMPS)
        self.jumps = 0

    def __call__(self) -> int:
        return self.now

    def pass_by(self, microseconds: int, dice: Random) -> None:
        self.now += int(microseconds * self._pace)
        if dice.random() < 0.1:
            self.now = max(0, self.now + dice.choice(JUMPS))
            self.jumps += 1


async def history(ledger: StoreLedger, other: Ledger, clocks: list[Clock], dice: Random) -> Figures:
    """One account's history, at two engines in any order."""
    await ledger.found(plan_of(policy(dice)))
    figures: Figures = Counter()
    made: dict[int, Transaction] = {}
    engines = [ledger.engine, other]
    last = 0
    for _ in range(STEPS):
        for clock in clocks:
            clock.pass_by(dice.choice([0, SECOND, DAY // 3]), dice)
        at = dice.randrange(2)
        if dice.random() < 0.1:
            await engines[at].settle([ledger.accounts[ACCOUNT]])  # as a worker does
            continue
        asked = ledger.submission(ACCOUNT, command(dice, clocks[at].now, last))
        outcome = await engines[at].submit(asked)
        figures["commands"] += 1
        if not isinstance(outcome, Done):
            figures["refused"] += 1
            continue
        for row in outcome.transactions:
            made[row.seq] = row
            last = max(last, row.seq)
    book = await ledger.book(ACCOUNT)
    rows = [book.rows[seq] for seq in sorted(book.rows)]
    for earlier, later in pairwise(rows):
        assert earlier.recorded_at <= later.recorded_at, (earlier, later)
    for row in made.values():
        assert book.rows[row.seq].hash == row.hash
    check_rows(book, 0)
    check_contents(book)
    check_contents(when_emptied(played(book, max(book.clock, *(clock.now for clock in clocks)))))
    for engine, clock in zip(engines, clocks, strict=True):
        settled = book.copy()
        settle(settled, max(clock.now, book.clock))
        found = await engine.balance(ledger.accounts[ACCOUNT], tenant=TENANT)
        assert found is not None
        assert Balance(*found[1]) == seen_balance(settled)
    figures["rows"] = len(rows)
    figures["by the clock"] = sum(row.by_clock for row in rows)
    return figures


async def ticked(address: str, seed: str, histories: int) -> Figures:
    """As many histories."""
    dice = Random(seed)
    stores = [await open_store(address) for _ in range(2)]
    figures: Figures = Counter()
    for _ in range(histories):
        clocks = [Clock(dice), Clock(dice)]
        ledger = StoreLedger(stores[0])
        ledger.engine = Ledger(stores[0], clock=clocks[0])
        other = Ledger(stores[1], clock=clocks[1])
        await other.start()
        figures += await history(ledger, other, clocks, dice)
        figures["jumps"] += sum(clock.jumps for clock in clocks)
        await other.stop()
        await ledger.finish()
    for store in stores:
        await store.close()
    return figures


def play(databases: Databases, seed: str, histories: int) -> Figures:
    """Histories on a fresh store."""
    return asyncio.run(ticked(databases.fresh(), seed, histories))


CLOCKS = Part("clocks", f"histories of {STEPS} steps", 5_000, 100, play)
