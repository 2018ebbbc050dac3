"""Somebody who was merged, twice over: every API's look-ups lead to the member who took over."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.domain.model import transaction_number
from tests.http.town import Town

PHONES = ("79000000001", "79000000002", "79000000003")
NAMES = ("anna", "berta", "clara")
POINTS = "/api/v1.1/loyalty"


class Merged:
    """Anna is merged into Berta, and Berta into Clara; Anna had 70 points and spent 20."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.codes: list[str] = []
        self.cards: list[str] = []

    async def get(self, path: str) -> Any:
        answer = await self.town.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.town.ask("POST", path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def altcraft(self, method: str, **fields: Any) -> Any:
        program, currency = self.town.program.program_id, self.town.points.currency_id
        body = {"loyalty_program_id": program, "points_currency_iid": currency, **fields}
        answer = await self.post(f"{POINTS}/{method}", body)
        assert answer["error"] == 0, answer
        return answer["data"]

    async def merge(self) -> None:
        for phone, name in zip(PHONES, NAMES, strict=True):
            await self.town.join(phone, name)
            self.cards.append((await self.town.issue(phone)).json()["data"]["number"])
        person = {"matching": "phone", "phone": PHONES[0]}
        await self.altcraft("accrue_points", amount="70", transaction_eid="earned", **person)
        await self.altcraft("redeem_points", amount="20", transaction_eid="spent", **person)
        for member in (1, 2, 3):
            held = (await self.get(f"/v1/members/mbr_{member}/accounts"))["data"]
            self.codes.append(held[0]["number"])
        for old, new in (("mbr_1", "mbr_2"), ("mbr_2", "mbr_3")):
            await self.post(f"/v1/members/{old}/merge", {"into": new})


@pytest.fixture
async def merged(town: Town) -> Merged:
    found = Merged(town)
    await found.merge()
    return found


async def test_altcraft(merged: Merged) -> None:
    for person in (
        {"matching": "phone", "phone": PHONES[0]},
        {"matching": "profile_id", "profile_id": "anna"},
        {"matching": "profile_id", "profile_id": f"{1:024x}"},
    ):
        found = await merged.altcraft("account/balance", **person)
        assert float(found["active_balance"]) == 50, person
    registered = (await merged.town.register(PHONES[0])).json()
    assert registered["profile_id"] == f"{3:024x}"
    await merged.altcraft("cancel_transaction", transaction_eid="spent")
    found = await merged.altcraft("account/balance", matching="phone", phone=PHONES[2])
    assert float(found["active_balance"]) == 70


async def test_altegio(merged: Merged) -> None:
    place = merged.town.location.number
    for text in (PHONES[0], PHONES[0][2:], merged.cards[0], merged.cards[1]):
        filters = [{"type": "quick_search", "state": {"value": text}}]
        found = await merged.post(f"/api/v1/company/{place}/clients/search", {"filters": filters})
        assert [each["id"] for each in found["data"]] == [3], text
    for query in (f"phone={PHONES[0]}", f"card={merged.cards[0]}", f"card={merged.cards[1]}"):
        found = await merged.get(f"/api/v1/clients/{place}?{query}")
        assert [each["id"] for each in found["data"]] == [3], query
        assert found["meta"]["total_count"] == 1
    cards = await merged.get(f"/api/v1/loyalty/cards/{PHONES[0]}/{place}/{place}")
    assert [each["number"] for each in cards["data"]] == [merged.codes[2], merged.cards[2]]
    for old in (1, 2):
        assert (await merged.get(f"/api/v1/client/{place}/{old}"))["data"]["id"] == 3
        found = await merged.get(f"/api/v1/loyalty/client_cards/{old}")
        assert [each["number"] for each in found["data"]] == [merged.codes[2], merged.cards[2]]
    booked = (await merged.town.book(PHONES[1])).json()
    assert booked["data"][0]["client"]["id"] == 3


async def test_voucherify(merged: Merged) -> None:
    program, town = spell(Prefix.PROGRAM, merged.town.program.program_id), merged.town
    for name in NAMES:
        # What a shop sends again and again keeps working.
        customer = await merged.post("/v1/customers", {"source_id": name, "phone": PHONES[0]})
        query = "identification_type=customer_source_id"
        path = f"/v2/loyalties/memberships/{name}?{query}"
        (membership,) = (await merged.get(path))["memberships"]
        assert membership["member"]["id"] == spell(Prefix.MEMBER, 3)
        (card,) = membership["cards"]
        assert card["card"]["balance"]["points"] == 50
        again = await town.ask(
            "POST",
            f"/v2/loyalties/programs/{program}/members",
            {"customer_id": customer["id"]},
        )
        assert (again.status_code, again.json()["key"]) == (409, "member_already_exists")
    voucher = await merged.get(f"/v1/loyalties/members/{merged.codes[0]}")
    assert voucher["loyalty_card"]["points"] == 50
    await old_ids_in_paths(merged, program)


async def old_ids_in_paths(merged: Merged, program: str) -> None:
    """They lead to the other member and card, alone or mixed, but remove nobody else."""
    members = [spell(Prefix.MEMBER, number) for number in (1, 2, 3)]
    held = [(await merged.get(f"/v1/members/mbr_{n}/accounts"))["data"] for n in (1, 2, 3)]
    cards = [spell(Prefix.CARD, int(each[0]["id"][4:], 16)) for each in held]
    base = f"/v2/loyalties/programs/{program}/members"
    for member in members[:2]:
        assert (await merged.get(f"{base}/{member}"))["id"] == members[2]
        for card in cards[:2]:
            path = f"{base}/{member}/cards/{card}"
            for points in (1, -1):
                added = await merged.post(f"{path}/points", {"points": points})
                assert added["transaction"]["card_id"] == cards[2]
            listed = (await merged.get(f"{path}/transactions"))["data"]
            assert {each["card_id"] for each in listed} == {cards[2]}
            assert listed[0]["id"] == added["transaction"]["id"]
        removed = await merged.town.ask("DELETE", f"{base}/{member}", None)
        assert removed.status_code == 404, removed.text
    assert (await merged.get(f"{base}/{members[2]}"))["status"] == "ACTIVE"


async def test_a_customer_of_an_old_external_id_becomes_the_member(town: Town) -> None:
    """Who never was a customer: the source id of the merged one is the other's, too."""
    for name in NAMES[:2]:
        fields = {"external_id": name, "name": name}
        made = await town.ask("POST", "/v1/programs/prg_1/members", fields)
        assert made.status_code == 201, made.text
    await town.ask("POST", "/v1/members/mbr_1/merge", {"into": "mbr_2"})
    joined = await town.join(PHONES[0], NAMES[0])
    assert joined.status_code == 200, joined.text
    assert joined.json()["id"] == spell(Prefix.MEMBER, 2)


async def test_searches(merged: Merged) -> None:
    for text in (*PHONES, *NAMES):
        found = await merged.get(f"/v1/programs/prg_1/members?q={text}")
        assert [each["id"] for each in found["data"]] == ["mbr_3"], text
        found = await merged.get(f"/v1/search?q={text}")
        assert "mbr_3" in [each["id"] for each in found["data"]], text
        assert not {"mbr_1", "mbr_2"} & {each["id"] for each in found["data"]}
    numbers = (merged.cards[0], merged.cards[1], merged.codes[0])
    for number in numbers:
        (hit,) = (await merged.get(f"/v1/search?q={number}"))["data"]
        assert (hit["kind"], hit["member_id"]) == ("account", "mbr_3"), number


async def test_what_does_not_lead_to_the_other(merged: Merged) -> None:
    """The page on merging lists it; the list of a program's members takes parts of both."""
    for part in ("000000001", "ann"):
        listed = (await merged.get(f"/v1/programs/prg_1/members?q={part}"))["data"]
        assert [each["id"] for each in listed] == ["mbr_3"], part
        assert (await merged.get(f"/v1/search?q={part}"))["data"] == [], part
    program, old = spell(Prefix.PROGRAM, 1), spell(Prefix.MEMBER, 1)
    base = f"/v2/loyalties/programs/{program}/members"
    assert (await merged.get(f"{base}?filters[id][conditions][$is]={old}"))["data"] == []
    bucket = spell(Prefix.PENDING_BUCKET, transaction_number(account=1, seq=1))
    path = f"{base}/{old}/cards/{spell(Prefix.CARD, 1)}/pending-points/{bucket}/cancel"
    cancel = await merged.town.ask("POST", path)
    assert (cancel.status_code, cancel.json()["key"]) == (404, "not_found")


async def test_metadata_finds_nobody_who_was_merged(merged: Merged) -> None:
    """In Altcraft, where any key of a member's metadata can name them."""
    for name, value in zip(("mbr_4", "mbr_5"), ("red", "blue"), strict=True):
        fields = {"external_id": name, "metadata": {"hair": value}}
        made = await merged.post("/v1/programs/prg_1/members", fields)
        assert made["id"] == name
    await merged.post("/v1/members/mbr_4/merge", {"into": "mbr_5"})
    for value, error in (("blue", 0), ("red", 404)):
        person = {"matching": "custom", "field_name": "hair", "field_value": value}
        currency = merged.town.points.currency_id
        body = {"loyalty_program_id": 1, "points_currency_iid": currency, **person}
        answer = await merged.town.ask("POST", f"{POINTS}/account/balance", body)
        assert answer.json()["error"] == error, answer.text
