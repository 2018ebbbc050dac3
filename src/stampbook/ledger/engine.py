"""The ledger as its callers see it: submissions in, outcomes out.

Each shard has a queue and one lane. A lane takes all that waits (at most MAX_BATCH),
decides it in one round and saves it in one commit; while it saves, the next batch
gathers. What spans shards or must be all or nothing over several accounts holds the
lanes of all shards that it touches, in order (ledger.wide).
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from stampbook.domain.book import Book
from stampbook.domain.commands import Settle
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.cache import MAX_BOOKS, MAX_ROWS, Cache, Names
from stampbook.ledger.guarding import Guardian
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.reading import Reading
from stampbook.ledger.repeating import remembered
from stampbook.ledger.round import Round
from stampbook.ledger.submission import ANY_TENANT, Submission, Transfer
from stampbook.ledger.wide import decide_wide
from stampbook.ledger.work import Guilty, StaleGuard, Work
from stampbook.storage.store import (
    Batch,
    KeyRow,
    OutcomeUnknown,
    SaveConflict,
    Store,
    Unavailable,
)

__all__ = ["Ledger", "StaleGuard"]

log = logging.getLogger(__name__)

MAX_BATCH = 256
"""Works decided and saved together: more gain nothing and make the first wait longer."""

MAX_QUEUE = 8_192
"""Works that may wait in one shard; beyond that callers are told to come again."""

MAX_ROUNDS = 8
"""How often a batch is decided anew when others moved its accounts meanwhile."""

CONFLICT_PAUSE_S = 0.001
"""Pauses between rounds are drawn from a range that begins with this and doubles: two servers
that keep meeting at the same accounts get out of step."""

ASKING_S = 15.0
ASK_PAUSE_S = 0.25
"""How long and how often the database is asked about a save whose answer was lost: a server
that crashed is mostly back within five seconds."""

OVERLOADED = Refusal(Code.OVERLOADED, "too much is waiting; try again shortly")


class Ledger:
    """All commands go through here; see the module. Create it, `start` it, `stop` it.

    `clock` returns microseconds UTC. Every outcome is given after its commit. `guardian`
    knows what movements belong to outside the ledger; without it they belong to nothing.
    `after_batch` is told how many works a batch had.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], int],
        guardian: Guardian | None = None,
        max_batch: int = MAX_BATCH,
        max_queue: int = MAX_QUEUE,
        max_books: int = MAX_BOOKS,
        after_batch: Callable[[int], object] = lambda works: None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.guardian = guardian
        self.after_batch = after_batch
        names = Names()
        self._caches = [
            Cache(names, max(1, max_books // store.shards), MAX_ROWS // store.shards)
            for _ in range(store.shards)
        ]
        self._reading = Reading(store, clock)
        self._lanes = [
            Lane(self, shard, max_batch=max_batch, max_queue=max_queue)
            for shard in range(store.shards)
        ]
        self.read = self._reading.read
        self.balance = self._reading.balance

    async def start(self) -> None:
        """Begin to work. To be called in the event loop that will use the ledger."""
        for lane in self._lanes:
            lane.start()

    async def stop(self) -> None:
        """Take nothing new, finish what waits, and end."""
        await asyncio.gather(*(lane.stop() for lane in self._lanes))

    async def submit(self, submission: Submission) -> Outcome:
        """Carry one submission out. Raises StaleGuard if its guard has moved meanwhile."""
        return await self.submit_soon(submission)

    def submit_soon(self, submission: Submission) -> "asyncio.Future[Outcome]":
        """As `submit`, for callers that go on meanwhile."""
        future = self._lanes[submission.account % self.store.shards].put(submission)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            future.set_result(OVERLOADED)
        return future

    async def transfer(self, transfer: Transfer) -> Outcome:
        """Move points between two accounts: both legs or neither."""
        return (await self._wide([transfer]))[0]

    async def submit_all(
        self, items: Sequence[Submission | Transfer], *, atomic: bool
    ) -> list[Outcome]:
        """Many at once. `atomic`: all or none, and after a refusal the rest are not tried:
        the answer then ends with that refusal. Otherwise each has its own outcome, in order."""
        if atomic:
            return await self._wide(items)
        futures: list[asyncio.Future[Outcome]] = []
        for item in items:
            if isinstance(item, Transfer):
                await asyncio.gather(*futures)
                futures.append(asyncio.ensure_future(self.transfer(item)))
            else:
                futures.append(self.submit_soon(item))
        return await asyncio.gather(*futures)

    async def settle(self, accounts: Iterable[int]) -> None:
        """Journal what is due on these accounts now. Raises Unavailable if too much is waiting."""
        listed = list(accounts)
        for at in range(0, len(listed), MAX_BATCH):
            outcomes = await asyncio.gather(
                *(
                    self.submit_soon(Submission(ANY_TENANT, account, (Settle(),)))
                    for account in listed[at : at + MAX_BATCH]
                )
            )
            if any(outcome is OVERLOADED for outcome in outcomes):
                raise Unavailable(OVERLOADED.detail)

    def forget(self, accounts: Iterable[int]) -> None:
        """Drop cached accounts, for instance after their rows were changed by other means."""
        for account in accounts:
            self._lanes[account % self.store.shards].forget(account)

    def glimpse(self, account: int) -> Book | None:
        """The account's book as memory has it: not to be changed, nor kept over an await.

        It may be out of date, or ahead of a save: true of it is only what never changes
        (whose the account is), and what a planner finds again when the account's turn has come.
        """
        return self._caches[account % self.store.shards].book(account)

    def recorded(self, account: int, seq: int) -> Transaction | None:
        """The row of the account's journal if memory has it saved; rows never change."""
        book = self.glimpse(account)
        if book is None or seq > book.saved_seq:
            return None
        return book.rows.get(seq)

    async def _wide(self, items: Sequence[Submission | Transfer]) -> list[Outcome]:
        return await decide_wide(self, items)

    # -- used by lanes and by ledger.wide -------------------------------------------

    def round(self) -> Round:
        """A new round at the present instant."""
        return Round(self.store, self._caches, self.clock(), self.guardian)

    async def save(self, batches: list[Batch]) -> None:
        """Save, and find out what became of a save whose answer was lost.

        Raises SaveConflict or Unavailable when nothing was written, and OutcomeUnknown when
        the database did not come back in time to tell.
        """
        try:
            await self.store.save(batches)
        except OutcomeUnknown as lost:
            await self._save_again(batches, lost)

    async def _save_again(self, batches: list[Batch], lost: OutcomeUnknown) -> None:
        """Save what may be saved already, as soon as the database answers again.

        The connection is lost, but the server may still be at work on it. The same rows have the
        same places in the journal, so only one of both saves can ever be committed: whichever
        fails finds the other's rows there.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(ASKING_S):
                while True:
                    try:
                        await self._save_once(batches)
                        return
                    except (Unavailable, OutcomeUnknown):
                        await asyncio.sleep(ASK_PAUSE_S)
        raise lost

    async def _save_once(self, batches: list[Batch]) -> None:
        try:
            await self.store.save(batches)
        except SaveConflict:
            if not await self._is_saved(batches):
                raise

    async def _is_saved(self, batches: list[Batch]) -> bool:
        """Whether the batches stand in the database: their rows and their keys, all or none.

        A row alone may be another server's that was asked the same at the same instant: it has
        another key, or other rows beside it.
        """
        last = {record.row.account: record.row for batch in batches for record in batch.records}
        for row in last.values():
            found = await self.store.journal(row.account, after=row.seq - 1, limit=1)
            if not found or found[0].hash != row.hash:
                return False
        ours = {key for batch in batches for key in (*batch.keys.values(), *batch.repeated)}
        names = [name for batch in batches for name in batch.key_texts]
        return bool(last or ours) and ours.issubset(await self.store.find_keys(names))

    def redirect(self, work: Work, peer: int) -> None:
        """A cancel turned out to concern a transfer, or an owner: it goes on with all concerned."""

        async def go_on() -> None:
            try:
                outcomes = await decide_wide(self, [work.item])
                work.answer(outcomes[0])
            except BaseException as error:
                work.fail(error)
                if not isinstance(error, Exception):
                    raise

        task = asyncio.get_running_loop().create_task(go_on())
        self._lanes[work.item.account % self.store.shards].adopt(task)

    async def answer_again(self, known: KeyRow) -> Done:
        """The answer that a key's first use was given, rebuilt from the journal."""
        return await self._reading.repeat(known)

    def lock(self, shard: int) -> asyncio.Lock:
        return self._lanes[shard].lock


class Lane:
    """One shard's queue and the task that empties it."""

    def __init__(self, ledger: Ledger, shard: int, *, max_batch: int, max_queue: int) -> None:
        self.ledger = ledger
        self.shard = shard
        self.max_batch = max_batch
        self.max_queue = max_queue
        self.lock = asyncio.Lock()
        self._queue: deque[Work] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[Any]] = set()
        self._dropped: set[int] = set()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        while self._others:
            await asyncio.gather(*self._others, return_exceptions=True)

    def put(self, item: Submission) -> "asyncio.Future[Outcome] | None":
        """Queue a submission; None when the queue is full or closing."""
        if len(self._queue) >= self.max_queue or self._stopping:
            return None
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(Work(item, future))
        self._wake.set()
        return future

    def forget(self, account: int) -> None:
        """Drop a cached account before the next batch."""
        self._dropped.add(account)

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Wait for the task too when stopping."""
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    def drop_forgotten(self) -> None:
        """Between rounds: let go of the accounts that `forget` named."""
        for account in self._dropped:
            self.ledger._caches[self.shard].forget(account)
        self._dropped.clear()

    async def _run(self) -> None:
        queue = self._queue
        while queue or not self._stopping:
            if not queue:
                self._wake.clear()
                await self._wake.wait()
                await self._gather()
                continue
            async with self.lock:
                self.drop_forgotten()
                works = [queue.popleft() for _ in range(min(len(queue), self.max_batch))]
                try:
                    await self._process(works)
                except Exception as error:
                    self._survive(works, error)

    async def _gather(self) -> None:
        """After idleness: let what has arrived join the queue, as long as more keeps coming.

        Behind a save the queue has filled already; what waits is decided before the callers of
        that save are answered, so that the database has work meanwhile.
        """
        length = 0
        while length < len(self._queue) < self.max_batch:
            length = len(self._queue)
            await asyncio.sleep(0)

    def _survive(self, works: list[Work], error: Exception) -> None:
        """A bug after a save: its callers learn that the outcome is unknown, the lane goes on."""
        log.critical("a lane failed; its cache is dropped", exc_info=error)
        self.ledger._caches[self.shard].clear()
        for work in works:
            work.fail(OutcomeUnknown("the request failed after it may have been saved"))

    async def _process(self, works: list[Work]) -> None:
        """Decide and save; one work's failure never becomes another's."""
        for attempt in range(MAX_ROUNDS):
            round_ = self.ledger.round()
            try:
                if attempt:
                    await round_.look_up(work.item for work in works)
                await round_.run(works)
                batches = await round_.batches()
                if batches:
                    await self.ledger.save(batches)
            except SaveConflict:
                round_.forget()
                works = _again(works)
                await pause_after_conflict(attempt)
                continue
            except (OutcomeUnknown, Unavailable) as error:
                # Trying again could do twice what was saved after all: the callers must ask.
                round_.forget()
                for work in works:
                    work.fail(error)
                return
            except Guilty as guilty:
                round_.forget()
                await self._set_apart(works, guilty)
                return
            except Exception as error:
                round_.forget()
                await self._isolate(works, error)
                return
            round_.finish()
            self._answer(works, round_)
            self.ledger.after_batch(len(works))
            return
        await self._give_up(works)

    async def _set_apart(self, works: list[Work], guilty: Guilty) -> None:
        """Deciding one work raised: it fails, what else wants its account is tried singly after
        it, and all other accounts go on together, as if it had never come."""
        account = guilty.work.item.account
        self._forget_all(works)
        log.error("a submission to account %d failed", account, exc_info=guilty.__cause__)
        guilty.work.fail(guilty.__cause__ or guilty)
        left = _again(works)
        others = [work for work in left if work.item.account != account]
        if others:
            await self._process(others)
        for work in left:
            if work.item.account == account:
                await self._process([work])

    def _forget_all(self, works: list[Work]) -> None:
        """Whatever raised may have left a book half changed."""
        for work in works:
            self.ledger._caches[self.shard].forget(work.item.account)

    async def _isolate(self, works: list[Work], error: Exception) -> None:
        """Something raised: try each work by itself, so that only the guilty one fails."""
        self._forget_all(works)
        if len(works) == 1:
            log.error("a submission failed", exc_info=error)
            works[0].fail(error)
            return
        for work in _again(works):
            await self._process([work])

    async def _give_up(self, works: list[Work]) -> None:
        """Others keep moving these accounts: singly they have a better chance, once more."""
        if len(works) == 1:
            works[0].answer(OVERLOADED)
            return
        for work in works:
            await self._process([work])

    def _answer(self, works: list[Work], round_: Round) -> None:
        for work, peer in round_.elsewhere:
            self.ledger.redirect(work, peer)
        repeats: list[Repeat] = []
        cache = self.ledger._caches[self.shard]
        for work in works:
            if work.result is not None:
                work.answer(work.result)
            elif work.repeats is not None:
                book = cache.book(work.repeats.account)
                done = remembered(book, work.repeats, round_.now)
                repeats.append(Repeat(work, work.repeats, done, book.saved_seq if book else 0))
        if repeats:
            self.adopt(asyncio.get_running_loop().create_task(self._repeat(repeats)))

    async def _repeat(self, repeats: Sequence["Repeat"]) -> None:
        """Answer again what was answered before: from memory where that is proved current."""
        accounts = {known.account for _, known, done, _ in repeats if done is not None}
        present: dict[int, int] = {}
        if accounts:
            try:
                present = await self.ledger.store.last_rows(self.shard, sorted(accounts))
            except Exception as error:
                for work, *_ in repeats:
                    work.fail(error)
                return
        for work, known, done, seq in repeats:
            if done is not None and present.get(known.account) == seq:
                work.answer(done)
            else:
                slow = self._repeat_from_the_store(work, known)
                self.adopt(asyncio.get_running_loop().create_task(slow))

    async def _repeat_from_the_store(self, work: Work, known: KeyRow) -> None:
        try:
            work.answer(await self.ledger.answer_again(known))
        except Exception as error:
            work.fail(error)


class Repeat(NamedTuple):
    """A work that repeats an earlier one, and the answer that memory has for it.

    `done` is right if `seq` is still the account's last row in the store.
    """

    work: Work
    known: KeyRow
    done: Done | None
    seq: int


async def pause_after_conflict(attempt: int) -> None:
    """Wait a moment, longer after more attempts; not after the first, often the only one."""
    if attempt:
        await asyncio.sleep(random.uniform(0, CONFLICT_PAUSE_S * 2**attempt))


def _again(works: Iterable[Work]) -> list[Work]:
    """The works whose callers still wait, as if nothing had been decided."""
    left = [work for work in works if not work.future.done()]
    for work in left:
        work.reset()
    return left
