"""Reads: fresh from the store, settled in memory, never waiting for writers."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from stampbook.domain.audit import apply_row, blank
from stampbook.domain.balance import Balance, balance_of
from stampbook.domain.book import Book, Unloaded
from stampbook.domain.model import split_number
from stampbook.domain.settling import settle
from stampbook.ledger.cache import Cache, Names
from stampbook.ledger.demands import demand_for
from stampbook.ledger.outcomes import Done
from stampbook.ledger.work import view_of
from stampbook.pacing import LARGE, Slices, apart
from stampbook.storage.store import Demand, KeyRow, LedgerStore, SaveConflict, Unavailable

JOURNAL_PAGE = 1_000
"""Rows of a journal read at once when the past is asked for."""

MAX_TRIES = 20
"""An account that moves between the pages of so many reads is written to by a loop."""

_Result = TypeVar("_Result")


class Reading:
    """What can be asked without changing anything."""

    def __init__(self, store: LedgerStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock

    async def read(
        self, account: int, *, tenant: int, program: int | None = None, at: int | None = None
    ) -> Book | None:
        """The account's book at `at`, settled; None if there is no such account.

        Without `at` it is that of now: the later of the clock and the account's last row, since
        another server whose clock is ahead may have written that row. For a past instant it is
        what the ledger said then, by its clock; for a future one what it will say if nothing
        else happens.
        """

        async def attempt() -> Book | None:
            found = await self._opened(account, tenant, program, at)
            if found is None:
                return None
            cache, book, instant = found
            await self._settle(cache, book, instant)
            return book

        return await _undisturbed(attempt)

    async def balance(
        self, account: int, *, tenant: int, program: int | None = None, at: int | None = None
    ) -> tuple[Book, Balance] | None:
        """The account's figures at `at`, with the book they are of; None if there is none."""

        async def attempt() -> tuple[Book, Balance] | None:
            found = await self._opened(account, tenant, program, at)
            if found is None:
                return None
            cache, book, instant = found
            while True:
                await self._settle(cache, book, instant)
                try:
                    return book, await _of_book(balance_of, book)
                except Unloaded as lack:
                    await self._load(cache, account, lack)

        return await _undisturbed(attempt)

    async def repeat(self, known: KeyRow) -> Done:
        """The answer that the key's first use was given; its account's figures are present."""

        async def attempt() -> Book:
            found = await self._open(known.account)
            assert found is not None, "a key that was used names an account that exists"
            cache, book = found
            await self._settle(cache, book, self._clock())
            return book

        book = await _undisturbed(attempt)
        after = known.seq - 1
        transactions = await self._store.journal(known.account, after=after, limit=known.count)
        peer = transactions[0].peer
        if peer and not known.already:  # what had been done already was answered with one leg
            account, seq = split_number(peer)
            transactions += await self._store.journal(account, after=seq - 1, limit=1)
        return Done(view_of(book), tuple(transactions), replayed=True, already=known.already)

    async def _opened(
        self, account: int, tenant: int, program: int | None, at: int | None
    ) -> tuple[Cache, Book, int] | None:
        """The caller's account as it was at the instant, not settled yet; and the instant."""
        found = await self._open(account)
        if found is None:
            return None
        cache, book = found
        if book.tenant != tenant or (program is not None and book.program != program):
            return None
        if at is None:
            at = max(self._clock(), book.clock)
        elif at < book.clock:
            book = await self._past(book, at)
        return cache, book, at

    async def _open(self, account: int) -> tuple[Cache, Book] | None:
        """A private cache with the account's book, fresh from the store."""
        cache = Cache(Names())
        shard = account % self._store.shards
        (found,) = await self._store.load(shard, [Demand(account, opening=True)])
        if not found.exists or found.facts is None:
            return None
        (policy,) = await self._store.policies([found.facts.currency])
        cache.take(found, policy)
        book = cache.book(account)
        assert book is not None
        return cache, book

    async def _settle(self, cache: Cache, book: Book, at: int) -> None:
        while True:
            try:
                await _of_book(settle, book, at)
                return
            except Unloaded as lack:
                await self._load(cache, book.number, lack)

    async def _load(self, cache: Cache, account: int, lack: Unloaded) -> None:
        demand = demand_for(account, cache.book(account), lack, opening=False)
        (found,) = await self._store.load(account % self._store.shards, [demand])
        cache.take(found)

    async def _past(self, book: Book, at: int) -> Book:
        """Replay the journal up to the instant."""
        past, seq, slices = blank(book), 0, Slices()
        while True:
            rows = await self._store.journal(book.number, after=seq, limit=JOURNAL_PAGE)
            for row in rows:
                await slices.pause()
                if row.recorded_at > at:
                    return past
                apply_row(past, row)
                seq = row.seq
            if len(rows) < JOURNAL_PAGE:
                return past


async def _of_book(work: Callable[..., _Result], book: Book, *more: Any) -> _Result:
    """What `work` makes of the book, on a thread if the book is large."""
    return await apart(work, book, *more) if len(book.lots) > LARGE else work(book, *more)


async def _undisturbed(attempt: Callable[[], Awaitable[_Result]]) -> _Result:
    """The result of a read during which nobody moved the account; Unavailable if there is none."""
    for _ in range(MAX_TRIES):
        try:
            return await attempt()
        except SaveConflict:
            continue
    raise Unavailable("the account moves faster than it can be read")
