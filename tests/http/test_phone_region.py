"""With a phone region, a number is one person's however it is written, at every door."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import Any
from urllib.parse import quote

from stampbook.programs import members, programs
from stampbook.programs.members import Member
from stampbook.programs.searching.keys import email_key, phone_key
from stampbook.storage.store import Store
from tests.files.kit import figures, opened_shop
from tests.http.town import Town

DIGITS = ("79120001122", "89120001122", "9120001122")
WRITTEN = (*DIGITS, "+7 912 000-11-22", "8 (912) 000 11 22", "tel:+7-912-000-11-22")
PROGRAM = "/v1/programs/prg_1"
LOYALTY = "/api/v1.1/loyalty"


async def answered(town: Town, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = await town.ask(method, path, body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def with_region(town: Town, region: str | None, status: int = 200) -> Any:
    return await answered(town, "PATCH", PROGRAM, {"phone_region": region}, status)


async def found(town: Town, spelling: str) -> list[str]:
    """Who is found by the number, in the native API's three ways."""
    text = quote(spelling)
    ways = []
    for query in (f"phone={text}", f"q={text}"):
        listed = await answered(town, "GET", f"{PROGRAM}/members?{query}")
        ways.append([each["id"] for each in listed["data"]])
    hits = await answered(town, "GET", f"/v1/search?q={text}")
    ways.append(sorted(each["id"] for each in hits["data"] if each["kind"] == "member"))
    assert ways[0] == ways[1] == ways[2], (spelling, ways)
    return ways[0]


async def test_every_door_finds_the_number_in_every_spelling(town: Town) -> None:
    assert (await with_region(town, "RU"))["phone_region"] == "RU"
    place = town.location.number
    for door in range(4):
        spelling = DIGITS[door % 3]
        ways = (town.book, town.issue, town.register)
        answer = await (town.join(spelling, "anna") if door == 3 else ways[door](spelling))
        assert answer.status_code in (200, 201), answer.text
        assert await town.members() == 1, spelling
    for spelling in WRITTEN:
        if not spelling.startswith("tel:"):  # a search takes that for a name
            assert await found(town, spelling) == ["mbr_1"]
        registered = (await town.register(spelling)).json()
        assert registered["profile_id"] == f"{1:024x}", registered
        wanted = "<loyalty_program_id>1</loyalty_program_id><points_currency_iid>1"
        person = f"</points_currency_iid><matching>phone</matching><phone>{spelling}</phone>"
        asked = await town.clients[0].post(
            f"{LOYALTY}/account/balance",
            content=f"<xml>{wanted}{person}</xml>",
            headers={"authorization": "Bearer town-admin", "content-type": "application/xml"},
        )
        assert "<error>0</error>" in asked.text, asked.text
    for spelling in DIGITS:
        cards = await answered(town, "GET", f"/api/v1/loyalty/cards/{spelling}/{place}/{place}")
        assert cards["data"]
        listed = await answered(town, "GET", f"/api/v1/clients/{place}?phone={spelling}")
        filters = [{"type": "quick_search", "state": {"value": spelling}}]
        quick = await answered(
            town, "POST", f"/api/v1/company/{place}/clients/search", {"filters": filters}
        )
        assert [each["id"] for each in (*listed["data"], *quick["data"])] == [1, 1]
    other = {"phone": "+7 912 000-11-23"}
    await answered(town, "POST", f"{PROGRAM}/members", other, 201)
    assert await found(town, "89120001123") == ["mbr_2"]
    await answered(town, "PATCH", "/v1/members/mbr_2", {"phone": "8 912 000 11 24"})
    assert await found(town, "79120001124") == ["mbr_2"]
    part = await answered(town, "GET", f"{PROGRAM}/members?q=0001124")
    assert [each["id"] for each in part["data"]] == ["mbr_2"]
    await answered(town, "PATCH", "/v1/members/mbr_2", {"phone": "1234"})
    assert await found(town, "12-34") == ["mbr_2"], "what is no number is compared by its digits"


