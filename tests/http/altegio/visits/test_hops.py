"""How far a till's cancel goes through our code before the ledger has it."""

from __future__ import annotations

import json

from tests.compiled import interpreted
from tests.http.altegio.shop import KEY, PARTNER, V2, Shop
from tests.http.hops import hops, request_of

FUNCTIONS, FILES, PATH = 25, 10, 6
"""What a cancel goes through today. Eleven functions in four files are the
edge's: bytes, parser, route, turn. What makes it more must be worth it."""


@interpreted
async def test_a_warm_cancel(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    names = {"record_id": record, "visit_id": visit}
    apply, cancel = [
        request_of(
            "POST",
            shop.path(what),
            json.dumps({**names, **more}).encode(),
            f"Authorization: Bearer {PARTNER}, User {KEY}",
            f"Accept: {V2}",
        )
        for what, more in (
            ("apply_card_withdrawal", {"amount": 100}),
            ("cancel_card_withdrawal", {}),
        )
    ]
    found = await hops(shop.app, apply, cancel, apply, cancel)
    assert found.answer.startswith(b"HTTP/1.1 200")
    assert b'"loyalty_transactions":[]' in found.answer
    assert len(found.functions) <= FUNCTIONS, str(found)
    assert len(found.files) <= FILES, str(found)
    assert len(found.path) <= PATH, str(found)
