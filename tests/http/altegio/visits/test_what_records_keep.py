"""What a record answers: what was sent with it, and what the server adds."""

from __future__ import annotations

from typing import Any

from tests.http.altegio.asserting import assert_invalid
from tests.http.altegio.shop import Shop, data_of
from tests.http.altegio.visits.test_records import book, put


async def test_odd_extra_fields_come_back(shop: Shop) -> None:
    extra = {"custom_fields": {"big": 10**30, "tiny": 1e-300, "text": "\u0000", "deep": [[{}]]}}
    [record] = data_of(await book(shop, **extra))
    fields = record["custom_fields"]
    assert (fields["big"], fields["text"], fields["deep"]) == (str(10**30), "\0", [[{}]])


async def test_what_is_only_given_back_has_the_documented_types(shop: Shop) -> None:
    """Whole objects come back, too: a client sends what it has read."""
    sent = {
        "api_id": 777,
        "custom_color": "f44336",
        "sms_remain_hours": "6",
        "email_remain_hours": 24.0,
        "technical_break_duration": "0.5",
        "record_labels": ["67345", 104474],
    }
    [record] = data_of(await book(shop, **sent))
    labels = [
        {"id": each, "title": "", "color": "", "icon": "", "font_color": ""}
        for each in ("67345", "104474")
    ]
    expected = {
        "api_id": "777",
        "custom_color": "f44336",
        "sms_remain_hours": 6,
        "email_remain_hours": 24,
        "technical_break_duration": 0.5,
        "record_labels": labels,
    }
    assert {name: record[name] for name in expected} == expected
    one = f"/api/v1/record/{shop.location.number}/{record['id']}"
    changed = data_of(await shop.http.put(one, json=record))
    assert {name: changed[name] for name in expected} == expected
    goods = [{"good_id": "5", "cost": "10", "amount": "1", "storage_id": "3"}]
    visit = data_of(await put(shop, record["id"], record["visit_id"], goods_transactions=goods))
    assert visit["records"][0]["goods_transactions"][0]["storage_id"] == 3


async def test_lists_of_a_record_stay_lists_when_null_is_sent(shop: Shop) -> None:
    lists = ("custom_fields", "resource_instance_ids", "record_labels")
    [record] = data_of(await book(shop, **dict.fromkeys(lists), note=None))
    assert {name: record[name] for name in lists} == {name: [] for name in lists}
    assert record["note"] is None, "an unknown field is given back as it was sent"


async def test_a_record_has_all_that_the_vendor_answers(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    await shop.apply(record, visit, 100)
    answered = data_of(await shop.http.get(f"/api/v1/record/{shop.location.number}/{record}"))
    fields: dict[str, Any] = {
        "acceptance_free": None,
        "comer": None,
        "comer_person_info": None,
        "custom_fields": [],
        "is_remind_sms_sent": False,
        "is_update_blocked": False,
        "resource_instance_ids": [],
        "short_link": "",
    }
    assert {name: answered[name] for name in fields} == fields
    assert answered["client"]["custom_fields"] == []
    [service], [good] = answered["services"], answered["goods_transactions"]
    assert (service["cost"], service["cost_to_pay"]) == (3_000, 2_900.66)
    assert (good["cost"], good["cost_to_pay"]) == (20, 19.34)


async def test_what_the_server_makes_cannot_be_sent(shop: Shop) -> None:
    sent = {"short_link": "https://example.com", "is_update_blocked": True, "comer": {"id": 4}}
    [record] = data_of(await book(shop, **sent))
    assert (record["short_link"], record["is_update_blocked"]) == ("", False)
    assert record["comer"] == {"id": 4}


async def test_a_booking_keeps_all_names_of_a_new_client(shop: Shop) -> None:
    client = {"phone": "79000000077", "name": "Olga", "surname": "Smirnova", "email": "o@x.io"}
    [record] = data_of(await book(shop, client={**client, "patronymic": "Ivanovna"}))
    shown = record["client"]
    assert {name: shown[name] for name in client} == client
    assert (shown["patronymic"], shown["display_name"]) == ("Ivanovna", "Olga Smirnova")
    [record] = data_of(await book(shop, client={**client, "surname": "Else"}))
    assert record["client"]["surname"] == "Smirnova"
    client["phone"] = "79000000078"
    [record] = data_of(await book(shop, client={**client, "middle_name": "Petrovna"}))
    assert record["client"]["patronymic"] == "Petrovna"


async def test_records_with_their_payments(shop: Shop) -> None:
    [record] = data_of(await book(shop))
    [other] = data_of(await book(shop, visit_id=record["visit_id"]))
    paid = [{"amount": 4_000, "account_id": 2}]
    assert (await put(shop, record["id"], record["visit_id"], new_transactions=paid)).is_success
    one = f"/api/v1/record/{shop.location.number}/{record['id']}"
    every = f"/api/v1/records/{shop.location.number}"
    wanted = {"include_finance_transactions": 1, "include_consumables": 1}
    shown = data_of(await shop.http.get(one, params=wanted))
    [payment] = shown["finance_transactions"]
    assert (payment["amount"], payment["account_id"]) == (3_000, 2)
    assert (payment["record_id"], payment["client"]["id"]) == (record["id"], shop.guest.member_id)
    listed = data_of(await shop.http.get(every, params=wanted))
    assert {
        each["id"]: [paid["amount"] for paid in each["finance_transactions"]] for each in listed
    } == {record["id"]: [3_000], other["id"]: [1_000]}
    for path in (one, every):
        plain = data_of(await shop.http.get(path))
        first = plain[0] if isinstance(plain, list) else plain
        assert first["finance_transactions"] == []
        odd = await shop.http.get(path, params={"include_finance_transactions": "yes"})
        assert_invalid(odd, "include_finance_transactions")
