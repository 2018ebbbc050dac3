"""Movements of points on the wire, from accrual to transfer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused, without_request


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
    assert accrual.pop("request_id").startswith("req_")
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
        "api_key_id": "key_1",
        "user_id": None,
        "dialect": "native",
        "approved_by": None,
    }


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
    assert without_request(dry) == without_request(moved)
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


async def test_an_overdraft(api: Api) -> None:
    account = await api.account(overdraft="5")
    spent = await api.redeem(account, "5")
    assert spent["balance_after"] == "-5.00"
    refused(await api.move(account, "redeem", "0.01"), 409, "deficit_outstanding")
