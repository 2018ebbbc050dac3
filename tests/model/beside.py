"""Many walks side by side on one engine.

A group of walks shares one clock, because an engine has one; so its instants are drawn for the
whole group. Between two of them each walk asks a few requests together, has their answers, and goes
on, while the others do the same: the engine's batches are full of several accounts' commands.
Nothing in a walk depends on the others, so that it can be played alone.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence

from stampbook.domain.audit import blank
from stampbook.domain.book import Book
from stampbook.domain.commands import Cancel, Command
from stampbook.domain.model import AccountStatus
from stampbook.domain.policy import Policy
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Store
from tests.laws.histories import DAY, START
from tests.ledgers.on_store import StoreLedger
from tests.ledgers.seen import Answer, Plan
from tests.model.checking import check
from tests.model.comparing import Asked, Comparison
from tests.model.steps import Steps, plan_for
from tests.model.walks import DRAWN, WEIGHTS, Step, cut_down, policy, step

OPERATIONS = 100
"""How many operations a walk has at least: its last step may consist of a few."""

INSTANTS = 10
"""How many instants a walk has. At each it does its share of the operations."""

SIDE_BY_SIDE = 250
"""How many walks are in a group."""

STEPS = WEIGHTS | {"earn": 26, "spend": 18, "wait": 0, "change_policy": 0}
"""The clock and the policies are not the steps' here."""

TOGETHER = (0.5, 0.8, 0.95)
"""How likely it is, from one instant to the next, that a request waits for those of further steps,
to be asked together with them."""

CHANGES = 0.1
"""How likely it is that a policy changes at an instant, before anything else."""

NOTICED = 0.9
"""How likely it is that the worker is the first to come upon the change. Otherwise the engine finds
out when it saves, and decides all of a batch anew."""

LOOKS = 0.2
"""How likely it is that all is compared before the clock goes on."""


class Differs(AssertionError):
    """A walk on which the store and the model disagree. `number`: which one it is."""

    def __init__(self, number: int, told: str) -> None:
        super().__init__(told)
        self.number = number


class Beside(StoreLedger):
    """On an engine that others use, too. It reads each row of the journal once: rows never
    change, which the verification of the whole checks."""

    def __init__(self, store: Store, *, engine: Ledger | None = None) -> None:
        super().__init__(store, engine=engine)
        self._books: dict[str, Book] = {}

    async def submit_asked(self, asked: Sequence[Asked]) -> list[Answer]:
        """Many at once, each with its own outcome."""
        items = [
            self.submission(each.account, each.command, key=each.key, dry_run=each.dry_run)
            for each in asked
        ]
        if len(items) == 1:
            return [self._answer(await self.engine.submit(items[0]))]
        return [self._answer(each) for each in await self.engine.submit_all(items, atomic=False)]

    def _begun(self, account: str, known: Book) -> Book:
        return self._books.setdefault(account, blank(known))


class Meeting:
    """Where walks wait until all of those that are on their way are there."""

    def __init__(self) -> None:
        self._on_their_way = 0
        self._there: list[asyncio.Future[None]] = []

    def enter(self) -> None:
        self._on_their_way += 1

    def leave(self) -> None:
        self._on_their_way -= 1
        if not self._on_their_way:
            there, self._there = self._there, []
            self._on_their_way = len(there)
            for each in there:
                each.set_result(None)

    async def wait(self) -> None:
        here = asyncio.get_running_loop().create_future()
        self._there.append(here)
        self.leave()
        await here


class Gathering(Comparison):
    """Requests wait until `answers` asks them together, in order. The model is ahead of them."""

    def __init__(self, ledger: Beside, plan: Plan, meeting: Meeting | None = None) -> None:
        super().__init__(ledger, plan)
        self._ledger = ledger
        self._meeting = meeting
        self.figures: Counter[str] = Counter()
        self._waiting: list[Asked] = []
        for account in self.world.accounts.values():
            account.checks = False  # `compare` does it

    async def ask(self, asked: Asked) -> None:
        command = asked.command
        apart = isinstance(command, Cancel) and self.world.peer_of(asked.account, command.target)
        if apart:  # it is decided beside the batches, so not in the order of asking
            await self.answers()
        self._waiting.append(asked)
        if apart:
            await self.answers()

    async def answers(self) -> None:
        """Ask what waits, and compare each answer."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        if self._meeting is not None:
            await self._meeting.wait()
        found = await self._ledger.submit_asked(waiting)
        for asked, answer in zip(waiting, found, strict=True):
            asked.check(answer)
            if asked.dry_run:
                self.figures["dry runs"] += 1
            else:
                self.count(answer)

    def count(self, answer: Answer) -> None:
        """One more operation: the ledger gave the model's answer."""
        self.figures["operations"] += 1
        self.figures["refused"] += answer.refused is not None
        self.figures["repeats"] += answer.already or answer.replayed

    @property
    def operations(self) -> int:
        """How many there are, with those that wait."""
        return self.figures["operations"] + sum(not each.dry_run for each in self._waiting)

    async def rehearse(self, account: str, command: Command, *, key: str) -> Answer:
        expected = self.world.submit(account, command, self.now)
        await self.ask(Asked(account, command, expected, dry_run=True))
        await self.ask(Asked(account, command, expected, key))
        return expected

    async def transfer(self, source: str, receiver: str, amount: int) -> Answer:
        await self.answers()
        answer = await super().transfer(source, receiver, amount)
        self.count(answer)
        self.figures["transfers"] += answer.refused is None
        return answer

    async def set_account(self, account: str, status: AccountStatus) -> None:
        if self.world.accounts[account].status is not status:
            await self.answers()
            await super().set_account(account, status)

    async def settle(self, account: str) -> None:
        await self.answers()
        await super().settle(account)

    async def forget(self, account: str) -> None:
        await self.answers()
        await super().forget(account)

    async def compare(self) -> None:
        await self.answers()
        await super().compare()
        self.figures["comparisons of everything"] += 1
        for account in self.world.accounts.values():
            check(account)


