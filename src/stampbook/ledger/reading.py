"""Reads: fresh from the store, settled in memory, never waiting for writers."""

from collections.abc import Callable
from functools import partial
from itertools import takewhile
from typing import Any, Final, NamedTuple, TypeVar

from stampbook.domain.balance import Balance, balance_of
from stampbook.domain.book import Book
from stampbook.domain.decisions.passing import acts_first, is_of_one_unit, is_passing, leaves
from stampbook.domain.decisions.settling import settle
from stampbook.domain.facts import Unloaded
from stampbook.domain.model import Transaction, split_number
from stampbook.ledger.cache import Cache, Names
from stampbook.ledger.knowing import demand_for
from stampbook.ledger.outcomes import Done
from stampbook.ledger.work import Lacks, view_of
from stampbook.pacing import LARGE, LARGE_STATE, apart
from stampbook.storage.store import AccountFound, Demand, KeyRow, LedgerStore

_Result = TypeVar("_Result")


_NEXT: Final = 100
"""Rows that are read at once."""


class Foreseen(NamedTuple):
    """An account at the instant `at`, and what the clock will do to it after that.

    `now` is settled at `at`, `book` at a later instant; the `records` of that one are all rows that
    no store has: those that were due by `at`, and those that will be. The two share what the clock
    leaves alone: both are only for looking.
    """

    at: int
    now: Book
    book: Book


