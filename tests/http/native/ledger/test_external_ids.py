"""An external id means the same by whatever way its movement comes."""

from __future__ import annotations

import itertools
from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, fine, refused

_keys = (f"key {number}" for number in itertools.count())

WAYS = ("single", "single with a key", "bulk", "bulk with a key", "atomic", "atomic with a key")


def key_of(way: str) -> dict[str, Any]:
    return {"key": next(_keys)} if way.endswith("key") else {}


async def ask(api: Api, way: str, account: str, **fields: Any) -> httpx.Response:
    body = {"type": "accrue", "amount": "5", "external_id": "e", **fields}
    if way.startswith("single"):
        return await api.post(f"/accounts/{account}/transactions", body, **key_of(way))
    operations = {
        "atomic": way.startswith("atomic"),
        "operations": [{"account_id": account, **body}],
    }
    return await api.post("/bulk", operations, **key_of(way))


def outcome(response: httpx.Response) -> tuple[int, str | None, bool]:
    """The status, the transaction's id, and whether it is a repeat."""
    body = response.json()
    if "results" in body:
        [result] = body["results"]
        found = result.get("transaction", {}).get("id")
        return result["status"], found, result.get("replayed", False)
    replayed = response.headers.get("idempotency-replayed") == "true"
    return response.status_code, body.get("id"), replayed


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
async def test_the_second_repeats_the_first(api: Api, first: str, second: str) -> None:
    account = await api.account()
    status, made, replayed = outcome(await ask(api, first, account))
    assert (status, replayed) == (201, False)
    assert outcome(await ask(api, second, account)) == (201, made, True)
    assert outcome(await ask(api, second, account, amount="6"))[0] == 409
    assert await api.active(account) == "5.00"


@pytest.mark.parametrize("way", WAYS[2:])
async def test_twice_in_one_request(api: Api, way: str) -> None:
    account = await api.account()
    operation = {"op": "accrue", "account_id": account, "amount": "5", "external_id": "e"}
    body = {"atomic": way.startswith("atomic"), "operations": [operation, operation]}
    key = key_of(way)
    one, other = fine(await api.post("/bulk", body, **key))["results"]
    assert one["transaction"] == other["transaction"]
    assert [one.get("replayed"), other.get("replayed")] == [None, True]
    assert await api.active(account) == "5.00"
    if key:
        again = fine(await api.post("/bulk", body, **key))["results"]
        assert [each["transaction"] for each in again] == [one["transaction"]] * 2


@pytest.mark.parametrize("way", ["single", *WAYS[2:]])
async def test_a_transfer_is_repeated_too(api: Api, way: str) -> None:
    program = await api.program()
    currency = await api.currency(program["id"])
    source, receiver = [
        (
            await api.post(
                "/accounts",
                {
                    "member_id": (await api.member(program["id"]))["id"],
                    "currency_id": currency["id"],
                },
            )
        ).json()["id"]
        for _ in range(2)
    ]
    await api.accrue(source, "9")
    body = {
        "from_account_id": source,
        "to_account_id": receiver,
        "amount": "4",
        "external_id": "e",
    }
    made = fine(await api.post("/transfers", body))
    if way == "single":
        again = fine(await api.post("/transfers", body))
    else:
        bulk = {"atomic": way.startswith("atomic"), "operations": [{"op": "transfer", **body}] * 2}
        results = fine(await api.post("/bulk", bulk, **key_of(way)))["results"]
        assert [each["replayed"] for each in results] == [True, True]
        again = results[1]["transfer"]
    assert again == made
    assert await api.active(receiver) == "4.00"


@pytest.mark.parametrize("way", ["bulk", "atomic"])
async def test_a_transfer_twice_in_one_request(api: Api, way: str) -> None:
    program = await api.program()
    currency = await api.currency(program["id"])
    source, receiver = [
        (
            await api.post(
                "/accounts",
                {
                    "member_id": (await api.member(program["id"]))["id"],
                    "currency_id": currency["id"],
                },
            )
        ).json()["id"]
        for _ in range(2)
    ]
    await api.accrue(source, "9")
    operation = {
        "op": "transfer",
        "from_account_id": source,
        "to_account_id": receiver,
        "amount": "4",
        "external_id": "e",
    }
    body = {"atomic": way == "atomic", "operations": [operation, operation]}
    one, other = fine(await api.post("/bulk", body))["results"]
    assert one["transfer"] == other["transfer"]
    assert await api.active(receiver) == "4.00"


async def test_a_key_that_came_with_a_repeat_is_used(api: Api) -> None:
    account = await api.account()
    body = {"type": "accrue", "amount": "5", "external_id": "e"}
    path = f"/accounts/{account}/transactions"
    made = (await api.post(path, body)).json()
    again = await api.post(path, body, key="later")
    assert again.json() == made
    other = await api.post(path, {"type": "accrue", "amount": "6"}, key="later")
    refused(other, 422, "idempotency_key_reused")
    assert (await api.post(path, body, key="later")).json() == made


@pytest.mark.parametrize("way", ["single", "bulk", "atomic"])
async def test_a_dry_run_tells_of_an_id_that_is_taken(api: Api, way: str) -> None:
    account = await api.account()
    await ask(api, "single", account)
    body: dict[str, Any] = {"type": "accrue", "amount": "6", "external_id": "e"}
    if way == "single":
        path = f"/accounts/{account}/transactions"
    else:
        path, operation = "/bulk", {"account_id": account, **body}
        body = {"atomic": way == "atomic", "operations": [operation]}
    answer = await api.post(path, body, params={"dry_run": "true"})
    told = answer.json()
    if way == "bulk":
        told = told["results"][0]["problem"]
    assert told["code"] == "external_id_taken"
