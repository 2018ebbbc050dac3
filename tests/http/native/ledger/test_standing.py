"""What has become of a transaction: its status and the one that did it say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import Api, fine, made

KINDS = (
    "accrue", "redeem", "hold", "committed hold", "temporary accrual", "committed accrual",
    "adjust", "debit", "transfer",
)  # fmt: skip


async def begun(api: Api, account: str, kind: str) -> str:
    """The id of a transaction of 30 of that kind."""
    if kind in ("accrue", "redeem", "hold"):
        return str(made(await api.move(account, kind, "30"))["id"])
    if kind in ("adjust", "debit"):
        amount = "30" if kind == "adjust" else "-30"
        return str(made(await api.move(account, "adjust", amount, reason="a mistake"))["id"])
    if kind == "transfer":
        currency = fine(await api.get(f"/accounts/{account}"))
        member = await api.member(currency["program_id"])
        body = {"member_id": member["id"], "currency_id": currency["currency_id"]}
        other = made(await api.post("/accounts", body))["id"]
        body = {"from_account_id": account, "to_account_id": other, "amount": "30"}
        return str(fine(await api.post("/transfers", body))["from"]["id"])
    if kind.endswith("hold"):
        original = await api.hold(account, "30")
    else:
        original = await api.accrue(account, "30", temporary=True)
    if kind.startswith("committed"):
        fine(await api.post(f"/transactions/{original['id']}/commit"))
    return str(original["id"])


async def standing(api: Api, transaction: str) -> tuple[str, str | None, str]:
    read = fine(await api.get(f"/transactions/{transaction}"))
    return read["status"], read["cancelled_by"], read["cancelled_amount"]


async def cancel(api: Api, transaction: str, amount: str | None = None) -> str:
    body = {} if amount is None else {"amount": amount}
    return str(fine(await api.cancel(transaction, body))["id"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_cancel_that_is_cancelled(api: Api, kind: str) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    original = await begun(api, account, kind)
    before = await standing(api, original)
    assert before[1:] == (None, "0.00")
    first = await cancel(api, original)
    assert await standing(api, original) == ("cancelled", first, "30.00")
    undone = await cancel(api, first)
    assert await standing(api, original) == before
    assert await standing(api, first) == ("cancelled", undone, "30.00")
    again = await cancel(api, original)
    assert await standing(api, original) == ("cancelled", again, "30.00")
    assert await standing(api, again) == ("in_force", None, "0.00")


async def test_the_last_of_several_is_cancelled(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    spent = str((await api.redeem(account, "30"))["id"])
    first, second = await cancel(api, spent, "5"), await cancel(api, spent, "7")
    assert await standing(api, spent) == ("partly_cancelled", second, "12.00")
    third = await cancel(api, second)
    assert await standing(api, spent) == ("partly_cancelled", first, "5.00")
    assert await standing(api, second) == ("cancelled", third, "7.00")
    fourth = await cancel(api, third)  # the second is in force again, by another
    assert await standing(api, spent) == ("partly_cancelled", fourth, "12.00")
    await cancel(api, fourth)
    await cancel(api, first)
    assert await standing(api, spent) == ("in_force", None, "0.00")


@pytest.mark.parametrize("temporary", ["hold", "accrue"])
async def test_a_commit_stands_as_its_original(api: Api, temporary: str) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    more = {"temporary": True} if temporary == "accrue" else {}
    original = str(made(await api.move(account, temporary, "30", **more))["id"])
    commit = str(fine(await api.post(f"/transactions/{original}/commit"))["id"])
    assert await standing(api, commit) == ("in_force", None, "0.00")
    first = await cancel(api, commit, "10")
    assert await standing(api, commit) == ("partly_cancelled", first, "10.00")
    assert await standing(api, original) == ("partly_cancelled", first, "10.00")
    await cancel(api, first)
    assert await standing(api, commit) == ("in_force", None, "0.00")
    read = fine(await api.get(f"/transactions/{commit}"))
    assert (read["committed_by"], read["released_by"]) == (None, None)
    assert fine(await api.get(f"/transactions/{original}"))["committed_by"] == commit


async def test_a_part_of_a_cancel_is_cancelled(api: Api) -> None:
    account = await api.account()
    await api.accrue(account, "100")
    spent = str((await api.redeem(account, "30"))["id"])
    first = await cancel(api, spent)
    undone = await cancel(api, first, "10")
    assert await standing(api, spent) == ("partly_cancelled", first, "20.00")
    assert await standing(api, first) == ("partly_cancelled", undone, "10.00")


async def test_lists_say_the_same(api: Api) -> None:
    account = await api.account()
    accrual = str((await api.accrue(account, "100"))["id"])
    await cancel(api, await cancel(api, accrual))
    rows: list[Any] = fine(await api.get(f"/accounts/{account}/transactions"))["data"]
    for row in rows:
        assert row["status"] == (await standing(api, row["id"]))[0]
