"""Many writes in one request."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, Clock, fine, made, refused, without_request


def accrue(account: str, amount: Any, **fields: Any) -> dict[str, Any]:
    return {"op": "accrue", "account_id": account, "amount": amount, **fields}


async def bulk(api: Api, *operations: Any, **rest: Any) -> httpx.Response:
    atomic = rest.pop("atomic", False)
    return await api.post("/bulk", {"atomic": atomic, "operations": list(operations)}, **rest)


async def test_each_operation_answers_as_the_single_call_would(api: Api, clock: Clock) -> None:
    account, other = await api.account(), await api.account()
    earned = await api.accrue(account, "100")
    hold, second = await api.hold(account, "1"), await api.hold(account, "2")
    waits = await api.accrue(account, "3", activates_at="event")
    answer = fine(
        await bulk(
            api,
            accrue(account, "5", external_id="e", metadata={"a": 1}),
            {"type": "redeem", "account_id": other, "amount": "1"},
            {"op": "redeem", "account_id": account, "amount": 7},
            {"op": "hold", "account_id": account, "amount": "2", "timeout_s": 9},
            {"op": "adjust", "account_id": account, "amount": "-1", "reason": "x"},
            {"op": "commit", "transaction_id": hold["id"]},
            {"op": "release", "transaction_id": second["id"], "reason": "no"},
            {"op": "activate", "transaction_id": waits["id"]},
            {"op": "expire", "transaction_id": waits["id"]},
            {"op": "cancel", "transaction_id": earned["id"], "amount": "10"},
            actor="anna",
        )
    )
    results = answer["results"]
    assert answer["atomic"] is False
    assert [each["index"] for each in results] == list(range(10))
    assert [each["status"] for each in results] == [201, 409, 201, 201, 201, *[200] * 5]
    assert results[1]["problem"]["code"] == "insufficient_points"
    assert results[1]["problem"]["active"] == "0.00"
    moved = [each["transaction"] for each in results if each["status"] < 300]
    assert [each["type"] for each in moved] == [
        "accrue", "redeem", "hold", "adjust", "commit", "release", "activate", "expire", "cancel",
    ]  # fmt: skip
    assert {each["actor"] for each in moved} == {"anna"}
    read = fine(await api.get(f"/transactions/{moved[0]['id']}"))
    assert {name: read[name] for name in moved[0]} == moved[0]


async def test_what_is_wrong_with_one_does_not_touch_the_others(api: Api) -> None:
    account = await api.account()
    answer = fine(
        await bulk(
            api,
            accrue(account, "1"),
            {},
            {"op": "accrue", "type": "redeem", "account_id": account, "amount": "1"},
            {"op": "steal"},
            {"op": "accrue", "amount": "1"},
            accrue(account, "1.001"),
            accrue(account, None),
            accrue("acc_0", "1"),
            accrue("acc_777", "1"),
            {"op": "commit", "transaction_id": "txn_7"},
            {"op": "commit", "transaction_id": "txn_7", "temporary": True},
            accrue(account, "1", colour="red"),
            "accrue",
            None,
            accrue(account, "1"),
        )
    )
    wrong = [
        (each["status"], [fault.get("pointer") for fault in each["problem"]["errors"]])
        for each in answer["results"][1:-1]
    ]
    assert wrong == [
        (422, ["/operations/1/op"]),
        (422, ["/operations/2/type"]),
        (422, ["/operations/3/op"]),
        (422, ["/operations/4/account_id"]),
        (422, ["/operations/5/amount"]),
        (422, ["/operations/6/amount"]),
        (404, []),
        (404, []),
        (404, []),
        (404, []),
        (422, ["/operations/11/colour"]),
        (422, ["/operations/12"]),
        (422, ["/operations/13"]),
    ]
    assert await api.active(account) == "2.00"


async def test_all_or_none(api: Api) -> None:
    account, other = await api.account(), await api.account()
    operations = [
        accrue(account, "5"),
        {"op": "redeem", "account_id": account, "amount": "5"},
        accrue(other, "1"),
    ]
    done = fine(await bulk(api, *operations, atomic=True))
    assert done["atomic"] is True
    assert [each["status"] for each in done["results"]] == [201, 201, 201]
    too_much = {"op": "redeem", "account_id": other, "amount": "2"}
    body = refused(
        await bulk(api, accrue(account, "1"), too_much, accrue(other, "1"), atomic=True),
        409,
        "insufficient_points",
        "/operations/1",
    )
    assert body["index"] == 1
    assert body["active"] == "1.00"
    body = refused(
        await bulk(api, accrue(account, "1"), accrue(account, "x"), atomic=True),
        422,
        "invalid_request",
        "/operations/1/amount",
    )
    assert body["index"] == 1
    refused(
        await bulk(api, accrue(account, "1"), accrue("acc_99", 1), atomic=True), 404, "not_found"
    )
    assert [await api.active(each) for each in (account, other)] == ["0.00", "1.00"]


async def test_a_retry_of_a_bulk(api: Api) -> None:
    account = await api.account()
    operations = [accrue(account, "5"), {"op": "redeem", "account_id": account, "amount": "9"}]
    for atomic in (False, True):
        here = operations[: 1 if atomic else 2]
        key = f"atomic {atomic}"
        first = await bulk(api, *here, atomic=atomic, key=key)
        again = await bulk(api, *here, atomic=atomic, key=key)
        assert fine(again)["results"][0] == fine(first)["results"][0]
        assert again.headers["idempotency-replayed"] == "true"
        other = await bulk(api, accrue(account, "6"), atomic=atomic, key=key)
        if atomic:
            refused(other, 422, "idempotency_key_reused", "/operations/0")
        else:
            problem = fine(other)["results"][0]["problem"]
            assert problem["code"] == "idempotency_key_reused"
    assert await api.active(account) == "10.00"


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_retry_has_the_same_body(api: Api, atomic: bool) -> None:
    """Whatever its operations repeat: nothing, an earlier request's external id, or one of the
    bulk's own. An operation that cancels what is cancelled says so each time."""
    account = await api.account()
    await api.accrue(account, "9", external_id="old")
    spent = await api.redeem(account, "9")
    fine(await api.post(f"/transactions/{spent['id']}/cancel", {}))
    operations = [
        accrue(account, "5"),
        accrue(account, "9", external_id="old"),
        accrue(account, "1", external_id="new"),
        accrue(account, "1", external_id="new"),
        {"op": "cancel", "transaction_id": spent["id"]},
    ]
    first = await bulk(api, *operations, atomic=atomic, key="k")
    marked = [each.get("replayed") for each in fine(first)["results"]]
    assert marked == [None, True, None, True, None]
    assert "idempotency-replayed" not in first.headers
    for _ in range(2):  # the second time from what is remembered
        again = await bulk(api, *operations, atomic=atomic, key="k")
        assert again.json() == first.json()
        assert again.headers["idempotency-replayed"] == "true"
    more = [*operations[1:2], accrue(account, "2")]
    assert "idempotency-replayed" not in (await bulk(api, *more, atomic=atomic)).headers


