"""`verify` finds faults in data derived from the journal, and `rebuild` repairs them."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from typer.testing import CliRunner

from stampbook.cli import app
from stampbook.domain.flows import FOLLOWER
from stampbook.domain.model import FOREVER
from stampbook.ledger.following.projections import advance, empty
from stampbook.ledger.following.rebuilding import rebuild
from stampbook.ledger.journal.owed import liability
from stampbook.storage.opening import open_store
from stampbook.storage.positions import position_of
from stampbook.storage.store import Store, Transacting
from tests.feed.test_totals import OWING, SLIDING, check, day_of, random_act
from tests.feed.world import accrual, make_accounts
from tests.laws.histories import PLAIN, Teller, plan_of
from tests.ledgers.on_store import StoreLedger

FAULTS = {
    "UPDATE holdings SET available = available + 1 WHERE account_id = 1 AND lot > 0": "holdings",
    "UPDATE holdings SET currency_id = currency_id + 1 WHERE account_id = 1": "holdings",
    "DELETE FROM holdings WHERE account_id = 2": "holdings",
    "INSERT INTO holdings VALUES (9, 1, 5, 0, 1, 0, 0, 1, 1, 0)": "an open lot without an account",
    "UPDATE flow_sums SET units = units - 1 WHERE kind = 1": "flow_sums of currency 1, accrue",
    "UPDATE flow_sums SET times = times + 1 WHERE kind = 2": "flow_sums of currency 2, redeem",
    "UPDATE flow_sums SET effective_at = effective_at - 900000000 WHERE kind = 1": "accrue",
    "DELETE FROM flow_sums WHERE kind = 1": "accrue",
    "UPDATE followers SET position = position - 3 WHERE name = 'sums'": "the flow_sums of",
    "UPDATE cohort_sums SET units = units + 1 WHERE source = 0": "cohort_sums of currency 1",
    "DELETE FROM account_quarters WHERE account_id = 2": "account_quarters of currency 2",
    "UPDATE lot_births SET born_at = born_at + 1 WHERE lot = 1": "lot_births",
}
PROJECTED = ("holdings", "open lot", "flow_sums", "cohort_sums", "account_quarters", "lot_births")
DUE = "SELECT due_at FROM accounts ORDER BY account_id"
LAST_DUE = "SELECT due_at FROM transactions WHERE account_id = $1 ORDER BY seq DESC LIMIT 1"


async def make_history(store: Store, *, advanced: bool = True) -> StoreLedger:
    """Three accounts in three currencies, with all kinds of rows."""
    dice = random.Random(5)
    ledger = StoreLedger(store)
    teller = Teller(ledger)
    await teller.begin(plan_of(PLAIN, SLIDING, OWING))
    for _ in range(120):
        await teller.act(random_act(dice))
    while advanced and await advance(store, now=0, limit=50):
        pass
    return ledger


def verified(url: str) -> list[str]:
    """The faults that `verify` finds."""
    ended = CliRunner().invoke(app, ["verify", "--json", "--database", url])
    found = json.loads(ended.stdout)
    assert ended.exit_code == (0 if found["sound"] else 1), ended.output
    return [fault["what"] for fault in found["faults"]]


async def apart(url: str) -> list[str]:
    return await asyncio.to_thread(verified, url)


async def test_faults_are_found_and_mended(store: Store, store_address: str) -> None:
    ledger = await make_history(store)
    assert await apart(store_address) == []
    for statement, expected in FAULTS.items():
        assert await store.execute(statement) > 0
        found = await apart(store_address)
        assert found, statement
        assert any(expected in what for what in found), (statement, found)
        assert all(any(each in what for each in PROJECTED) for what in found), found
        async for _ in rebuild(store, now=0):
            pass
        assert await apart(store_address) == [], statement
    await check(ledger)
    await ledger.finish()


async def test_verify_while_the_follower_is_behind(store: Store, store_address: str) -> None:
    ledger = await make_history(store, advanced=False)
    for _ in range(4):
        assert await apart(store_address) == []
        assert await advance(store, now=0, limit=20) == 20
    await ledger.finish()


async def test_the_command(store: Store, store_address: str) -> None:
    """It rebuilds the projections and the instants at which accounts are due."""
    ledger = await make_history(store, advanced=False)
    numbers = await store.fetch("SELECT account_id FROM accounts ORDER BY account_id")
    last = [await store.fetch_one(LAST_DUE, row["account_id"]) for row in numbers]
    expected = [FOREVER if row is None or row["due_at"] is None else row["due_at"] for row in last]
    assert min(expected) < FOREVER
    await store.execute("UPDATE accounts SET due_at = 7")
    total = await store.fetch_one("SELECT count(*) AS n FROM transactions")
    assert total is not None
    command = ["rebuild", "--json", "--database", store_address]
    ended = await asyncio.to_thread(CliRunner().invoke, app, command)
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout) == {"transactions": total["n"], "accounts": 3}
    assert [row["due_at"] for row in await store.fetch(DUE)] == expected
    everything = await liability(store, ledger.currencies["currency-a"].currency_id, day_of)
    assert everything.rests_on.newer == 0
    assert await apart(store_address) == []
    await ledger.finish()


async def test_an_empty_database(store_address: str) -> None:
    ended = await asyncio.to_thread(
        CliRunner().invoke, app, ["rebuild", "--database", store_address]
    )
    assert ended.stdout == "rebuilt from 0 transactions of 0 accounts\n"


@pytest.mark.parametrize("seed", range(3))
async def test_rebuilding_while_servers_work(store: Store, store_address: str, seed: int) -> None:
    """A projector runs in another process, and rows are written in the meantime."""
    dice = random.Random(seed)
    other = await open_store(store_address)
    accounts = await make_accounts(store, 5)
    for account in accounts * 3:
        await store.save([await accrual(store, account, 30)])
    while await position_of(store, FOLLOWER) < 100:
        await advance(other, now=0, limit=40)
    rebuilding = rebuild(store, now=0)
    async for _ in rebuilding:
        await asyncio.gather(
            advance(other, now=0, limit=dice.randint(1, 200)),
            advance(store, now=0, limit=dice.randint(1, 200)),
        )
        if dice.random() < 0.3:
            await store.save([await accrual(store, dice.choice(accounts), 2)])
        if dice.random() < 0.1:
            await empty(other, now=0)
    while await advance(store, now=0):
        pass
    await other.close()
    assert await apart(store_address) == []


class Slow:
    """The store of a projector that is overtaken by another one, after which a rebuild begins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def complete_upto(self) -> int:
        await advance(self._store, now=0)
        return await self._store.complete_upto()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transacting]:
        await empty(self._store, now=0)
        async with self._store.transaction() as writing:
            yield writing


async def test_a_rebuild_while_a_projector_is_slow(store: Store, store_address: str) -> None:
    """The follower is where that projector found it, but its data has changed since."""
    await store.save([await accrual(store, account) for account in await make_accounts(store, 1)])
    await advance(cast(Store, Slow(store)), now=0)
    assert await asyncio.to_thread(verified, store_address) == []
