"""Races: rounds of requests on one account at the same moment, at two engines on one database."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
)
from stampbook.domain.model import Transaction
from stampbook.domain.policy import ExpiryRule, ExpiryType, Period, Policy, SpentAccrual, Unit
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from tests.campaign.parts import Databases, Figures, Part
from tests.exploration.checking import check_contents, check_rows, when_emptied
from tests.exploration.steps import Played
from tests.laws.histories import DAY, PLAIN, START, plan_of
from tests.ledgers.on_store import StoreLedger

AT_ONCE = 20
ROUNDS_OF_AN_ACCOUNT = 5
"""After as many the next account begins: a hundred movements are a long history."""

ACCOUNT = "a"


class Asked(NamedTuple):
    """A request of a round, and what it was answered."""

    submission: Submission
    outcome: Outcome


def policy(dice: Random) -> Policy:
    """Any policy, often one with deadlines."""
    sliding = ExpiryRule(ExpiryType.SLIDING, Period(3, Unit.DAY))
    return PLAIN._replace(
        spent_accrual=dice.choice(list(SpentAccrual)),
        overdraft=dice.choice([0, 0, 30]),
        expiry=dice.choice([ExpiryRule(), sliding]),
    )


def command(dice: Random, now: int, last: int) -> Command:
    """Any command. Its target is one of the account's movements, or one that is made meanwhile."""
    target = dice.randint(max(1, last - 30), last + 5)
    amount = dice.randint(1, 60)
    note = Note(external_id=dice.choice([None, None, f"x{dice.randrange(40)}"]))
    part = dice.choice([None, None, None, amount])
    match dice.randrange(12):
        case 0 | 1 | 2:
            starts = dice.choice([None, None, now + DAY])
            ends = dice.choice([None, None, (starts or now) + DAY * dice.randint(1, 3)])
            return Accrue(amount, activates_at=starts, expires_at=ends, note=note)
        case 3 | 4 | 5:
            return Redeem(amount, note=note)
        case 6:
            return Hold(amount, timeout_s=dice.choice([60, 3 * 86_400]), note=note)
        case 7:
            return Commit(target, part) if dice.random() < 0.5 else Release(target)
        case 8:
            return Activate(target) if dice.random() < 0.5 else Expire(target)
        case _:
            return Cancel(target, part)


class Race:
    """One account and two engines, each with a store of its own on the same database."""

    def __init__(self, ledger: StoreLedger, other: Ledger, dice: Random) -> None:
        self.ledger, self.other, self.dice = ledger, other, dice
        self.figures: Figures = Counter()

    async def begin(self) -> None:
        await self.ledger.found(plan_of(policy(self.dice)))
        self.now = START
        self.ledger.set_clock(self.now)
        self.rows = 0

    async def round(self, at: int) -> None:
        """Ask AT_ONCE times at the same moment, and check what has become of it."""
        dice = self.dice
        self.now += dice.choice([0, 1_000_000, DAY // 2, DAY])
        self.ledger.set_clock(self.now)
        asked: list[Submission] = []
        while len(asked) < AT_ONCE:
            if asked and dice.random() < 0.2:
                asked.append(dice.choice(asked))  # a repeat, with its key
                continue
            key = None if dice.random() < 0.5 else f"{at}-{len(asked)}"
            what = command(dice, self.now, self.rows)
            asked.append(self.ledger.submission(ACCOUNT, what, key=key))
        engines = [dice.choice([self.ledger.engine, self.other]) for _ in asked]
        outcomes = await asyncio.gather(
            *(engine.submit(each) for engine, each in zip(engines, asked, strict=True))
        )
        await self.check(list(map(Asked, asked, outcomes)))

    async def check(self, round_: Sequence[Asked]) -> None:
        """Each effect is there once, and the account is what its journal makes of it."""
        book = await self.ledger.book(ACCOUNT)
        new = [row for row in book.rows.values() if row.seq > self.rows]
        effects: list[Transaction] = []
        by_key: dict[str, set[tuple[int, ...]]] = {}
        for submission, outcome in round_:
            self.figures["requests"] += 1
            if not isinstance(outcome, Done):
                self.figures["refused"] += 1
                continue
            if submission.key is not None:
                places = tuple(row.seq for row in outcome.transactions)
                by_key.setdefault(submission.key, set()).add(places)
            if outcome.replayed or outcome.already:
                self.figures["repeated"] += 1
                continue
            effects += outcome.transactions
        assert all(len(places) == 1 for places in by_key.values()), by_key
        written = {row.seq: row for row in new if not row.by_clock}
        assert len(effects) == len(written), (effects, written)
        for row in effects:
            kept = written[row.seq]
            assert (kept.kind, kept.amount, kept.balance_after) == (
                row.kind,
                row.amount,
                row.balance_after,
            )
        named = [row.external_id for row in book.rows.values() if row.external_id]
        assert len(named) == len(set(named))
        check_rows(book, self.rows)
        await self.ledger.everything(ACCOUNT)
        self.figures["movements"] += len(new)
        self.figures["by the clock"] += len(new) - len(written)
        self.rows = book.seq

    async def end(self) -> None:
        """The laws for a whole account, and that cancelling everything leaves nothing behind."""
        book = await self.ledger.book(ACCOUNT)
        check_contents(book)
        check_contents(when_emptied(played(book, self.now)))
        await self.ledger.finish()


def played(book: Book, now: int) -> Played:
    """The book as the exploration's laws take it."""
    found = Played(book.policy)
    found.book, found.now = book, now
    return found


async def raced(address: str, seed: str, rounds: int) -> Figures:
    """Play as many rounds."""
    dice = Random(seed)
    stores = [await open_store(address) for _ in range(2)]
    figures: Figures = Counter()
    done = 0
    while done < rounds:
        ledger = StoreLedger(stores[0])
        other = Ledger(stores[1], clock=lambda ledger=ledger: ledger.now)  # type: ignore[misc]
        await other.start()
        race = Race(ledger, other, dice)
        await race.begin()
        for at in range(min(ROUNDS_OF_AN_ACCOUNT, rounds - done)):
            await race.round(at)
            done += 1
        await race.end()
        await other.stop()
        figures += race.figures
    for store in stores:
        await store.close()
    return figures


def play(databases: Databases, seed: str, rounds: int) -> Figures:
    """Rounds on a fresh store."""
    return asyncio.run(raced(databases.fresh(), seed, rounds))


RACES = Part("races", f"rounds of {AT_ONCE} requests", 10_000, 250, play)
