"""Cancelling a bucket of pending points: the whole page of the vendor's description."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.domain.commands import Cancel
from tests.http.voucherify.conftest import secret_of
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made


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


async def test_it_needs_no_body_and_takes_an_empty_object(house: House) -> None:
    card = await house.card()
    for lot in (await house.accrue(card), await house.accrue(card)):
        body: Any = None if lot == 1 else {}
        assert (await house.post(card.cancel_path(lot), body)).status_code == 200


@pytest.mark.parametrize("body", ["[]", "null", '{"reason": "x"}', "{", "\x00", "x" * 50])
async def test_any_other_body_is_refused(house: House, body: str) -> None:
    card = await house.card()
    await house.accrue(card)
    response = await house.ask("POST", card.cancel_path(), content=body.encode())
    status, key, message, _ = error(response)
    assert (status, key, message) == (400, "invalid_payload", "Invalid payload")
    assert await house.balance(card) == (0, 60)


async def test_the_points_never_activate(house: House) -> None:
    card = await house.card()
    await house.accrue(card, 60)
    await house.accrue(card, 40)
    assert await house.balance(card) == (0, 100)
    made(await house.post(card.cancel_path(1)))
    assert await house.balance(card) == (0, 40)
    house.clock.advance(days=30)
    assert await house.balance(card) == (40, 0)


async def test_later_reads_tell_it_approved(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    created = made(await house.post(card.cancel_path()))["transaction"]
    house.clock.advance(seconds=5)
    first, second = made(await house.get(card.path + "/transactions"))["data"]
    assert first == created | {"status": "APPROVED", "updated_at": created["created_at"]}
    assert second["type"] == "PENDING_POINTS_ADDED"


async def test_a_second_cancel_is_refused(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    made(await house.post(card.cancel_path()))
    assert error(await house.post(card.cancel_path())) == NOT_PENDING
    assert error(await house.post(card.cancel_path().replace("/cancel", "/activate"))) == (
        423,
        "invalid_pending_points_bucket_status",
        "Invalid pending points bucket status",
        "Pending points bucket must be in PENDING status in order to be activated",
    )


NOT_PENDING = (
    423,
    "invalid_pending_points_bucket_status",
    "Invalid pending points bucket status",
    "Pending points bucket must be in PENDING status in order to be canceled",
)


async def test_a_key_repeats_the_answer(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    await house.accrue(card)
    first = await house.post(card.cancel_path(), key="click-1")
    again = await house.post(card.cancel_path(), key="click-1")
    assert made(first) == made(again)
    other = await house.post(card.cancel_path(2), key="click-1")
    assert error(other)[:2] == (423, "idempotency_key_reused")
    assert await house.balance(card) == (0, 60)


async def test_two_at_once(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    responses = await asyncio.gather(*(house.post(card.cancel_path()) for _ in range(8)))
    assert sorted(each.status_code for each in responses) == [200] + [423] * 7
    assert {error(each) for each in responses if each.status_code == 423} == {NOT_PENDING}


async def test_cancel_and_activate_at_once(house: House) -> None:
    for _ in range(5):
        card = await house.card()
        await house.accrue(card)
        paths = [card.cancel_path(), card.cancel_path().replace("/cancel", "/activate")]
        responses = await asyncio.gather(*(house.post(path) for path in paths * 4))
        assert sorted(each.status_code for each in responses) == [200] + [423] * 7
        assert await house.balance(card) in ((0, 0), (60, 0))


async def test_what_does_not_exist(house: House, stranger: House) -> None:
    card = await house.card()
    await house.accrue(card)
    path = card.cancel_path()
    for part, kind in (
        (card.program, "program"),
        (card.member, "member"),
        (card.id, "card"),
        (card.bucket(), "card_pending_points_bucket"),
    ):
        prefix = part.partition("_")[0]
        for wrong in (f"{prefix}_{'f' * 18}", f"{prefix}_{99:018x}", f"{prefix}_1", "nonsense"):
            response = await house.post(path.replace(part, wrong))
            assert error(response) == (
                404,
                "not_found",
                "Resource not found",
                f"Cannot find {kind} with id {wrong}",
            )
            assert response.json()["resource_id"] == wrong
            assert response.json()["resource_type"] == kind
    response = await stranger.post(path)
    assert response.status_code == 404
    assert response.json()["resource_type"] == "program"
    assert await house.balance(card) == (0, 60)


async def test_the_first_that_is_missing_is_named(house: House) -> None:
    card, other = await house.card(), await house.card()
    await house.accrue(card)
    await house.accrue(other)
    path = card.cancel_path()
    for change, kind in (
        ((card.member, other.member), "member"),
        ((card.id, other.id), "card"),
        ((card.bucket(), other.bucket()), "card_pending_points_bucket"),
    ):
        response = await house.post(path.replace(*change))
        assert (response.status_code, response.json()["resource_type"]) == (404, kind)


async def test_an_activated_bucket(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    house.clock.advance(days=10)
    assert error(await house.post(card.cancel_path())) == NOT_PENDING
    assert await house.balance(card) == (60, 0)


async def test_it_activates_at_midnight(house: House) -> None:
    """Dated 2026-08-16: pending to the end of the 15th, whether or not a worker runs."""
    card = await house.card()
    await house.accrue(card)
    house.clock.advance(days=9, seconds=9 * 3600 + 58 * 60 + 46)
    assert house.clock.date() == "2026-08-15"
    assert await house.balance(card) == (0, 60)
    house.clock.advance(seconds=1)
    assert house.clock.date() == "2026-08-16"
    assert await house.balance(card) == (60, 0)
    assert error(await house.post(card.cancel_path())) == NOT_PENDING


async def _inactive_program(house: House, card: Any) -> None:
    made(await house.post(f"{V2}/programs/{card.program}/deactivate"))


async def _inactive_member(house: House, card: Any) -> None:
    path = f"{V2}/programs/{card.program}/members/{card.member}"
    made(await house.post(path + "/deactivate"))


async def _ended_program(house: House, card: Any) -> None:
    made(await house.put(f"{V2}/programs/{card.program}", {"end_date": "2026-08-06T14:01:13Z"}))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            _inactive_program,
            (
                423,
                "non_active_program",
                "Invalid program status",
                "Cannot cancel pending points when program status is not ACTIVE",
            ),
        ),
        (
            _ended_program,
            (
                423,
                "program_outside_validity_window",
                "Program is not available at this time",
                "Cannot cancel pending points when program is not active at this time",
            ),
        ),
        (
            _inactive_member,
            (
                423,
                "non_active_member",
                "Invalid member status",
                "Cannot cancel pending points when member status is not ACTIVE",
            ),
        ),
    ],
)
async def test_states(house: House, spoil: Any, expected: Any) -> None:
    card = await house.card()
    await house.accrue(card)
    await spoil(house, card)
    assert error(await house.post(card.cancel_path())) == expected
    assert await house.balance(card) == (0, 60)


async def test_the_order_of_the_states(house: House) -> None:
    """Program status, validity window, member, definition, bucket: the first is answered."""
    card = await house.card()
    await house.accrue(card)
    made(await house.post(card.cancel_path()))
    keys = ["invalid_pending_points_bucket_status"]
    for spoil in (_inactive_member, _ended_program, _inactive_program):
        await spoil(house, card)
        keys.append(error(await house.post(card.cancel_path()))[1])
    assert keys == [
        "invalid_pending_points_bucket_status",
        "non_active_member",
        "program_outside_validity_window",
        "non_active_program",
    ]
    response = await house.post(card.cancel_path(7))
    assert response.status_code == 404


async def test_pending_points_not_enabled(house: House) -> None:
    card = await house.card(pending_points=IMMEDIATE)
    await house.accrue(card, activates_at=house.clock.now + 10**12)
    assert error(await house.post(card.cancel_path())) == (
        423,
        "pending_points_not_enabled",
        "Pending points are not enabled",
        "Card definition does not have pending points enabled",
    )


async def test_a_bucket_dated_today(house: House) -> None:
    """A date that another API gave: pending for an hour more, and yet due by its date."""
    card = await house.card()
    await house.accrue(card, activates_at=house.clock.now + 3_600_000_000)
    assert error(await house.post(card.cancel_path())) == (
        423,
        "bucket_not_eligible_for_manual_cancellation",
        "Bucket is not eligible for manual cancellation",
        "Activation date of the bucket must be in the future",
    )
    assert error(await house.post(card.cancel_path().replace("/cancel", "/activate")))[1] == (
        "bucket_not_eligible_for_manual_activation"
    )


async def test_waiting_for_an_event(house: House) -> None:
    """Such a bucket may be canceled until its deadline, by which it is rolled back."""
    rule = {
        "type": "EVENT_BASED",
        "event_based": {"event_types": ["ms_1"], "cancel_period": {"value": 3, "unit": "DAY"}},
    }
    card = await house.card(pending_points=rule)
    for _ in range(3):
        await house.accrue(card)
    points = made(await house.post(card.cancel_path(1)))["transaction"]["details"]["points"]
    assert points == {"total": 60, "date": "2026-08-09", "type": "EVENT_BASED"}
    made(await house.post(card.cancel_path(2).replace("/cancel", "/activate")))
    house.clock.advance(days=3)
    assert error(await house.post(card.cancel_path(3))) == NOT_PENDING
    assert await house.balance(card) == (60, 0)
    newest = made(await house.get(card.path + "/transactions"))["data"][0]
    assert newest["type"] == "PENDING_POINTS_CANCELED"
    assert newest["details"]["reason"] == "Automatic points cancellation"


async def test_fixed_dates(house: House) -> None:
    dates = [{"day": 6, "month": 8}, {"day": 1, "month": 9}]
    card = await house.card(pending_points={"type": "FIXED_DATES", "fixed_dates": {"dates": dates}})
    await house.accrue(card)
    points = made(await house.post(card.cancel_path()))["transaction"]["details"]["points"]
    assert points == {"total": 60, "date": "2026-09-01", "type": "FIXED_DATES"}


async def test_a_deleted_member(house: House) -> None:
    card = await house.card()
    await house.accrue(card)
    made(await house.delete(f"{V2}/programs/{card.program}/members/{card.member}"))
    response = await house.post(card.cancel_path())
    assert (response.status_code, response.json()["resource_type"]) == (404, "member")


async def test_credentials(house: House, client: Any) -> None:
    card = await house.card()
    await house.accrue(card)
    path, secret = card.cancel_path(), house.secret
    for headers in (
        {},
        {"X-App-Token": secret},
        {"X-App-Id": "app"},
        {"X-App-Id": "app", "X-App-Token": "wrong"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": secret},
    ):
        response = await client.post(path, headers=headers)
        status, key, message, _ = error(response)
        assert (status, key, message) == (401, "unauthorized", "Unauthorized")
    response = await client.post("/v1/oauth/token", headers=_app(secret))
    token = made(response)
    assert token["expires_in"] == 900
    assert token["expires_at"] == house.clock.now // 1_000_000 + 900
    assert token["client_id"] == "app"
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"Bearer {token['access_token']}"},
        {"Authorization": "Bearer placeholder", **_app(secret)},
        {"Authorization": f"Bearer {secret}", **_app(secret)},
    ):
        assert (await client.get(card.path + "/pending-points", headers=headers)).is_success
    house.clock.advance(seconds=901)
    expired = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await client.post(path, headers=expired)).status_code == 401


def _app(secret: str) -> dict[str, str]:
    return {"X-App-Id": "app", "X-App-Token": secret}


async def test_scopes(house: House, store: Any) -> None:
    card = await house.card()
    await house.accrue(card)
    house.secret = await secret_of(store, "read", "ledger:write")
    status, key, message, _ = error(await house.post(card.cancel_path()))
    assert (status, key, message) == (403, "forbidden", "Forbidden")
    house.secret = await secret_of(store, "ledger:cancel")
    made(await house.post(card.cancel_path()))
    assert (await house.get(card.path + "/pending-points")).status_code == 403


async def test_a_key_of_another_program(house: House, store: Any) -> None:
    card, other = await house.card(), await house.card()
    await house.accrue(card)
    number = int(other.program[5:], 16)
    house.secret = await secret_of(store, "admin", program=number)
    response = await house.post(card.cancel_path())
    assert (response.status_code, response.json()["resource_type"]) == (404, "program")


async def test_a_partly_cancelled_accrual(house: House) -> None:
    """What another API took of it is gone; the cancel takes the rest."""
    card = await house.card()
    await house.accrue(card, 60)
    await house.submit(card, Cancel(target=1, amount=25))
    points = made(await house.post(card.cancel_path()))["transaction"]["details"]["points"]
    assert points["total"] == 35
    assert await house.balance(card) == (0, 0)
