"""One attempt at a batch: load what is lacking, decide each work in order, save once.

Books in the cache are changed in place by single commands; what must be all or nothing
(several commands, dry runs) is decided on a copy. If the save
fails, every book that was touched is forgotten and a new round begins from the store.

No answer rests on a stale cache: an answer that writes something is guarded by the
account's version, and one that writes nothing (a refusal, a repeat, a dry run) is given
only by a book that this round has read from the store, or that its save guards.
"""

import asyncio
from collections.abc import Iterable, Sequence

from stampbook.domain.book import Book, Unloaded
from stampbook.domain.cancelling import AlreadyCancelled
from stampbook.domain.commands import Command
from stampbook.domain.deciding import decide
from stampbook.domain.model import Transaction
from stampbook.domain.policy import Policy
from stampbook.domain.recancelling import Elsewhere
from stampbook.domain.refusals import Refusal
from stampbook.domain.settling import settle
from stampbook.ledger.batching import batch_of
from stampbook.ledger.cache import Cache, Names
from stampbook.ledger.demands import demand_for, merged, targets_of
from stampbook.ledger.guarding import Guardian, guard_restored, guards_moved
from stampbook.ledger.outcomes import Done
from stampbook.ledger.refused import NOT_FOUND, REUSED, TAKEN, Reused, spoilt
from stampbook.ledger.repeating import as_key
from stampbook.ledger.submission import (
    ANY_TENANT,
    Submission,
    Transfer,
    account_of,
    external_ids_of,
)
from stampbook.ledger.work import (
    Fingerprinted,
    Guilty,
    NotLookedUp,
    Stale,
    StaleGuard,
    Work,
    expiries_of,
    view_of,
)
from stampbook.pacing import LARGE, LARGE_STATE, Slices, apart
from stampbook.storage.store import (
    Batch,
    Demand,
    ExternalIdRow,
    Guard,
    Key,
    KeyRow,
    LedgerStore,
)


