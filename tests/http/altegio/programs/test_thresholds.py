"""Cashback by thresholds: what a visit earns, and what later visits keep when it is taken back."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.native import ids
from stampbook.domain.model import Kind
from stampbook.domain.policy import SpentAccrual
from stampbook.programs import currencies
from stampbook.programs.policies import Terms
from stampbook.visits.recounting.recount import MAX_DEPENDENTS
from tests.http.altegio.programs.offering import create, pay
from tests.http.altegio.shop import KEY, Shop, data_of

RULES = [{"parameter": 0, "value": 3}, {"parameter": 1_000, "value": 5}]
"""3 % of what is sold, and 5 % from 1000.00 on."""

COSTS = (60_000, 50_000, 20_000)

Bill = tuple[int, int]


async def earned(shop: Shop, visit: int) -> list[float]:
    listed = data_of(await shop.http.get(f"/api/v1/visit/loyalty/transactions/{visit}"))
    return [each["amount"] for each in listed if each["type_id"] in (2, 4)]


async def all_earned(shop: Shop, bills: list[Bill]) -> list[list[float]]:
    return [await earned(shop, visit) for _, visit in bills]


async def paid_visits(shop: Shop, *costs: int, **changes: Any) -> list[Bill]:
    """Visits by a client whose cashback follows from what was sold to them, paid in their order."""
    await create(shop, type="cashback_accumulative_sold", rules=RULES, **changes)
    return [await one_more(shop, cost) for cost in costs]


async def one_more(shop: Shop, cost: int) -> Bill:
    bill = await shop.visit(cost)
    assert (await pay(shop, *bill)).status_code == 200
    return bill


async def test_a_visit_counts_what_came_before_it(shop: Shop) -> None:
    bills = await paid_visits(shop, *COSTS)
    assert await all_earned(shop, bills) == [[18], [25], [10]]
    assert await shop.balance() == 10_000 + 5_300
    # A later visit changes nothing for an earlier one, however often that is written.
    assert (await pay(shop, *bills[0], comment="again")).status_code == 200
    assert await all_earned(shop, bills) == [[18], [25], [10]]


async def delete_record(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/record/{shop.location.number}/{bill[0]}"
    return (await shop.http.delete(path)).status_code


async def did_not_come(shop: Shop, bill: Bill) -> int:
    return (await pay(shop, *bill, attendance=-1)).status_code


async def lose_the_payment(shop: Shop, bill: Bill) -> int:
    path = f"/api/v1/company/{shop.location.number}/sale/{bill[1]}"
    [payment] = data_of(await shop.http.get(path))["state"]["payment_transactions"]
    return (
        await shop.http.delete(f"{path}/payment/payment_transaction/{payment['id']}")
    ).status_code


async def lose_the_payment_natively(shop: Shop, bill: Bill) -> int:
    key = {"Authorization": f"Bearer {KEY}"}
    path = f"/v1/visits/vis_{bill[1]}"
    [payment] = (await shop.http.get(path, headers=key)).json()["payments"]
    return (await shop.http.delete(f"{path}/payments/{payment['id']}", headers=key)).status_code


async def empty_natively(shop: Shop, bill: Bill) -> int:
    key = {"Authorization": f"Bearer {KEY}"}
    body = {"attendance": "did_not_come"}
    return (await shop.http.patch(f"/v1/visits/vis_{bill[1]}", json=body, headers=key)).status_code


@pytest.mark.parametrize(
    "cancel",
    [
        delete_record,
        did_not_come,
        lose_the_payment,
        lose_the_payment_natively,
        empty_natively,
    ],
)
async def test_later_visits_are_recounted(shop: Shop, cancel: Any) -> None:
    bills = await paid_visits(shop, *COSTS)
    assert await cancel(shop, bills[0]) in (200, 204)
    assert await all_earned(shop, bills) == [[], [15], [6]]
    assert await shop.balance() == 10_000 + 2_100


async def test_nothing_rises_again(shop: Shop) -> None:
    """A visit that is completed anew keeps its place; later visits stay as they are."""
    bills = await paid_visits(shop, *COSTS)
    await did_not_come(shop, bills[0])
    await pay(shop, *bills[0])
    assert await all_earned(shop, bills) == [[18], [15], [6]]
    # Written again, a later visit earns what is due to it now.
    await pay(shop, *bills[1], comment="again")
    assert await all_earned(shop, bills) == [[18], [25], [6]]


async def test_a_lower_bill_lowers_its_own_and_the_next(shop: Shop) -> None:
    bills = await paid_visits(shop, *COSTS)
    record, visit = bills[0]
    [line] = data_of(await shop.http.get(f"/api/v1/visits/{visit}"))["records"][0][
        "goods_transactions"
    ]
    goods = [{"id": line["id"], "good_id": 5_000, "cost": 450}]
    assert (await pay(shop, record, visit, goods_transactions=goods)).status_code == 200
    assert await all_earned(shop, bills) == [[13.5], [15], [10]]


async def test_by_the_order_of_completion(shop: Shop) -> None:
    await create(shop, type="cashback_accumulative_sold", rules=RULES)
    first, second = await shop.visit(60_000), await shop.visit(50_000)
    await pay(shop, *second)
    await pay(shop, *first)
    assert await all_earned(shop, [first, second]) == [[30], [15]]
    await did_not_come(shop, first)
    assert await all_earned(shop, [first, second]) == [[], [15]]


async def test_other_members_and_other_programs_are_left_alone(shop: Shop) -> None:
    await create(shop, type="cashback_static_sold", rules=[{"value": 1}])
    bills = await paid_visits(shop, *COSTS)
    other = await shop.member("79000000002")
    await shop.new_card(other, 0)
    for _ in range(2):
        bill = await shop.visit(60_000, member=other)
        await pay(shop, *bill)
    await did_not_come(shop, bills[0])
    assert await all_earned(shop, [*bills, bill]) == [[], [5, 15], [2, 6], [6, 30]]


async def test_terms_are_those_of_the_visit(shop: Shop) -> None:
    """What became of the program since changes nothing."""
    number = await create(shop, type="cashback_accumulative_sold", rules=RULES)
    bills = [await one_more(shop, cost) for cost in COSTS]
    program = f"/api/v1/chain/{shop.chain.program_id}/loyalty/programs/{number}"
    assert (await shop.http.delete(program)).status_code == 204
    await lose_the_payment(shop, bills[0])
    assert await all_earned(shop, bills) == [[], [15], [6]]


async def test_a_visit_of_another_client(shop: Shop) -> None:
    bills = await paid_visits(shop, *COSTS)
    other = await shop.member("79000000002")
    await shop.new_card(other, 0)
    path = f"/api/v1/record/{shop.location.number}/{bills[0][0]}"
    body = {"client": {"id": other.member_id}}
    assert (await shop.http.put(path, json=body)).status_code in (200, 201)
    assert await all_earned(shop, bills) == [[18], [15], [6]]
    assert await shop.balance() == 10_000 + 2_100


async def copy_visits(shop: Shop, visit: int, count: int) -> None:
    """Later visits like this one, written without their points."""
    numbers = f"""
        WITH RECURSIVE n (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < {count})
    """
    async with shop.store.transaction() as writing:
        await writing.execute(
            f"""
            INSERT INTO visits (visit_id, tenant_id, program_id, location_id, member_id, attendance,
                                starts_at, comment, created_at, updated_at)
            {numbers}
            SELECT 1000 + at, tenant_id, program_id, location_id, member_id, attendance, starts_at,
                   comment, created_at, updated_at
            FROM visits CROSS JOIN n WHERE visit_id = $1
            """,
            visit,
        )
        await writing.execute(
            f"""
            INSERT INTO completed_visits (visit_id, member_id, position, visits, sold, paid, terms,
                                          by_totals)
            {numbers}
            SELECT 1000 + at, member_id, 1000 + at, visits, sold, paid, terms, by_totals
            FROM completed_visits CROSS JOIN n WHERE visit_id = $1
            """,
            visit,
        )


async def test_too_many_later_visits(shop: Shop) -> None:
    bills = await paid_visits(shop, *COSTS)
    await copy_visits(shop, bills[2][1], MAX_DEPENDENTS - 1)
    answer = await pay(shop, *bills[0], attendance=-1)
    assert answer.status_code == 422
    assert answer.json()["meta"]["message"] == "cascade_too_large"
    key = {"Authorization": f"Bearer {KEY}"}
    path = f"/v1/visits/vis_{bills[0][1]}"
    body = {"attendance": "did_not_come"}
    for query in ("", "?dry_run=true"):
        refused = await shop.http.patch(path + query, json=body, headers=key)
        assert (refused.status_code, refused.json()["code"]) == (409, "cascade_too_large")
    assert (await shop.http.get(path, headers=key)).json()["attendance"] == "came"
    assert await all_earned(shop, bills) == [[18], [25], [10]]
    assert (await pay(shop, *bills[1], attendance=-1)).status_code == 200


async def undo_newest(shop: Shop, visit: int) -> int:
    """Natively undo the newest cancel of what the visit has earned; the status of the answer."""
    rows = await shop.store.journal(shop.card.account_id, after=0, limit=100)
    earned = [row for row in rows if row.subject == f"cashback:{visit}"][-1]
    cancel = [row for row in rows if row.kind is Kind.CANCEL and row.root == earned.seq][-1]
    path = f"/v1/transactions/{ids.write(ids.TRANSACTION, cancel.number)}/cancel"
    key = {"Authorization": f"Bearer {KEY}"}
    return (await shop.http.post(path, json={}, headers=key)).status_code


async def test_what_a_recount_took_does_not_come_back(shop: Shop) -> None:
    bills = await paid_visits(shop, *COSTS)
    await did_not_come(shop, bills[0])
    for _, visit in bills:
        assert await undo_newest(shop, visit) == 409
    assert await all_earned(shop, bills) == [[], [15], [6]]
    await pay(shop, *bills[0])
    assert await undo_newest(shop, bills[1][1]) == 200
    assert await all_earned(shop, bills) == [[18], [25], [6]]


async def test_one_card_that_forbids_it_refuses_all(shop: Shop) -> None:
    """What two visits earned was spent, and the policy of the card type refuses to take it."""
    async with shop.store.transaction() as writing:
        shop.points = await currencies.create(
            writing,
            shop.chain,
            name="Strict",
            scale=2,
            terms=Terms(spent_accrual=SpentAccrual.REFUSE),
            now=shop.now,
        )
    shop.card = await shop.new_card(shop.guest, 0)
    bills = await paid_visits(shop, *COSTS)
    location, card = shop.location.number, shop.card.account_id
    path = f"/api/v1/company/{location}/loyalty/cards/{card}/manual_transaction"
    assert (await shop.http.post(path, json={"amount": -43})).status_code == 200
    answer = await shop.http.delete(f"/api/v1/record/{location}/{bills[0][0]}")
    assert (answer.status_code, answer.json()["meta"]["message"]) == (422, "points_already_spent")
    assert await all_earned(shop, bills) == [[18], [25], [10]]
    assert (await shop.details(*bills[0]))["items"] != []


async def test_the_visit_of_an_inactive_member_counts_and_earns_nothing(shop: Shop) -> None:
    await create(shop, type="cashback_accumulative_sold", rules=RULES)
    bill = await shop.visit(60_000)
    member = ids.write(ids.MEMBER, shop.guest.member_id)
    key = {"Authorization": f"Bearer {KEY}"}
    for status in ("inactive", "active"):
        changed = await shop.http.patch(
            f"/v1/members/{member}", json={"status": status}, headers=key
        )
        assert changed.status_code == 200, changed.text
        if status == "inactive":
            await pay(shop, *bill)
    assert await earned(shop, bill[1]) == []
    assert await earned(shop, (await one_more(shop, 50_000))[1]) == [25]
