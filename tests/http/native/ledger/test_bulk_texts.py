"""A bulk as it is written: one that is read at once means what one does that is read in pieces.

An escape in a text, or metadata, is enough for the latter.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.native.asking import Api, fine, refused, without_request

TWICE = "is given twice"

ESCAPED = '"\\u0061ccrue"'
"""The same word, in a body that is read piece by piece."""


async def send(api: Api, body: str, **rest: Any) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return await api.ask("POST", "/bulk", content=body.encode(), headers=headers, **rest)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    """What is wrong with operations, and where."""
    return [
        (fault["detail"], fault["pointer"])
        for each in fine(answer)["results"]
        if "problem" in each
        for fault in each["problem"].get("errors", ())
    ]


@pytest.mark.parametrize("word", ['"accrue"', ESCAPED])
@pytest.mark.parametrize(
    "twice",
    [
        '"amount":"1","amount":"2"',
        '"amount" :"1","amount":"2"',
        '"amount" : "1", "amount" : "2", "reason": "a:b"',
        '"amount":"1","amount":"2","reason":":"',
        '"amount":"1","reason":"x","reason":"y"',
    ],
)
async def test_a_name_twice_in_an_operation_is_its_own_fault(
    api: Api, word: str, twice: str
) -> None:
    account = await api.account()
    other = f'{{"op":{word},"account_id":"{account}","amount":"5"}}'
    wrong = f'{{"op":{word},"account_id":"{account}",{twice}}}'
    answer = await send(api, f'{{"operations":[{other},{wrong},{other}]}}')
    name = "reason" if twice.count('"amount"') == 1 else "amount"
    assert faults(answer) == [(TWICE, f"/operations/1/{name}")]
    assert [each["status"] for each in fine(answer)["results"]] == [201, 422, 201]
    assert await api.active(account) == "10.00"


@pytest.mark.parametrize("word", ['"accrue"', ESCAPED])
@pytest.mark.parametrize("twice", ['"atomic":true,"atomic":false,', '"operations":[{}],'])
async def test_a_name_twice_in_the_bulk_refuses_it(api: Api, word: str, twice: str) -> None:
    account = await api.account()
    body = f'{{{twice}"operations":[{{"op":{word},"account_id":"{account}","amount":"5"}}]}}'
    refused(await send(api, body), 422, "invalid_request")
    assert await api.active(account) == "0.00"


@pytest.mark.parametrize(
    "more",
    [
        "",
        ', "reason": "a:b", "external_id": "c:d"',
        ',"expires_at":"2027-01-01T00:00:00Z","effective_at":"2026-01-01T00:00:00+01:00"',
        ',"activates_at":null,"temporary":true,"timeout_s":60',
        ',"transaction_id":"txn_7"',
        ',"lot_id":"lot_7"',
        ',"amount":"0"',
        ',"colour":"red"',
        ',"reason":""',
        ',"reason":7',
    ],
)
async def test_both_ways_of_reading_find_the_same(api: Api, more: str) -> None:
    account = await api.account()
    kept = []
    for word in ('"accrue"', ESCAPED):
        operation = f'{{"op":{word},"account_id":"{account}","amount":"5"{more}}}'
        body = f'{{"operations":[{operation}],"atomic":false}}'
        answer = await send(api, body, params={"dry_run": "true"})
        kept.append((answer.status_code, without_request(answer.json())))
    assert kept[0] == kept[1]
