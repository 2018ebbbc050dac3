"""Records and visits: booking, changing, paying, deleting."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.http.altegio.asserting import MISSING, assert_invalid
from tests.http.altegio.shop import OTHER_CHAIN, READER, Shop, amounts, bearer, data_of

WHEN = "2027-01-15T12:00:00+03:00"


def order(**changes: Any) -> dict[str, Any]:
    return {
        "staff_id": 7,
        "services": [{"id": 31, "first_cost": 3_000, "discount": 0, "cost": 3_000}],
        "client": {"phone": "79000000001", "name": "Anna"},
        "datetime": WHEN,
        "seance_length": 3_600,
        "save_if_busy": True,
        "comment": "first",
        **changes,
    }


async def book(shop: Shop, **changes: Any) -> httpx.Response:
    path = f"/api/v1/records/{shop.location.number}"
    return await shop.http.post(path, json=order(**changes))


async def put(shop: Shop, record: int, visit: int, **changes: Any) -> httpx.Response:
    body = {"attendance": 0, "comment": "", **changes}
    return await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body)


async def test_a_booking_says_where_it_is(shop: Shop) -> None:
    booked = await book(shop)
    assert booked.status_code == 201
    assert [data_of(await shop.http.get(booked.headers["location"]))] == data_of(booked)
    odd = f"/api/v1/records/{shop.location.number}.0%0A"
    again = await shop.http.post(odd, json=order())
    assert again.headers["location"].startswith(f"/api/v1/record/{shop.location.number}.0%0A/")


async def test_a_booking_makes_a_visit(shop: Shop) -> None:
    answer = await book(shop, api_id="ext-1", record_labels=["vip"])
    assert answer.status_code == 201
    [record] = data_of(answer)
    assert record["company_id"] == shop.location.number
    assert (record["staff_id"], record["datetime"], record["date"]) == (
        7,
        WHEN,
        "2027-01-15 12:00:00",
    )
    assert record["services"] == [
        {
            "id": 31,
            "title": "",
            "cost": 3_000,
            "cost_to_pay": 3_000,
            "manual_cost": 3_000,
            "cost_per_unit": 3_000,
            "discount": 0,
            "first_cost": 3_000,
            "amount": 1,
        }
    ]
    assert record["client"]["id"] == shop.guest.member_id
    assert (record["api_id"], record["save_if_busy"]) == ("ext-1", True)
    label = {"id": "vip", "title": "", "color": "", "icon": "", "font_color": ""}
    assert record["record_labels"] == [label]
    [document] = record["documents"]
    assert (document["type_id"], document["visit_id"]) == (7, record["visit_id"])
    one = f"/api/v1/record/{shop.location.number}/{record['id']}"
    assert data_of(await shop.http.get(one)) == record
    visit = data_of(await shop.http.get(f"/api/v1/visits/{record['visit_id']}"))
    assert visit["records"] == [record]
    assert (visit["attendance"], visit["comment"]) == (0, "first")


async def test_a_second_record_joins_the_visit(shop: Shop) -> None:
    [first] = data_of(await book(shop))
    [second] = data_of(await book(shop, visit_id=first["visit_id"], staff_id=8))
    assert second["visit_id"] == first["visit_id"]
    visit = data_of(await shop.http.get(f"/api/v1/visits/{first['visit_id']}"))
    assert [each["staff_id"] for each in visit["records"]] == [7, 8]
    await shop.apply(first["id"], first["visit_id"], 100)
    state = data_of(await shop.cancel(second["id"], first["visit_id"]))
    assert state["loyalty_transactions"] == []
    assert (await book(shop, visit_id=999)).json() == MISSING


async def test_a_discount_of_the_line(shop: Shop) -> None:
    services = [{"id": 31, "first_cost": 20, "discount": 50, "amount": 2}]
    [record] = data_of(await book(shop, services=services))
    state = await shop.details(record["id"], record["visit_id"])
    line = state["items"][0]
    assert (line["amount"], line["first_cost"], line["discount"]) == (2, 20, 50)
    assert (line["manual_cost"], line["cost"]) == (10, 10)


async def test_goods_and_a_withdrawal_over_both(shop: Shop) -> None:
    [record] = data_of(await book(shop))
    goods = [{"good_id": 5, "title": "Shampoo", "amount": "2", "cost_per_unit": "10"}]
    visit = data_of(await put(shop, record["id"], record["visit_id"], goods_transactions=goods))
    [good] = visit["records"][0]["goods_transactions"]
    assert (good["good_id"], good["amount"], good["cost"]) == (5, 2, 20)
    state = data_of(await shop.apply(record["id"], record["visit_id"], 100))
    assert sorted(amounts(state)) == [0.66, 99.34]
    goods = [{"id": good["id"], "amount": 1, "cost": 0.5}]
    await put(shop, record["id"], record["visit_id"], goods_transactions=goods)
    state = await shop.details(record["id"], record["visit_id"])
    assert sorted(amounts(state)) == [0.5, 99.34]
    assert await shop.balance() == 16
    await put(shop, record["id"], record["visit_id"], goods_transactions=[])
    state = await shop.details(record["id"], record["visit_id"])
    assert amounts(state) == [99.34]
    assert await shop.balance() == 66
    missing = await put(
        shop, record["id"], record["visit_id"], goods_transactions=[{"id": 999, "good_id": 5}]
    )
    assert missing.json() == MISSING


async def test_a_lower_price_gives_the_difference_back(shop: Shop) -> None:
    [record] = data_of(await book(shop, services=[{"id": 31, "cost": 90}]))
    number, visit = record["id"], record["visit_id"]
    [first] = data_of(await shop.apply(number, visit, 80))["loyalty_transactions"]
    await put(shop, number, visit, services=[{"id": 31, "cost": 200}])
    assert amounts(await shop.details(number, visit)) == [80]
    await put(shop, number, visit, services=[{"id": 31, "cost": 50}])
    state = await shop.details(number, visit)
    assert [(each["id"], each["amount"]) for each in state["loyalty_transactions"]] == [
        (first["id"], 50)
    ]
    assert await shop.balance() == 5_000
    await put(shop, number, visit, new_transactions=[{"amount": 30, "account_id": 1}])
    assert amounts(await shop.details(number, visit)) == [20]
    assert await shop.balance() == 8_000


async def test_money_is_recorded_and_removed(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 3_000)
    paid = data_of(
        await put(shop, record, visit, new_transactions=[{"id": 0, "amount": 60, "account_id": 9}])
    )
    assert paid["payment_status"] == "paid_over"
    assert paid["records"][0]["paid_full"] == 1
    payments = (await shop.details(record, visit))["payment_transactions"]
    assert [(each["amount"], each["account_id"]) for each in payments] == [
        (20, 9),
        (30, 9),
        (10, 9),
    ]
    gone = [payments[1]["id"], payments[2]["id"]]
    left = data_of(await put(shop, record, visit, deleted_transaction_ids=gone))
    assert left["payment_status"] == "paid_not_full"
    again = await put(shop, record, visit, deleted_transaction_ids=gone)
    assert again.json() == MISSING


async def test_money_paid_too_much_lowers_what_points_can_pay(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 3_000)
    await put(shop, record, visit, new_transactions=[{"amount": 45, "account_id": 1}])
    assert amounts(data_of(await shop.apply(record, visit, 100))) == [5]
    status = data_of(await shop.http.get(f"/api/v1/visits/{visit}"))["payment_status"]
    assert status == "paid_full"


async def test_deleting_a_record_gives_points_back_first(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 3_000)
    await shop.apply(record, visit, 50)
    one = f"/api/v1/record/{shop.location.number}/{record}"
    assert (await shop.http.delete(one)).status_code == 204
    assert await shop.balance() == 10_000
    assert (await shop.http.get(one)).json() == MISSING
    assert (await shop.cancel(record, visit)).json() == MISSING
    path = f"/api/v1/records/{shop.location.number}"
    assert data_of(await shop.http.get(path)) == []
    kept = data_of(await shop.http.get(path, params={"with_deleted": 1}))
    assert [each["deleted"] for each in kept] == [True]


async def test_changing_a_record(shop: Shop) -> None:
    [record] = data_of(await book(shop))
    one = f"/api/v1/record/{shop.location.number}/{record['id']}"
    changed = await shop.http.put(
        one, json={"comment": "later", "attendance": 1, "services": [], "custom_color": "red"}
    )
    assert changed.status_code == 201
    data = data_of(changed)
    assert (data["comment"], data["attendance"], data["services"], data["custom_color"]) == (
        "later",
        1,
        [],
        "red",
    )
    assert data["staff_id"] == 7
    moved = data_of(await shop.http.put(one, json=order(client={"phone": "79000000055"})))
    assert moved["client"]["phone"] == "79000000055"


async def test_lists(shop: Shop) -> None:
    first = data_of(await book(shop))[0]
    second = data_of(await book(shop, datetime="2027-01-16T09:00:00+03:00", staff_id=8))[0]
    path = f"/api/v1/records/{shop.location.number}"

    async def ids(**params: Any) -> list[int]:
        rows = data_of(await shop.http.get(path, params=params))
        return [row["id"] for row in rows]

    assert await ids() == [first["id"], second["id"]]
    assert await ids(staff_id=8) == [second["id"]]
    assert await ids(start_date="2027-01-16") == [second["id"]]
    assert await ids(end_date="2027-01-15") == [first["id"]]
    assert await ids(client_id=999) == []
    assert await ids(changed_after="2027-01-16T00:00:00") == []
    assert await ids(count=1, page=2) == [second["id"]]
    answer = await shop.http.get(f"/api/v1/locations/{shop.location.number}/appointments")
    assert answer.json()["meta"] == {"page": 1, "total_count": 2, "count": 2}
    bad = await shop.http.get(path, params={"start_date": "x", "page": "-1"})
    assert_invalid(bad, "page", "start_date")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (
            {"staff_id": None, "services": None, "datetime": None},
            ["staff_id", "services", "datetime"],
        ),
        ({"services": [{"id": "x", "cost": -1}]}, ["services.0.cost", "services.0.id"]),
        ({"services": [{"id": 1, "discount": 101}]}, ["services.0.discount"]),
        ({"services": [{"id": 1, "amount": 0}]}, ["services.0.amount"]),
        ({"services": [5]}, ["services.0"]),
        ({"services": {"id": 1}}, ["services"]),
        ({"services": [{"id": 1}] * 201}, ["services"]),
        ({"datetime": "tomorrow"}, ["datetime"]),
        ({"datetime": "0001-01-01T00:00:00+23:59"}, ["datetime"]),
        ({"seance_length": -1, "attendance": 3}, ["seance_length", "attendance"]),
        ({"client": {"phone": "x"}}, ["client.phone"]),
        ({"client": "Anna"}, ["client"]),
        ({"comment": "x" * 5_000}, ["comment"]),
        ({"api_id": [], "custom_color": True}, ["api_id", "custom_color"]),
        ({"technical_break_duration": "long"}, ["technical_break_duration"]),
        ({"record_labels": [["x"]]}, ["record_labels"]),
        ({"client_agreements": 1, "custom_fields": "x"}, ["client_agreements", "custom_fields"]),
    ],
)
async def test_malformed_bookings(shop: Shop, changes: Any, fields: list[str]) -> None:
    assert_invalid(await book(shop, **changes), *fields)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["attendance", "comment"]),
        ({"attendance": 5, "comment": []}, ["attendance", "comment"]),
        ({"attendance": 1, "comment": "", "fast_payment": 3}, ["fast_payment"]),
        (
            {"attendance": 1, "comment": "", "new_transactions": [{"amount": -5}]},
            ["new_transactions.0.amount"],
        ),
        (
            {"attendance": 1, "comment": "", "goods_transactions": [{"amount": "x"}]},
            ["goods_transactions.0.amount", "goods_transactions.0.good_id"],
        ),
        (
            {"attendance": 1, "comment": "", "deleted_transaction_ids": ["x"]},
            ["deleted_transaction_ids"],
        ),
    ],
)
async def test_malformed_changes_of_a_visit(shop: Shop, body: Any, fields: list[str]) -> None:
    record, visit = await shop.visit(2_000)
    assert_invalid(await shop.http.put(f"/api/v1/visits/{visit}/{record}", json=body), *fields)


async def test_who_may_touch_records(shop: Shop) -> None:
    record, visit = await shop.visit(2_000)
    one = f"/api/v1/record/{shop.location.number}/{record}"
    body = {"attendance": 1, "comment": ""}
    for headers, status in ((bearer(READER), 403), (bearer(OTHER_CHAIN), 404)):
        put_visit = await shop.http.put(
            f"/api/v1/visits/{visit}/{record}", json=body, headers=headers
        )
        assert put_visit.status_code == status
        assert (await shop.http.delete(one, headers=headers)).status_code == status
    assert (
        await shop.http.get(f"/api/v1/visits/{visit}", headers=bearer(OTHER_CHAIN))
    ).status_code == 404
    assert (await shop.http.put(f"/api/v1/visits/{visit}/999", json=body)).json() == MISSING
    assert (await shop.http.get("/api/v1/visits/999")).json() == MISSING


async def test_a_price_falls_while_a_till_withdraws(shop: Shop) -> None:
    record, visit = await shop.visit(9_000)
    cards = [await shop.new_card(shop.guest, 5_000) for _ in range(3)]
    cheaper = [{"id": 5_000, "good_id": 5_000, "cost": 10}]
    line = (await shop.details(record, visit))["items"][0]["id"]
    cheaper[0]["id"] = line
    answers = await asyncio.gather(
        *(shop.apply(record, visit, 50, card) for card in cards),
        put(shop, record, visit, goods_transactions=cheaper),
        *(shop.apply(record, visit, 40, card) for card in cards),
    )
    assert {answer.status_code for answer in answers} == {200}
    state = await shop.details(record, visit)
    assert sum(amounts(state)) <= 10
    left = sum([await shop.balance(card) for card in cards])
    assert left == 15_000 - round(sum(amounts(state)) * 100)


# -- what is small ---------------------------------------------------------------------


@pytest.mark.parametrize(("flag", "found"), [("true", 1), ("1", 1), ("false", 0), ("0", 0)])
async def test_deleted_records_by_a_flag(shop: Shop, flag: str, found: int) -> None:
    record, _ = await shop.visit(2_000)
    place = shop.location.number
    assert (await shop.http.delete(f"/api/v1/record/{place}/{record}")).status_code == 204
    listed = data_of(await shop.http.get(f"/api/v1/records/{place}?with_deleted={flag}"))
    assert len(listed) == found
    assert_invalid(await shop.http.get(f"/api/v1/records/{place}?with_deleted=x"), "with_deleted")


async def test_counts_at_the_top_for_older_clients(shop: Shop) -> None:
    for _ in range(3):
        await shop.visit(2_000)
    place, chain = shop.location.number, shop.chain.program_id
    days = "created_after=2020-01-01&created_before=2030-01-01"
    for path, count in (
        (f"/api/v1/records/{place}?count=2", 3),
        (f"/api/v1/company/{place}/appointments?count=2", 3),
        (f"/api/v1/records/{place}?page=9", 3),
        (f"/api/v1/chain/{chain}/loyalty/transactions?{days}", 1),
        (f"/api/v1/company/{place}/loyalty/programs/search", 0),
        (f"/api/v1/loyalty/certificates?company_id={place}&phone=79000000001", 0),
    ):
        older = (await shop.http.get(path, headers={"Accept": "application/json"})).json()
        newer = (await shop.http.get(path)).json()
        assert "count" not in newer
        assert newer["meta"]["count"] == count
        assert older == {**newer, "count": count}


async def test_a_filter_of_what_is_not_kept_is_refused(shop: Shop) -> None:
    await book(shop)
    every = f"/api/v1/records/{shop.location.number}"
    assert len(data_of(await shop.http.get(every, params={"created_user_id": 0}))) == 1
    assert_invalid(await shop.http.get(every, params={"created_user_id": 5}), "created_user_id")
