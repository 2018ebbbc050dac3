"""Pending points that came with a merge are cancelled as before it: where they were earned."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import Prefix, parse
from tests.http.voucherify.house import V2, Card, House, error, made
from tests.migration.checking import faults


async def native(house: House, method: str, path: str, body: Any = None) -> Any:
    answer = await house.client.request(
        method, f"/v1{path}", json=body, headers={"Authorization": f"Bearer {house.secret}"}
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def member_of(card: Card) -> str:
    return f"mbr_{parse(Prefix.MEMBER, card.member):x}"


async def test_a_bucket_that_came_with_merges(house: House) -> None:
    """First's points go to second, and on to third; there each of them is a bucket of its own."""
    program = (await house.program((await house.definition())["id"]))["id"]
    first, second, third = [await house.card_in(program) for _ in range(3)]
    lots = [await house.accrue(first, 60), await house.accrue(first, 40)]
    await house.accrue(second, 30)
    merges = [
        await native(house, "POST", f"/members/{member_of(old)}/merge", {"into": member_of(new)})
        for old, new in ((first, second), (second, third))
    ]
    pending = f"{third.path}/pending-points"
    before = {each["points"]["total"]: each["id"] for each in await house.all(pending)}
    assert set(before) == {60, 40, 30}

    path = f"{pending}/{before[60]}/cancel"
    body = made(await house.post(path, key="once"))
    assert made(await house.post(path, key="once")) == body
    transaction = body["transaction"]
    assert (transaction["card_id"], transaction["type"]) == (third.id, "PENDING_POINTS_CANCELED")
    assert transaction["details"]["points"]["total"] == 60
    assert transaction["details"]["reason"] == "Manual points cancellation"
    listed = await house.all(f"{third.path}/transactions")
    assert listed[0]["id"] == transaction["id"]
    assert await house.balance(third) == (0, 70)
    after = {each["points"]["total"]: each["id"] for each in await house.all(pending)}
    assert after == {amount: name for amount, name in before.items() if amount != 60}
    assert error(await house.post(path))[:2] == (423, "invalid_pending_points_bucket_status")
    earned = await native(house, "GET", f"/transactions/txn_{first.account << 23 | lots[0]:x}")
    assert (earned["status"], earned["cancelled_amount"]) == ("cancelled", "60")

    legacy = f"/v1/loyalties/members/{await code_of(house, third)}/pending-points"
    entries = {each["points"]: each["id"] for each in made(await house.get(legacy))["data"]}
    assert set(entries) == {40, 30}
    assert made(await house.post(f"{legacy}/{entries[40]}/balance", {"points": -15}))["total"] == 55
    assert (await house.post(f"{legacy}/{entries[30]}/cancel")).status_code == 204
    assert await house.balance(third) == (0, 25)
    for merge in reversed(merges):
        await native(house, "POST", f"/merges/{merge['merge']['id']}/undo")
    assert await house.balance(first) == (0, 25)
    assert await house.balance(second) == (0, 0)
    house.clock.advance(days=10)
    assert await house.balance(first) == (25, 0)
    assert await faults(house.ledger.store) == []


async def code_of(house: House, card: Card) -> str:
    (account,) = (await native(house, "GET", f"/members/{member_of(card)}/accounts"))["data"]
    return str(account["number"])


ROLLING = {
    "type": "ROLLING_EXPIRATION",
    "rolling_expiration": {"period": {"value": 3, "unit": "DAY"}},
}


@pytest.mark.parametrize(
    ("days", "left", "counted"),
    [
        (0, (0, 50), {"total": 0, "expired": 0, "returned": 0}),
        (10, (50, 0), {"total": 0, "expired": 0, "returned": 50}),
        (20, (0, 0), {"total": 0, "expired": 50, "returned": 50}),
    ],
)
async def test_the_counters_of_a_card_whose_pending_points_went_and_came_back(
    house: House, days: int, left: tuple[int, int], counted: dict[str, int]
) -> None:
    """Going, they were never of the balance; coming back they are pending, or what they became."""
    program = (await house.program((await house.definition(points_expiration=ROLLING))["id"]))["id"]
    old, new = [await house.card_in(program) for _ in range(2)]
    await house.accrue(old, 60)
    body = {"into": member_of(new)}
    merged = await native(house, "POST", f"/members/{member_of(old)}/merge", body)
    legacy = f"/v1/loyalties/members/{await code_of(house, new)}/pending-points"
    (entry,) = made(await house.get(legacy))["data"]
    made(await house.post(f"{legacy}/{entry['id']}/balance", {"points": -10}))
    assert await house.balance(new) == (0, 50)
    house.clock.advance(days=days)
    await native(house, "POST", f"/merges/{merged['merge']['id']}/undo")
    assert await house.balance(old) == left
    assert await house.balance(new) == (0, 0)
    card = made(await house.get(f"{V2}/programs/{program}/members/{old.member}"))["cards"][0][
        "card"
    ]
    figures = card["lifetime_bucket"]["points"]
    assert {name: figures[name] for name in counted} == counted
    assert figures["subtracted"] == 0
    account = await native(house, "GET", f"/accounts/acc_{old.account:x}/balance")
    assert (account["active"], account["pending"]) == tuple(map(str, left))
    assert await faults(house.ledger.store) == []
