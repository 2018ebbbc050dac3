"""A person whom several requests bring at once, by whatever API, is one member."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from tests.http.town import Town

PHONE = "79000000123"
MEMBERS = "/v2/loyalties/programs/lprg_000000000000000001/members"

Bring = Callable[[Town], Coroutine[Any, Any, httpx.Response]]

WAYS: dict[str, Bring] = {
    "a record": lambda town: town.book(PHONE),
    "a card": lambda town: town.issue(PHONE),
    "a registration": lambda town: town.register(PHONE),
    "a customer": lambda town: town.join(PHONE, "anna"),
}

PAIRS = [(one, other) for one in WAYS for other in WAYS if one <= other]


def id_of(ways: tuple[str, str]) -> str:
    return " and ".join(ways)


@pytest.mark.parametrize("ways", PAIRS, ids=id_of)
async def test_two_requests_at_once_make_one_member(town: Town, ways: tuple[str, str]) -> None:
    answers = await asyncio.gather(*(WAYS[way](town) for way in ways for _ in range(2)))
    for answer in answers:
        # Of two customers that join at once, the second is a member already.
        assert answer.status_code in (200, 201) or answer.json().get("key") == (
            "member_already_exists"
        ), answer.text
    assert await town.members() == 1
    profile = await town.register(PHONE)
    assert profile.json()["error"] == 0, "no two members match"


async def test_all_at_once(town: Town) -> None:
    await asyncio.gather(*(way(town) for way in WAYS.values() for _ in range(4)))
    assert await town.members() == 1


async def test_another_program_has_a_member_of_its_own(town: Town) -> None:
    await town.book(PHONE)
    town.program, town.points, town.money, town.location = await town.new_program("Other")
    await asyncio.gather(town.book(PHONE), town.issue(PHONE))
    assert await town.members() == 2


async def test_a_customer_finds_the_cards_that_the_person_has(town: Town) -> None:
    """Points that Altcraft accrued are on the card that Voucherify shows."""
    await town.register(PHONE)
    accrued = await town.ask(
        "POST",
        "/api/v1.1/loyalty/accrue_points",
        {
            "loyalty_program_id": town.program.program_id,
            "points_currency_iid": town.points.currency_id,
            "matching": "phone",
            "phone": PHONE,
            "amount": "70",
        },
    )
    assert accrued.json()["error"] == 0, accrued.text
    alone = (await town.ask("GET", MEMBERS)).json()["data"][0]["customer_id"]
    joined = await town.join(PHONE, "anna")
    [card] = joined.json()["cards"]
    named = await town.ask("GET", f"/v1/customers/{alone}")
    assert named.json()["id"] == joined.json()["customer_id"]
    assert card["card"]["balance"]["points"] == 70
    again = await town.join(PHONE, "anna")
    assert again.status_code == 409
    other = await town.join(PHONE, "berta")
    assert other.status_code == 200, "another customer of that phone is another person"
    assert await town.members() == 2


async def test_one_customer_of_sixteen_requests(town: Town) -> None:
    answers = await asyncio.gather(
        *(
            town.ask("POST", "/v1/customers", {"source_id": "anna", "metadata": {f"m{at}": at}})
            for at in range(16)
        )
    )
    assert [each.status_code for each in answers] == [200] * 16
    assert len({each.json()["id"] for each in answers}) == 1
    now = await town.ask("GET", "/v1/customers/anna")
    assert now.json()["metadata"] == {f"m{at}": at for at in range(16)}, "each edit counts"


async def test_changes_of_one_customer_at_once_all_count(town: Town) -> None:
    await town.ask("POST", "/v1/customers", {"source_id": "anna"})
    changes = [{"name": "Anna"}, {"email": "a@b.example"}, *({"metadata": {"m": 1}},) * 6]
    answers = await asyncio.gather(
        *(town.ask("PUT", "/v1/customers/anna", change) for change in changes)
    )
    assert {each.status_code for each in answers} == {200}
    now = (await town.ask("GET", "/v1/customers/anna")).json()
    assert (now["name"], now["email"], now["metadata"]) == ("Anna", "a@b.example", {"m": 1})
