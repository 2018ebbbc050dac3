"""What a round knows: the books, policies and names in the caches, and how current they are.

The caches may be out of date. `Knowing` distinguishes what was remembered before from what this
round has read from the store itself, and reads what a decision lacks.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from stampbook.domain.book import Book
from stampbook.domain.commands import Activate, Cancel, Commit, Expire, Release
from stampbook.domain.facts import Unloaded
from stampbook.domain.policy import Policy
from stampbook.ledger.cache import Cache
from stampbook.ledger.submission import Submission, Transfer, account_of, external_ids_of
from stampbook.ledger.writing import Writing
from stampbook.pacing import A_TURN, LARGE, LARGE_STATE, apart, give_way
from stampbook.storage.store import Demand, ExternalIdRow, Key, KeyRow, LedgerStore
from stampbook.watching.counting import count
from stampbook.watching.metrics import CACHE_REQUESTS
from stampbook.watching.tracing import TRACING

ACTING: Final = (Commit, Release, Cancel, Activate, Expire)
"""The commands that act upon a transaction."""


class Knowing:
    """The caches and the store as one round sees them.

    `lacking` has what the next `load` reads, by account; None: the account itself.
    """

    __slots__ = (
        "_absent",
        "_caches",
        "_doubted",
        "_doubted_policies",
        "_guards",
        "_looked_up",
        "_names",
        "_opened",
        "_read_policies",
        "_shards",
        "_store",
        "lacking",
    )

    def __init__(self, store: LedgerStore, caches: Sequence[Cache]) -> None:
        self._store = store
        self._caches = caches
        self._shards = len(caches)
        self._names = caches[0].names
        self.lacking: dict[int, Unloaded | None] = {}
        self._opened: set[int] = set()
        self._absent: set[int] = set()
        self._read_policies: dict[int, Policy] = {}
        self._doubted: set[int] = set()
        self._doubted_policies: set[int] = set()
        self._guards: dict[str, int] = {}
        self._looked_up: set[int] = set()

    # -- books ---------------------------------------------------------------------

    def cache(self, account: int) -> Cache:
        """The cache of the account's shard."""
        return self._caches[account % self._shards]

    def book(self, account: int) -> Book | None:
        """The remembered book of the account, which may be out of date."""
        cache = self._caches[account % self._shards]
        return cache.at_hand(account) or cache.book(account)

    def is_missing(self, account: int) -> bool:
        """Whether this round has asked the store for the account and found no such account."""
        return account in self._opened

    def knows_subject(self, account: int, subject: str) -> bool:
        """Whether all the account's movements of the subject are in its book."""
        return self.cache(account).knows_subject(account, subject)

    def is_fresh(self, book: Book) -> bool:
        """Whether this round has read the book and its policy from the store."""
        policy = self._read_policies.get(book.currency)
        return book.number in self._opened and book.policy is policy

    def reopen(self, book: Book) -> None:
        """Let the next `load` read the account again, and its policy unless this round has. If both
        are as they were, the book keeps what it knows of its past."""
        self._doubted.add(book.number)
        self.lacking.setdefault(book.number, None)
        if book.currency not in self._read_policies:
            self._doubted_policies.add(book.currency)

    def foresee(self, items: Iterable[Submission]) -> None:
        """Note everything that the commands are known to need, so that one load is enough."""
        hits = misses = 0
        for item in items:
            account = item.account
            book = self.book(account)
            if book is None:
                misses += 1
            else:
                hits += 1
            targets = [
                command.target
                for command in item.commands
                if isinstance(command, ACTING) and (book is None or book.lacks(command.target))
            ]
            if book is None or targets:
                self.lacking[account] = _merged(self.lacking.get(account), targets)
        count(CACHE_REQUESTS, "hit", by=hits)
        count(CACHE_REQUESTS, "miss", by=misses)

    async def load(self, *, anew: bool = False) -> None:
        """Load what is lacking into the caches; `anew`: with policies from the store, too, unless
        this round has read them."""
        by_shard: dict[int, list[Demand]] = {}
        for account, lack in self.lacking.items():
            book = None if account in self._doubted else self.book(account)
            opening = book is None and account not in self._absent
            demand = demand_for(account, book, lack, opening=opening)
            by_shard.setdefault(account % self._shards, []).append(demand)
            if opening:
                self._opened.add(account)
        self.lacking = {}
        self._doubted.clear()
        with TRACING.span("db.load"):
            answers = await asyncio.gather(
                *(self._store.load(shard, demands) for shard, demands in by_shard.items())
            )
        found = [each for answer in answers for each in answer]
        currencies = {each.facts.currency for each in found if each.facts}
        if anew:
            self._doubted_policies |= currencies
        policies = await self._policies(currencies)
        demanded = {each.account: each for demands in by_shard.values() for each in demands}
        for at, each in enumerate(found):
            if at and not at % A_TURN:
                await give_way()
            demand = demanded[each.account]
            if demand.opening and each.facts is None:
                self._absent.add(each.account)
                self.cache(each.account).forget(each.account)
                continue
            policy = policies[each.facts.currency] if each.facts else None
            cache = self.cache(each.account)
            found_size = len(each.rows) + len(each.lots) + len(each.redemptions)
            if sum(map(len, each.states)) > LARGE_STATE or found_size > LARGE:
                await apart(cache.take, each, policy)
            else:
                cache.take(each, policy)
            cache.note_subjects(demand.account, demand.subjects)

    async def _policies(self, currencies: Iterable[int]) -> dict[int, Policy]:
        """The policies: those that this round has read, else remembered ones that are not in doubt.

        The whole round uses a policy as it was first read. Otherwise accounts of one currency,
        found stale one after the other, would make each other stale again without end.
        """
        policies: dict[int, Policy] = {}
        unread: list[int] = []
        for currency in currencies:
            policy = self._read_policies.get(currency)
            if policy is None and currency not in self._doubted_policies:
                policy = self._names.policy(currency)
            if policy is None:
                unread.append(currency)
            else:
                policies[currency] = policy
        if unread:
            for policy in await self._store.policies(sorted(unread)):
                self._names.set_policy(policy)
                policies[policy.currency] = self._read_policies[policy.currency] = policy
        return policies

    # -- keys, external ids, guards ------------------------------------------------

    def key(self, key: Key) -> KeyRow | None:
        """The earlier use of the idempotency key, if it is remembered."""
        return self._names.key(key.digest)

    def external_id(self, name: tuple[int, str]) -> ExternalIdRow | None:
        """The movement that took the external id (program, id), if it is remembered."""
        return self._names.external_id(name)

    def has_moved(self, subject: str, version: int) -> bool:
        """Whether the guard is known to have another version than this."""
        return self._guards.get(subject, version) != version

    def is_looked_up(self, item: Submission | Transfer) -> bool:
        """Whether the store was asked for the item's key and external ids in this round."""
        return id(item) in self._looked_up

    async def look_up(self, items: Iterable[Submission | Transfer]) -> None:
        """Ask the store which keys, external ids and guards of the items it knows."""
        listed = list(items)
        self._looked_up.update(map(id, listed))
        keys = [Key(item.tenant, item.key) for item in listed if item.key is not None]
        if keys:
            self._names.learn(await self._store.find_keys(keys), ())
        submissions = (item for item in listed if isinstance(item, Submission))
        guards = [item.guard.subject for item in submissions if item.guard is not None]
        if guards:
            self._guards.update(await self._store.find_guards(guards))
        named = [item for item in listed if external_ids_of(item)]
        for item in named:
            account = account_of(item)
            if account not in self._absent and self.book(account) is None:
                self.lacking.setdefault(account, None)
        if self.lacking:
            await self.load()
        names = [
            (book.program, external_id)
            for item in named
            if (book := self.book(account_of(item))) is not None
            for external_id in external_ids_of(item)
        ]
        if names:
            self._names.learn((), await self._store.find_external_ids(names))

    # -- afterwards ----------------------------------------------------------------

    def saved(self, writing: Writing) -> None:
        """After a save: the caches agree with the store, and learn the new names."""
        for book in writing.books.values():
            book.saved()
        for account in self._opened.union(writing.books):
            self.cache(account).warm(account)
        self._names.learn([row for _, row in writing.keys.values()], writing.external_ids.values())

    def failed(self, writing: Writing) -> None:
        """After a save that failed or may have failed: forget all that this round relied on."""
        for account in (*writing.books, *self._opened):
            self.cache(account).forget(account)
        for book in writing.books.values():
            self._names.forget_policy(book.currency)


def _merged(lack: Unloaded | None, targets: Iterable[int]) -> Unloaded:
    """What was lacking before, and these transactions."""
    rows = frozenset(targets)
    return Unloaded(rows=rows | (lack.rows if lack else frozenset()))


def demand_for(account: int, book: Book | None, lack: Unloaded | None, *, opening: bool) -> Demand:
    """The demand on the store that lets the decision go on."""
    # A book without rows is that of an account without rows, whatever another process has written
    # since: facts of two instants are never mixed.
    upto = None if book is None else book.saved_seq
    if lack is None:
        return Demand(account, opening=opening, upto=upto)
    return Demand(
        account,
        opening=opening,
        upto=upto,
        rows=lack.rows,
        lots=lack.lots,
        paid_by=lack.paid_by,
        redemptions=lack.redemptions,
        subjects=lack.subjects,
    )
