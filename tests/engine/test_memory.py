"""What the engine keeps in memory: bounded, and never let go of before it is saved."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import chain, repeat
from typing import cast

import pytest

from stampbook.domain.commands import Accrue, Cancel, Command, Redeem
from stampbook.ledger import engine
from stampbook.ledger.engine import Ledger
from stampbook.ledger.joint import Acting, Joint, JointRefused, Planned
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import AccountFound, Demand, OutcomeUnknown, Store
from tests.storage.building import NOW, make_accounts, make_currency

ACCOUNTS = 40


@pytest.mark.parametrize("rows", [1, 7, 60])
async def test_a_batch_of_more_accounts_than_memory_keeps(
    store: Store, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Accounts of one batch let each other cool only when all of them are saved."""
    monkeypatch.setattr(engine, "MAX_ROWS", rows)
    accounts = await make_accounts(store, await make_currency(store), ACCOUNTS)
    ledger = Ledger(store, clock=lambda: NOW)
    await ledger.start()
    for command, active in ((Accrue(10), 10), (Redeem(3), 7), (Redeem(3), 4), (Accrue(1), 5)):
        outcomes = await asyncio.gather(
            *(ledger.submit(Submission(1, account, (command,))) for account in accounts)
        )
        told = [outcome.account.active for outcome in outcomes if isinstance(outcome, Done)]
        assert told == [active] * ACCOUNTS
    await ledger.stop()


class Counted:
    """A store, and how often it was asked to load."""

    def __init__(self, store: Store) -> None:
        self._store, self.loads = store, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def load(self, shard: int, demands: Sequence[Demand]) -> Sequence[AccountFound]:
        self.loads += 1
        return await self._store.load(shard, demands)


@pytest.mark.parametrize(("frozen", "loads"), [(10**6, False), (0, True)])
async def test_a_cancel_of_an_account_that_was_packed(
    store: Store, monkeypatch: pytest.MonkeyPatch, frozen: int, loads: bool
) -> None:
    """It asks the store for nothing, unless the past had to be let go."""
    monkeypatch.setattr(engine, "MAX_ROWS", 1)
    monkeypatch.setattr(engine, "MAX_FROZEN", frozen)
    accounts = await make_accounts(store, await make_currency(store), ACCOUNTS)
    counted = Counted(store)
    ledger = Ledger(cast(Store, counted), clock=lambda: NOW)
    await ledger.start()
    last: dict[int, int] = {}
    for command in (Accrue(10), Accrue(5), Redeem(12), Redeem(1)):
        for account in accounts:
            done = await ledger.submit(Submission(1, account, (command,)))
            assert isinstance(done, Done)
            last[account] = done.transactions[-1].seq
    counted.loads = 0
    for target, active in ((last, 3), (dict.fromkeys(accounts, 3), 15)):
        for account in accounts:
            done = await ledger.submit(Submission(1, account, (Cancel(target[account]),)))
            assert isinstance(done, Done)
            assert done.account.active == active
    assert (counted.loads > ACCOUNTS) is loads
    assert loads or not counted.loads
    await ledger.stop()


async def test_a_lane_survives_what_nobody_foresaw(store: Store) -> None:
    """Its callers learn that the outcome is unknown; those after them are served."""
    (account,) = await make_accounts(store, await make_currency(store))
    instants = chain((NOW,), repeat(None, 1), repeat(NOW))

    def clock() -> int:
        instant = next(instants)
        if instant is None:
            raise OSError("no clock")
        return instant

    ledger = Ledger(store, clock=clock)
    await ledger.start()
    ask = Submission(1, account, (Accrue(10),))
    assert isinstance(await ledger.submit(ask), Done)
    with pytest.raises(OutcomeUnknown):
        await ledger.submit(ask)
    outcome = await ledger.submit(ask)
    assert isinstance(outcome, Done)
    assert outcome.account.active == 20
    await ledger.stop()


async def test_an_answer_that_writes_nothing_leaves_the_past_in_memory(store: Store) -> None:
    """A refusal, a dry run, a cancel that was done before and a request for two accounts each ask
    the store once what the account is. What memory knew of earlier rows is still right."""
    first, second = await make_accounts(store, await make_currency(store), 2)
    counted = Counted(store)
    ledger = Ledger(cast(Store, counted), clock=lambda: NOW)
    await ledger.start()
    for account in (first, second):
        for command in (Accrue(10), Redeem(4), Redeem(1), Redeem(2)):
            assert isinstance(await ledger.submit(Submission(1, account, (command,))), Done)

    def plan(acting: Acting) -> Planned:
        acting.do(first, Cancel(2))
        acting.do(second, Redeem(99))
        raise AssertionError("nobody has so many")

    async def asked_both() -> None:
        with pytest.raises(JointRefused):
            await ledger.join(Joint(1, (first, second), plan))

    async def asks(*commands: Command, dry_run: bool = False) -> None:
        await ledger.submit(Submission(1, first, commands, dry_run=dry_run))

    assert isinstance(await ledger.submit(Submission(1, first, (Cancel(3),))), Done)
    for ask, loads in (
        (partial(asks, Redeem(99)), 1),
        (partial(asks, Cancel(3)), 1),
        (partial(asks, Cancel(4), dry_run=True), 1),
        (asked_both, len({account % store.shards for account in (first, second)})),
        (partial(asks, Cancel(4)), 0),
        (partial(asks, Cancel(2)), 0),
    ):
        counted.loads = 0
        await ask()
        assert counted.loads == loads, ask
    await ledger.stop()
