"""Buying rewards, refunds, and using codes."""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

import pytest

from stampbook.ledger.engine import Ledger
from tests.http.native.asking import START, Api, fine, made, refused


class Bar(NamedTuple):
    program: str
    points: str
    stars: str
    member: str
    account: str


@pytest.fixture
async def bar(api: Api) -> Bar:
    """A member with 50.00 points."""
    program = (await api.program())["id"]
    points = (await api.currency(program))["id"]
    stars = (await api.currency(program, name="Stars", scale=0))["id"]
    member = (await api.member(program))["id"]
    body = {"member_id": member, "currency_id": points}
    account = made(await api.post("/accounts", body))["id"]
    await api.accrue(account, "50.00")
    return Bar(program, points, stars, member, account)


async def offered(api: Api, bar: Bar, stock: int | None = None, **fields: Any) -> str:
    body = {
        "name": "Coffee",
        "type": "material",
        "status": "active",
        "costs": [{"currency_id": bar.points, "points": "10.00"}],
        **fields,
    }
    reward: str = made(await api.post(f"/programs/{bar.program}/rewards", body))["id"]
    path = f"/programs/{bar.program}/offers/{reward}"
    fine(await api.ask("PUT", path, json={"stock": stock}))
    return reward


async def test_a_purchase_is_made_read_and_refunded(api: Api, bar: Bar) -> None:
    reward = await offered(
        api, bar, 9, type="points", points={"currency_id": bar.stars, "amount": "7"}
    )
    body = {"reward_id": reward, "quantity": 3, "external_id": "b-1", "metadata": {"till": 2}}
    path = f"/members/{bar.member}/purchases"
    answer = await api.post(path, body)
    bought = made(answer)
    assert answer.headers["location"] == f"/v1/purchases/{bought['id']}"
    gained = bought["gained"]
    assert bought == {
        **body,
        "id": bought["id"],
        "program_id": bar.program,
        "member_id": bar.member,
        "state": "approved",
        "refunded": 0,
        "written_off": 0,
        "currency_id": bar.points,
        "account_id": bar.account,
        "points": "30.00",
        "transaction_id": bought["transaction_id"],
        "gained": {
            "currency_id": bar.stars,
            "account_id": gained["account_id"],
            "amount": "21",
            "transaction_id": gained["transaction_id"],
        },
        "codes": [],
        "refundable": True,
        "created_at": START,
        "updated_at": START,
    }
    assert (await api.active(bar.account), await api.active(gained["account_id"])) == (
        "20.00",
        "21",
    )
    assert fine(await api.get(f"/purchases/{bought['id']}")) == bought
    assert fine(await api.get(path))["data"] == [bought]
    spent = fine(await api.get(f"/transactions/{bought['transaction_id']}"))
    assert (spent["type"], spent["amount"]) == ("redeem", "30.00")
    assert made(await api.post(path, body)) == bought
    other = {**body, "quantity": 1}
    refused(await api.post(path, other), 409, "external_id_taken")

    back = f"/purchases/{bought['id']}/refund"
    first = fine(await api.post(back, {"quantity": 1, "stock": "write_off"}))
    assert (first["points"], first["taken"], first["written_off"]) == ("10.00", "7", True)
    assert first["purchase"] == {
        **bought, "state": "partly_refunded", "refunded": 1, "written_off": 1,
    }  # fmt: skip
    refused(await api.post(back, {"quantity": 3}), 409, "exceeds_original")
    second = fine(await api.post(back, {}))
    assert second["purchase"]["state"] == "refunded"
    refused(await api.post(back, {}), 409, "already_cancelled")
    assert (await api.active(bar.account), await api.active(gained["account_id"])) == ("50.00", "0")
    offer = fine(await api.get(f"/rewards/{reward}"))["offer"]
    assert (offer["stock"], offer["redeemed"], offer["written_off"]) == (8, 0, 1)


async def test_an_idempotency_key_buys_and_refunds_once(api: Api, bar: Bar) -> None:
    reward = await offered(api, bar, type="code")
    path = f"/members/{bar.member}/purchases"
    found = await asyncio.gather(
        *(api.post(path, {"reward_id": reward}, key="one") for _ in range(6))
    )
    answers = [made(each) for each in found]
    assert answers == [answers[0]] * 6
    replays = [each.headers.get("idempotency-replayed") for each in found]
    assert sorted(map(str, replays)) == ["None"] + ["true"] * 5
    assert await api.active(bar.account) == "40.00"
    refused(
        await api.post(path, {"reward_id": reward, "quantity": 2}, key="one"),
        422,
        "idempotency_key_reused",
    )
    back = f"/purchases/{answers[0]['id']}/refund"
    refunds = await asyncio.gather(*(api.post(back, {}, key="two") for _ in range(6)))
    assert [fine(each) for each in refunds] == [refunds[0].json()] * 6
    assert await api.active(bar.account) == "50.00"


