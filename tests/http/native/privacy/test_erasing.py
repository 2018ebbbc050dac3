"""Erasing a person: nothing of them is left, the journal is sound, and points are forfeited."""

from __future__ import annotations

import pytest

from stampbook.dialects.native import ids
from stampbook.ledger.engine import Ledger
from stampbook.privacy import erasing
from stampbook.programs import members
from stampbook.storage.store import Store
from stampbook.verifying.audit_log import verify_audit
from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.privacy.person import WORDS, Guest
from tests.migration.checking import faults
from tests.privacy.texts import found_in


@pytest.fixture
async def guest(api: Api) -> Guest:
    return await Guest(api).build()


async def check_sound(store: Store) -> None:
    assert await faults(store) == []
    assert [fault async for fault in verify_audit(store)] == []


async def test_nothing_of_the_person_is_left(guest: Guest, store: Store) -> None:
    await guest.live()
    before = await found_in(store, WORDS)
    assert {"members", "accounts", "transactions", "orders", "events", "visits"} <= before.keys()
    assert {"purchases", "audit", "idempotency_keys", "refunds", "visit_lines"} <= before.keys()
    assert "outbox" in before
    erased = await guest.erase()
    assert await found_in(store, WORDS) == {}
    await check_sound(store)
    member = erased["member"]
    assert member == fine(await guest.api.get(f"/members/{guest.member}"))
    assert (member["status"], member["metadata"]) == ("erased", {})
    for name in ("external_id", "email", "phone", "name"):
        assert member[name] is None
    assert erased["member_ids"] == [guest.member]
    assert erased["texts"] > 20
    events = fine(await guest.api.get("/events", limit="200"))["data"]
    types = [each["type"] for each in events]
    assert types.count("account.closed") == types.count("member.erased") == 1


async def test_everything_about_the_person_can_still_be_read(guest: Guest) -> None:
    await guest.live()
    await guest.erase()
    api, program, member = guest.api, guest.program, guest.member
    texts = ""
    for path in (
        f"/programs/{program}/members",
        f"/members/{member}/accounts",
        f"/members/{member}/purchases",
        f"/members/{member}/timeline",
        f"/members/{member}/merges",
        f"/accounts/{guest.account}/transactions",
        f"/accounts/{guest.account}/lots",
        f"/accounts/{guest.account}/explanation",
        f"/programs/{program}/orders",
        f"/programs/{program}/orders/external:order-1/refunds",
        f"/programs/{program}/orders/external:order-1/payments",
        "/visits/vis_1",
        "/visits/vis_1/transactions",
        "/audit",
        "/events?limit=200",
    ):
        answer = await api.get(path)
        assert answer.status_code in (200, 404), (path, answer.text)
        texts += answer.text.casefold()
    for word in WORDS:
        assert word.casefold() not in texts
    assert len(fine(await api.get(f"/accounts/{guest.account}/transactions"))["data"]) > 5
    assert '"member.erased"' in texts


async def test_nothing_finds_the_person(guest: Guest) -> None:
    await guest.live()
    await guest.erase()
    path = f"/programs/{guest.program}/members"
    for lookup in (
        {"external_id": "crm-ada-77"},
        {"email": "lovelace@poets.example"},
        {"phone": "7912000777"},
        {"q": "Lovelace"},
    ):
        assert fine(await guest.api.get(path, **lookup))["data"] == [], lookup
    for text in ("Lovelace", "card-4711", "912000777"):
        found = (await guest.api.get("/search", q=text)).text
        assert guest.member not in found, (text, found)
    again = {"external_id": "crm-ada-77", "name": "Somebody Else"}
    made(await guest.api.post(path, again))
    await guest.open(guest.other, "card-4711")


async def test_points_are_forfeited_only_if_it_is_said(guest: Guest, store: Store) -> None:
    api = guest.api
    await api.accrue(guest.account, "40")
    await api.accrue(guest.account, "2.50", activates_at=api.clock.text(days=3))
    path, body = f"/members/{guest.member}/erase", {"reason": "asked for it"}
    refused(await api.post(path, body), 409, "balance_not_zero")
    assert fine(await api.get(f"/members/{guest.member}"))["name"] == "Ada Lovelace"
    tried = await guest.erase(params={"dry_run": "true"})
    assert (tried["texts"], tried["member"]["status"]) == (None, "active")
    assert await api.active(guest.account) == "40.00"
    (lost,) = (await guest.erase())["forfeited"]
    assert (lost["account_id"], lost["amount"], lost["deficit"]) == (
        guest.account,
        "42.50",
        "0.00",
    )
    assert len(lost["transaction_ids"]) == 2
    balance = await api.balance(guest.account)
    assert {balance[name] for name in ("active", "pending", "held", "deficit")} == {"0.00"}
    rows = fine(await api.get(f"/accounts/{guest.account}/transactions"))["data"]
    assert [each["type"] for each in rows[:2]] == ["expire", "expire"]
    refused(await api.move(guest.account, "accrue", "1"), 409, "account_closed")
    await check_sound(store)