class Walk:
    """A random walk. Its number and the seed say all that happens in it."""

    def __init__(self, seed: str, number: int, ledger: Beside, meeting: Meeting) -> None:
        self.number = number
        self._meeting = meeting
        self._dice = random.Random(f"{seed} walk {number}")
        self.policies = policy(self._dice), policy(self._dice)
        self.both = Gathering(ledger, plan_for(self.policies), meeting)
        self.taken: list[Step] = []
        self._steps = Steps(self.both, watched=False)
        self._share = 0

    async def begin(self) -> None:
        await self._steps.begin()

    async def take(self, name: str, **arguments: object) -> None:
        self.taken.append((name, arguments))
        await getattr(self._steps, name)(**arguments)

    async def go_on(self, instant: int) -> None:
        """The share of the operations at this instant; at the end of the last, all is compared."""
        self._meeting.enter()
        try:
            await self._go_on(instant)
        finally:
            self._meeting.leave()

    async def _go_on(self, instant: int) -> None:
        dice, both = self._dice, self.both
        both.figures["boundaries"] += self._is_due(instant)
        await self.take("to", instant=instant)
        if self._share and dice.random() < CHANGES:
            await self.take("change_policy", **DRAWN["change_policy"](dice))
            if dice.random() < NOTICED:
                await self.take("meddle", account="a", forget=False)
                await self.take("meddle", account="b", forget=False)
        await self._meeting.wait()
        together = dice.choice(TOGETHER)
        self._share += OPERATIONS // INSTANTS
        while both.operations < self._share:
            name, arguments = step(dice, STEPS)
            await self.take(name, **arguments)
            if dice.random() >= together:
                await self.take("answers")
        if dice.random() < LOOKS or self._share == OPERATIONS:
            await self.take("compare")
        else:
            await self.take("answers")

    def _is_due(self, instant: int) -> bool:
        """Whether something is due then, a microsecond earlier or a microsecond later."""
        return any(
            abs(at - instant) <= 1
            for account in self.both.world.accounts.values()
            for at, _, _ in account.due()
        )


def instants(seed: str, number: int) -> list[int]:
    """The instants of the walk's group.

    Most are whole or half days after earlier ones, as dates are; many a microsecond off.
    """
    dice = random.Random(f"{seed} instants {number // SIDE_BY_SIDE}")
    found = [START]
    while len(found) < INSTANTS:
        now = found[-1]
        days = {at + half * DAY // 2 for at in found for half in (2, 3, 4, 5, 6, 8, 10, 16)}
        due = sorted(at for at in days if at > now)[:3]
        midnight = now + DAY - now % DAY
        later = [now + hours * DAY // 24 for hours in (1, 12, 24)]
        at = dice.choice([*due, *due, midnight, dice.choice(later)]) + dice.choice([0, 0, -1, 1])
        if at > now:
            found.append(at)
    return found


async def play_group(
    store: Store, seed: str, first: int, count: int, kind: type[Beside] = Beside
) -> list[Walk]:
    """Walks of one group, side by side. Raises Differs."""
    moments = instants(seed, first)
    now = [moments[0]]
    engine, meeting = Ledger(store, clock=lambda: now[0]), Meeting()
    await engine.start()
    try:
        walks = [
            Walk(seed, number, kind(store, engine=engine), meeting)
            for number in range(first, first + count)
        ]
        await asyncio.gather(*(walk.begin() for walk in walks))
        for now[0] in moments:
            results = await asyncio.gather(
                *(walk.go_on(now[0]) for walk in walks), return_exceptions=True
            )
            for walk, result in zip(walks, results, strict=True):
                if result is not None:
                    raise Differs(walk.number, await told(store, walk, kind)) from result
    finally:
        await engine.stop()
    return walks


async def alone(
    store: Store, policies: tuple[Policy, Policy], steps: list[Step], kind: type[Beside]
) -> None:
    """The steps on an engine of their own. Raises AssertionError if it differs from the model."""
    ledger = kind(store)
    played = Steps(Gathering(ledger, plan_for(policies)), watched=False)
    await played.begin()
    try:
        for name, arguments in steps:
            await getattr(played, name)(**arguments)
        await played.compare()
    finally:
        await ledger.finish()


async def told(store: Store, walk: Walk, kind: type[Beside]) -> str:
    """What a walk that failed needs to fail alone."""

    async def failing(fewer: list[Step]) -> Exception | None:
        try:
            await alone(store, walk.policies, fewer, kind)
        except Exception as error:
            return error
        return None

    if await failing(walk.taken) is None:
        return f"walk {walk.number} agrees when it is played alone"
    steps, error = await cut_down(walk.taken, failing)
    lines = [f"walk {walk.number} needs only:", *map(str, walk.policies)]
    lines += [f"  {name} {arguments}" for name, arguments in steps]
    return "\n".join([*lines, str(error)])
