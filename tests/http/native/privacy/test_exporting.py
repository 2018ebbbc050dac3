"""The export of a person has all that is kept about them."""

from __future__ import annotations

import pytest

from stampbook.storage.store import Store
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.privacy.person import WORDS, Guest
from tests.privacy.texts import found_in


@pytest.fixture
async def guest(api: Api) -> Guest:
    return await Guest(api).build()


async def test_it_has_everything(guest: Guest) -> None:
    await guest.live()
    api = guest.api
    exported = fine(await api.get(f"/members/{guest.member}/export"))
    assert exported["members"] == [fine(await api.get(f"/members/{guest.member}"))]
    for name, path in (
        ("accounts", f"/members/{guest.member}/accounts"),
        ("transactions", f"/accounts/{guest.account}/transactions"),
        ("lots", f"/accounts/{guest.account}/lots"),
        ("orders", f"/programs/{guest.program}/orders"),
        ("purchases", f"/members/{guest.member}/purchases"),
    ):
        listed = fine(await api.get(path))["data"]
        assert listed
        assert exported[name] == listed
    assert exported["visits"] == [fine(await api.get("/visits/vis_1"))]
    assert [each["action"] for each in exported["audit"]] == ["member.exported", "member.updated"]
    assert exported["member"] == exported["members"][0]
    assert {"events", "refunds"} <= exported["records"].keys()
    fed = fine(await api.get("/events", limit=1000))["data"]
    theirs = [each for each in fed if each["member_id"] == guest.member]
    assert sorted(exported["events"], key=str) == sorted(theirs, key=str)
    assert {each["type"] for each in theirs} >= {"member.created", "transaction.created"}
    text = str(exported).casefold()
    assert all(word.casefold() in text for word in WORDS if not word.isdigit())
    assert "babbage" not in text


async def test_it_has_more_than_a_page(guest: Guest) -> None:
    for at in range(203):
        await guest.api.accrue(guest.account, "1", external_id=f"t{at}")
    exported = fine(await guest.api.get(f"/members/{guest.member}/export"))
    assert len(exported["transactions"]) == len(exported["lots"]) == 203
    assert {each["external_id"] for each in exported["transactions"]} == {
        f"t{at}" for at in range(203)
    }


async def test_who_took_over_is_exported_with_those_who_were_merged(guest: Guest) -> None:
    await guest.live()
    api = guest.api
    fine(await api.post(f"/members/{guest.member}/merge", {"into": guest.other}))
    refused(await api.get(f"/members/{guest.member}/export"), 409, "conflict")
    exported = fine(await api.get(f"/members/{guest.other}/export"))
    assert [each["id"] for each in exported["members"]] == [guest.other, guest.member]
    assert len(exported["merges"]) == 1
    assert {each["id"] for each in exported["accounts"]} >= {guest.account, guest.other_account}


async def test_after_erasing_there_is_nothing_to_know(guest: Guest, store: Store) -> None:
    await guest.live()
    await guest.erase()
    text = (await guest.api.get(f"/members/{guest.member}/export")).text.casefold()
    assert not [word for word in WORDS if word.casefold() in text]
    assert await found_in(store, WORDS) == {}


async def test_others_do_not_export_them(guest: Guest, stranger: Api) -> None:
    refused(await stranger.get(f"/members/{guest.member}/export"), 404, "not_found")
    refused(await guest.api.get("/members/mbr_99/export"), 404, "not_found")
    path, body = f"/members/{guest.member}/erase", {"reason": "x"}
    refused(await stranger.post(path, body), 404, "not_found")
    made(await guest.api.post(f"/programs/{guest.program}/members", {"name": "Lord Byron"}))
