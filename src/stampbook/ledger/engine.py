"""The ledger as its callers see it: submissions in, outcomes out.

Each shard has a queue and one lane (ledger.lane), which decides and saves waiting submissions in
batches of at most MAX_BATCH. A request that spans shards, or must be all or nothing over several
accounts, locks all shards that it touches, in order (ledger.holding.wide).
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from stampbook.domain.book import Book
from stampbook.domain.commands import Settle
from stampbook.domain.model import Transaction
from stampbook.domain.refusals import Refusal
from stampbook.ledger.cache import MAX_BOOKS, MAX_FROZEN, MAX_ROWS, Cache, Names
from stampbook.ledger.denominations import Denominations
from stampbook.ledger.guarding import Guardian
from stampbook.ledger.holding.joining import join
from stampbook.ledger.holding.wide import decide_wide, try_each
from stampbook.ledger.joint import Joined, Joint, JointRefused
from stampbook.ledger.lane import MAX_ROUNDS, OVERLOADED, Lane
from stampbook.ledger.origin import Origin, Overseeing, current
from stampbook.ledger.outcomes import Done, Outcome, Seat, Together, note
from stampbook.ledger.owners.mailboxes import Mailbox
from stampbook.ledger.owners.owners import Owners
from stampbook.ledger.reading import Reading
from stampbook.ledger.repeating import USED, account_before_merge
from stampbook.ledger.resources import Resources
from stampbook.ledger.saving import pause_after_conflict
from stampbook.ledger.submission import ANY_TENANT, Submission, Transfer
from stampbook.ledger.work import StaleGuard, view_of
from stampbook.storage.store import Store, Unavailable
from stampbook.watching.counting import MEMORY, gauge
from stampbook.watching.metrics import CACHED_ACCOUNTS

__all__ = ["Ledger", "StaleGuard"]

MAX_BATCH = 256
"""How many works are decided and saved together: more gain nothing and delay the first."""

MAX_QUEUE = 8_192
"""How many works may wait in one shard; further ones are refused at once, to be tried again."""


class Ledger:
    """All commands go through here; see the module. Create it, `start` it, `stop` it.

    `clock` returns microseconds UTC. Every outcome is given after its commit. `guardian`
    knows the owners of movements outside the ledger; without it, movements have none.
    `after_batch` is called with the number of works of each batch.
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
        names = Names()
        self._caches = [
            Cache(
                names,
                max(1, max_books // store.shards),
                MAX_ROWS // store.shards,
                MAX_FROZEN // store.shards,
            )
            for _ in range(store.shards)
        ]
        reading = Reading(store, clock)
        locks = [asyncio.Lock() for _ in range(store.shards)]
        self._resources = Resources(store, clock, guardian, self._caches, locks, reading)
        self._lanes = [
            Lane(
                self._resources,
                shard,
                max_batch=max_batch,
                max_queue=max_queue,
                after_batch=after_batch,
            )
            for shard in range(store.shards)
        ]
        self.read = reading.read
        self.balance = reading.balance
        self.foresee = reading.foresee
        at_hand = [each.at_hand for each in self._caches]
        self.denominations = Denominations(store, self.glimpse, at_hand)
        self.owners: Owners | None = None

    def share(self, mailbox: Mailbox) -> Owners:
        """Share the accounts with the other processes of this server. The caller starts what is
        returned and stops it, both while the ledger runs."""
        most = self._lanes[0].max_queue
        self.owners = Owners(mailbox, self._decide, most=most)
        return self.owners

    async def start(self) -> None:
        """Begin to work. Call it in the event loop that will use the ledger."""
        for lane in self._lanes:
            lane.start()
        MEMORY.measures.append(self.measure)

    async def stop(self) -> None:
        """Refuse new submissions, finish the waiting ones, and end."""
        await asyncio.gather(*(lane.stop() for lane in self._lanes))
        MEMORY.forget(self.measure)

    def measure(self) -> None:
        """Note what waits and what is remembered."""
        for lane in self._lanes:
            lane.measure()
        gauge(CACHED_ACCOUNTS, value=sum(map(len, self._caches)))

    @property
    def is_full(self) -> bool:
        """Whether a shard takes no further submissions."""
        return any(lane.is_full for lane in self._lanes) or (
            self.owners is not None and self.owners.is_full
        )

    async def submit(self, submission: Submission) -> Outcome:
        """Carry one submission out. Raises StaleGuard if its guard has moved meanwhile."""
        origin = current()
        overseer = origin.overseer
        if overseer is None:
            outcome = await self._put(submission, origin)
            if type(outcome) is Refusal and outcome.code in USED:
                outcome = await self._repeated(submission, outcome)
            if origin.expected:
                _met(origin, outcome)
            return outcome
        for attempt in range(MAX_ROUNDS):
            try:
                outcome = await self._put(submission, origin, await overseer.prepare(self.clock()))
            except StaleGuard:
                # Their caller reads anew what its rows rest on; this one rests on nothing else.
                if submission.guard is not None or submission.beside is not None:
                    raise
            else:
                if isinstance(outcome, Refusal) and outcome.code in USED:
                    outcome = await self._repeated(submission, outcome)
                _met(origin, outcome)
                return outcome
            await pause_after_conflict(attempt)
        return OVERLOADED

    async def _repeated(self, submission: Submission, refusal: Refusal) -> Outcome:
        """The answer to a request that was made of an account which was merged since, and leads to
        this one now; `refusal` if it is another request."""
        former = await account_before_merge(self.store, self.read, submission)
        if former is None:
            return refusal
        origin, code = current(), current().code
        again = await self._put(submission._replace(account=former), origin)
        book = await self.read(submission.account, tenant=submission.tenant)
        if isinstance(again, Refusal) or book is None:
            return refusal
        origin.code = None if code == refusal.code else code
        return again._replace(account=view_of(book))

    def _put(
        self, submission: Submission, origin: Origin, overseeing: Overseeing | None = None
    ) -> "asyncio.Future[Outcome]":
        if self.owners is not None and overseeing is None:
            handed = self.owners.hand(submission, origin)
            if handed is not None:
                return handed
        return self._decide(submission, origin, None, overseeing)

    def _decide(
        self,
        submission: Submission,
        origin: Origin,
        future: "asyncio.Future[Outcome] | None",
        overseeing: Overseeing | None = None,
    ) -> "asyncio.Future[Outcome]":
        """Have it decided in this process, even if another one owns the account."""
        if future is None:
            future = asyncio.get_running_loop().create_future()
        lane = self._lanes[submission.account % len(self._lanes)]
        lane.put(submission, origin, overseeing, future)
        return future

    async def transfer(self, transfer: Transfer) -> Outcome:
        """Move points between two accounts: both legs or neither."""
        return (await self._decide_wide([transfer]))[0]

    async def join(self, joint: Joint) -> Joined:
        """Carry a joint request out: all that its plan does, or nothing.

        Raises JointRefused; StaleGuard when what the plan rests on outside the ledger has moved:
        build it anew (joint.join_anew).
        """
        try:
            joined = await join(self._resources, joint)
        except JointRefused as refused:
            note(current(), refused.refusal)
            raise
        if not joint.dry_run:
            for account in joint.accounts:
                current().expected.pop(account, None)
        return joined

    async def submit_all(
        self, items: Sequence[Submission | Transfer], *, atomic: bool
    ) -> list[Outcome]:
        """Many at once. `atomic`: all or none, and after a refusal the rest are not tried:
        the answer then ends with that refusal. Otherwise each has its own outcome, in order; dry
        runs must be one command each."""
        if atomic:
            return await self._decide_wide(items)
        origin = current()
        if origin.overseer is None and items and all(item.dry_run for item in items):
            # Decided on copies, each after what those before it would have written.
            return await self._decide_wide(items, atomic=False)
        if origin.overseer is not None:  # one after the other: each uses up of the same limits
            return [
                await (self.transfer(each) if isinstance(each, Transfer) else self.submit(each))
                for each in items
            ]
        together = Together()
        others: list[asyncio.Future[Outcome]] = []
        found: list[asyncio.Future[Outcome] | Seat] = []
        lanes, owners = self._lanes, self.owners
        for item in items:
            if isinstance(item, Transfer):
                await asyncio.gather(together.whole(), *others)
                others.append(asyncio.ensure_future(self.transfer(item)))
                found.append(others[-1])
                continue
            handed = None if owners is None else owners.hand(item, origin)
            if handed is None:
                seat = together.seat()
                lanes[item.account % len(lanes)].put(item, origin, None, seat)
                found.append(seat)
            else:
                others.append(handed)
                found.append(handed)
        if others:
            await asyncio.gather(together.whole(), *others)
        else:
            await together.whole()
        return [each.result() for each in found]

    async def _decide_wide(
        self, items: Sequence[Submission | Transfer], *, atomic: bool = True
    ) -> list[Outcome]:
        origin = current()
        outcomes = await decide_wide(self._resources, items, origin, atomic=atomic)
        for outcome in outcomes:
            note(origin, outcome)
        if not any(isinstance(outcome, Refusal) for outcome in outcomes):
            for outcome in outcomes:
                _met(origin, outcome)
        return outcomes

    async def try_each(self, items: Sequence[Submission]) -> list[Outcome]:
        """What each of these dry runs would do by itself, in order: none sees what the others would
        have done. Bounds of the person are not asked."""
        return await try_each(self._resources, items, current())

    async def settle(self, accounts: Iterable[int]) -> None:
        """Settle these accounts. Raises Unavailable if too much is waiting."""
        listed, origin = list(accounts), current()
        for at in range(0, len(listed), MAX_BATCH):
            outcomes = await asyncio.gather(
                *(
                    self._put(Submission(ANY_TENANT, account, (Settle(),)), origin)
                    for account in listed[at : at + MAX_BATCH]
                )
            )
            if any(outcome == OVERLOADED for outcome in outcomes):
                raise Unavailable(OVERLOADED.detail)

    def forget(self, accounts: Iterable[int]) -> None:
        """Forget cached accounts, for instance after their rows were changed by other means."""
        for account in accounts:
            self._lanes[account % self.store.shards].forget(account)
            self.denominations.forget(account)

    def glimpse(self, account: int) -> Book | None:
        """The remembered book of the account. Do not change it, nor keep it over an await.

        It may be out of date, or ahead of a save. Rely only on what never changes (whose the
        account is), and on what a planner checks again when the account's turn has come.
        """
        cache = self._caches[account % len(self._caches)]
        return cache.at_hand(account) or cache.book(account)

    def recorded(self, account: int, seq: int) -> Transaction | None:
        """The row of the account's journal, if it is remembered and saved; rows never change."""
        book = self.glimpse(account)
        if book is None or seq > book.saved_seq:
            return None
        return book.rows.made.get(seq) or book.rows.get(seq)


def _met(origin: Origin, outcome: Outcome) -> None:
    """What the request expected was so: what it writes next comes after rows of its own."""
    expected = origin.expected
    if expected and isinstance(outcome, Done) and not outcome.dry_run:
        for row in outcome.transactions:
            expected.pop(row.account, None)