async def test_transfers_in_bulk(api: Api) -> None:
    account = await api.account()
    own = fine(await api.get(f"/accounts/{account}"))
    member = await api.member(own["program_id"])
    body = {"member_id": member["id"], "currency_id": own["currency_id"]}
    receiver = (await api.post("/accounts", body)).json()["id"]
    move = {"op": "transfer", "from_account_id": account, "to_account_id": receiver, "amount": "2"}
    for atomic in (False, True):
        done = fine(await bulk(api, accrue(account, "3"), move, atomic=atomic))
        assert done["results"][1]["status"] == 200
        assert done["results"][1]["transfer"]["to"]["account_id"] == receiver
    assert [await api.active(each) for each in (account, receiver)] == ["2.00", "4.00"]
    missing = {"op": "transfer", "from_account_id": account, "amount": "2"}
    problem = fine(await bulk(api, missing))["results"][0]["problem"]
    assert problem["errors"][0]["pointer"] == "/operations/0/to_account_id"


async def test_a_dry_run_of_a_bulk(api: Api) -> None:
    account = await api.account()
    spend = {"op": "redeem", "account_id": account, "amount": "5"}
    dry = {"params": {"dry_run": "true"}}
    tried = fine(await bulk(api, accrue(account, "5"), spend, atomic=True, **dry))
    assert [each["status"] for each in tried["results"]] == [201, 201]
    assert await api.active(account) == "0.00"
    tried = fine(await bulk(api, accrue(account, "5"), **dry))
    assert tried["results"][0]["transaction"]["balance_after"] == "5.00"
    assert await api.active(account) == "0.00"


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_dry_run_of_a_bulk_is_what_then_happens(api: Api, atomic: bool) -> None:
    """Each operation finds what those before it have left, their external ids, too. If it is not
    atomic, a refusal leaves the others alone."""
    program = await api.program()
    currency = await api.currency(program["id"])
    accounts = []
    for _ in range(2):
        member = await api.member(program["id"])
        body = {"member_id": member["id"], "currency_id": currency["id"]}
        accounts.append(made(await api.post("/accounts", body))["id"])
    account, other = accounts
    await api.accrue(account, "1", external_id="old")
    move = {"op": "transfer", "from_account_id": account, "to_account_id": other}
    operations = [
        accrue(account, "5", external_id="new"),
        {"op": "redeem", "account_id": account, "amount": "4"},
        {"op": "redeem", "account_id": account, "amount": "9"},
        {**move, "amount": "9"},
        {**move, "amount": "2"},
        {"op": "redeem", "account_id": other, "amount": "2"},
        accrue(account, "5", external_id="new"),
        accrue(account, "1", external_id="old"),
        accrue(account, "2", external_id="old"),
    ]
    expected = [201, 201, 409, 409, 200, 201, 201, 201, 409]
    if atomic:  # without those that are refused
        operations = [
            each for each, status in zip(operations, expected, strict=True) if status < 400
        ]
    told = await bulk(api, *operations, atomic=atomic, params={"dry_run": "true"})
    assert await api.active(account) == "1.00"
    done = await bulk(api, *operations, atomic=atomic)
    assert without_request(fine(told)) == without_request(fine(done))
    if not atomic:
        assert [each["status"] for each in fine(done)["results"]] == expected


