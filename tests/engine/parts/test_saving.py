"""What becomes of a save, and what is asked about one whose answer was lost (ledger/saving.py).

The store is the real one, but for some of its saves: they are lost before or after they are made,
or are refused for a reason that nobody can find out.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from time import perf_counter_ns
from typing import Any, cast

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Note, Redeem
from stampbook.domain.model import Kind, Transaction, Who
from stampbook.ledger import saving
from stampbook.ledger.saving import pause_after_conflict, save
from stampbook.ledger.work import Fingerprinted
from stampbook.ledger.writing import Writing
from stampbook.storage.store import (
    Batch,
    Guard,
    Key,
    KeyRow,
    OutcomeUnknown,
    SaveConflict,
    Store,
    Unavailable,
)
from stampbook.watching.counting import MEMORY
from stampbook.watching.metrics import COMMIT_DURATION, OTHER, TRANSACTIONS
from tests.engine.parts.noting import Noting, asking
from tests.engine.parts.test_batches import moved
from tests.simulation.loop import SimulatedLoop
from tests.storage.building import complete_book, make_accounts, make_currency, save_book

Fate = str | Callable[[], Awaitable[object]]


class Fated(Noting):
    """A store whose next saves have these fates; a function is what happens before one is lost."""

    def __init__(self, store: Store, *fates: Fate) -> None:
        super().__init__(store)
        self.fates = list(fates)
        self.saves = 0

    async def save(self, batches: Sequence[Batch]) -> None:
        self.saves += 1
        fate = self.fates.pop(0) if self.fates else "answered"
        if fate == "refused":
            raise SaveConflict
        if fate == "away":
            raise Unavailable("the server is starting")
        if fate in ("answered", "landed"):
            await super().save(batches)
        elif not isinstance(fate, str):
            await fate()
        if fate != "answered":
            raise OutcomeUnknown("the connection is lost")

    async def journal(self, account: int, *, after: int, limit: int) -> list[Transaction]:
        found: list[Transaction] = await self._store.journal(account, after=after, limit=limit)
        self._asked.append(("journal", [row.seq for row in found]))
        return found

    async def until_replicated(self) -> None:
        self._asked.append(("replicated", None))
        await self._store.until_replicated()


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A save that is never found out is given up soon."""
    if "store" in request.fixturenames:
        monkeypatch.setattr(saving, "ASKING_S", 0.5)
        monkeypatch.setattr(saving, "ASK_PAUSE_S", 0)


NAMED = Accrue(100, note=Note(external_id="x"))


class Made:
    """Two accounts of different shards, and batches that were decided for them."""

    def __init__(self, store: Store, books: list[Book]) -> None:
        self.store = store
        self.first, self.second = books

    async def batches(self, *books: Book, key: str | None = None, guard: int = 0) -> list[Batch]:
        """What is new in the books. The key is that of the first; the guard's version is given."""
        writing = Writing(self.store)
        for book in books:
            writing.books[book.number] = book
            work = Fingerprinted(asking(book.number, NAMED, key=key if book is books[0] else None))
            writing.remember(work, book.records[0].row, 1)
            writing.remember_external_ids(
                book.program, work, (record.row for record in book.records)
            )
        if guard:
            writing.guard("order:1", guard)
        return await writing.batches()

    async def rows(self) -> list[int]:
        """How many rows each account has."""
        found = [await self.store.journal(each, after=0, limit=9) for each in self.numbers]
        return list(map(len, found))

    @property
    def numbers(self) -> tuple[int, int]:
        return self.first.number, self.second.number

    async def elsewhere(self, account: int, *commands: Command) -> Book:
        """The account's book in another server, which has decided these commands."""
        found = await complete_book(self.store, account)
        return moved(found, *commands)


@pytest.fixture
async def made(store: Store) -> Made:
    await store.execute("INSERT INTO guards (subject, version) VALUES ('order:1', 4)")
    numbers = await make_accounts(store, await make_currency(store), 2)
    numbers.sort(key=lambda each: each % store.shards)
    return Made(store, [await complete_book(store, each) for each in numbers])


async def test_a_save_that_is_answered_asks_nothing(made: Made) -> None:
    moved(made.first, NAMED)
    fated = Fated(made.store)
    await save(cast(Store, fated), await made.batches(made.first, key="k", guard=4))
    assert (fated.asked(), fated.saves) == ([], 1)
    assert await made.rows() == [1, 0]