async def test_a_dry_run_writes_nothing(api: Api, bar: Bar, ledger: Ledger) -> None:
    reward = await offered(api, bar, 1)
    path = f"/members/{bar.member}/purchases"
    tried = made(await api.post(path, {"reward_id": reward}, params={"dry_run": "true"}))
    assert (tried["points"], tried["state"]) == ("10.00", "approved")
    assert fine(await api.get(path))["data"] == []
    assert await api.active(bar.account) == "50.00"
    bought = made(await api.post(path, {"reward_id": reward}))
    back = f"/purchases/{bought['id']}/refund"
    refund = fine(await api.post(back, {}, params={"dry_run": "true"}))
    assert refund["purchase"]["state"] == "refunded"
    assert fine(await api.get(f"/purchases/{bought['id']}")) == bought


async def test_the_refusals_of_a_purchase(api: Api, bar: Bar, key_with: Any) -> None:
    path = f"/members/{bar.member}/purchases"

    async def refusal(reward: str, status: int, code: str, **fields: Any) -> Any:
        return refused(await api.post(path, {"reward_id": reward, **fields}), status, code)

    await refusal("rwd_99", 422, "invalid_request")
    await refusal("mug", 422, "invalid_request")
    draft = await offered(api, bar, status="draft")
    await refusal(draft, 409, "reward_inactive")
    dear = [{"currency_id": bar.points, "points": "1", "condition": "member.days > 1000"}]
    await refusal(await offered(api, bar, costs=dear), 409, "no_matching_cost")
    once = {"frequency": {"max": 1, "period": "lifetime"}}
    await refusal(await offered(api, bar, limits=once), 409, "limit_reached", quantity=2)
    problem = await refusal(await offered(api, bar), 409, "insufficient_points", quantity=6)
    assert (problem["active"], problem["account_id"]) == ("50.00", bar.account)
    await refusal(await offered(api, bar, 0), 409, "out_of_stock")
    for quantity in (0, -1, 1.5, 1001, "1"):
        await refusal(draft, 422, "invalid_request", quantity=quantity)
    kept = await offered(api, bar, refundable=False)
    bought = made(await api.post(path, {"reward_id": kept}))
    back = f"/purchases/{bought['id']}/refund"
    refused(await api.post(back, {}), 409, "not_refundable")
    refused(await api.post(back, {"quantity": 0}), 422, "invalid_request", "/quantity")
    till = await key_with("ledger:write")
    refused(await till.post(back, {"policy": "allow"}), 403, "forbidden")
    fine(await api.post(back, {"policy": "allow"}))


async def test_a_price_for_members_of_a_tier(api: Api, bar: Bar) -> None:
    """Points that became active in the meantime count, and those that expired do not."""
    group = {
        "name": "Metals",
        "currency_id": bar.points,
        "basis": "balance",
        "tiers": [{"name": "Silver", "threshold": "1.00"}, {"name": "Gold", "threshold": "60.00"}],
    }
    made(await api.post(f"/programs/{bar.program}/tier_groups", group))
    prices = {
        '"Gold" in member.tiers': "1.00",
        'member.tier == "Silver"': "2.00",
        "true": "3.00",
    }
    costs = [
        {"currency_id": bar.points, "condition": condition, "points": points}
        for condition, points in prices.items()
    ]
    reward = await offered(api, bar, costs=costs)
    begin, end = api.clock.text(seconds=10), api.clock.text(seconds=20)
    await api.accrue(bar.account, "20.00", activates_at=begin, expires_at=end)
    path = f"/members/{bar.member}/purchases"
    paid = []
    for _ in range(3):
        foreseen = made(await api.post(f"{path}?dry_run=true", {"reward_id": reward}))
        bought = made(await api.post(path, {"reward_id": reward}))
        assert foreseen["points"] == bought["points"]
        paid.append(bought["points"])
        api.clock.advance(seconds=10)
    assert paid == ["2.00", "1.00", "2.00"]
    await api.redeem(bar.account, await api.active(bar.account))
    await api.accrue(bar.account, "0.99")
    refused(await api.post(path, {"reward_id": reward}), 409, "insufficient_points")


@pytest.mark.parametrize("overdraft", ["0", "10"])
async def test_only_a_purchase_that_is_made_opens_accounts(
    api: Api, bar: Bar, overdraft: str
) -> None:
    debt = (await api.currency(bar.program, scale=0, overdraft=overdraft))["id"]
    limits = {"spending_limits": {"per_transaction": "20", "lifetime": None, "period": None}}
    fine(await api.patch(f"/currencies/{debt}", limits))
    stars = {"currency_id": bar.stars, "amount": "7"}
    reward = await offered(
        api, bar, type="points", points=stars, costs=[{"currency_id": debt, "points": "10"}]
    )
    codes = []
    for quantity in (3, 2, 1):
        member = (await api.member(bar.program))["id"]
        path, body = f"/members/{member}/purchases", {"reward_id": reward, "quantity": quantity}
        preview = await api.post(f"{path}?dry_run=true", body)
        assert fine(await api.get(f"/members/{member}/accounts"))["data"] == []
        answer = await api.post(path, body)
        held = fine(await api.get(f"/members/{member}/accounts"))["data"]
        assert len(held) == (2 if answer.status_code == 201 else 0)
        assert preview.status_code == answer.status_code
        foreseen, done = preview.json(), answer.json()
        codes.append(done.get("code"))
        if answer.status_code == 201:
            unknown = {"account_id": None, "transaction_id": None}
            expected = {**done, **unknown, "id": foreseen["id"]}
            assert foreseen == {**expected, "gained": {**done["gained"], **unknown}}
        else:
            assert foreseen["code"] == done["code"]
    most = "insufficient_points"
    assert codes == ["limit_reached", most, None if overdraft == "10" else most]
    cheap = await offered(api, bar, 0, type="points", points=stars)
    path = f"/members/{bar.member}/purchases"
    refused(await api.post(path, {"reward_id": cheap}), 409, "out_of_stock")
    assert len(fine(await api.get(f"/members/{bar.member}/accounts"))["data"]) == 1