class Round:
    """The works of one batch on their way, and what they will write."""

    def __init__(
        self, store: LedgerStore, caches: Sequence[Cache], now: int, guardian: Guardian | None
    ) -> None:
        self.store = store
        self.guardian = guardian
        self.caches = caches
        self.names: Names = caches[0].names
        self.now = now
        self.touched: dict[int, Book] = {}
        self.opened: set[int] = set()
        self.absent: set[int] = set()
        self.lacking: dict[int, Unloaded | None] = {}
        self.checked_policies: dict[int, Policy] = {}
        self.doubted_policies: set[int] = set()
        self.new_keys: dict[Key, KeyRow] = {}
        self.new_externals: dict[tuple[int, str], ExternalIdRow] = {}
        self.guards: dict[str, int] = {}
        self.moved_guards: set[str] = set()
        self.known_guards: dict[str, int] = {}
        self.elsewhere: list[tuple[Work, int]] = []
        self.looked_up: set[int] = set()

    def cache(self, account: int) -> Cache:
        """The cache of the account's shard."""
        return self.caches[account % len(self.caches)]

    # -- deciding ------------------------------------------------------------------

    async def run(self, works: Sequence[Work]) -> None:
        """Decide every work. Afterwards each has a result or stands in `elsewhere`.

        Raises Guilty for a work whose decision raised: the round is over, its books are void.
        """
        waiting: Sequence[Work] = works
        self._foresee(works)
        slices = Slices()
        while waiting:
            if self.lacking:
                await self.load()
            deferred: list[Work] = []
            blocked: set[int] = set()
            unknown: list[Submission] = []
            for work in waiting:
                account = work.item.account
                if account in blocked:
                    deferred.append(work)
                    continue
                if slices.over:
                    await slices.pause()
                try:
                    if self.is_large(account):
                        await apart(self._decide, work, work.item)
                    else:
                        self._decide(work, work.item)
                except Unloaded as lack:
                    self.lacking[account] = lack
                    blocked.add(account)
                    deferred.append(work)
                except StaleGuard as error:
                    work.fail(error)
                except NotLookedUp:
                    unknown.append(work.item)
                    blocked.add(account)
                    deferred.append(work)
                except Stale:
                    blocked.add(account)
                    deferred.append(work)
                except Exception as error:
                    raise Guilty(work) from error
            if unknown:
                await self.look_up(unknown)
            waiting = deferred

    def is_large(self, account: int) -> bool:
        """Whether a decision about the account may take too long for the event loop."""
        book = self.cache(account).book(account)
        return book is not None and len(book.lots) > LARGE

    def _foresee(self, works: Sequence[Work]) -> None:
        """Ask at once for what the commands are known to need."""
        for work in works:
            account, targets = work.item.account, targets_of(work.item.commands)
            book = self.cache(account).book(account)
            if book is not None:
                targets = [at for at in targets if at not in book.rows and 0 < at <= book.seq]
            if book is None or targets:
                self.lacking[account] = merged(self.lacking.get(account), targets)

    def _decide(self, work: Work, item: Submission) -> None:
        if self._is_repeat(work, item):
            return
        book = self.cache(item.account).book(item.account)
        if book is None:
            if item.account not in self.absent and item.account not in self.opened:
                self.lacking.setdefault(item.account, None)
                raise Stale
            work.result = NOT_FOUND
            return
        if item.tenant not in (book.tenant, ANY_TENANT) or (
            item.program is not None and book.program != item.program
        ):
            work.result = NOT_FOUND
            return
        self._check_guard(item)
        if item.subject is not None and not self.cache(item.account).knows_subject(
            item.account, item.subject
        ):
            raise Unloaded(subjects=frozenset((item.subject,)))
        commands: Sequence[Command] = item.commands
        if item.planner is not None:
            self._settle(book)
            planned = item.planner(book, max(self.now, book.clock))
            if isinstance(planned, Refusal):
                self._answer_unwritten(work, item, book, planned)
                return
            commands = planned
        elif any(guard_restored(self.guardian, book, command) for command in commands):
            self.elsewhere.append((work, 0))  # what it belongs to must be read first
            return
        if item.dry_run or len(commands) != 1:
            self._decide_on_copy(work, item, book, commands)
            return
        try:
            decision = decide(book, commands[0], self.now)
        finally:
            if book.records:
                self.touched[book.number] = book
        if isinstance(decision, Transaction):
            self._succeed(work, item, book, (decision,))
            return
        self._answer_unwritten(work, item, book, decision)

    def _settle(self, book: Book) -> None:
        try:
            settle(book, max(self.now, book.clock))
        finally:
            if book.records:
                self.touched[book.number] = book

    def _decide_on_copy(
        self, work: Work, item: Submission, book: Book, commands: Sequence[Command]
    ) -> None:
        """All of the commands or none: a twin takes the book's place only if all succeed."""
        self._settle(book)
        twin = book.copy()
        rows: list[Transaction] = []
        for command in commands:
            decision = decide(twin, command, self.now)
            if isinstance(decision, Transaction):
                rows.append(decision)
            elif decision is not None and len(commands) > 1:
                refusal = decision if isinstance(decision, Refusal) else spoilt(decision)
                self._answer_unwritten(work, item, book, refusal)
                return
            else:
                self._answer_unwritten(work, item, book, decision)
                return
        if item.dry_run:
            self._require_looked_up(item)
            self._require_fresh(book)
            work.result = Done(
                view_of(twin), tuple(rows), dry_run=True, expiries=expiries_of(twin, rows)
            )
            return
        if not rows:
            self._require_looked_up(item)
            self._require_fresh(book)
            work.result = Done(view_of(twin), ())
            return
        self.cache(twin.number).replace(twin)
        self.touched[twin.number] = twin
        self._succeed(work, item, twin, tuple(rows))

    def _succeed(
        self, work: Work, item: Submission, book: Book, rows: tuple[Transaction, ...]
    ) -> None:
        work.result = Done(view_of(book), rows, expiries=expiries_of(book, rows))
        if item.guard is not None:
            self.guards[item.guard.subject] = item.guard.version
        else:
            self.moved_guards |= guards_moved(self.guardian, book, rows)
        self.remember(item, work, rows[0], len(rows))
        self.remember_external_ids(book.program, work, rows)

    def remember(
        self,
        item: Submission | Transfer,
        work: Fingerprinted,
        row: Transaction,
        count: int,
        *,
        already: bool = False,
    ) -> None:
        """Note the idempotency key, if there is one, to be written with the effect."""
        key = work.key()
        if key is None:
            return
        shard, place = row.account % self.store.shards, (row.account, row.seq)
        self.new_keys[key] = KeyRow(key.digest, work.fingerprint(), shard, *place, count, already)

    def remember_external_ids(
        self, program: int, work: Fingerprinted, rows: Iterable[Transaction]
    ) -> None:
        """Note the external ids that the rows take."""
        for row in rows:
            if row.external_id is not None:
                shard, place = row.account % self.store.shards, (row.account, row.seq)
                self.new_externals[program, row.external_id] = ExternalIdRow(
                    program, row.external_id, work.content(), shard, *place
                )

    def _answer_unwritten(
        self,
        work: Work,
        item: Submission,
        book: Book,
        decision: AlreadyCancelled | Elsewhere | Refusal | None,
    ) -> None:
        """An answer that writes nothing of its own: it must not rest on a stale book."""
        if isinstance(decision, Elsewhere):
            self.elsewhere.append((work, decision.peer))
            return
        self._require_looked_up(item)
        self._require_fresh(book)
        if isinstance(decision, Refusal):
            work.result = decision
        elif isinstance(decision, AlreadyCancelled):
            row = decision.transaction
            work.result = Done(view_of(book), (row,), already=True, dry_run=item.dry_run)
            if not item.dry_run:
                self.remember(item, work, row, 1, already=True)
        else:
            work.result = Done(view_of(book), ())

    def _require_looked_up(self, item: Submission) -> None:
        """Raise NotLookedUp unless it is known whether the item repeats an earlier one.

        What writes something finds out when it is saved; what writes nothing must ask.
        """
        keyed = item.key is not None and not item.dry_run
        if (keyed or external_ids_of(item)) and id(item) not in self.looked_up:
            raise NotLookedUp

    def _require_fresh(self, book: Book) -> None:
        """Raise Stale, asking for a reload, unless the book or its save proves itself current."""
        if book.number not in self.touched and not self.is_fresh(book):
            self.reopen(book)
            raise Stale

    def reopen(self, book: Book) -> None:
        """Have the account read anew, and its policy unless this round has read that."""
        self.cache(book.number).forget(book.number)
        self.lacking.setdefault(book.number, None)
        if book.currency not in self.checked_policies:
            self.doubted_policies.add(book.currency)

    def is_fresh(self, book: Book) -> bool:
        """Whether this round has read the book and its policy from the store."""
        policy = self.checked_policies.get(book.currency)
        return book.number in self.opened and book.policy is policy

    def _check_guard(self, item: Submission) -> None:
        if item.guard is None:
            return
        subject, version = item.guard
        taken = subject in self.guards or subject in self.moved_guards
        if taken or self.known_guards.get(subject, version) != version:
            raise StaleGuard(subject)

    # -- repeats -------------------------------------------------------------------

    def _is_repeat(self, work: Work, item: Submission) -> bool:
        """Whether the key or an external id of the work was used before; then it is answered."""
        try:
            work.repeats = self.repeated(work, item)
        except Reused as reused:
            work.result = reused.refusal
        return work.repeats is not None or work.result is not None

    def repeated(self, work: Fingerprinted, item: Submission | Transfer) -> KeyRow | None:
        """The earlier use of the item's key, or else of its external id.

        A key that comes with a repeated external id is used too: it means the same answer. A dry
        run is decided anew. Raises Reused when the earlier use was for something else.
        """
        known = None if item.dry_run else self.known_key(work)
        if known is not None:
            if not work.is_of_key(known.fingerprint):
                raise Reused(REUSED)
            return known
        known = self.known_external(item)
        if known is not None and not work.is_of_external_id(known.fingerprint):
            raise Reused(TAKEN)
        if known is None or item.dry_run:
            return None
        key = work.key()
        if key is not None:
            self.new_keys[key] = known._replace(digest=key.digest, fingerprint=work.fingerprint())
        return known

    def known_key(self, work: Fingerprinted) -> KeyRow | None:
        """The earlier use of the work's idempotency key that is remembered."""
        key = work.key()
        if key is None:
            return None
        return self.new_keys.get(key) or self.names.key(key.digest)

    def known_external(self, item: Submission | Transfer) -> KeyRow | None:
        """The earlier use of an external id of the item, in the form of a key's (`as_key`)."""
        external_ids = external_ids_of(item)
        if not external_ids:
            return None
        account = account_of(item)
        book = self.cache(account).book(account)
        if book is None or book.tenant != item.tenant:
            return None
        for external_id in external_ids:
            name = book.program, external_id
            known = self.new_externals.get(name) or self.names.external_id(name)
            if known is not None:
                return as_key(item, known)
        return None

    async def look_up(self, items: Iterable[Submission | Transfer]) -> None:
        """Ask the store which keys, external ids and guards of the items it knows."""
        listed = list(items)
        self.looked_up.update(map(id, listed))
        keys = [Key(item.tenant, item.key) for item in listed if item.key is not None]
        if keys:
            self.names.learn(await self.store.find_keys(keys), ())
        submissions = (item for item in listed if isinstance(item, Submission))
        guards = [item.guard.subject for item in submissions if item.guard is not None]
        if guards:
            self.known_guards.update(await self.store.find_guards(guards))
        named = [item for item in listed if external_ids_of(item)]
        for item in named:
            account = account_of(item)
            if account not in self.absent and self.cache(account).book(account) is None:
                self.lacking.setdefault(account, None)
        if self.lacking:
            await self.load()
        names = [
            (book.program, external_id)
            for item in named
            if (book := self.cache(account_of(item)).book(account_of(item))) is not None
            for external_id in external_ids_of(item)
        ]
        if names:
            self.names.learn((), await self.store.find_external_ids(names))

    # -- loading -------------------------------------------------------------------

    async def load(self) -> None:
        """Bring what is lacking into the cache."""
        by_shard: dict[int, list[Demand]] = {}
        for account, lack in self.lacking.items():
            book = self.cache(account).book(account)
            opening = book is None and account not in self.absent
            demand = demand_for(account, book, lack, opening=opening)
            by_shard.setdefault(account % self.store.shards, []).append(demand)
            if opening:
                self.opened.add(account)
        self.lacking = {}
        answers = await asyncio.gather(
            *(self.store.load(shard, demands) for shard, demands in by_shard.items())
        )
        found = [each for answer in answers for each in answer]
        policies = await self._policies({each.facts.currency for each in found if each.facts})
        demanded = {each.account: each for demands in by_shard.values() for each in demands}
        for each in found:
            demand = demanded[each.account]
            if demand.opening and each.facts is None:
                self.absent.add(each.account)
                continue
            policy = policies[each.facts.currency] if each.facts else None
            cache = self.cache(each.account)
            if sum(map(len, each.states)) > LARGE_STATE:
                await apart(cache.take, each, policy)
            else:
                cache.take(each, policy)
            cache.note_subjects(demand.account, demand.subjects)

    async def _policies(self, currencies: Iterable[int]) -> dict[int, Policy]:
        """The policies: what this round has read, else what is remembered and not in doubt.

        Once read, a policy is that of the whole round: accounts of one currency that are found
        stale one after the other would make each other stale again for ever.
        """
        policies: dict[int, Policy] = {}
        unread: list[int] = []
        for currency in currencies:
            policy = self.checked_policies.get(currency)
            if policy is None and currency not in self.doubted_policies:
                policy = self.names.policy(currency)
            if policy is None:
                unread.append(currency)
            else:
                policies[currency] = policy
        if unread:
            for policy in await self.store.policies(sorted(unread)):
                self.names.set_policy(policy)
                policies[policy.currency] = self.checked_policies[policy.currency] = policy
        return policies

    # -- saving --------------------------------------------------------------------

    async def batches(self) -> list[Batch]:
        """What the round writes, one batch per shard; empty when there is nothing to write."""
        shards: dict[int, list[Book]] = {}
        for book in self.touched.values():
            shards.setdefault(book.shard, []).append(book)
        for key in self.new_keys.values():
            shards.setdefault(key.shard, [])
        batches = [self._batch(shard, books) for shard, books in sorted(shards.items())]
        unread = self.moved_guards.difference(self.guards)
        if unread:
            self.guards |= await self.store.find_guards(sorted(unread))
        if self.guards:
            guards = [Guard(*each) for each in sorted(self.guards.items())]
            batches[0] = batches[0]._replace(guards=guards)
        return batches

    def _batch(self, shard: int, books: list[Book]) -> Batch:
        return batch_of(shard, books, self.new_keys, self.new_externals.values())

    def finish(self) -> None:
        """The save stands: the cache is what the store says, and knows the new keys."""
        for book in self.touched.values():
            book.saved()
        for account in self.opened.union(self.touched):
            warm = self.cache(account).book(account)
            if warm is not None:  # else the one before it has let it go
                self.cache(account).warm(warm)
        self.names.learn(self.new_keys.values(), self.new_externals.values())

    def forget(self) -> None:
        """The save failed: nothing of what this round believed may be used again."""
        for account in (*self.touched, *self.opened):
            self.cache(account).forget(account)
        for book in self.touched.values():
            self.names.forget_policy(book.currency)
