"""How far a till's cancel goes through our code before the ledger has it."""

from __future__ import annotations

import json

import pytest

from tests.http.altegio.shop import KEY, PARTNER, V2, Shop, data_of
from tests.http.hops import Hops, hops, request_of


async def hops_of(shop: Shop, user: str) -> Hops:
    """Of a cancel that follows a withdrawal, by that user token."""
    record, visit = await shop.visit(2_000, 300_000)
    names = {"record_id": record, "visit_id": visit}
    apply, cancel = [
        request_of(
            "POST",
            shop.path(what),
            json.dumps({**names, **more}).encode(),
            f"Authorization: Bearer {PARTNER}, User {user}",
            f"Accept: {V2}",
        )
        for what, more in (
            ("apply_card_withdrawal", {"amount": 100}),
            ("cancel_card_withdrawal", {}),
        )
    ]
    found = await hops(shop.app, apply, apply, cancel)
    assert found.answer.startswith(b"HTTP/1.1 200")
    assert b'"loyalty_transactions":[]' in found.answer
    return found


async def test_a_warm_cancel(shop: Shop) -> None:
    found = await hops_of(shop, KEY)
    print(str(found))
    assert len(found.functions) <= 25, found
    assert len(found.files) <= 10, found
