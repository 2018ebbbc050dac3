"""The journal of an account, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.dialects.altcraft.rows import COLUMNS
from stampbook.dialects.spelling.altcraft import read_transaction, write_transaction
from stampbook.domain.commands import Cancel
from stampbook.domain.model import split_number
from stampbook.ledger.submission import Submission
from stampbook.programs import point_promotions
from tests.http.altcraft.accounts.asking import at, named
from tests.http.altcraft.house import DAY, START, House, Json, as_xml_reads

TRANSACTIONS = "loyalty/account/transactions"
CANCEL = "loyalty/cancel_transaction"


async def listed(house: House, **more: Any) -> Json:
    return await house.call(TRANSACTIONS, {**named(house), **more})


async def test_transactions(house: House) -> None:
    async with house.store.transaction() as writing:
        promotion = await point_promotions.create(
            writing, house.program, name="P", external_id="PROMO123", now=house.now
        )
    first = await house.accrue(
        "100.50", transaction_eid="order-1", promotion_id="PROMO123",
        expiration_date=at(START + 10 * DAY), created_at=at(START - DAY),
    )  # fmt: skip
    spent = await house.redeem("20", transaction_eid="order-2")
    held = await house.redeem("5", is_temp=True)
    later = await house.accrue("7", activation_date=at(START + DAY))
    waiting = await house.accrue("3", is_temp=True)
    committed = await house.done(
        "loyalty/commit_transaction", {"transaction_id": waiting["transaction_id"]}
    )
    await house.done("loyalty/rollback_transaction", {"transaction_id": held["transaction_id"]})
    await house.done(CANCEL, {"transaction_id": spent["transaction_id"]})
    house.now = START + 11 * DAY
    envelope = await listed(house)
    assert "next_from_id" not in envelope
    rows = envelope["data"]
    assert all(tuple(row) == COLUMNS for row in rows)
    assert [
        (row["transaction_type"], row["amount"], row["balance_before"], row["balance_after"],
         row["status"], row["is_temp"])
        for row in rows
    ] == [
        ("accrual", "100.50", "0.00", "100.50", "in_force", False),
        ("redemption", "20.00", "100.50", "80.50", "canceled", False),
        ("redemption", "5.00", "80.50", "75.50", "rolled_back", True),
        ("accrual", "7.00", "75.50", "75.50", "in_force", False),
        ("accrual", "3.00", "75.50", "75.50", "committed", True),
        ("accrual", "3.00", "75.50", "78.50", "in_force", False),
        ("rollback", "5.00", "78.50", "83.50", "in_force", False),
        ("cancellation", "20.00", "83.50", "103.50", "in_force", False),
        ("activation", "7.00", "103.50", "110.50", "in_force", False),
        ("expiration", "100.50", "110.50", "10.00", "in_force", False),
    ]  # fmt: skip
    ids = [row["transaction_id"] for row in rows]
    assert ids == sorted(ids)
    assert rows[0] == {
        "transaction_id": first["transaction_id"],
        "transaction_eid": "order-1",
        "created_at": at(START - DAY),
        "transaction_type": "accrual",
        "amount": "100.50",
        "balance_before": "0.00",
        "balance_after": "100.50",
        "promo_iid": promotion.promotion_id,
        "promo_eid": "PROMO123",
        "description": None,
        "activation_date": at(START - DAY),
        "expiration_date": at(START + 10 * DAY),
        "source_type": None,
        "source_iid": None,
        "source_sid": None,
        "is_temp": False,
        "status": "in_force",
        "related_transaction_id": None,
    }
    assert rows[3]["transaction_id"] == later["transaction_id"]
    assert rows[3]["expiration_date"] is None
    assert rows[5]["transaction_id"] == committed["transaction_id"]
    related = {row["transaction_id"]: row["related_transaction_id"] for row in rows}
    assert [related[each] for each in ids[5:]] == [
        waiting["transaction_id"], held["transaction_id"], spent["transaction_id"], None, None,
    ]  # fmt: skip
    assert rows[8]["created_at"] == at(START + DAY)


async def test_transactions_are_the_same_in_xml(house: House) -> None:
    await house.accrue("10", transaction_eid="a<&>b")
    await house.redeem("3")
    for more in ({}, {"limit": 1}):
        in_json = await listed(house, **more)
        in_xml = await house.call(TRANSACTIONS, {**named(house), **more}, form="xml")
        assert in_xml == as_xml_reads(in_json)


async def test_a_partial_cancel_by_another_way(house: House) -> None:
    made = await house.accrue("10")
    number = read_transaction(made["transaction_id"]) or 0

    account, seq = split_number(number)
    await house.ledger.submit(
        Submission(tenant=1, account=account, commands=(Cancel(seq, amount=400),))
    )
    assert [row["status"] for row in (await listed(house))["data"]] == [
        "partly_canceled",
        "in_force",
    ]


async def test_pages(house: House, form: str) -> None:
    for _ in range(5):
        await house.accrue("1")
    ids = [row["transaction_id"] for row in (await listed(house))["data"]]
    seen: list[str] = []
    more: Json = {"limit": 2}
    while True:
        envelope = await house.call(TRANSACTIONS, {**named(house), **more}, form=form)
        data = envelope["data"]
        page = data if isinstance(data, list) else [data]
        seen += [row["transaction_id"] for row in page]
        if "next_from_id" not in envelope:
            break
        assert envelope["next_from_id"] == page[-1]["transaction_id"]
        more["from_id"] = envelope["next_from_id"]
    assert seen == ids
    last = {**named(house), "from_id": ids[-1]}
    empty = await house.call(TRANSACTIONS, last, form=form)
    assert empty.get("data", []) == []


async def test_the_default_page_has_20(house: House) -> None:
    for _ in range(21):
        await house.accrue("1")
    envelope = await listed(house)
    assert len(envelope["data"]) == 20
    assert envelope["next_from_id"] == envelope["data"][-1]["transaction_id"]
    assert len((await listed(house, limit=100))["data"]) == 21


async def test_from_id_must_be_of_the_account(house: House, form: str) -> None:
    not_found = (404, "Not found: transaction")
    body = {**named(house), "from_id": write_transaction((1 << 23) + 1)}
    assert await house.refused(TRANSACTIONS, body, form=form) == not_found
    await house.accrue("1")
    await house.new_member("b@example.com")
    other = await house.done("loyalty/accrue_points", {**house.who("b@example.com"), "amount": "1"})
    for text in (other["transaction_id"], "TRANS12345"):
        body = {**named(house), "from_id": text}
        assert await house.refused(TRANSACTIONS, body, form=form) == not_found


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_limits(house: House, form: str, limit: int) -> None:
    for method in (TRANSACTIONS, "loyalty/trigger_promotions"):
        assert await house.refused(method, {**named(house), "limit": limit}, form=form) == (
            400,
            "Incorrect request: limit: must be between 1 and 100",
        )
