"""Cancelling a bucket of pending points: the whole page of the vendor's description."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made, period_based


async def test_the_documented_answer(house: House) -> None:
    card = await house.card()
    await house.accrue(card, 60)
    response = await house.post(card.cancel_path())
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    body = response.json()
    transaction = body["transaction"]
    assert transaction.pop("id").startswith("lctx_")
    assert transaction.pop("card_definition_id").startswith("lcdef_")
    assert body == {
        "transaction": {
            "card_id": card.id,
            "program_id": card.program,
            "member_id": card.member,
            "card_type": "INDIVIDUAL",
            "type": "PENDING_POINTS_CANCELED",
            "details": {
                "reason": "Manual points cancellation",
                "rejection": None,
                "metadata": {},
                "points": {"total": 60, "date": "2026-08-16", "type": "PERIOD_BASED"},
            },
            "status": "PENDING",
            "created_at": "2026-08-06T14:01:13.346Z",
            "updated_at": None,
            "object": "card_transaction",
        },
        "status": "TRANSACTION_CREATED",
        "message": "Points cancellation transaction created",
    }
