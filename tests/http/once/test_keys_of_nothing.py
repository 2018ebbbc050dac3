"""A write that has nothing to do takes its key: a retry does not do what has become possible since,
and another request with that key is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from stampbook.domain.book import Book
from stampbook.domain.commands import Accrue, Command, Redeem
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.outcomes import Done, Outcome
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Store
from stampbook.verifying.directories import verify_directories
from tests.engine.test_at_once import Two
from tests.laws.histories import PLAIN


@dataclass
class Till:
    """Empties an account, as far as it has something."""

    two: Two

    def asked(self, identity: str, *, dry_run: bool = False) -> Submission:
        first = self.two.first

        def empty(book: Book, now: int) -> Sequence[Command]:
            return [Redeem(book.active)] if book.active else []

        return Submission(
            first.tenant,
            first.accounts["a"],
            key=first._key("k"),
            identity=identity,
            planner=empty,
            dry_run=dry_run,
        )

    async def empty(self, identity: str = "empty", *, dry_run: bool = False) -> Outcome:
        return await self.two.first.engine.submit(self.asked(identity, dry_run=dry_run))


@pytest.mark.parametrize("has_rows", [False, True])
async def test_the_key_of_a_plan_without_commands(store: Store, has_rows: bool) -> None:
    two = Two(store)
    await two.found(PLAIN)
    till = Till(two)
    if has_rows:
        await two.first.submit("a", Accrue(3))
        await two.first.submit("a", Redeem(3))
    tried = await till.empty(dry_run=True)
    assert isinstance(tried, Done)
    assert (tried.transactions, tried.dry_run) == ((), True)
    first = await till.empty()
    assert isinstance(first, Done)
    assert (first.transactions, first.replayed) == ((), False)
    await two.second.submit("a", Accrue(5))
    for forgets in (False, True):
        if forgets:
            two.first.engine.forget([two.first.accounts["a"]])
        again = await till.empty()
        assert isinstance(again, Done)
        assert (again.transactions, again.replayed, again.account.active) == ((), True, 5)
        other = await till.empty("another")
        assert isinstance(other, Refusal)
        assert other.code is Code.IDEMPOTENCY_KEY_REUSED
    assert (await two.first.balance("a")).active == 5
    async with store.snapshot() as reading:
        assert [fault async for fault in verify_directories(store, reading)] == []
    await two.finish()


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_row_in_the_same_batch_has_its_own_key(store: Store, atomic: bool) -> None:
    """Both are of one place: where the one would have begun, the other has its row."""
    two = Two(store)
    await two.found(PLAIN)
    till = Till(two)
    engine, account = two.first.engine, two.first.accounts["a"]
    accrual = Submission(two.first.tenant, account, (Accrue(5),), key=two.first._key("other"))
    outcomes = await engine.submit_all([till.asked("empty"), accrual], atomic=atomic)
    assert [len(each.transactions) for each in outcomes if isinstance(each, Done)] == [0, 1]
    engine.forget([account])
    repeats = [await till.empty(), await engine.submit(accrual)]
    assert [
        (each.replayed, len(each.transactions)) for each in repeats if isinstance(each, Done)
    ] == [(True, 0), (True, 1)]
    await two.finish()
