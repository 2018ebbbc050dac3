"""Writes that may only be while an account's last row is the one that their caller has seen."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, Clock, fine, made, refused


def expecting(*seen: tuple[str, int], **rest: Any) -> dict[str, Any]:
    named = ", ".join(f"{account}={seq}" for account, seq in seen)
    return {"headers": {"Stampbook-Expected-Seq": named}, **rest}


async def last(api: Api, account: str) -> int:
    return int(fine(await api.get(f"/accounts/{account}/transactions"))["data"][0]["seq"])


async def moves(api: Api, account: str) -> int:
    return len(fine(await api.get(f"/accounts/{account}/transactions"))["data"])


async def pair(api: Api) -> tuple[str, str]:
    """Accounts of two members of one program."""
    program = (await api.program())["id"]
    currency = (await api.currency(program))["id"]
    accounts = []
    for _ in range(2):
        member = (await api.member(program))["id"]
        body = {"member_id": member, "currency_id": currency}
        accounts.append(str(made(await api.post("/accounts", body))["id"]))
    return accounts[0], accounts[1]


async def writes(api: Api, account: str, other: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Every kind of write on an account that has 100, with what it needs."""
    waits = await api.accrue(account, "3", activates_at="event")
    held = [await api.hold(account, "1") for _ in range(2)]
    taken = await api.redeem(account, "10")
    on = f"/accounts/{account}/transactions"
    return {
        "accrue": (on, {"type": "accrue", "amount": "1"}),
        "redeem": (on, {"type": "redeem", "amount": "1"}),
        "hold": (on, {"type": "hold", "amount": "1"}),
        "adjust": (on, {"type": "adjust", "amount": "-1", "reason": "x"}),
        "commit": (f"/transactions/{held[0]['id']}/commit", {}),
        "release": (f"/transactions/{held[1]['id']}/release", {}),
        "activate": (f"/transactions/{waits['id']}/activate", {}),
        "cancel": (f"/transactions/{taken['id']}/cancel", {}),
        "transfer": (
            "/transfers",
            {"from_account_id": account, "to_account_id": other, "amount": "1"},
        ),
        "bulk": (
            "/bulk",
            {
                "atomic": True,
                "operations": [
                    {"op": "redeem", "account_id": account, "amount": "1"},
                    {"op": "redeem", "account_id": account, "amount": "2"},
                ],
            },
        ),
    }


async def test_every_write_is_refused_when_the_account_has_moved(api: Api) -> None:
    account, other = await pair(api)
    await api.accrue(account, "100")
    for path, body in (await writes(api, account, other)).values():
        seen, before = await last(api, account), await moves(api, account)
        for wrong in (seen - 1, seen + 1):
            for params in ({}, {"dry_run": "true"}):
                answer = await api.post(path, body, **expecting((account, wrong)), params=params)
                refused(answer, 409, "account_moved")
        assert await moves(api, account) == before
        for params in ({"dry_run": "true"}, {}):
            answer = await api.post(path, body, **expecting((account, seen)), params=params)
            assert answer.status_code in (200, 201), answer.text


async def test_the_receiver_of_a_transfer_may_be_expected_too(api: Api) -> None:
    account, other = await pair(api)
    await api.accrue(account, "5")
    await api.accrue(other, "5")
    body = {"from_account_id": account, "to_account_id": other, "amount": "1"}
    answer = await api.post("/transfers", body, **expecting((account, 1), (other, 0)))
    refused(answer, 409, "account_moved")
    moved = fine(await api.post("/transfers", body, **expecting((account, 1), (other, 1))))
    answer = await api.post(
        f"/transactions/{moved['from']['id']}/cancel", {}, **expecting((other, 1))
    )
    refused(answer, 409, "account_moved")


async def test_rows_that_are_due_count(api: Api, clock: Clock) -> None:
    account = await api.account()
    await api.accrue(account, "5", expires_at=clock.text(days=1))
    clock.advance(days=2)
    body = {"type": "accrue", "amount": "1"}
    on = f"/accounts/{account}/transactions"
    answer = await api.post(on, body, **expecting((account, 1)))
    refused(answer, 409, "account_moved")
    dry = (await api.post(on, body, params={"dry_run": "true"})).json()
    assert dry["seq"] == 3
    answer = await api.post(on, body, **expecting((account, dry["seq"] - 1)))
    assert answer.status_code == 201


async def test_of_two_that_have_seen_the_same_one_writes(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    body = {"type": "redeem", "amount": "1"}
    on = f"/accounts/{account}/transactions"
    answers = await asyncio.gather(
        *(api.post(on, body, **expecting((account, 1))) for _ in range(8))
    )
    assert sorted(each.status_code for each in answers) == [201] + [409] * 7
    assert await last(api, account) == 2


async def test_a_retry_is_answered_as_before(api: Api) -> None:
    account = await api.account()
    body = {"type": "accrue", "amount": "1"}
    on = f"/accounts/{account}/transactions"
    first = await api.post(on, body, key="k", **expecting((account, 0)))
    again = await api.post(on, body, key="k", **expecting((account, 0)))
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert await last(api, account) == 1


@pytest.mark.parametrize(
    "header",
    ["", "acc_1", "acc_1=", "acc_1=-1", "acc_1=x", "txn_1=3", "acc_1=1,acc_1=2", "acc_1=²"],
)
async def test_what_cannot_be_read_is_refused(api: Api, header: str) -> None:
    account = await api.account()
    answer: httpx.Response = await api.post(
        f"/accounts/{account}/transactions",
        {"type": "accrue", "amount": "1"},
        headers={"Stampbook-Expected-Seq": header.encode()},
    )
    problem = refused(answer, 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "Stampbook-Expected-Seq"


async def test_a_bulk_must_be_atomic_for_it(api: Api) -> None:
    account = await api.account()
    operations = [{"op": "accrue", "account_id": account, "amount": "1"}]
    answer = await api.post("/bulk", {"operations": operations}, **expecting((account, 0)))
    problem = refused(answer, 422, "invalid_request")
    assert problem["errors"][0]["parameter"] == "Stampbook-Expected-Seq"