async def test_a_dry_run_of_what_was_done_is_a_repeat(api: Api) -> None:
    account = await api.account()
    first = await api.accrue(account, "5", external_id="e")
    path, body = f"/accounts/{account}/transactions", {"type": "accrue", "amount": "5"}
    named = {**body, "external_id": "e"}
    told = await api.post(path, named, params={"dry_run": "true"})
    done = await api.post(path, named)
    assert made(told) == made(done) == first
    assert told.headers["idempotency-replayed"] == done.headers["idempotency-replayed"] == "true"


async def test_a_bulk_has_one_to_a_thousand_operations(api: Api) -> None:
    account = await api.account()
    refused(await bulk(api), 422, "invalid_request", "/operations")
    refused(await bulk(api, *[accrue(account, 1)] * 1_001), 422, "invalid_request", "/operations")
    refused(await api.post("/bulk", {"operations": 7}), 422, "invalid_request", "/operations")
    refused(await api.post("/bulk", {"atomic": 1, "operations": [{}]}), 422, "invalid_request",
            "/atomic")  # fmt: skip
    done = fine(await bulk(api, *[accrue(account, 1)] * 1_000))
    seqs = [each["transaction"]["seq"] for each in done["results"]]
    assert seqs == list(range(1, 1_001))
    assert await api.active(account) == "1000.00"


async def test_scopes_in_a_bulk(api: Api, key_with: Any) -> None:
    account = await api.account()
    accrual = await api.accrue(account, "5")
    cancel = {"op": "cancel", "transaction_id": accrual["id"]}
    writer = await key_with("ledger:write")
    results = fine(await bulk(writer, accrue(account, "1"), cancel))["results"]
    assert [each["status"] for each in results] == [201, 403]
    canceller = await key_with("ledger:cancel")
    results = fine(await bulk(canceller, accrue(account, "1"), cancel))["results"]
    assert [each["status"] for each in results] == [403, 200]
    reader = await key_with("read")
    refused(await bulk(reader, accrue(account, "1"), atomic=True), 403, "forbidden")
