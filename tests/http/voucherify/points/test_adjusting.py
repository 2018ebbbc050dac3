"""Points that an operator adds or subtracts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.voucherify.house import V2, House, error, made
from tests.http.voucherify.points.test_points import ROLLING


async def test_adjusting(house: House) -> None:
    """Added points can be used at once, whatever the definition says of pending ones."""
    card = await house.card(points_expiration=ROLLING)
    response = await house.post(card.path + "/points", {"points": 100, "reason": "Welcome"})
    body = made(response)
    assert body["message"] == "Points addition transaction created"
    assert body["status"] == "TRANSACTION_CREATED"
    assert body["transaction"]["type"] == "ADMIN_CREDIT"
    assert body["transaction"]["status"] == "PENDING"
    assert body["transaction"]["updated_at"] is None
    assert body["transaction"]["details"] == {
        "reason": "Welcome",
        "rejection": None,
        "metadata": {},
        "points": {"total": 100, "expiration_date": "2026-09-05"},
    }
    assert await house.balance(card) == (100, 0)
    body = made(await house.post(card.path + "/points", {"points": -30}))
    assert body["message"] == "Points subtraction transaction created"
    assert body["transaction"]["type"] == "ADMIN_DEBIT"
    assert body["transaction"]["details"] == {
        "reason": None,
        "rejection": None,
        "metadata": {},
        "points": {"total": -30},
    }
    assert await house.balance(card) == (70, 0)
    assert made(await house.post(card.path + "/points", {"points": 0})) == {
        "transaction": None,
        "status": "NO_CHANGE",
        "message": "Provided amount is zero, transaction was not created",
    }
    assert len(await house.all(card.path + "/transactions")) == 2


async def test_below_the_balance(house: House) -> None:
    """Answered as created, stored as rejected, without effect."""
    card = await house.card()
    made(await house.post(card.path + "/points", {"points": 10}))
    body = made(await house.post(card.path + "/points", {"points": -11, "reason": "too much"}))
    created = body["transaction"]
    assert (created["status"], created["details"]["rejection"]) == ("PENDING", None)
    assert body["status"] == "TRANSACTION_CREATED"
    stored, added = await house.all(card.path + "/transactions")
    rejection = {
        "reason": "NOT_ENOUGH_BALANCE",
        "details": "Operation exceeds the available card balance",
    }
    assert stored == created | {
        "status": "REJECTED",
        "updated_at": created["created_at"],
        "details": created["details"] | {"rejection": rejection},
    }
    assert added["status"] == "APPROVED"
    assert await house.balance(card) == (10, 0)
    pair = ("filters[id][conditions][$is]", stored["id"])
    assert await house.all(card.path + "/transactions", [pair]) == [stored]


async def test_below_zero(house: House) -> None:
    card = await house.card(balance_settings={"allow_negative": True})
    made(await house.post(card.path + "/points", {"points": -11}))
    assert await house.balance(card) == (-11, 0)
    made(await house.post(card.path + "/points", {"points": 5}))
    assert await house.balance(card) == (-6, 0)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, "Payload must have required property 'points'"),
        ({"points": "5"}, None),
        ({"points": 5.5}, None),
        ({"points": True}, None),
        ({"points": None}, None),
        ({"points": 2**53}, None),
        ({"points": -(2**53)}, None),
        ({"points": 5, "reason": "x" * 256}, None),
        ({"points": 5, "reason": "a\0b"}, None),
        ({"points": 5, "comment": "x"}, "Payload must NOT have additional properties: 'comment'"),
        ([], None),
    ],
)
async def test_adjusting_refused(house: House, body: Any, details: str | None) -> None:
    card = await house.card()
    found = error(await house.post(card.path + "/points", body))
    assert found[:3] == (400, "invalid_payload", "Invalid payload")
    assert details in (None, found[3])
    assert await house.all(card.path + "/transactions") == []


async def test_adjusting_answers_message_and_details_swapped(house: House) -> None:
    card = await house.card()
    path = card.path + "/points"
    member = f"{V2}/programs/{card.program}/members/{card.member}"
    aim = "Cannot adjust member's card points when"
    made(await house.post(member + "/deactivate"))
    assert error(await house.post(path, {"points": 0})) == (
        423,
        "non_active_member",
        f"{aim} member status is not ACTIVE",
        "Invalid member status",
    )
    program = f"{V2}/programs/{card.program}"
    made(await house.put(program, {"end_date": "2026-08-01T00:00:00Z"}))
    assert error(await house.post(path, {"points": 1})) == (
        423,
        "program_outside_validity_window",
        "Program is not available at this time",
        f"{aim} program is not active at this time",
    )
    made(await house.post(program + "/deactivate"))
    assert error(await house.post(path, {"points": 1})) == (
        423,
        "non_active_program",
        f"{aim} program status is not ACTIVE",
        "Invalid program status",
    )


async def test_a_key_repeats_an_adjustment(house: House) -> None:
    card = await house.card()
    path = card.path + "/points"
    first = made(await house.post(path, {"points": 5}, key="k"))
    house.clock.advance(seconds=3)
    assert made(await house.post(path, {"points": 5}, key="k")) == first
    assert error(await house.post(path, {"points": 6}, key="k"))[1] == "idempotency_key_reused"
    assert await house.balance(card) == (5, 0)
