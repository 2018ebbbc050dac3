"""How many functions of ours a cancel goes through before the ledger has it."""

from __future__ import annotations

import json

from tests.compiled import interpreted
from tests.http.altcraft.house import TOKEN, House
from tests.http.hops import hops, request_of

FUNCTIONS, FILES, PATH = 25, 10, 6

CANCEL = "/api/v1.1/loyalty/cancel_transaction"


@interpreted
async def test_a_warm_cancel(house: House) -> None:
    await house.new_member()
    requests = []
    for number in range(3):
        made = await house.accrue("1")
        body = json.dumps({"transaction_id": made["transaction_id"]}).encode()
        headers = (
            f"Authorization: Bearer {TOKEN}",
            "Content-Type: application/json",
            f"Idempotency-Key: {number}",
        )
        requests.append(request_of("POST", CANCEL, body, *headers))
    found = await hops(house.edge, *requests)
    assert b'"error":0' in found.answer
    assert len(found.functions) <= FUNCTIONS, str(found)
    assert len(found.files) <= FILES, str(found)
    assert len(found.path) <= PATH, str(found)
