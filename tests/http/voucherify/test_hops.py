"""How far a warm cancel goes through our code before the ledger takes it."""

from __future__ import annotations

from stampbook.edge.context import Context
from tests.compiled import interpreted
from tests.http.hops import hops, request_of
from tests.http.in_process import application
from tests.http.voucherify.house import House

FUNCTIONS, FILES, PATH = 22, 10, 6
"""What a cancel goes through today. What makes it more must be worth it."""


@interpreted
async def test_a_cancel_of_pending_points(house: House, context: Context) -> None:
    """The second bucket of a card whose first was cancelled a moment ago."""
    card = await house.card()
    headers = ("X-App-Id: app", f"X-App-Token: {house.secret}")
    asked = [
        request_of("POST", card.cancel_path(await house.accrue(card)), b"{}", *headers)
        for _ in range(2)
    ]
    counted = await hops(application(context), *asked)
    assert counted.answer.startswith(b"HTTP/1.1 200")
    assert len(counted.functions) <= FUNCTIONS, str(counted)
    assert len(counted.files) <= FILES, str(counted)
    assert len(counted.path) <= PATH, str(counted)
