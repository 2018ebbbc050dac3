"""Three requests with one key: one effect and one answer, of every write of every API."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from stampbook.domain.commands import Accrue
from stampbook.ledger.outcomes import Done
from stampbook.ledger.submission import Submission
from tests.http.once import writes_of_people, writes_of_voucherify  # noqa: F401 - theirs join
from tests.http.once.writes import WRITES, Write, made
from tests.http.town import Town

KEY = "press-once"

ONE_OF_EACH = [
    WRITES[name]
    for name in ("native member", "altegio card", "altcraft registration", "voucherify customer")
]

OF_A_BILL = ("altegio withdrawal",)
"""A repeat is answered with the bill as it is now, and the balances of the cards that can pay."""

# -- the tests -----------------------------------------------------------------------


async def count(town: Town, table: str) -> int:
    if not table:
        return 0
    row = await town.store.fetch_one(f"SELECT count(*) AS found FROM {table}")
    assert row is not None
    return int(row["found"])


async def more_points(town: Town) -> None:
    """Every open account gets points, which change nothing for requests of before."""
    rows = await town.store.fetch("SELECT account_id FROM accounts WHERE status = 0")
    for row in rows:
        given = Submission(tenant=1, account=row["account_id"], commands=(Accrue(7),))
        assert isinstance(await town.ledgers[0].submit(given), Done)


def told(answer: httpx.Response) -> Any:
    """What an answer says, but for what differs with each request; each part of a bulk says whether
    it was repeated."""
    return answer.status_code, answer.text.replace(',"replayed":true', "")


def is_reused(answer: httpx.Response) -> bool:
    """Each API has its own words for it."""
    return "idempotency_key_reused" in answer.text or "Idempotency key already used" in answer.text


@pytest.mark.parametrize("name", WRITES)
async def test_three_in_a_row(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    before = await count(town, write.table)
    first, second = [
        await town.ask(write.method, write.path, write.body, key=KEY) for _ in range(2)
    ]
    assert first.is_success, first.text
    assert told(second) == told(first)
    assert await count(town, write.table) - before == write.rows
    await more_points(town)
    before = await count(town, write.table)
    third = await town.ask(write.method, write.path, write.body, key=KEY)
    assert third.status_code == first.status_code
    assert name in OF_A_BILL or told(third) == told(first)
    if write.other is not None and "step" not in name:
        other = await town.ask(write.method, write.path, write.other, key=KEY)
        assert is_reused(other), other.text
    assert await count(town, write.table) == before


@pytest.mark.parametrize("name", WRITES)
async def test_four_at_once(town: Town, name: str) -> None:
    write = await WRITES[name](town)
    before = await count(town, write.table)
    answers = await asyncio.gather(
        *(town.ask(write.method, write.path, write.body, key=KEY) for _ in range(4))
    )
    assert {told(each) for each in answers} == {told(answers[0])}
    assert answers[0].is_success, answers[0].text
    assert await count(town, write.table) - before == write.rows


REFUSED: dict[str, tuple[Write, Write]] = {
    "native": (
        Write("POST", "/v1/programs/prg_1/members", {"external_id": "a"}, None),
        Write("POST", "/v1/programs/prg_1/members", {"external_id": "b"}, None),
    ),
    "altegio": (
        Write("POST", "/api/v1/loyalty/cards/1", {"loyalty_card_number": "7"}, None),
        Write("POST", "/api/v1/loyalty/cards/1", {"loyalty_card_number": "8"}, None),
    ),
    "voucherify": (
        Write("PUT", "/v1/customers/anna", {"source_id": "a"}, None),
        Write("PUT", "/v1/customers/anna", {"source_id": "b"}, None),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_leaves_the_key_free(town: Town, name: str) -> None:
    """What is taken at first is free in the second request, or with another body."""
    refused, allowed = REFUSED[name]
    if name == "altegio":
        rest = {"loyalty_card_type_id": town.money.currency_id, "phone": 79000000009}
        refused, allowed = (
            each._replace(body={**each.body, **rest}) for each in (refused, allowed)
        )
    if name == "voucherify":
        await made(town, "POST", "/v1/customers", {"source_id": "anna"})
        await made(town, "POST", "/v1/customers", {"source_id": "a"})
    else:
        await made(town, refused.method, refused.path, refused.body)
    first = await town.ask(refused.method, refused.path, refused.body, key=KEY)
    assert first.status_code in (409, 422), first.text
    second = await town.ask(allowed.method, allowed.path, allowed.body, key=KEY)
    assert second.is_success, second.text


async def test_a_key_means_one_thing_in_all_apis(town: Town) -> None:
    """Whichever API a key was used by first, the others refuse it in their words."""
    writes = [await make(town) for make in ONE_OF_EACH]
    for at, first in enumerate(writes):
        key = f"key {at}"
        done = await town.ask(first.method, first.path, first.body, key=key)
        assert done.is_success
        for other in writes:
            if other is not first:
                answer = await town.ask(other.method, other.path, other.body, key=key)
                assert is_reused(answer), answer.text
