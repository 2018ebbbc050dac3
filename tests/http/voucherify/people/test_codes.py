"""Codes and names that find something without saying where: each finds one thing, or nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from stampbook.dialects.spelling.voucherify import spell_customer
from stampbook.programs import accounts, currencies, members, programs
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made
from tests.http.voucherify.v1.club import CODES, Club, L, club_of

TAKEN = (400, "voucher_already_published")


async def clubs(house: House, count: int) -> list[Club]:
    return [await club_of(house, pending_points=IMMEDIATE) for _ in range(count)]


async def publish(house: House, club: Club, code: str) -> httpx.Response:
    customer = await house.customer()
    body = {"customer": customer["id"], "voucher": code}
    return await house.post(f"{L}/{club.campaign}/members", body)


async def natively(house: House, method: str, path: str, body: Any = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {house.secret}"}
    return await house.client.request(method, f"/v1{path}", headers=headers, json=body)


async def native_account(
    house: House, *, scale: int = 0, number: str | None = None
) -> httpx.Response:
    """An account of a new program, opened by the native API."""
    body = await _account_body(house, scale=scale)
    return await natively(house, "POST", "/accounts", {**body, "number": number})


async def _account_body(house: House, *, scale: int = 0) -> dict[str, Any]:
    program = made(await natively(house, "POST", "/programs", {"name": "Native"}))
    path = f"/programs/{program['id']}/currencies"
    currency = made(await natively(house, "POST", path, {"name": "Points", "scale": scale}))
    member = made(await natively(house, "POST", f"/programs/{program['id']}/members", {}))
    return {"member_id": member["id"], "currency_id": currency["id"]}


async def test_a_code_is_published_once(house: House, stranger: House) -> None:
    first, second = await clubs(house, 2)
    anna = made(await publish(house, first, "GOLD"))
    response = await publish(house, second, "GOLD")
    assert error(response)[:2] == TAKEN
    assert "GOLD" in error(response)[3]
    made(await house.post(f"{L}/members/GOLD/balance", {"points": 10}))
    body = {"reward": {"id": "rew_1", "points": 4}}
    paid = made(await house.post(f"{L}/members/GOLD/redemption", body))
    assert paid["voucher"]["id"] == anna["id"]
    (other,) = await clubs(stranger, 1)
    made(await publish(stranger, other, "GOLD"))
    made(await house.delete(f"{V2}/programs/{first.program['id']}"))
    made(await publish(house, second, "GOLD"))


async def test_a_code_is_not_another_cards_id(house: House) -> None:
    club, other = await clubs(house, 2)
    anna = await club.join()
    ahead = f"v_{int(anna['id'][2:], 16) + 40:018x}"
    for code in (anna["id"], ahead):
        for each in (club, other):
            assert error(await publish(house, each, code))[:2] == TAKEN
    assert made(await publish(house, club, "v_1"))["code"] == "v_1"


async def test_one_of_many_publications_at_once(house: House) -> None:
    where = await clubs(house, 8)
    customers = [(await house.customer())["id"] for _ in where]
    for code in ("GOLD", "SILVER", "BRONZE"):
        requests = [
            house.post(f"{L}/{club.campaign}/members", {"customer": customer, "voucher": code})
            for club, customer in zip(where, customers, strict=True)
        ]
        answers = await asyncio.gather(*requests)
        (paid,) = [answer.json() for answer in answers if answer.status_code == 200]
        assert {error(each)[:2] for each in answers if each.status_code != 200} == {TAKEN}
        assert made(await house.get(f"{L}/members/{code}"))["id"] == paid["id"]


async def test_numbers_of_native_accounts(house: House) -> None:
    (club,) = await clubs(house, 1)
    anna = made(await publish(house, club, "GOLD"))
    for number in ("GOLD", anna["id"]):
        response = await native_account(house, number=number)
        assert (response.status_code, response.json()["code"]) == (409, "conflict")
    made(await native_account(house, number="GOLD", scale=2))
    made(await native_account(house, number="SILVER"))
    assert error(await publish(house, club, "SILVER"))[:2] == TAKEN
    bodies = [{**await _account_body(house), "number": "NEW"} for _ in range(8)]
    requests = [natively(house, "POST", "/accounts", body) for body in bodies]
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_codes_that_are_older_than_the_rule(house: House, store: Store) -> None:
    """Nobody pays with a card that was chosen by its age."""
    first, second = await clubs(house, 2)
    vouchers = [await first.join(), await second.join()]
    for voucher in vouchers:
        await store.execute(
            "UPDATE accounts SET number = 'OLD' WHERE account_id = $1", int(voucher["id"][2:], 16)
        )
    path = f"{L}/members/OLD/redemption"
    response = await house.post(path, {"reward": {"id": "rew_1", "points": 1}})
    assert error(response)[:2] == (409, "duplicate_found")
    for club, voucher in zip((first, second), vouchers, strict=True):
        found = made(await house.get(f"{L}/{club.campaign}/members/OLD"))
        assert (found["id"], found["code"]) == (voucher["id"], "OLD")
        assert made(await house.get(f"{L}/members/{voucher['id']}"))["code"] == "OLD"


async def test_a_name_of_two_campaigns(house: House) -> None:
    first, _ = await clubs(house, 2)
    customer = await house.customer()
    response = await house.post(f"{L}/Coffee club/members", {"customer": customer["id"]})
    assert error(response)[:2] == (409, "duplicate_found")
    assert response.json()["resource_type"] == "campaign"
    made(await house.post(f"{L}/{first.campaign}/members", {"customer": customer["id"]}))


async def test_a_source_id_is_not_a_customers_id(house: House) -> None:
    anna = await house.customer(source_id="anna")
    for name in (anna["id"], spell_customer(None, 7)):
        response = await house.post("/v1/customers", {"source_id": name})
        assert error(response)[:2] == (400, "invalid_payload")
        response = await house.put("/v1/customers/anna", {"source_id": name})
        assert error(response)[:2] == (400, "invalid_payload")
    assert made(await house.get(f"/v1/customers/{anna['id']}"))["source_id"] == "anna"


@pytest.mark.parametrize("definition", ["native", "voucherify"])
async def test_a_card_that_another_api_opened_gets_its_code_when_it_is_shown(
    house: House, store: Store, definition: str
) -> None:
    """The same code in every answer, no matter who asks first and how many ask at once."""
    if definition == "native":
        account = made(await native_account(house))
        member, number = int(account["member_id"][4:], 16), int(account["id"][4:], 16)
        program = int(account["program_id"][4:], 16)
    else:
        club = await club_of(house, pending_points=IMMEDIATE)
        program = int(club.program["id"][5:], 16)
        member, number = await _opened(store, program)
    path = f"{V2}/programs/lprg_{program:018x}/members/lmbr_{member:018x}"
    customer = f"cust_m{member:018x}"
    paths = [
        path,
        f"{L}/members/v_{number:018x}",
        f"{V2}/memberships/{customer}",
        f"{L}/camp_{program:018x}/members/v_{number:018x}",
    ] * 3
    answers = [made(each) for each in await asyncio.gather(*(house.get(each) for each in paths))]
    answers.append(made(await house.get(path)))
    codes = {code for answer in answers for code in _codes_in(answer)}
    (code,) = codes
    assert code is not None
    assert len(code) == (10 if definition == "native" else len(CODES["pattern"]))
    assert made(await house.get(f"{L}/members/{code}"))["id"] == f"v_{number:018x}"
    natively_told = made(await natively(house, "GET", f"/accounts/acc_{number:x}"))
    assert natively_told["number"] == code
    activities = await house.all(f"{path}/cards/lcrd_{number:018x}/activities")
    assert [each["type"] for each in activities] == ["vl.card.code_generation.succeeded"]


async def _opened(store: Store, program: int) -> tuple[int, int]:
    """A member, and an account that was opened by an accrual of another API."""
    found = await programs.get(store, program, tenant=1)
    assert found is not None
    async with store.transaction() as writing:
        member = await members.create(writing, found, now=1)
    (currency,) = await currencies.page(store, program, limit=2)
    account = await accounts.primary_or_open(store, member, currency, now=1)
    return member.member_id, account.account_id


def _codes_in(answer: Any) -> set[str | None]:
    """The codes of the cards that an answer shows."""
    if answer.get("object") == "voucher":
        return {answer["code"]}
    cards = answer.get("cards") or [
        card for membership in answer["memberships"] for card in membership["cards"]
    ]
    return {card["card"]["code"] for card in cards}


async def test_a_pattern_that_is_used_up_gives_no_code(house: House, store: Store) -> None:
    club = await club_of(house, pending_points=IMMEDIATE)
    only = await house.definition(code_config={"pattern": "ONLY"})
    used_up = await house.program(only["id"], name="Used up")
    made(await publish(house, club, "ONLY"))
    member, number = await _opened(store, int(used_up["id"][5:], 16))
    card = made(await house.get(f"{V2}/programs/{used_up['id']}/members/lmbr_{member:018x}"))
    assert card["cards"][0]["card"]["code"] is None
    assert made(await house.get(f"{L}/members/v_{number:018x}"))["code"] == f"v_{number:018x}"


@pytest.mark.parametrize("name", [".", ".."])
async def test_names_that_no_path_can_hold(house: House, name: str) -> None:
    (club,) = await clubs(house, 1)
    assert error(await publish(house, club, name))[:2] == (400, "invalid_payload")
    response = await house.post("/v1/customers", {"source_id": name})
    assert error(response)[:2] == (400, "invalid_payload")