@pytest.mark.parametrize("key", [None, "k"])
async def test_what_landed_is_found_and_is_on_the_standby_too(made: Made, key: str | None) -> None:
    """One row of each account is read, the last; and first that of which nothing may be there."""
    moved(made.first, NAMED, Redeem(3))
    moved(made.second, Accrue(1))
    fated = Fated(made.store, "landed")
    await save(cast(Store, fated), await made.batches(made.first, made.second, key=key))
    keys = ("keys", [key] if key else [])
    assert fated.asked() == [
        ("journal", [1]),
        ("journal", [2]),
        ("journal", [1]),
        keys,
        ("replicated", None),
    ]
    assert fated.saves == 2
    assert await made.rows() == [2, 1]


async def test_what_landed_is_found_below_what_came_after_it(made: Made) -> None:
    """However many rows others have written since, only ours are read."""
    moved(made.first, NAMED)
    batches = await made.batches(made.first, key="k")

    async def landed() -> None:
        await made.store.save(batches)
        twin = made.first.copy()
        twin.saved()
        await save_book(made.store, moved(twin, Redeem(1), Redeem(2)))

    fated = Fated(made.store, landed)
    await save(cast(Store, fated), batches)
    assert [rows for what, rows in fated.asked() if what == "journal"] == [[1], [1]]
    assert await made.rows() == [3, 0]


async def test_what_landed_without_rows_is_found_by_its_key(made: Made) -> None:
    moved(made.first, NAMED)
    await made.store.save(await made.batches(made.first))
    made.first.saved()
    account, shard = made.first.number, made.first.shard
    used = KeyRow(Key(1, "again").digest, b"f" * 16, shard, account, 1, 1, True)
    writing = Writing(made.store)
    writing.use(Key(1, "again"), used)
    fated = Fated(made.store, "landed")
    await save(cast(Store, fated), await writing.batches())
    assert fated.asked() == [("keys", ["again"]), ("replicated", None)]
    assert await made.store.find_keys([Key(1, "again")]) == [used]


@pytest.mark.parametrize("guard", [0, 4])
@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("command", [NAMED, Accrue(5)])
async def test_a_refusal_without_a_reason_proves_nothing(
    made: Made, command: Command, key: str | None, guard: int
) -> None:
    """The lost save may be at work still, and be committed later: so the same is saved again."""
    moved(made.first, command, Redeem(3))
    fated = Fated(made.store, "lost", "refused", "away", "lost", "refused")
    await save(cast(Store, fated), await made.batches(made.first, key=key, guard=guard))
    assert fated.saves == 6
    assert ("replicated", None) not in fated.asked()
    assert await made.rows() == [2, 0]


async def test_a_save_that_lands_after_its_repetition_was_refused(made: Made) -> None:
    moved(made.first, NAMED)
    batches = await made.batches(made.first, key="k")

    async def lands() -> None:
        await made.store.save(batches)

    fated = Fated(made.store, "lost", "refused", lands)
    await save(cast(Store, fated), batches)
    assert fated.saves == 4
    assert await made.rows() == [1, 0]


@pytest.mark.parametrize("taken", ["place", "second place", "key", "external id", "guard"])
async def test_what_another_server_took_makes_it_impossible(made: Made, taken: str) -> None:
    """The place in a journal, a key, an external id or the next version of a guard."""
    moved(made.first, NAMED, Redeem(1))
    moved(made.second, Accrue(5))
    batches = await made.batches(made.first, made.second, key="k", guard=4)

    async def takes() -> None:
        if taken == "guard":
            await made.store.save([Batch(0, guards=[Guard("order:1", 4)])])
            return
        # What is taken by a third account leaves the places free.
        (third,) = await make_accounts(made.store, made.first.currency)
        numbers = {"place": made.first.number, "second place": made.second.number}
        other = await made.elsewhere(numbers.get(taken, third), Accrue(7))
        key = Key(1, "k") if taken == "key" else None
        writing = Writing(made.store)
        writing.books[other.number] = other
        if key is not None:
            writing.remember(
                Fingerprinted(asking(other.number, Accrue(7), key="k")), other.rows[1], 1
            )
        if taken == "external id":
            row = other.rows[1]._replace(external_id="x")
            writing.take_external_id(other.program, row, b"f" * 16)
        await made.store.save(await writing.batches())

    with pytest.raises(SaveConflict):
        await save(cast(Store, Fated(made.store, takes)), batches)
    rows = {"place": [1, 0], "second place": [0, 1]}
    assert await made.rows() == rows.get(taken, [0, 0])


