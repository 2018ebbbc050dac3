"""One shard's queue, and the task that empties it batch by batch.

A lane takes all waiting submissions, decides them in one round and saves them in one commit. While
it saves, the next batch gathers.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple

from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.holding.wide import decide_wide
from stampbook.ledger.knowing import Knowing
from stampbook.ledger.origin import Origin, Overseeing
from stampbook.ledger.outcomes import Done, Outcome, Seat, note
from stampbook.ledger.repeating import remembered
from stampbook.ledger.resources import Resources
from stampbook.ledger.round import Round
from stampbook.ledger.saving import pause_after_conflict, save
from stampbook.ledger.submission import Submission
from stampbook.ledger.work import Guilty, StaleGuard, Work
from stampbook.ledger.writing import Writing
from stampbook.storage.store import (
    BesideConflict,
    KeyRow,
    OutcomeUnknown,
    SaveConflict,
    Unavailable,
)
from stampbook.watching.counting import gauge, observe
from stampbook.watching.metrics import BATCH_SIZE, COMMIT_DURATION, QUEUE_DEPTH
from stampbook.watching.tracing import TRACING

log = logging.getLogger(__name__)

MAX_ROUNDS = 12
"""How often a batch is decided anew when other processes moved its accounts meanwhile."""


OVERLOADED = Refusal(Code.OVERLOADED, "too much is waiting; try again shortly")


class Lane:
    """One shard's queue and its task; see the module.

    `after_batch` is called with the number of works of each batch that was saved and answered.
    """

    def __init__(
        self,
        resources: Resources,
        shard: int,
        *,
        max_batch: int,
        max_queue: int,
        after_batch: Callable[[int], object],
    ) -> None:
        self.shard = shard
        self._series = str(shard)
        self._sizes = BATCH_SIZE.declare(self._series)
        COMMIT_DURATION.declare(self._series)
        QUEUE_DEPTH.declare(self._series)
        self.max_batch = max_batch
        self.max_queue = max_queue
        self._resources = resources
        self._cache = resources.caches[shard]
        self._lock = resources.locks[shard]
        self._after_batch = after_batch
        self._queue: deque[Work] = deque()
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[Any]] = set()
        self._dropped: set[int] = set()
        self._repeats: list[Work] = []

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        while self._others:
            await asyncio.gather(*self._others, return_exceptions=True)

    def put(
        self,
        item: Submission,
        origin: Origin,
        overseeing: Overseeing | None,
        future: "asyncio.Future[Outcome] | Seat",
    ) -> None:
        """Queue a submission. The future gets its outcome; at once if the queue is full or
        closing."""
        if len(self._queue) >= self.max_queue or self._stopping:
            note(origin, OVERLOADED)
            future.set_result(OVERLOADED)
            return
        if not self._queue:  # nobody sleeps while something waits
            self._wake.set()
        self._queue.append(Work(item, future, origin, overseeing))

    def measure(self) -> None:
        """Note how long the queue is."""
        gauge(QUEUE_DEPTH, self._series, value=len(self._queue))

    @property
    def is_full(self) -> bool:
        """Whether further submissions are refused."""
        return len(self._queue) >= self.max_queue

    def forget(self, account: int) -> None:
        """Forget a cached account: at once, or after what is being decided."""
        if self._lock.locked():
            self._dropped.add(account)
        else:
            self._cache.forget(account)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the batches; `stop` waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)

    def _drop_forgotten(self) -> None:
        """Forget the accounts that `forget` has named. Call it between rounds."""
        for account in self._dropped:
            self._cache.forget(account)
        self._dropped.clear()

    async def _run(self) -> None:
        queue = self._queue
        while queue or not self._stopping:
            if not queue:
                self._wake.clear()
                await self._wake.wait()
                await self._gather()
                continue
            async with self._lock:
                self._drop_forgotten()
                works = [queue.popleft() for _ in range(min(len(queue), self.max_batch))]
                held, self._repeats = self._repeats, []
                try:
                    await self._process(works)
                    self._hold(held)
                except Exception as error:
                    self._survive([*works, *held], error)

    async def _gather(self) -> None:
        """After idleness: let submissions join the queue as long as more keep arriving.

        Behind a save the queue has filled already. Its works are decided before the callers of
        that save are answered, so that the database is busy meanwhile.
        """
        length = 0
        while length < len(self._queue) < self.max_batch:
            length = len(self._queue)
            await asyncio.sleep(0)

    def _hold(self, held: list[Work]) -> None:
        """Answer the repeats that were `held` while a batch was saved, with those of that batch.
        One look-up proves both, and costs as much as several first requests do: so repeats wait
        for one more batch, if there is one."""
        if not held and self._queue:
            return
        held += self._repeats
        self._repeats = []
        if not held:
            return
        now, cache = self._resources.clock(), self._cache
        repeats: list[Repeat] = []
        for work in held:
            known = work.repeats
            assert known is not None, "it turned out to be a repeat"
            book = cache.book(known.account)
            done = remembered(book, known, now)
            repeats.append(Repeat(work, known, done, book.saved_seq if book else 0))
        self._begin(self._repeat(repeats))

    def _survive(self, works: list[Work], error: Exception) -> None:
        """A bug after a save: the callers learn that the outcome is unknown; the lane continues."""
        log.critical("a lane failed; its cache is dropped", exc_info=error)
        self._cache.clear()
        self._repeats = []
        for work in works:
            work.fail(OutcomeUnknown("the request failed after it may have been saved"))

    def _round(self) -> Round:
        """A new round at the present instant."""
        store, clock, guardian, caches, _, _ = self._resources
        return Round(Knowing(store, caches), Writing(store), clock(), guardian)

    async def _process(self, works: list[Work]) -> None:
        """Decide and save; one work's failure never becomes another's."""
        for attempt in range(MAX_ROUNDS):
            round_ = self._round()
            knowing, writing = round_.knowing, round_.writing
            again = False
            try:
                if attempt:
                    await knowing.look_up(work.item for work in works)
                with TRACING.span("ledger.batch", (work.origin.span for work in works)):
                    await round_.run(works)
                    batches = await writing.batches()
                    if batches:
                        await save(self._resources.store, batches)
            except BesideConflict as conflict:
                knowing.failed(writing)
                then = self._divide(_again(works), conflict)
            except SaveConflict:
                knowing.failed(writing)
                works, again = _again(works), True
                then = pause_after_conflict(attempt)
            except (OutcomeUnknown, Unavailable) as error:
                # The batch may have been saved: trying it again could have its effects twice.
                knowing.failed(writing)
                for work in works:
                    work.fail(error)
                return
            except Guilty as guilty:
                knowing.failed(writing)
                then = self._set_apart(works, guilty)
            except Exception as bug:
                knowing.failed(writing)
                then = self._isolate(works, bug)
            else:
                knowing.saved(writing)
                observe(BATCH_SIZE, self._sizes, len(works))
                self._answer(works, round_)
                self._after_batch(len(works))
                return
            # Outside the handlers: while a compiled coroutine waits in one, all that runs
            # meanwhile seems to be handling its exception.
            await then
            if not again:
                return
        await self._give_up(works)

    async def _divide(self, works: list[Work], conflict: BesideConflict) -> None:
        """A row outside the ledger could not be written: its work is stale. It is found by halves,
        among those that write such rows; the others go on together."""
        suspects = [work for work in works if work.writes_beside]
        others = [work for work in works if not work.writes_beside]
        if others:
            await self._process(others)
        if len(suspects) == 1 and not others:
            suspects[0].fail(StaleGuard(str(conflict)))
            return
        half = len(suspects) // 2
        for part in (suspects[:half], suspects[half:]):
            if part:
                await self._process(part)

    async def _set_apart(self, works: list[Work], guilty: Guilty) -> None:
        """Deciding one work raised: it fails. Other works on its account are then tried one by
        one; those on other accounts go on together, as if it had never come."""
        account = guilty.work.item.account
        self._forget_all(works)
        log.error("a submission to account %d failed", account, exc_info=guilty.error)
        guilty.work.fail(guilty.error)
        left = _again(works)
        others = [work for work in left if work.item.account != account]
        if others:
            await self._process(others)
        for work in left:
            if work.item.account == account:
                await self._process([work])

    def _forget_all(self, works: list[Work]) -> None:
        """Forget the books of a decision that raised: one may be half changed."""
        for work in works:
            self._cache.forget(work.item.account)

    async def _isolate(self, works: list[Work], error: Exception) -> None:
        """After an exception: try each work by itself, so that only the guilty one fails."""
        self._forget_all(works)
        if len(works) == 1:
            log.error("a submission failed", exc_info=error)
            works[0].fail(error)
            return
        for work in _again(works):
            await self._process([work])

    async def _give_up(self, works: list[Work]) -> None:
        """Other processes keep moving these accounts: try each work by itself, once more."""
        if len(works) == 1:
            works[0].answer(OVERLOADED)
            return
        for work in works:
            await self._process([work])

    def _answer(self, works: list[Work], round_: Round) -> None:
        for work in round_.elsewhere:
            self._begin(self._decide_wide(work))
        for work in works:
            if work.result is not None:
                work.answer(work.result)
            elif work.repeats is not None:
                self._repeats.append(work)

    async def _decide_wide(self, work: Work) -> None:
        """A cancel turned out to concern a transfer, or an owner: decide it with all concerned."""
        try:
            outcomes = await decide_wide(self._resources, [work.item], work.origin)
            work.answer(outcomes[0])
        except BaseException as error:
            work.fail(error)
            if not isinstance(error, Exception):
                raise

    async def _repeat(self, repeats: Sequence["Repeat"]) -> None:
        """Repeat earlier answers: from memory where that is proved to be current."""
        accounts = {known.account for _, known, done, _ in repeats if done is not None}
        present: dict[int, int] = {}
        if accounts:
            try:
                present = await self._resources.store.last_rows(self.shard, sorted(accounts))
            except Exception as error:
                for work, *_ in repeats:
                    work.fail(error)
                return
        for work, known, done, seq in repeats:
            if done is not None and present.get(known.account) == seq:
                work.answer(done)
            else:
                self._begin(self._repeat_from_the_store(work, known))

    async def _repeat_from_the_store(self, work: Work, known: KeyRow) -> None:
        try:
            work.answer(await self._resources.reading.repeat(known))
        except Exception as error:
            work.fail(error)


class Repeat(NamedTuple):
    """A work that repeats an earlier one, and the remembered answer.

    `done` is right if `seq` is still the account's last row in the store.
    """

    work: Work
    known: KeyRow
    done: Done | None
    seq: int


def _again(works: Iterable[Work]) -> list[Work]:
    """The works whose callers still wait, without the results of a failed round."""
    left = [work for work in works if not work.future.done()]
    for work in left:
        work.reset()
    return left
