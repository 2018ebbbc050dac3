"""Another process moves an account while this one reads it: facts are never mixed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest

from stampbook.domain.commands import Accrue, Cancel, Redeem
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.opening import open_store
from stampbook.storage.store import AccountFound, Demand, Store
from tests.storage.building import NOW, make_account


class Disturbed:
    """A real store; before each load that is not an account's first, something happens."""

    def __init__(self, store: Store, disturb: Callable[[], Awaitable[Any]]) -> None:
        self.store = store
        self.disturb = disturb
        self.disturbed = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    async def load(self, shard: int, demands: Sequence[Demand]) -> list[AccountFound]:
        if not any(demand.opening for demand in demands) and self.disturbed < 3:
            self.disturbed += 1
            await self.disturb()
        return await self.store.load(shard, demands)


@pytest.fixture
async def other(store_address: str) -> AsyncIterator[Ledger]:
    """The ledger of another process on the same database."""
    opened = await open_store(store_address)
    ledger = Ledger(opened, clock=lambda: NOW)
    await ledger.start()
    yield ledger
    await ledger.stop()
    await opened.close()


async def spent_and_spent(other: Ledger, account: int) -> None:
    """A lot that paid twice, and points to spend."""
    for command in (Accrue(60), Redeem(20), Redeem(20), Accrue(40)):
        assert isinstance(await other.submit(Submission(1, account, (command,))), Done)


async def test_a_decision_is_made_of_one_version(store: Store, other: Ledger) -> None:
    """While it finds out who was paid by the lot of an old accrual, more and more are."""
    account = await make_account(store)
    await spent_and_spent(other, account)
    disturbed = Disturbed(store, lambda: other.submit(Submission(1, account, (Redeem(2),))))
    ledger = Ledger(disturbed, clock=lambda: NOW)
    await ledger.start()
    done = await ledger.submit(Submission(1, account, (Cancel(1),)))
    await ledger.stop()
    assert disturbed.disturbed == 3
    assert isinstance(done, Done)
    assert done.transaction.balance_before == 60 - 3 * 2
    assert done.transaction.balance_after == -3 * 2


async def test_a_refusal_is_of_one_version(store: Store, other: Ledger) -> None:
    account = await make_account(store)
    await other.submit(Submission(1, account, (Accrue(10),)))
    await other.submit(Submission(1, account, (Redeem(10),)))
    disturbed = Disturbed(store, lambda: other.submit(Submission(1, account, (Cancel(2),))))
    ledger = Ledger(disturbed, clock=lambda: NOW)
    await ledger.start()
    await ledger.submit(Submission(1, account, (Accrue(1),)))
    done = await ledger.submit(Submission(1, account, (Cancel(2),)))
    await ledger.stop()
    assert isinstance(done, Done)
    assert disturbed.disturbed
    assert done.already