async def test_a_debt_is_written_off(guest: Guest, store: Store) -> None:
    api = guest.api
    earned = await api.accrue(guest.account, "10")
    await api.redeem(guest.account, "10")
    fine(await api.cancel(earned["id"]))
    assert await api.active(guest.account) == "-10.00"
    path = f"/members/{guest.member}/erase"
    refused(await api.post(path, {"reason": "x"}), 409, "balance_not_zero")
    (lost,) = (await guest.erase())["forfeited"]
    assert (lost["amount"], lost["deficit"]) == ("0.00", "10.00")
    assert await api.active(guest.account) == "0.00"
    await check_sound(store)


async def test_what_waits_for_its_end_must_end_before(guest: Guest) -> None:
    api = guest.api
    await api.accrue(guest.account, "10")
    held = await api.hold(guest.account, "4")
    path, body = f"/members/{guest.member}/erase", {"reason": "x", "forfeit": True}
    refused(await api.post(path, body), 409, "holds_open")
    fine(await api.post(f"/transactions/{held['id']}/release"))
    await guest.erase()


async def test_a_repeat_changes_nothing(guest: Guest, store: Store) -> None:
    await guest.live()
    first = await guest.erase(key="erase")
    assert await guest.erase(key="erase") == first
    guest.api.clock.advance(days=1)
    again = await guest.erase()
    assert again["member"]["status"] == "erased"
    assert (again["forfeited"], again["texts"]) == ([], 0)
    told = fine(await guest.api.get("/audit", action="member.erased"))["data"]
    assert [(each["entity"], each["reason"]) for each in told] == [(guest.member, "asked for it")]
    await check_sound(store)


async def test_who_took_over_is_erased_with_those_who_were_merged(
    guest: Guest, store: Store
) -> None:
    await guest.live()
    path = f"/members/{guest.member}/merge"
    fine(await guest.api.post(path, {"into": guest.other, "reason": "Ada Lovelace twice"}))
    body = {"reason": "asked", "forfeit": True}
    refused(await guest.api.post(f"/members/{guest.member}/erase", body), 409, "conflict")
    erased = await guest.erase(guest.other)
    assert erased["member_ids"] == [guest.other, guest.member]
    assert await found_in(store, (*WORDS, "Babbage")) == {}
    for member in (guest.member, guest.other):
        assert fine(await guest.api.get(f"/members/{member}"))["status"] == "erased"
    refused(await guest.api.post("/merges/mrg_1/undo"), 409, "conflict")
    await check_sound(store)


@pytest.mark.parametrize("status", ["inactive", "deleted"])
async def test_members_who_are_not_active_are_erased_as_well(
    guest: Guest, store: Store, status: str
) -> None:
    await guest.live()
    path = f"/members/{guest.member}"
    if status == "inactive":
        fine(await guest.api.patch(path, {"status": "inactive"}))
    else:
        fine(await guest.api.delete(path))
    await guest.erase()
    assert await found_in(store, WORDS) == {}
    await check_sound(store)


async def test_others_keep_what_is_theirs(guest: Guest, store: Store) -> None:
    await guest.live()
    api = guest.api
    note = {"reason": "she likes plums", "metadata": {"told": "plums"}}
    kept = await api.accrue(guest.other_account, "5", key="other", **note)
    await guest.erase()
    read = fine(await api.get(f"/transactions/{kept['id']}"))
    assert (read["reason"], read["metadata"]) == (kept["reason"], kept["metadata"])
    assert fine(await api.get(f"/members/{guest.other}"))["name"] == "Charles Babbage"
    found = await found_in(store, ["babbage", "card-1", "plums"])
    assert {"members", "accounts", "transactions"} <= found.keys()


async def test_an_interrupted_erasing_goes_on(guest: Guest, store: Store, ledger: Ledger) -> None:
    """What ends after the accounts were closed leaves a deleted member; a repeat goes on."""
    await guest.live()
    number = ids.read(ids.MEMBER, guest.member)
    member = await members.get(store, number or 0, tenant=1)
    assert member is not None
    one = await erasing.whole(store, member)
    now = guest.api.clock.now
    await ledger.join(erasing.request_close(one, forfeit=True, now=now, dry_run=False))
    ledger.forget([each.account_id for each in one.accounts])
    assert "members" in await found_in(store, WORDS)
    erased = await guest.erase()
    assert (erased["forfeited"], erased["member"]["status"]) == ([], "erased")
    assert await found_in(store, WORDS) == {}
    await check_sound(store)