class Reading:
    """Questions that change nothing."""

    def __init__(self, store: LedgerStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock

    async def read(
        self, account: int, *, tenant: int, program: int | None = None, at: int | None = None
    ) -> Book | None:
        """The account's book at `at`, settled; None if there is no such account.

        Without `at` it is the book of now: the later of the clock and the account's last row,
        since another server whose clock is ahead may have written that row. For a past instant it
        is what the ledger said then, by its clock; for a future one, what it will say if nothing
        else happens.
        """
        found = await self._opened(account, tenant, program, at)
        if found is None:
            return None
        cache, book, instant = found
        await self._settle(cache, book, instant)
        return book

    async def balance(
        self, account: int, *, tenant: int, program: int | None = None, at: int | None = None
    ) -> tuple[Book, Balance] | None:
        """The account's figures at `at`, with its book; None if there is no such account."""
        book = await self.read(account, tenant=tenant, program=program, at=at)
        return None if book is None else (book, await _of_book(balance_of, book))

    async def foresee(
        self,
        account: int,
        *,
        tenant: int,
        ahead_us: int,
        program: int | None = None,
        at: int | None = None,
    ) -> Foreseen | None:
        """The account at `at` as `read` has it, and what will happen within `ahead_us` after it if
        nobody does anything; None if there is no such account."""
        found = await self._opened(account, tenant, program, at)
        if found is None:
            return None
        cache, book, instant = found
        await self._settle(cache, book, instant)
        now = book.copy()
        book.draft = True  # thousands of lots may expire by then, and no row of it is stored
        await self._settle(cache, book, instant + ahead_us)
        return Foreseen(instant, now, book)

    async def repeat(self, known: KeyRow) -> Done:
        """The answer to the key's first use, with the present figures of its account. Raises
        Unavailable while rows of it are in doubt."""
        rows = await self._store.written(known.account, known.seq, known.count)
        opened = await self._open(known.account)
        assert opened is not None, "a key that was used names an account that exists"
        cache, book = opened
        await self._settle(cache, book, self._clock())
        transactions = acts_first(rows)
        for row in rows if not known.already else ():  # `already` was answered with one leg only
            if row.peer:
                transactions += await self._peer(row)
        if (
            transactions
            and transactions[-1].account != known.account
            and is_passing(transactions[-1])
        ):
            transactions += await self._onward(transactions[-1])
        return Done(
            view_of(book),
            tuple(transactions),
            replayed=True,
            already=known.already,
            named=known.named,
        )

    async def _peer(self, row: Transaction) -> list[Transaction]:
        return await self._store.written(*split_number(row.peer))

    async def _onward(self, row: Transaction) -> list[Transaction]:
        """What a request also wrote because the account of the row, which its points had passed on
        to, was merged: of each further passage the last row, and the one at its other end."""
        found: list[Transaction] = []
        while (left := await self._last_leaving(row)) is not None:
            (row,) = await self._peer(left)
            found += left, row
        return found

    async def _last_leaving(self, row: Transaction) -> Transaction | None:
        """The last row by which the request that wrote this one passed points on from its
        account."""
        account, last, before = row.account, None, row
        while rows := await self._store.journal(account, after=before.seq, limit=_NEXT):
            same = list(takewhile(partial(is_of_one_unit, other=row), rows))
            last = next((each for each in reversed(same) if leaves(each, account)), last)
            if len(same) < _NEXT:
                break
            before = same[-1]
        before = row
        while last is None and before.seq > 1:
            after = max(0, before.seq - 1 - _NEXT)
            rows = await self._store.journal(account, after=after, limit=before.seq - 1 - after)
            same = list(takewhile(partial(is_of_one_unit, other=row), reversed(rows)))
            last = next((each for each in same if leaves(each, account)), None)
            if len(same) < len(rows):
                break
            before = rows[0]
        return last

    async def _opened(
        self, account: int, tenant: int, program: int | None, at: int | None
    ) -> tuple[Cache, Book, int] | None:
        """The account as it was at the instant, not settled yet; and the instant."""
        found = await self._open(account)
        if found is None:
            return None
        cache, book = found
        if book.tenant != tenant or (program is not None and book.program != program):
            return None
        if at is None:
            at = max(self._clock(), book.clock)
        elif at < book.clock:
            cache, book = await self._past(book, at)
        return cache, book, at

    async def _open(self, account: int, upto: int | None = None) -> tuple[Cache, Book] | None:
        """A private cache with the account's book, fresh from the store."""
        cache = Cache(Names())
        demand = Demand(account, opening=True, upto=upto)
        (found,) = await self._store.load(account % self._store.shards, [demand])
        if found.facts is None:
            return None
        (policy,) = await self._store.policies([found.facts.currency])
        await _of_size(sum(map(len, found.states)) > LARGE_STATE, cache.take, found, policy)
        book = cache.book(account)
        assert book is not None
        return cache, book

    async def _settle(self, cache: Cache, book: Book, at: int) -> None:
        lacks = Lacks()
        while True:
            try:
                await _of_book(settle, book, at)
                return
            except Unloaded as lack:
                lacks.note(book.number, lack)
                loading = self._load(cache, book.number, lack)
            await loading

    async def _load(self, cache: Cache, account: int, lack: Unloaded) -> None:
        demand = demand_for(account, cache.book(account), lack, opening=False)
        (found,) = await self._store.load(account % self._store.shards, [demand])
        cache.take(found)

    async def _past(self, book: Book, at: int) -> tuple[Cache, Book]:
        """The account as the last row at or before the instant left it."""
        seq = await self._last_row(book, at)
        if seq:
            opened = await self._open(book.number, seq)
            assert opened is not None, "accounts stay"
            return opened
        cache = Cache(Names())
        empty = AccountFound(book.number, book.identity(), (), (), (), (), (), frozenset())
        cache.take(empty, book.policy)
        past = cache.book(book.number)
        assert past is not None
        return cache, past

    async def _last_row(self, book: Book, at: int) -> int:
        """The number of that row, 0 for none. The search relies on time never running back."""
        before, after = 0, book.seq
        while after - before > 1:
            middle = (before + after) // 2
            (row,) = await self._store.journal(book.number, after=middle - 1, limit=1)
            if row.recorded_at <= at:
                before = middle
            else:
                after = middle
        return before


async def _of_book(work: Callable[..., _Result], book: Book, *more: Any) -> _Result:
    """The result of `work` on the book; on a thread if the book is large."""
    return await _of_size(book.size > LARGE, work, book, *more)


async def _of_size(large: bool, work: Callable[..., _Result], *given: Any) -> _Result:
    return await apart(work, *given) if large else work(*given)
