"""Balances, lots and transactions as they are read."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import START, Api, Clock, fine, refused


async def test_a_balance_of_the_past_and_of_the_future(api: Api, clock: Clock) -> None:
    account = await api.account()
    begin = clock.text()
    await api.accrue(account, "10", expires_at=clock.text(days=10))
    clock.advance(days=1)
    await api.redeem(account, "4")
    asked = [clock.text(days=-2), begin, clock.text(seconds=-1), clock.text(), clock.text(days=9)]
    said = [(await api.balance(account, as_of=at))["active"] for at in asked]
    assert said == ["0.00", "10.00", "10.00", "6.00", "0.00"]
    clock.advance(days=30)
    assert [(await api.balance(account, as_of=at))["active"] for at in asked] == said
    balance = await api.balance(account, as_of=asked[1])
    currency = balance.pop("currency_id")
    assert currency.startswith("cur_")
    assert balance == {
        "account_id": account,
        "as_of": asked[1],
        "active": "10.00",
        "pending": "0.00",
        "held": "0.00",
        "total": "10.00",
        "deficit": "0.00",
        "lifetime": {
            "issued": "10.00", "spent": "0.00", "expired": "0.00", "revoked": "0.00",
            "restored": "0.00",
        },
        "next_expiration": {"at": asked[4], "amount": "10.00"},
        "next_activation": None,
    }  # fmt: skip
    refused(
        await api.get(f"/accounts/{account}/balance", as_of="now"), 422, "invalid_request", "as_of"
    )


async def test_lots(api: Api, clock: Clock) -> None:
    account = await api.account()
    first = await api.accrue(account, "100", expires_at=clock.text(days=5))
    await api.accrue(account, "7", activates_at=clock.text(days=1))
    await api.redeem(account, "60")
    path = f"/accounts/{account}/lots"
    lots = fine(await api.get(path))["data"]
    assert [each["seq"] for each in lots] == [2, 1]
    assert lots[1] == {
        "id": first["allocations"][0]["lot_id"],
        "account_id": account,
        "seq": 1,
        "accrued_by": first["id"],
        "issued": "100.00",
        "pending": "0.00",
        "available": "40.00",
        "held": "0.00",
        "spent": "60.00",
        "expired": "0.00",
        "revoked": "0.00",
        "activates_at": START,
        "expires_at": clock.text(days=5),
        "created_at": START,
    }
    for state, expected in (("pending", [2]), ("available", [1]), ("spent", [1]), ("held", [])):
        assert [each["seq"] for each in fine(await api.get(path, state=state))["data"]] == expected
    clock.advance(days=5)
    assert [each["seq"] for each in fine(await api.get(path, state="expired"))["data"]] == [1]
    page = fine(await api.get(path, limit=1))
    rest = fine(await api.get(path, limit=1, cursor=page["next_cursor"]))
    assert [each["seq"] for each in page["data"] + rest["data"]] == [2, 1]
    refused(await api.get(path, state="lost"), 422, "invalid_request", "state")


async def test_transactions_are_listed_and_narrowed_down(api: Api, clock: Clock) -> None:
    account = await api.account()
    for day in range(4):
        await api.accrue(account, str(day + 1))
        clock.advance(days=1)
    spent = await api.redeem(account, "2")
    fine(await api.cancel(spent["id"], {"amount": "1"}))
    path = f"/accounts/{account}/transactions"

    async def listed(**params: Any) -> list[Any]:
        return [each["seq"] for each in fine(await api.get(path, **params))["data"]]

    assert await listed() == [6, 5, 4, 3, 2, 1]
    assert await listed(type="accrue") == [4, 3, 2, 1]
    assert await listed(type="adjust") == []
    between = {"from": clock.text(days=-3), "to": clock.text(days=-1)}
    assert await listed(**between) == [3, 2]
    first = fine(await api.get(path, limit=4))
    assert first["data"][1]["status"] == "partly_cancelled"
    assert await listed(limit=4, cursor=first["next_cursor"]) == [2, 1]
    assert await listed(limit=2, type="accrue", cursor=first["next_cursor"]) == [2, 1]
    for wrong in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}, {"type": "x"},
                  {"from": "x"}, {"page": 2}, {"limit": "\u0661"}):  # fmt: skip
        refused(await api.get(path, **wrong), 422, "invalid_request", next(iter(wrong)))


async def test_a_transaction_is_found_by_its_external_id(api: Api) -> None:
    account = await api.account()
    program = fine(await api.get(f"/accounts/{account}"))["program_id"]
    accrual = await api.accrue(account, "1", external_id="é-1")
    found = fine(await api.get("/transactions", external_id="é-1"))
    assert found == fine(await api.get(f"/transactions/{accrual['id']}"))
    assert fine(await api.get("/transactions", external_id="é-1", program_id=program)) == found
    elsewhere = await api.account()
    await api.accrue(elsewhere, "1", external_id="é-1")
    refused(await api.get("/transactions", external_id="é-1"), 422, "invalid_request", "program_id")
    assert fine(await api.get("/transactions", external_id="é-1", program_id=program)) == found
    refused(await api.get("/transactions", external_id="nothing"), 404, "not_found")
    refused(await api.get("/transactions"), 422, "invalid_request", "external_id")
    refused(
        await api.get("/transactions", external_id="é-1", program_id="prg_zz"), 404, "not_found"
    )


async def test_scales_keep_every_digit(api: Api) -> None:
    for scale in range(1, 7):
        account = await api.account(scale=scale)
        await api.accrue(account, "0.1")
        await api.accrue(account, "0.2")
        assert await api.active(account) == f"0.3{'0' * (scale - 1)}"
    account = await api.account(scale=6)
    biggest = "9000000000.000000"
    await api.accrue(account, biggest)
    assert await api.active(account) == biggest
