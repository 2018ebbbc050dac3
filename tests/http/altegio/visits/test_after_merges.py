"""Visits of a client who was merged into another one: points that paid for them come back."""

from __future__ import annotations

from stampbook.programs import members
from stampbook.programs.accounts import Account
from tests.http.altegio.programs.offering import create, pay, refer, referral
from tests.http.altegio.programs.test_rules_for_visits import lower, per, rule
from tests.http.altegio.shop import KEY, Shop, data_of
from tests.http.altegio.visits.test_undoing import undo
from tests.migration.checking import faults


async def merged(shop: Shop) -> Account:
    """Merge the guest into another client, whose card it answers."""
    other = await shop.member("79000000002", "Anna")
    card = await shop.new_card(other, 500)
    answer = await shop.http.post(
        f"/v1/members/mbr_{shop.guest.member_id:x}/merge",
        json={"into": f"mbr_{other.member_id:x}"},
        headers={"Authorization": f"Bearer {KEY}"},
    )
    assert answer.status_code == 200, answer.text
    return card


async def test_a_withdrawal_is_cancelled_and_its_cancel_undone(shop: Shop) -> None:
    record, visit = await shop.visit(6_000)
    data_of(await shop.apply(record, visit, 60))
    there = await merged(shop)
    assert await shop.balance(there) == 4_500
    data_of(await shop.cancel(record, visit))
    assert (await shop.balance(), await shop.balance(there)) == (0, 10_500)
    data_of(await shop.cancel(record, visit))
    assert await shop.balance(there) == 10_500
    undone = await undo(shop, await last_act(shop))
    assert undone.status_code == 200, undone.text
    assert (await shop.balance(), await shop.balance(there)) == (0, 4_500)
    assert await faults(shop.store) == []


async def last_act(shop: Shop) -> str:
    """The native id of the cancel of the withdrawal."""
    answer = await shop.http.get(
        f"/v1/accounts/acc_{shop.card.account_id:x}/transactions?type=cancel",
        headers={"Authorization": f"Bearer {KEY}"},
    )
    rows = answer.json()["data"]
    return str(next(each["id"] for each in rows if each["reason"] != "merged"))


async def test_deleting_the_record_gives_back(shop: Shop) -> None:
    record, visit = await shop.visit(6_000)
    data_of(await shop.apply(record, visit, 60))
    there = await merged(shop)
    path = f"/api/v1/record/{shop.location.number}/{record}"
    assert (await shop.http.delete(path)).status_code == 204
    assert (await shop.balance(), await shop.balance(there)) == (0, 10_500)


async def test_a_new_withdrawal_is_of_the_card_that_took_over(shop: Shop) -> None:
    record, visit = await shop.visit(6_000)
    there = await merged(shop)
    refused = await shop.apply(record, visit, 60)
    assert refused.status_code >= 400, refused.text
    assert (await shop.balance(), await shop.balance(there)) == (0, 10_500)
    data_of(await shop.apply(record, visit, 60, there))
    assert await shop.balance(there) == 4_500


async def test_a_visit_that_is_completed_later_earns_for_who_took_over(shop: Shop) -> None:
    """By rules and by cashback; it is theirs from then on, also when the merge is undone."""
    await rule(shop, per(shop, "2.00"))
    await create(shop, type="cashback_static_sold")
    bill = await shop.visit(10_000)
    there = await merged(shop)
    before = await shop.balance(there)
    assert (await pay(shop, *bill)).status_code == 200
    assert await shop.balance(there) - before == 20_000 + 1_000
    for _ in range(2):
        await pay(shop, *bill, comment="came")
        assert await shop.balance(there) - before == 20_000 + 1_000
    row = await shop.store.fetch_one("SELECT member_id FROM visits WHERE visit_id = $1", bill[1])
    assert row is not None
    assert row["member_id"] == there.member_id
    await lower(shop, bill, 60)
    assert await shop.balance(there) - before == 12_000 + 600
    undone = await shop.http.post("/v1/merges/mrg_1/undo", json={}, headers=bearer_of())
    assert undone.status_code == 200, undone.text
    await pay(shop, *bill, comment="later")
    assert await shop.balance(there) == 500 + 12_000 + 600
    await pay(shop, *bill, attendance=-1)
    assert (await shop.balance(there), await shop.balance()) == (500, 10_000)
    assert await faults(shop.store) == []


async def test_an_edit_leaves_what_a_visit_had_earned_before(shop: Shop) -> None:
    """It only gives or takes what the bill now gives more or less."""
    await create(shop, type="cashback_static_sold")
    bill = await shop.visit(10_000)
    await pay(shop, *bill)
    there = await merged(shop)
    before, rows = await shop.balance(there), await rows_of(shop)
    await pay(shop, *bill, comment="came")
    assert (await shop.balance(there), await rows_of(shop)) == (before, rows)
    for cost, earned in ((120, 1_200), (60, 600), (100, 1_000)):
        await lower(shop, bill, cost)
        await pay(shop, *bill)
        assert await shop.balance(there) - before == earned - 1_000, cost
    await pay(shop, *bill, attendance=-1)
    assert await shop.balance(there) == before - 1_000
    assert await faults(shop.store) == []


async def rows_of(shop: Shop) -> int:
    row = await shop.store.fetch_one("SELECT count(*) AS found FROM transactions")
    assert row is not None
    return int(row["found"])


def bearer_of() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}"}


async def test_nobody_refers_themselves_by_a_merge(shop: Shop) -> None:
    await referral(shop, is_percent=True, value=1_000)
    bill = await shop.visit(6_000)
    there = await merged(shop)
    refused = await refer(shop, *bill, shop.guest.phone)
    assert refused.status_code == 422, refused.text
    assert await shop.balance(there) == 10_500


async def test_a_guest_is_referred_once_also_as_two_members(shop: Shop) -> None:
    await referral(shop, is_percent=True, value=1_000)
    friend = await shop.member("79000000003", "Friend")
    await shop.new_card(friend, 0)
    bill = await shop.visit(6_000)
    data_of(await refer(shop, *bill, friend.phone))
    there = await merged(shop)
    member = await members.get(shop.store, there.member_id, tenant=1)
    again = await refer(shop, *(await shop.visit(6_000, member=member)), friend.phone)
    assert again.status_code >= 400, again.text