async def test_numbers_that_become_one_must_be_merged_first(town: Town) -> None:
    for phone in ("+7 912 1", "8 912 000 11 22", "+79120001122", "79120001122", "8123", "+7123"):
        await answered(town, "POST", f"{PROGRAM}/members", {"phone": phone}, 201)
    refused = await with_region(town, "RU", 409)
    assert refused["code"] == "phones_collide"
    # Who has the same digits shares them already, and goes on to; "8123" is no number.
    assert refused["pairs"] == [["mbr_2", "mbr_3"], ["mbr_2", "mbr_4"]]
    assert await found(town, "79120001122") == ["mbr_3", "mbr_4"]
    for old in ("mbr_2", "mbr_4"):
        await answered(town, "POST", f"/v1/members/{old}/merge", {"into": "mbr_3"})
    await with_region(town, "RU")
    for spelling in DIGITS:
        assert await found(town, spelling) == ["mbr_3"]
    await with_region(town, None)
    exact = [await answered(town, "GET", f"{PROGRAM}/members?phone={each}") for each in DIGITS]
    assert [len(each["data"]) for each in exact] == [1, 1, 0], "by digits, also of the merged ones"
    for wrong in ("XX", "ru", "RUS", ""):
        refused = await with_region(town, wrong, 422)
        assert refused["errors"][0]["pointer"] == "/phone_region"
    audit = await answered(town, "GET", "/v1/audit?action=program.updated")
    assert [each["changes"]["phone_region"]["after"] for each in audit["data"]] == [None, "RU"]


async def test_imports_know_the_number_too(store: Store) -> None:
    async with opened_shop(store) as shop:
        async with store.transaction() as writing:
            await programs.update(
                writing, shop.program.program_id, {"phone_region": "RU"}, tenant=1, now=shop.now
            )
        rows = "".join(f'"{each}",points,1\n' for each in WRITTEN)
        content = f"phone,currency,amount\n{rows}"
        for dry_run in (True, False):
            report = await shop.take(content, "balances", dry_run=dry_run)
            assert figures(report) == (len(WRITTEN), 0, 0), report.refused
        assert list((await shop.balances()).values()) == [100 * len(WRITTEN)]
        report = await shop.take("phone,name\n8 912 000-11-22,\n", "members")
        assert figures(report) == (0, 1, 0)


async def test_a_number_is_written_by_the_region_of_its_commit(store: Store) -> None:
    """Whoever read the program before it had a region writes by the region all the same."""
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="P", now=1)
        changes = {"phone_region": "RU"}
        await programs.update(writing, program.program_id, changes, tenant=1, now=2)
        await members.create(writing, program, now=3, phone="8 912 000 11 22")
    assert await members.find(store, program.program_id, phone="+79120001122")


async def test_a_member_who_is_being_written_gets_the_new_key(store: Store) -> None:
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="P", now=1)
        member = await members.create(writing, program, now=1, phone="1")
    number = program.program_id

    async def set_region() -> None:
        async with store.transaction() as writing:
            await programs.update(writing, number, {"phone_region": "RU"}, tenant=1, now=2)

    async with store.transaction() as writing:
        await members.create(writing, program, now=3, phone="8 912 000 11 22")
        changes = {"phone": "8 912 000 11 23"}
        await members.update(writing, member.member_id, changes, tenant=1, now=3)
        setting = asyncio.create_task(set_region())
        for _ in range(50):
            await asyncio.sleep(0)
    await setting
    for phone in ("+7 912 000 11 22", "+7 912 000 11 23"):
        assert len(await members.find(store, number, phone=phone)) == 1, phone


async def test_many_members_are_found_anew(store: Store) -> None:
    async with store.transaction() as writing:
        program = await programs.create(writing, tenant=1, name="P", now=1)
        made: list[Member] = [
            await members.create(writing, program, now=1, phone=f"8 912 {at:07}")
            for at in range(1_100)
        ]
        number = program.program_id
        await programs.update(writing, number, {"phone_region": "RU"}, tenant=1, now=2)
    for each in made[::97]:
        number_of = f"+7{(each.phone or '')[2:]}"
        assert await members.find(store, program.program_id, phone=number_of) == [each]


def test_keys() -> None:
    assert {phone_key(each, "RU") for each in WRITTEN} == {"79120001122"}
    known = {
        ("8 912 000 11 22 ext. 5", "RU"): "791200011225", ("0151 2345678", "DE"): "491512345678",
        ("+44 20 7946 0000", "RU"): "442079460000", ("123", "RU"): "123", ("x", "RU"): None,
        ("8 912 000 11 22", None): "89120001122", ("", "RU"): None, ("9120001", "RU"): "9120001",
    }  # fmt: skip
    assert {key: phone_key(*key) for key in known} == known
    composed = "RENÉ@Example.org"
    apart = unicodedata.normalize("NFD", f" {composed} ")
    assert email_key(apart) == email_key(composed) == "rené@example.org"
    assert email_key("STRASSE@x") == email_key("straße@x")
