"""Servers on one database, each with lanes, a sweeper, a projector and a follower; they are killed,
their clocks are wrong, and clients ask until they are answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, NamedTuple, cast

from stampbook.domain.commands import (
    Accrue,
    Cancel,
    Command,
    Commit,
    Hold,
    Redeem,
    Release,
)
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.engine import Ledger
from stampbook.ledger.following.feed import Write, follow
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission, Transfer
from stampbook.storage.positions import FeedRow
from stampbook.storage.store import OutcomeUnknown, Store, Transacting, Unavailable
from stampbook.worker.projecting import projector
from stampbook.worker.sweeping import Sweeper
from tests.simulation.line import Line, Weather
from tests.storage.building import NOW, make_accounts, make_currency

SECOND = 1_000_000
SERVERS = 3
ACCOUNTS = 6
CLIENTS = 8
REQUESTS = 25
"""Each client's."""

FAULTS = 0.04
KILLS_EVERY_S = 4.0
SKEW_S = 1.5
DRIFT = 0.01
JUMP_S = 2.0
FOLLOWER = "simulated"
BATCH = 7
EFFECTS = "CREATE TABLE effects (position integer PRIMARY KEY, account_id integer, seq integer)"

OWNER: ContextVar[Server | None] = ContextVar("OWNER", default=None)


class GoneError(Exception):
    """The server was killed before it answered."""


class Clock:
    """A machine's clock: it is wrong, goes at another speed, and is set now and then."""

    def __init__(self, loop: asyncio.AbstractEventLoop, dice: random.Random) -> None:
        self._loop = loop
        self._dice = dice
        self._offset_s = dice.uniform(-SKEW_S, SKEW_S)
        self._speed = 1 + dice.uniform(-DRIFT, DRIFT)

    def __call__(self) -> int:
        return NOW + int((self._loop.time() * self._speed + self._offset_s) * SECOND)

    def jump(self) -> None:
        """Somebody sets it, forward or back."""
        self._offset_s += self._dice.uniform(-JUMP_S, JUMP_S)


class Server:
    """One process: all of its tasks end at once when it is killed."""

    def __init__(self, store: Store, weather: Weather, clock: Clock, apart: Context) -> None:
        self.gone = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = apart.copy()
        self._context.run(OWNER.set, self)
        line = cast(Store, Line(store, weather, apart))
        self.ledger = Ledger(line, clock=clock)
        self._line, self._clock = line, clock

    def own(self, task: asyncio.Task[Any]) -> None:
        """The task ends with this server."""
        self._tasks.append(task)

    async def start(self) -> None:
        await self._begin(self.ledger.start())
        passes = projector(self._line, self._clock)
        for work in (Sweeper(self.ledger).run(), passes.run(), self._follow()):
            self._begin(work)

    def kill(self) -> None:
        """As kill -9: nothing is finished, nobody is answered."""
        self.gone.set()
        for task in self._tasks:
            task.cancel()

    async def stop(self) -> None:
        """In order."""
        await self.ledger.stop()
        self.kill()

    async def ask(self, what: Callable[[], Coroutine[Any, Any, Outcome]]) -> Outcome:
        """The answer. Raises GoneError, Unavailable or OutcomeUnknown."""
        asked = self._begin(what())
        gone = asyncio.ensure_future(self.gone.wait())
        await asyncio.wait([asked, gone], return_when=asyncio.FIRST_COMPLETED)
        gone.cancel()
        if not asked.done() or asked.cancelled():
            raise GoneError
        outcome: Outcome = asked.result()
        return outcome

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        return asyncio.get_running_loop().create_task(work, context=self._context.copy())

    async def _follow(self) -> None:
        while True:
            with suppress(Unavailable, OutcomeUnknown):
                await follow(self._line, FOLLOWER, note, now=self._clock(), limit=BATCH)
            await asyncio.sleep(0.05)


async def note(_: int, rows: Sequence[FeedRow]) -> Write:
    """The follower's effect: a row for each row of the feed. A second one is refused."""

    async def write(writing: Transacting) -> None:
        for each in rows:
            await writing.execute(
                "INSERT INTO effects (position, account_id, seq) VALUES ($1, $2, $3)",
                each.position,
                each.row.account,
                each.row.seq,
            )

    return write


class Answered(NamedTuple):
    """A request, and what was answered at last."""

    item: Submission | Transfer
    outcome: Outcome


