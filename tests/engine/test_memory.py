"""What the engine keeps in memory: bounded, and never let go of before it is saved."""

from __future__ import annotations

import asyncio
from itertools import chain, repeat

import pytest

from stampbook.domain.commands import Accrue, Redeem
from stampbook.ledger import engine
from stampbook.ledger.engine import Ledger
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from stampbook.storage.store import OutcomeUnknown, Store
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
