"""Pending points that another server made, while this one remembers the card as it was before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from stampbook.edge.context import Context
from stampbook.ledger.engine import Ledger
from stampbook.storage.store import Store
from tests.http.in_process import InProcess, application
from tests.http.voucherify.house import Clock, House, made
from tests.http.voucherify.v1.club import L, club_of
from tests.migration.checking import faults


@pytest.fixture
async def elsewhere(house: House, other_store: Store, clock: Clock) -> AsyncIterator[House]:
    """The same project, asked of another server on the same database."""
    ledger = Ledger(other_store, clock=clock)
    await ledger.start()
    transport = InProcess(application(Context(other_store, ledger, clock)))
    async with httpx.AsyncClient(transport=transport, base_url="http://stampbook") as client:
        yield House(client, house.secret, clock, ledger)
    await ledger.stop()


@pytest.mark.parametrize(
    ("operation", "body", "left"),
    [
        ("v1/balance", {"points": 5}, (0, 55)),
        ("v1/balance", {"points": -5}, (0, 45)),
        ("v1/activate", None, (20, 30)),
        ("v1/cancel", None, (0, 30)),
        ("v2/activate", None, (20, 30)),
        ("v2/cancel", None, (0, 30)),
    ],
)
async def test_it_is_moved_as_where_it_was_made(
    house: House, elsewhere: House, operation: str, body: Any, left: tuple[int, int]
) -> None:
    club = await club_of(house)
    voucher = await club.join()
    (member,) = await house.all(f"/v2/loyalties/programs/{club.program['id']}/members")
    card = club.card(voucher)
    card.member = member["id"]
    await house.accrue(card, 30)
    lot = await elsewhere.accrue(card, 20)
    version, verb = operation.split("/")
    if version == "v1":
        path = f"{L}/members/{voucher['code']}/pending-points"
        listed = made(await house.get(path))["data"]
        (entry,) = (each["id"] for each in listed if each["points"] == 20)
    else:
        path, entry = f"{card.path}/pending-points", card.bucket(lot)
    response = await house.post(f"{path}/{entry}/{verb}", body)
    assert response.is_success, response.text
    assert await house.balance(card) == await elsewhere.balance(card) == left
    assert await faults(house.ledger.store) == []