async def test_a_conflict_of_what_has_no_rows_is_one(made: Made) -> None:
    """Guards alone take no place that the lost save could have taken in secret."""
    with pytest.raises(SaveConflict):
        await save(cast(Store, Fated(made.store, "lost")), [Batch(0, guards=[Guard("order:1", 3)])])
    fated = Fated(made.store, "lost")
    await save(cast(Store, fated), [Batch(0, guards=[Guard("order:1", 4)])])
    assert await made.store.find_guards(["order:1"]) == {"order:1": 5}
    assert fated.saves == 2


async def test_all_rows_are_ours_or_none(made: Made) -> None:
    """Another server has made the very row of one account, but not that of the other."""
    moved(made.first, Accrue(5))
    moved(made.second, Accrue(5))
    batches = await made.batches(made.first, made.second)

    async def overtakes() -> None:
        writing = Writing(made.store)
        writing.books[made.first.number] = made.first
        await made.store.save(await writing.batches())

    with pytest.raises(SaveConflict):
        await save(cast(Store, Fated(made.store, overtakes)), batches)
    assert await made.rows() == [1, 0]


async def test_a_conflict_before_any_answer_was_lost_is_told_at_once(made: Made) -> None:
    moved(made.first, Accrue(5))
    for fate, error in (("refused", SaveConflict), ("away", Unavailable)):
        fated = Fated(made.store, fate)
        with pytest.raises(error):
            await save(cast(Store, fated), await made.batches(made.first))
        assert (fated.asked(), fated.saves) == ([], 1)


async def test_saves_and_their_rows_are_counted(made: Made) -> None:
    made.second.who = Who(None, None, "native", None)
    moved(made.first, Accrue(5), Accrue(6), Redeem(2))
    moved(made.second, Accrue(5))
    places = [
        TRANSACTIONS.at[kind.wire, dialect]
        for kind, dialect in (
            (Kind.ACCRUE, OTHER),
            (Kind.REDEEM, OTHER),
            (Kind.ACCRUE, "native"),
            (Kind.REDEEM, "native"),
        )
    ]
    series = [COMMIT_DURATION.declare(str(shard)) for shard in range(made.store.shards)]
    slots = range(len(COMMIT_DURATION.buckets) + 1)

    def counted() -> list[int]:
        times = [sum(MEMORY.slab[at + each] for each in slots) for at in series]
        return [MEMORY.slab[at] for at in places] + times

    batches = await made.batches(made.first, made.second)
    total = series[batches[0].shard] + len(COMMIT_DURATION.buckets) + 1
    before, spent, began = counted(), MEMORY.slab[total], perf_counter_ns()
    await save(made.store, batches)
    assert 0 < MEMORY.slab[total] - spent < perf_counter_ns() - began
    grown = [after - was for after, was in zip(counted(), before, strict=True)]
    times = [1 if shard == batches[0].shard else 0 for shard in range(made.store.shards)]
    assert grown == [2, 1, 1, 0, *times]


MANY = 1_000


class Away:
    """A database that does not come back. `asked`: when it was asked to save."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    async def save(self, batches: Sequence[Batch]) -> None:
        self.asked.append(asyncio.get_running_loop().time())
        assert len(self.asked) < MANY, "it is asked without a pause"
        if len(self.asked) == 1:
            raise OutcomeUnknown("the connection is lost")
        raise Unavailable("the server is down")


def simulated(work: Callable[[], Coroutine[Any, Any, object]]) -> float:
    """How long the work takes where time passes only when nothing else can happen."""
    loop = SimulatedLoop(random.Random(1))
    try:
        loop.run_until_complete(work())
        return loop.time()
    finally:
        loop.close()


def test_a_database_is_asked_each_quarter_of_a_second_for_fifteen() -> None:
    away = Away()

    async def ask() -> None:
        with pytest.raises(OutcomeUnknown, match="the connection is lost"):
            await save(cast(Store, away), [Batch(0)])

    assert simulated(ask) == pytest.approx(15)
    assert away.asked[:2] == [0, 0]
    assert away.asked[2:] == pytest.approx([number / 4 for number in range(1, 60)])


def test_pauses_after_conflicts_double_up_to_a_quarter_of_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is drawn from a range that begins with nothing; after the first conflict is none."""
    ends: list[float] = []

    def longest(first: float, last: float) -> float:
        ends.append(first)
        return last

    monkeypatch.setattr(random, "uniform", longest)
    pauses = [simulated(partial(pause_after_conflict, attempt)) for attempt in range(11)]
    doubling = [0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.256, 0.256]
    assert pauses == pytest.approx([0, *doubling])
    assert ends == [0] * 10
