"""Finding clients, by a list and by filters."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.http.altegio.asserting import assert_invalid
from tests.http.altegio.people.test_clients import OLGA, PLAIN, create, ids, path_of, search
from tests.http.altegio.programs.offering import pay
from tests.http.altegio.shop import (
    Shop,
    data_of,
)


async def test_looking_clients_up(shop: Shop) -> None:
    olga = data_of(await create(shop, **OLGA))["id"]
    boris = data_of(await create(shop, name="Борис Ким", phone="77010000005"))["id"]
    anna = shop.guest.member_id
    assert await ids(shop) == [anna, olga, boris]
    for query, found in (
        ({"phone": "79165550177"}, [olga]),
        ({"phone": "+7 (916) 555"}, [olga]),
        ({"phone": "7"}, [anna, olga, boris]),
        ({"phone": "9165550177"}, [olga]),
        ({"phone": "nobody"}, []),
        ({"fullname": "olg"}, [olga]),
        ({"fullname": "smirnova OLGA"}, [olga]),
        ({"fullname": "борис"}, [boris]),
        ({"fullname": "Olga Ivanovna"}, []),
        ({"fullname": "%"}, []),
        ({"email": "olga@"}, [olga]),
        ({"id": str(boris)}, [boris]),
        ({"id[]": [str(boris), str(anna)]}, [anna, boris]),
        ({"phone": "7", "fullname": "Anna"}, [anna]),
        ({"phone": ""}, [anna, olga, boris]),
        ({"count": "1", "page": "2"}, [olga]),
        ({"changed_after": "2027-01-15T11:00:01"}, []),
        ({"changed_before": "2027-01-15T11:00:01"}, [anna, olga, boris]),
    ):
        assert await ids(shop, **query) == found, query
    issued = await shop.new_card(shop.guest, 0)
    async with shop.store.transaction() as writing:
        await writing.execute(
            "UPDATE accounts SET number = $3 WHERE shard = $1 AND account_id = $2",
            issued.shard,
            issued.account_id,
            "KETTLE-77",
        )
    assert await ids(shop, card="ETTLE") == [anna]
    for name in ("phone", "fullname", "email", "card"):
        assert_invalid(await shop.http.get(f"{path_of(shop)}?{name}=a%00b"), name)
    for wrong in ("page=0", "count=x", "id=x", "changed_after=x", "paid_min=x", "paid_max=-1"):
        answer = await shop.http.get(f"{path_of(shop)}?{wrong}")
        assert_invalid(answer, wrong.partition("=")[0])


async def test_both_forms_of_a_list(shop: Shop) -> None:
    for _ in range(2):
        await shop.member(f"7900000010{_}", "Guest")
    listing = f"{path_of(shop)}?count=2"
    searching = f"/api/v1/locations/{shop.location.number}/clients/search"

    async def listed(headers: dict[str, str]) -> httpx.Response:
        return await shop.http.get(listing, headers=headers)

    async def searched(headers: dict[str, str]) -> httpx.Response:
        return await shop.http.post(searching, json={"page_size": 2}, headers=headers)

    for ask in (listed, searched):
        newer = (await ask({})).json()
        older = (await ask(PLAIN)).json()
        assert (len(newer["data"]), newer["meta"]["total_count"]) == (2, 3)
        assert older == {**newer, "count": 3}


async def test_what_clients_have_spent(shop: Shop) -> None:
    record, visit = await shop.visit(2_000, 300_000)
    assert (await pay(shop, record, visit)).status_code == 200
    record, visit = await shop.visit(500)  # to this one nobody came
    [client] = data_of(await shop.http.get(path_of(shop)))
    assert (client["visits"], client["spent"]) == (1, 3_020)
    anna = shop.guest.member_id
    assert await ids(shop, paid_min="3020") == [anna]
    assert await ids(shop, paid_min="3020.01") == []
    assert await ids(shop, paid_min="1", paid_max="0") == [anna]
    assert await ids(shop, paid_max="3000") == []


async def test_searching(shop: Shop) -> None:
    olga = data_of(await create(shop, **OLGA))["id"]
    anna = shop.guest.member_id
    record, visit = await shop.visit(2_000, 300_000)
    assert (await pay(shop, record, visit)).status_code == 200

    async def found(*filters: Any, **more: Any) -> list[int]:
        rows = data_of(await search(shop, fields=["id"], filters=list(filters), **more))
        return [each["id"] for each in rows]

    def quick(text: Any) -> Any:
        return {"type": "quick_search", "state": {"value": text}}

    sold = {"type": "sold_amount", "state": {"from": 100.5, "to": 5_000}}
    assert await found() == [anna, olga]
    for text in ("79165550177", 79165550177, "916 555", "Smirnova", "olga@example.com"):
        assert await found(quick(text)) == [olga], text
    assert await found({"type": "id", "state": {"value": [olga, 999_999]}}) == [olga]
    assert await found({"type": "client", "state": {"id": {"value": [anna]}}}) == [anna]
    assert await found(sold) == [anna]
    assert await found({"type": "visits_count", "state": {"to": 0}}) == [olga]
    assert await found(sold, quick("Olga")) == []
    assert await found(sold, quick("Olga"), operation="OR") == [anna, olga]
    assert await found(operation="OR") == [anna, olga]
    for order in ("id", "name", "phone", "sold_amount", "last_visit_date", "visits_count"):
        rising = await found(order_by=order)
        assert sorted(rising) == [anna, olga]
        assert await found(order_by=order, order_by_direction="DESC") == rising[::-1]
    assert await found(order_by="sold_amount") == [olga, anna]
    [row] = data_of(await search(shop, filters=[quick("Anna")]))
    assert (row["sold_amount"], row["visits_count"], row["phone"]) == (3_020, 1, "79000000001")
    assert row["first_visit_date"] == row["last_visit_date"] == "2027-01-15 11:00:00"
    answer = await search(shop, page=2, page_size=1, fields=["id", "name"])
    assert data_of(answer) == [{"id": olga, "name": "Olga"}]
    assert answer.json()["meta"]["total_count"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "importance", "state": {"value": [1]}},
        {"type": "id", "state": {"value": ["x"]}},
        {"type": "id", "state": {"value": list(range(1, 1_000))}},
        {"type": "quick_search", "state": {"value": ""}},
        {"type": "quick_search"},
        {"type": "sold_amount", "state": {"from": "x"}},
        {"type": ["id"], "state": {"value": [1]}},
        {"type": "client", "state": {"id": {"value": [1]}, "birthday": {}}},
        {},
        {"state": {"value": [1]}},
    ],
)
async def test_filters_that_cannot_be(shop: Shop, wrong: Any) -> None:
    answer = await search(shop, filters=[wrong])
    assert answer.status_code == 400
    assert answer.json()["meta"] == {
        "message": "Invalid filter value",
        "errors": [{"filters.0": "This filter is not served, or its state is invalid."}],
    }


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"page": 0}, ["page"]),
        ({"page": 0, "filters": [{"type": "id", "state": {"value": 1}}]}, ["page"]),
        ({"page_size": "x"}, ["page_size"]),
        ({"order_by": "x"}, ["order_by"]),
        ({"order_by_direction": 5, "operation": "XOR"}, ["order_by_direction", "operation"]),
        ({"fields": "id"}, ["fields"]),
        ({"filters": {}}, ["filters"]),
        ({"filters": [5]}, ["filters.0"]),
        ({"filters": [{"type": "id", "state": {"value": 1}}] * 21}, ["filters"]),
    ],
)
async def test_malformed_searches(shop: Shop, body: Any, fields: list[str]) -> None:
    assert_invalid(await search(shop, **body), *fields)
