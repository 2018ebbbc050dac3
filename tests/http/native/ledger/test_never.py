"""9999-12-31 is how many systems write "never": so it is read as an expiry and as an end."""

from __future__ import annotations

import pytest

from tests.http.native.asking import Api, fine, made, refused

NEVERS = [
    "9999-12-31",
    "9999-12-31T23:59:59Z",
    "9999-12-31t23:59:59.999999z",
    "9999-12-31T23:59:59-12:00",
    "9999-12-31T00:00:00+14:00",
    "9001-01-01T00:00:00Z",
]


@pytest.mark.parametrize("never", NEVERS)
async def test_points_that_never_expire(api: Api, never: str) -> None:
    account = await api.account(expiry={"type": "rolling", "period": {"value": 1, "unit": "day"}})
    accrual = await api.accrue(account, "10", expires_at=never)
    assert accrual["allocations"][0]["expires_at"] is None
    (lot,) = fine(await api.get(f"/accounts/{account}/lots"))["data"]
    assert lot["expires_at"] is None
    assert (await api.balance(account))["next_expiration"] is None
    operation = {
        "op": "accrue", "account_id": account, "amount": "1", "expires_at": never
    }  # fmt: skip
    bulk = fine(await api.post("/bulk", {"operations": [operation]}))
    assert bulk["results"][0]["status"] == 201, bulk


@pytest.mark.parametrize("wrong", ["9999-02-30", "9999-12-31T24:61:00Z", "19999-12-31", "9999"])
async def test_what_is_no_date(api: Api, wrong: str) -> None:
    account = await api.account()
    answer = await api.move(account, "accrue", "10", expires_at=wrong)
    refused(answer, 422, "invalid_request", "/expires_at")


async def test_an_instant_that_cannot_be_never(api: Api) -> None:
    """Only an end may lie beyond all years that are served."""
    account = await api.account()
    for name in ("activates_at", "effective_at"):
        answer = await api.move(account, "accrue", "10", **{name: "9999-12-31T00:00:00Z"})
        refused(answer, 422, "invalid_request", f"/{name}")


async def test_a_promotion_without_end(api: Api) -> None:
    program = await api.program()
    body = {"name": "Spring", "ends_at": "9999-12-31T23:59:59Z"}
    promotion = made(await api.post(f"/programs/{program['id']}/promotions", body))
    assert promotion["ends_at"] is None
    changed = await api.patch(f"/promotions/{promotion['id']}", {"ends_at": "9999-12-31"})
    assert fine(changed)["ends_at"] is None