class World:
    """The database, its servers and their clients."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store = store
        self.dice = random.Random(f"world {seed}")
        self.weather = Weather(random.Random(f"weather {seed}"), FAULTS)
        self.answers: list[Answered] = []
        self.trace: list[tuple[object, ...]] = []
        self.tries = 0
        self.kills = 0
        self._apart = copy_context()
        self._servers: list[Server] = []
        self._accounts: list[int] = []
        self._made: list[tuple[int, int, str]] = []

    async def live(self) -> None:
        """From the first request to the last answer; then everything stops in order."""
        asyncio.get_running_loop().set_task_factory(_owned)
        for _ in range(2):
            currency = await make_currency(self.store, overdraft=0)
            self._accounts += await make_accounts(self.store, currency, ACCOUNTS // 2)
        await self.store.execute(EFFECTS)
        for _ in range(SERVERS):
            await self._add()
        trouble = asyncio.ensure_future(self._trouble())
        await asyncio.gather(*(self._client(number) for number in range(CLIENTS)))
        trouble.cancel()
        self.weather.calm()
        await self._quiet()
        for server in self._servers:
            await server.stop()

    async def _add(self) -> None:
        loop = asyncio.get_running_loop()
        clock = Clock(loop, self.dice)
        server = Server(self.store, self.weather, clock, self._apart)
        self._servers.append(server)
        await server.start()

    async def _trouble(self) -> None:
        """Kill servers and set clocks, as long as it is not cancelled."""
        while True:
            await asyncio.sleep(self.dice.uniform(0, 2 * KILLS_EVERY_S / SERVERS))
            server = self.dice.choice(self._servers)
            if self.dice.random() < 0.5:
                server._clock.jump()
                continue
            server.kill()
            self.kills += 1
            self._servers.remove(server)
            self.trace.append((self._time(), "killed"))
            await asyncio.sleep(self.dice.uniform(0, 1))
            await self._add()

    async def _quiet(self) -> None:
        """Wait until the follower has taken all that there is."""
        last = -1
        while True:
            row = await self.store.fetch_one("SELECT count(*) AS rows FROM effects")
            assert row is not None
            if row["rows"] == last:
                return
            last = row["rows"]
            await asyncio.sleep(5)

    async def _client(self, number: int) -> None:
        dice = random.Random(f"client {number} {self.dice.random()}")
        for at in range(REQUESTS):
            await asyncio.sleep(dice.uniform(0, 0.6))
            item = self._draw(dice, f"{number}-{at}")
            outcome = await self._insist(dice, item)
            self.answers.append(Answered(item, outcome))
            told = outcome.code if isinstance(outcome, Refusal) else _places(outcome)
            self.trace.append((self._time(), item.key, told))
            if isinstance(outcome, Done):
                self._made += [
                    (row.account, row.seq, row.kind.name) for row in outcome.transactions
                ]

    async def _insist(self, dice: random.Random, item: Submission | Transfer) -> Outcome:
        """Ask one server after the other until one answers."""
        while True:
            self.tries += 1
            server = dice.choice(self._servers)
            ledger = server.ledger
            what: Callable[[], Coroutine[Any, Any, Outcome]] = (
                partial(ledger.transfer, item)
                if isinstance(item, Transfer)
                else partial(ledger.submit, item)
            )
            try:
                outcome = await server.ask(what)
            except (GoneError, Unavailable, OutcomeUnknown):
                await asyncio.sleep(dice.uniform(0, 0.5))
                continue
            if isinstance(outcome, Refusal) and outcome.code is Code.OVERLOADED:
                await asyncio.sleep(dice.uniform(0, 0.5))
                continue
            return outcome

    def _draw(self, dice: random.Random, key: str) -> Submission | Transfer:
        account = dice.choice(self._accounts)
        if dice.random() < 0.1:
            half = len(self._accounts) // 2
            side = self._accounts[:half] if account in self._accounts[:half] else None
            others = [each for each in (side or self._accounts[half:]) if each != account]
            return Transfer(1, account, dice.choice(others), dice.randint(1, 30), key=key)
        account, command = self._command(dice, account)
        return Submission(1, account, (command,), key=key)

    def _command(self, dice: random.Random, account: int) -> tuple[int, Command]:
        at = dice.random()
        if at < 0.35 or not self._made:
            soon = NOW + int((self._time() + dice.uniform(0, 20)) * SECOND)
            later = soon + int(dice.uniform(1, 20) * SECOND)
            starts = dice.choice((None, None, soon))
            return account, Accrue(
                dice.randint(1, 100), activates_at=starts, expires_at=dice.choice((None, later))
            )
        if at < 0.6:
            return account, Redeem(dice.randint(1, 60))
        if at < 0.7:
            return account, Hold(dice.randint(1, 40), timeout_s=dice.randint(1, 10))
        account, seq, kind = dice.choice(self._made[-30:])
        if kind == "HOLD":
            return account, dice.choice((Commit(seq), Release(seq)))
        return account, Cancel(seq, dice.choice((None, None, dice.randint(1, 10))))

    def _time(self) -> float:
        return round(asyncio.get_running_loop().time(), 6)


def _places(done: Done) -> tuple[tuple[int, int], ...]:
    return tuple((row.account, row.seq) for row in done.transactions)


def _owned(loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
    """A task of the server in whose context it begins."""
    context: Context | None = options.get("context")
    owner = OWNER.get() if context is None else context.get(OWNER)
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    if owner is not None:
        owner.own(task)
    return task
