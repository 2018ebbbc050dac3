"""Cancels on the wire: whole, in part, refused."""

from __future__ import annotations

from tests.http.native.asking import Api, Clock, fine, refused


async def test_a_redemption_is_paid_by_lots_and_a_cancel_gives_back(api: Api, clock: Clock) -> None:
    account = await api.account()
    late = await api.accrue(account, "50.00", expires_at=clock.text(days=90))
    soon = await api.accrue(account, "22.50", expires_at=clock.text(days=30))
    spent = await api.redeem(account, "60")
    lots = [each["allocations"][0]["lot_id"] for each in (soon, late)]
    assert spent["effect"] == "-60.00"
    assert [
        (each["lot_id"], each["amount"], each["from"], each["to"], each["expires_at"])
        for each in spent["allocations"]
    ] == [
        (lots[0], "22.50", "available", "spent", clock.text(days=30)),
        (lots[1], "37.50", "available", "spent", clock.text(days=90)),
    ]
    back = fine(await api.cancel(spent["id"], {"reason": "till error"}, actor="anna@till-3"))
    assert back["type"] == "cancel"
    assert back["cancels"] == spent["id"]
    assert (back["balance_before"], back["balance_after"]) == ("12.50", "72.50")
    assert (back["amount"], back["effect"], back["shortfall"]) == ("60.00", "60.00", "0.00")
    assert [(each["lot_id"], each["from"], each["to"]) for each in back["allocations"]] == [
        (lots[1], "spent", "available"),
        (lots[0], "spent", "available"),
    ]
    read = fine(await api.get(f"/transactions/{spent['id']}"))
    assert read["status"] == "cancelled"
    assert read["cancelled_by"] == back["id"]
    assert read["cancelled_amount"] == "60.00"
    assert read["committed_by"] is None
    assert read["released_by"] is None
    assert [each["transaction_id"] for each in read["postings"]] == [spent["id"], spent["id"]]


async def test_a_second_plain_cancel_changes_nothing(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10")
    first = fine(await api.cancel(accrual["id"]))
    assert "already_cancelled" not in first
    second = fine(await api.cancel(accrual["id"]))
    assert second == {**first, "already_cancelled": True}
    body = refused(await api.cancel(accrual["id"], {"amount": "1"}), 409, "already_cancelled")
    assert body["related_transaction_id"] == first["id"]
    assert body["active"] == "0.00"


async def test_partial_cancels_add_up(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10")
    for amount, status in (("2.5", "partly_cancelled"), (7.5, None), ("7.50", "cancelled")):
        answer = await api.cancel(accrual["id"], {"amount": amount})
        if status is None:
            refused(answer, 422, "invalid_request", "/amount")
            continue
        fine(answer)
        read = fine(await api.get(f"/transactions/{accrual['id']}"))
        assert read["status"] == status
    other = await api.accrue(account, "10")
    refused(await api.cancel(other["id"], {"amount": "10.01"}), 409, "exceeds_original")


async def test_a_cancel_of_spent_points_leaves_a_deficit(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10")
    spent = await api.redeem(account, "4")
    cancelled = fine(await api.cancel(accrual["id"]))
    owed = [each for each in cancelled["allocations"] if each["lot_id"] is None]
    assert owed == [
        {"lot_id": None, "amount": "4.00", "from": "outside", "to": "owed", "expires_at": None}
    ]
    balance = await api.balance(account)
    assert (balance["active"], balance["deficit"]) == ("-4.00", "4.00")
    refused(await api.move(account, "redeem", "1"), 409, "deficit_outstanding")
    fine(await api.cancel(spent["id"]))
    assert await api.active(account) == "0.00"


async def test_policies_refuse_and_clamp_on_the_wire(api: Api) -> None:
    account = await api.account(spent_accrual="refuse")
    accrual = await api.accrue(account, "10")
    await api.redeem(account, "4")
    refused(await api.cancel(accrual["id"]), 409, "points_already_spent")
    account = await api.account(spent_accrual="clamp")
    accrual = await api.accrue(account, "10")
    await api.redeem(account, "4")
    clamped = fine(await api.cancel(accrual["id"]))
    assert clamped["shortfall"] == "4.00"
    assert clamped["amount"] == "10.00"
    read = fine(await api.get(f"/transactions/{clamped['id']}"))
    assert ("4.00", "outside", "doomed") in [
        (each["amount"], each["from"], each["to"]) for each in read["postings"]
    ]
    words = {each["to"] for each in clamped["allocations"]}
    assert words == {"revoked"}


async def test_a_cancel_of_a_cancel(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10")
    first = fine(await api.cancel(accrual["id"]))
    second = fine(await api.cancel(first["id"]))
    assert second["cancels"] == first["id"]
    assert await api.active(account) == "10.00"
    assert fine(await api.get(f"/transactions/{accrual['id']}"))["status"] == "in_force"
    assert fine(await api.get(f"/transactions/{first['id']}"))["status"] == "cancelled"


async def test_a_window_for_cancels(api: Api, clock: Clock) -> None:
    account = await api.account(cancel_window=60)
    accrual = await api.accrue(account, "1")
    clock.advance(seconds=61)
    refused(await api.cancel(accrual["id"]), 409, "cancel_window_passed")
