"""Accounts that are opened while their member is merged: none of them stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from stampbook.dialects.native import ids
from stampbook.domain.model import AccountStatus
from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.programs import accounts, currencies, members
from stampbook.programs.faults import Changed
from stampbook.storage.opening import open_store
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.http.native.asking import Api

ROUNDS = 25
OPENERS = 3


@pytest.fixture
async def elsewhere(api: Api, store: Store, store_address: str) -> AsyncIterator[Api]:
    """The same tenant, asked through another server."""
    other = await open_store(store_address)
    ledger = Ledger(other, clock=api.clock)
    await ledger.start()
    transport = InProcess(application(Context(other, ledger, api.clock)))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        yield Api(client, api.secret, api.clock)
    await ledger.stop()
    await other.close()


async def test_no_account_stays_behind(api: Api, elsewhere: Api, store: Store) -> None:
    """Each round, others open accounts of the member while they are merged."""
    program = (await api.program())["id"]
    held = [(await api.currency(program, name=f"C{at}", code=f"C{at}"))["id"] for at in range(3)]
    into = (await api.member(program))["id"]
    opened = refused = 0
    for _ in range(ROUNDS):
        old = (await api.member(program))["id"]
        bodies = [{"member_id": old, "currency_id": each} for each in held[:OPENERS]]
        merged, *answers = await asyncio.gather(
            api.post(f"/members/{old}/merge", {"into": into}),
            *(elsewhere.post("/accounts", body) for body in bodies),
        )
        assert merged.status_code == 200, merged.text
        for answer in answers:
            opened += answer.status_code == 201
            refused += answer.status_code in (404, 409)
            assert answer.status_code in (201, 404, 409), answer.text
    assert opened + refused == ROUNDS * OPENERS
    strays = await store.fetch(
        "SELECT a.account_id FROM accounts a JOIN members m ON m.member_id = a.member_id"
        " WHERE m.merged_into IS NOT NULL AND (a.status <> $1 OR a.merged_into IS NULL)",
        int(AccountStatus.CLOSED),
    )
    assert strays == []


async def test_who_opens_first_and_who_merges_first(
    api: Api, elsewhere: Api, store: Store, store_address: str
) -> None:
    """A merge waits for an account that is being opened, and it passes over; whoever would open one
    after the merge learns that the member has changed."""
    program = (await api.program())["id"]
    currency_id = (await api.currency(program))["id"]
    into, old = (await api.member(program))["id"], (await api.member(program))["id"]
    currency = await currencies.get(store, ids.read(ids.CURRENCY, currency_id) or 0, tenant=1)
    member = await members.get(store, ids.read(ids.MEMBER, old) or 0, tenant=1)
    assert currency is not None
    assert member is not None
    other = await open_store(store_address)
    try:
        async with other.transaction() as writing:
            account = await accounts.open_primary(
                writing, member, currency, shards=other.shards, now=api.clock.now
            )
            merging = asyncio.create_task(api.post(f"/members/{old}/merge", {"into": into}))
            await asyncio.wait([merging], timeout=0.05)
        merged = await merging
        assert merged.status_code == 200, merged.text
        (transfer,) = merged.json()["transfers"]
        assert transfer["from_account_id"] == ids.write(ids.ACCOUNT, account.account_id)
        with pytest.raises(Changed):
            await accounts.primary_or_open(
                other, member, currency._replace(currency_id=99), now=api.clock.now
            )
    finally:
        await other.close()
