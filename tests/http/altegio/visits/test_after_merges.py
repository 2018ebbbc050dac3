"""Visits of a client who was merged into another one: points that paid for them come back."""

from __future__ import annotations

from stampbook.programs.accounts import Account
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
