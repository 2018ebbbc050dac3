"""Counts and sums of programs and currencies."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import Api, Clock, fine, made


async def _lots(api: Api, account: str) -> list[Any]:
    """The lots that an account has open, one by one."""
    listed = fine(await api.get(f"/accounts/{account}/lots"))["data"]
    return [
        each
        for each in listed
        if any(float(each[state]) for state in ("pending", "available", "held"))
    ]


async def test_a_program_counts_what_it_has(api: Api) -> None:
    program = (await api.program())["id"]
    other = (await api.program())["id"]
    for name in ("Points", "Stars"):
        made(await api.post(f"/programs/{program}/currencies", {"name": name}))
    members = [made(await api.post(f"/programs/{program}/members", {}))["id"] for _ in range(3)]
    made(await api.post(f"/programs/{other}/members", {}))
    fine(await api.delete(f"/members/{members[0]}"))
    made(await api.post("/locations", {"program_id": program, "title": "Mill Street"}))
    assert fine(await api.get(f"/programs/{program}/figures")) == {
        "program_id": program,
        "members": 2,
        "currencies": 2,
        "locations": 1,
    }


async def test_a_currency_adds_up_its_accounts(api: Api, clock: Clock) -> None:
    program = (await api.program())["id"]
    body = {"name": "Points", "scale": 2, "overdraft": "50"}
    currency = made(await api.post(f"/programs/{program}/currencies", body))["id"]
    accounts = []
    for _ in range(2):
        member = made(await api.post(f"/programs/{program}/members", {}))["id"]
        opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
        accounts.append(made(opened)["id"])
    first, second = accounts
    soon = "2099-01-01T00:00:00Z"
    for account, move in (
        (first, {"type": "accrue", "amount": "100"}),
        (first, {"type": "accrue", "amount": "10", "expires_at": soon}),
        (first, {"type": "accrue", "amount": "5", "activates_at": "event"}),
        (first, {"type": "hold", "amount": "2.50"}),
        (second, {"type": "redeem", "amount": "7.25"}),
    ):
        clock.advance(seconds=1)
        made(await api.post(f"/accounts/{account}/transactions", move))
    found = fine(await api.get(f"/currencies/{currency}/figures"))
    assert found == {
        "currency_id": currency,
        "as_of": clock.text(),
        "accounts": 2,
        "open_lots": len(await _lots(api, first)),
        "undated_lots": 2,
        "available": "107.50",
        "pending": "5.00",
        "held": "2.50",
        "deficit": "7.25",
    }
    assert found["open_lots"] == 3


async def test_what_is_due_is_recorded_before(api: Api, clock: Clock) -> None:
    program = (await api.program())["id"]
    expiry = {"type": "rolling", "period": {"value": 1, "unit": "day"}}
    body = {"name": "Points", "expiry": expiry}
    currency = made(await api.post(f"/programs/{program}/currencies", body))["id"]
    member = made(await api.post(f"/programs/{program}/members", {}))["id"]
    opened = await api.post("/accounts", {"member_id": member, "currency_id": currency})
    account = made(opened)["id"]
    move = {"type": "accrue", "amount": "100"}
    made(await api.post(f"/accounts/{account}/transactions", move))
    before = fine(await api.get(f"/currencies/{currency}/figures"))
    assert (before["open_lots"], before["available"]) == (1, "100")
    clock.advance(days=1)
    after = fine(await api.get(f"/currencies/{currency}/figures"))
    assert (after["open_lots"], after["available"]) == (0, "0")


async def test_options_change_with_the_currency(api: Api) -> None:
    program = (await api.program())["id"]
    body = {"name": "Points", "initial_balance": "5", "backdating": True}
    currency = made(await api.post(f"/programs/{program}/currencies", body))
    assert (currency["initial_balance"], currency["backdating"]) == ("5", True)
    path = f"/currencies/{currency['id']}"
    changed = fine(await api.patch(path, {"initial_balance": "0", "overdraft": "3"}))
    assert (changed["initial_balance"], changed["overdraft"]) == ("0", "3")
    options = fine(await api.get(f"{path}/options"))
    assert (options["initial_balance"], options["backdating"]) == ("0", True)