async def test_codes_are_used_once(api: Api, bar: Bar, stranger: Api, key_with: Any) -> None:
    reward = await offered(api, bar, type="code")
    path = f"/members/{bar.member}/purchases"
    bought = made(await api.post(path, {"reward_id": reward, "quantity": 2}))
    code, other = (each["code"] for each in bought["codes"])
    assert [each["state"] for each in bought["codes"]] == ["issued", "issued"]
    number = int((await api.program())["id"].removeprefix("prg_"), 16)
    for asking in (stranger, await key_with("ledger:write", program=number)):
        refused(await asking.post(f"/codes/{code}/use"), 404, "not_found")
    used = fine(await api.post(f"/codes/{code}/use", key="till-1"))
    assert (used["state"], used["purchase_id"]) == ("used", bought["id"])
    assert fine(await api.post(f"/codes/{code}/use", key="till-1")) == used
    refused(await api.post(f"/codes/{code}/use"), 409, "code_used")
    refused(await api.post("/codes/NOBODY-HAS-IT/use"), 404, "not_found")
    back = f"/purchases/{bought['id']}/refund"
    refused(await api.post(back, {}), 409, "code_used")
    done = fine(await api.post(back, {"codes": "keep"}))
    assert (done["voided"], done["kept"]) == ([other], [code])
    assert [each["state"] for each in done["purchase"]["codes"]] == ["used", "voided"]
    assert done["purchase"]["codes"] == fine(await api.get(path))["data"][0]["codes"]
    refused(await api.post(f"/codes/{other}/use"), 404, "not_found")


async def test_pages_of_purchases(api: Api, bar: Bar, stranger: Api) -> None:
    reward = await offered(api, bar)
    path = f"/members/{bar.member}/purchases"
    bought = [made(await api.post(path, {"reward_id": reward}))["id"] for _ in range(3)]
    page = fine(await api.get(path, limit=2))
    assert [each["id"] for each in page["data"]] == bought[:0:-1]
    page = fine(await api.get(path, cursor=page["next_cursor"]))
    assert [each["id"] for each in page["data"]] == bought[:1]
    refused(await stranger.get(path), 404, "not_found")
    refused(await stranger.get(f"/purchases/{bought[0]}"), 404, "not_found")
    refused(await stranger.post(f"/purchases/{bought[0]}/refund", {}), 404, "not_found")


async def test_the_purchases_of_a_reward(api: Api, bar: Bar, stranger: Api) -> None:
    reward = await offered(api, bar)
    other = await offered(api, bar)
    path = f"/members/{bar.member}/purchases"
    bought = [made(await api.post(path, {"reward_id": reward}))["id"] for _ in range(3)]
    made(await api.post(path, {"reward_id": other}))
    page = fine(await api.get(f"/rewards/{reward}/purchases", limit=2))
    assert [each["id"] for each in page["data"]] == bought[:0:-1]
    page = fine(await api.get(f"/rewards/{reward}/purchases", cursor=page["next_cursor"]))
    assert [each["id"] for each in page["data"]] == bought[:1]
    for name in ("purchases", "codes/counts"):
        refused(await stranger.get(f"/rewards/{reward}/{name}"), 404, "not_found")


async def test_codes_are_counted_by_their_state(api: Api, bar: Bar) -> None:
    reward = await offered(api, bar, type="code")
    path = f"/members/{bar.member}/purchases"
    bought = made(await api.post(path, {"reward_id": reward, "quantity": 3}))
    fine(await api.post(f"/codes/{bought['codes'][0]['code']}/use"))
    fine(await api.post(f"/purchases/{bought['id']}/refund", {"quantity": 1}))
    counts = fine(await api.get(f"/rewards/{reward}/codes/counts"))
    assert counts == {"free": 0, "issued": 1, "used": 1, "voided": 1}


async def test_the_journal_keeps_the_reason_of_a_refund(api: Api, bar: Bar) -> None:
    reward = await offered(
        api, bar, type="points", points={"currency_id": bar.stars, "amount": "7"}
    )
    bought = made(await api.post(f"/members/{bar.member}/purchases", {"reward_id": reward}))
    done = fine(await api.post(f"/purchases/{bought['id']}/refund", {"reason": "It was cold"}))
    for name in ("transaction_id", "taken_transaction_id"):
        assert fine(await api.get(f"/transactions/{done[name]}"))["reason"] == "It was cold"
