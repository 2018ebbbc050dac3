"""Transactions, lots and balances on the wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused


async def test_an_accrual_answers_the_whole_transaction(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(
        account,
        "100",
        external_id="sale-1",
        reason="purchase",
        actor="anna@till-3",
        effective_at="2026-02-28T09:00:00+01:00",
        metadata={"order": {"id": 7, "lines": [0.1, None]}},
    )
    assert accrual.pop("id").startswith("txn_")
    allocation = accrual["allocations"][0]
    assert allocation.pop("lot_id").startswith("lot_")
    assert accrual == {
        "account_id": account,
        "seq": 1,
        "type": "accrue",
        "amount": "100.00",
        "effect": "100.00",
        "status": "in_force",
        "balance_before": "0.00",
        "balance_after": "100.00",
        "cancels": None,
        "external_id": "sale-1",
        "reason": "purchase",
        "actor": "anna@till-3",
        "effective_at": "2026-02-28T08:00:00Z",
        "created_at": START,
        "metadata": {"order": {"id": 7, "lines": [0.1, None]}},
        "allocations": [
            {"amount": "100.00", "from": "outside", "to": "available", "expires_at": None}
        ],
        "shortfall": "0.00",
    }


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


async def test_a_hold_is_committed_in_part(api: Api, clock: Clock) -> None:
    account = await api.account()
    await api.accrue(account, "10")
    hold = await api.hold(account, "8", timeout_s=60)
    assert hold["status"] == "temporary"
    assert hold["deadline_at"] == clock.text(seconds=60)
    assert (await api.balance(account))["held"] == "8.00"
    commit = fine(await api.post(f"/transactions/{hold['id']}/commit", {"amount": "5"}))
    assert (commit["type"], commit["commits"], commit["amount"]) == ("commit", hold["id"], "5.00")
    balance = await api.balance(account)
    assert (balance["active"], balance["held"]) == ("5.00", "0.00")
    read = fine(await api.get(f"/transactions/{hold['id']}"))
    assert read["committed_by"] == commit["id"]
    refused(await api.post(f"/transactions/{hold['id']}/release"), 409, "already_committed")
    refused(await api.post(f"/transactions/{hold['id']}/commit"), 409, "already_committed")
    fine(await api.cancel(commit["id"]))
    again = fine(await api.cancel(hold["id"]))
    assert again["already_cancelled"] is True


async def test_a_hold_is_released_by_hand_or_by_its_deadline(api: Api, clock: Clock) -> None:
    account = await api.account()
    await api.accrue(account, "10")
    by_hand, by_clock = await api.hold(account, "1"), await api.hold(account, "2", timeout_s=5)
    released = fine(await api.post(f"/transactions/{by_hand['id']}/release", {"reason": "no"}))
    assert (released["type"], released["releases"]) == ("release", by_hand["id"])
    clock.advance(seconds=5)
    read = fine(await api.get(f"/transactions/{by_clock['id']}"))
    assert read["status"] == "released"
    release = fine(await api.get(f"/transactions/{read['released_by']}"))
    assert release["by_clock"] is True
    assert release["created_at"] == by_clock["deadline_at"]
    refused(await api.post(f"/transactions/{by_clock['id']}/commit"), 409, "already_released")
    assert await api.active(account) == "10.00"


async def test_a_temporary_accrual(api: Api) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10", temporary=True, timeout_s=3_600)
    assert accrual["status"] == "temporary"
    assert accrual["allocations"][0]["to"] == "pending"
    balance = await api.balance(account)
    assert (balance["active"], balance["pending"], balance["total"]) == ("0.00", "10.00", "10.00")
    refused(
        await api.post(f"/transactions/{accrual['id']}/commit", {"amount": "1"}),
        422,
        "invalid_request",
    )
    fine(await api.post(f"/transactions/{accrual['id']}/commit"))
    assert await api.active(account) == "10.00"
    permanent = await api.accrue(account, "1")
    refused(await api.post(f"/transactions/{permanent['id']}/release"), 409, "not_temporary")


async def test_activation_and_expiry_by_date_and_by_hand(api: Api, clock: Clock) -> None:
    account = await api.account()
    waits = await api.accrue(
        account, "5", activates_at=clock.text(days=2), expires_at=clock.text(days=4)
    )
    event = await api.accrue(account, "3", activates_at="event", expires_at="never")
    balance = await api.balance(account)
    assert balance["next_activation"] == {"at": clock.text(days=2), "amount": "5.00"}
    assert balance["pending"] == "8.00"
    activated = fine(await api.post(f"/transactions/{event['id']}/activate"))
    assert (activated["type"], activated["activates"]) == ("activate", event["id"])
    assert await api.active(account) == "3.00"
    expired = fine(await api.post(f"/transactions/{event['id']}/expire"))
    assert (expired["type"], expired["expires"]) == ("expire", event["id"])
    clock.advance(days=2)
    balance = await api.balance(account)
    assert balance["active"] == "5.00"
    assert balance["next_expiration"] == {"at": clock.text(days=2), "amount": "5.00"}
    clock.advance(days=2)
    balance = await api.balance(account)
    assert balance["active"] == "0.00"
    assert balance["lifetime"] == {
        "issued": "8.00",
        "spent": "0.00",
        "expired": "8.00",
        "revoked": "0.00",
        "restored": "0.00",
    }
    listed = fine(await api.get(f"/accounts/{account}/transactions"))["data"]
    assert [each["type"] for each in listed] == [
        "expire", "activate", "expire", "activate", "accrue", "accrue",
    ]  # fmt: skip
    refused(await api.cancel(listed[0]["id"]), 409, "not_cancellable")
    refused(await api.post(f"/transactions/{waits['id']}/activate"), 409, "insufficient_points")


async def test_adjustments(api: Api, clock: Clock) -> None:
    account = await api.account()
    credit = made(await api.move(account, "adjust", "10", reason="goodwill"))
    assert (credit["type"], credit["effect"]) == ("adjust", "10.00")
    debit = made(await api.move(account, "adjust", "-4", reason="mistake"))
    assert (debit["type"], debit["amount"], debit["effect"]) == ("adjust", "4.00", "-4.00")
    refused(await api.move(account, "adjust", "1"), 422, "invalid_request", "/reason")
    refused(await api.move(account, "adjust", "0", reason="x"), 422, "invalid_request", "/amount")
    refused(await api.move(account, "adjust", "-100", reason="x"), 409, "insufficient_points")


async def test_an_expired_lot_is_reinstated(api: Api, clock: Clock) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "10", expires_at=clock.text(days=1))
    lot = accrual["allocations"][0]["lot_id"]
    clock.advance(days=2)
    again = made(await api.move(account, "adjust", "6", reason="was ill", lot_id=lot))
    assert again["type"] == "reinstate"
    assert await api.active(account) == "6.00"
    over = await api.move(account, "adjust", "5", reason="x", lot_id=lot)
    refused(over, 409, "exceeds_original")
    strange = await api.account()
    refused(await api.move(strange, "adjust", "1", reason="x", lot_id=lot), 404, "not_found")
    refused(await api.move(account, "adjust", "1", reason="x", lot_id="lot_0"), 404, "not_found")
    down = await api.move(account, "adjust", "-1", reason="x", lot_id=lot)
    refused(down, 422, "invalid_request", "/lot_id")


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


async def test_an_external_id_used_again(api: Api) -> None:
    account = await api.account()
    first = await api.move(account, "accrue", "1", external_id="sale")
    again = await api.move(account, "accrue", "1", external_id="sale")
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    other = await api.move(account, "accrue", "2", external_id="sale")
    refused(other, 409, "external_id_taken")
    fine(await api.cancel(made(first)["id"]))
    refused(await api.move(account, "accrue", "2", external_id="sale"), 409, "external_id_taken")


async def test_transfers(api: Api, clock: Clock) -> None:
    program = (await api.program())["id"]
    currency = (await api.currency(program))["id"]
    accounts = []
    for _ in range(2):
        member = await api.member(program)
        body = {"member_id": member["id"], "currency_id": currency}
        accounts.append(made(await api.post("/accounts", body))["id"])
    await api.accrue(accounts[0], "10", expires_at=clock.text(days=3))
    body = {"from_account_id": accounts[0], "to_account_id": accounts[1], "amount": "4"}
    dry = fine(await api.post("/transfers", body, params={"dry_run": "true"}))
    answer = await api.post("/transfers", body, key="move-1")
    moved = fine(answer)
    assert dry == moved
    assert moved["from"]["type"] == "transfer_out"
    assert moved["to"]["type"] == "transfer_in"
    assert moved["from"]["transfer"] == moved["to"]["id"]
    assert moved["to"]["transfer"] == moved["from"]["id"]
    assert moved["to"]["allocations"][0]["expires_at"] == clock.text(days=3)
    assert [await api.active(each) for each in accounts] == ["6.00", "4.00"]
    again = await api.post("/transfers", body, key="move-1")
    assert again.headers["idempotency-replayed"] == "true"
    assert again.content == answer.content
    refused(await api.post("/transfers", {**body, "amount": "7"}), 409, "insufficient_points")
    same = {**body, "to_account_id": accounts[0]}
    refused(await api.post("/transfers", same), 422, "invalid_request")
    strange = {**body, "to_account_id": await api.account()}
    refused(await api.post("/transfers", strange), 404, "not_found")
    refused(await api.post("/transfers", {**body, "amount": "-1"}), 422, "invalid_request")
    cancelled = fine(await api.cancel(moved["to"]["id"]))
    assert cancelled["account_id"] == accounts[1]
    assert [await api.active(each) for each in accounts] == ["10.00", "0.00"]


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


NO_AMOUNTS: list[Any] = [
    "", " ", "1 ", "+1", "1e3", "1_000", "0x10", "1.", ".5", "1,5", "\u0661",
    "NaN", "Infinity", "-0",
    "0", "0.00", 0, -1, "-1", "1.234", "90000000000000.01", 90_000_000_000_001, 10**400, "9" * 60,
    1.5, 1.0, True, None, [], {},
]  # fmt: skip


async def test_what_no_amount_can_be(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "10")
    for amount in NO_AMOUNTS:
        for type in ("accrue", "redeem", "hold"):
            refused(await api.move(account, type, amount), 422, "invalid_request", "/amount")
    assert await api.active(account) == "10.00"


@pytest.mark.parametrize(
    ("type", "fields", "pointer"),
    [
        ("redeem", {"expires_at": "2027-01-01T00:00:00Z"}, "/expires_at"),
        ("redeem", {"activates_at": "event"}, "/activates_at"),
        ("redeem", {"temporary": True}, "/temporary"),
        ("redeem", {"timeout_s": 5}, "/timeout_s"),
        ("hold", {"timeout_s": 0}, "/timeout_s"),
        ("hold", {"timeout_s": 10**12}, "/timeout_s"),
        ("hold", {"lot_id": "lot_1"}, "/lot_id"),
        ("accrue", {"timeout_s": 5}, "/timeout_s"),
        ("accrue", {"expires_at": "soon"}, "/expires_at"),
        ("accrue", {"activates_at": "never"}, "/activates_at"),
        ("accrue", {"expires_at": "2020-01-01T00:00:00Z"}, None),
        ("accrue", {"effective_at": "2027-01-01T00:00:00Z"}, None),
        ("accrue", {"effective_at": "0000-01-01T00:00:00Z"}, "/effective_at"),
        ("accrue", {"external_id": ""}, "/external_id"),
        ("accrue", {"external_id": "x" * 256}, "/external_id"),
        ("accrue", {"reason": "x" * 1_001}, "/reason"),
        ("accrue", {"metadata": "x"}, "/metadata"),
        ("accrue", {"points": 1}, "/points"),
        ("steal", {}, "/type"),
        (None, {}, "/type"),
    ],
)
async def test_what_no_transaction_can_be(
    api: Api, type: Any, fields: Any, pointer: str | None
) -> None:
    account = await api.account()
    await api.accrue(account, "10")
    refused(await api.move(account, type, "1", **fields), 422, "invalid_request", pointer)
    assert await api.active(account) == "10.00"


async def test_a_window_for_cancels(api: Api, clock: Clock) -> None:
    account = await api.account(cancel_window=60)
    accrual = await api.accrue(account, "1")
    clock.advance(seconds=61)
    refused(await api.cancel(accrual["id"]), 409, "cancel_window_passed")


async def test_an_overdraft(api: Api) -> None:
    account = await api.account(overdraft="5")
    spent = await api.redeem(account, "5")
    assert spent["balance_after"] == "-5.00"
    refused(await api.move(account, "redeem", "0.01"), 409, "deficit_outstanding")
