"""Repeats wait for one more batch of their lane, so that one look-up proves those of both."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.domain.commands import Accrue
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import Batch, OutcomeUnknown, Store
from tests.storage.building import NOW, make_accounts, make_currency


class Counted:
    """A store that notes what is looked up, and may lose the answer of a save."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.looked_up: list[list[int]] = []
        self.loses = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def last_rows(self, shard: int, accounts: list[int]) -> dict[int, int]:
        self.looked_up.append(accounts)
        return await self._store.last_rows(shard, accounts)

    async def save(self, batches: list[Batch]) -> None:
        await self._store.save(batches)
        if self.loses:
            self.loses -= 1
            raise ValueError("a bug after a save")


async def begin(store: Store, *, max_batch: int) -> tuple[Ledger, Any, list[Submission]]:
    """A ledger in which four accounts of one shard have earned something by a key."""
    counted: Any = Counted(store)
    ledger = Ledger(counted, clock=lambda: NOW, max_batch=max_batch)
    await ledger.start()
    numbers = await make_accounts(store, await make_currency(store), 4 * store.shards)
    ours = [each for each in numbers if each % store.shards == 0]
    asked = [Submission(1, each, (Accrue(5),), key=f"key {each}") for each in ours]
    for each in asked:
        assert isinstance(await ledger.submit(each), Done)
    return ledger, counted, asked


def first_of(asked: Submission, turn: int) -> Submission:
    return asked._replace(key=f"{asked.key} {turn}")


async def test_one_look_up_proves_the_repeats_of_two_batches(store: Store) -> None:
    ledger, counted, asked = await begin(store, max_batch=2)
    # In batches of two: each has a repeat, and a first request of the same account or another.
    items = [each for one in asked for each in (one, first_of(one, 1))]
    outcomes = await asyncio.gather(*map(ledger.submit, items))
    done = [each for each in outcomes if isinstance(each, Done)]
    assert [each.replayed for each in done] == [True, False] * 4
    assert [each.transaction.seq for each in done] == [1, 2] * 4
    # The balances of a repeat are the present ones, those of the batch that it waited for as well.
    assert [each.account.total for each in done] == [10] * 8
    accounts = [each.account for each in asked]
    assert counted.looked_up == [accounts[:2], accounts[2:]]
    await ledger.stop()


async def test_without_others_a_repeat_waits_for_nothing(store: Store) -> None:
    ledger, counted, asked = await begin(store, max_batch=2)
    for each in asked:
        again = await ledger.submit(each)
        assert isinstance(again, Done)
        assert again.replayed
    assert counted.looked_up == [[each.account] for each in asked]
    await ledger.stop()


async def test_repeats_are_answered_although_the_batch_after_them_fails(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    ledger, counted, asked = await begin(store, max_batch=1)
    waiting = [asyncio.create_task(ledger.submit(each)) for each in asked[:1]]
    counted.loses = 1
    failing = asyncio.create_task(ledger.submit(first_of(asked[1], 1)))
    last = asyncio.create_task(ledger.submit(asked[2]))
    again = await waiting[0]
    assert isinstance(again, Done)
    assert again.replayed
    with pytest.raises((OutcomeUnknown, ValueError)):
        await failing
    assert isinstance(await last, Done)
    assert "failed" in caplog.text
    await ledger.stop()


async def test_a_stopping_ledger_answers_the_repeats_that_wait(store: Store) -> None:
    ledger, _, asked = await begin(store, max_batch=1)
    waiting = [asyncio.create_task(ledger.submit(each)) for each in asked]
    await asyncio.sleep(0)
    await ledger.stop()
    assert all(isinstance(each, Done) and each.replayed for each in await asyncio.gather(*waiting))
