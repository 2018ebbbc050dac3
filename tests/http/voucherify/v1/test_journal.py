"""Transactions, activity, exports."""

from __future__ import annotations

import csv
import io
from typing import Any

from stampbook.domain.commands import Cancel
from tests.http.voucherify.house import House, error, made
from tests.http.voucherify.v1.club import (
    ROLLING,
    L,
    club_of,
    entry_of,
    whole_list,
)


async def test_transactions(house: House) -> None:
    club = await club_of(house, points_expiration=ROLLING)
    voucher = await club.join()
    card = club.card(voucher)
    path = f"{L}/members/{voucher['code']}"
    await house.accrue(card, 10)
    await house.accrue(card, 20)
    await house.submit(card, Cancel(target=2))
    house.clock.advance(days=10)
    body = {"points": 5, "source_id": "mine", "reason": "more"}
    made(await house.post(path + "/balance", body))
    made(await house.post(path + "/balance", {"points": -2}))
    house.clock.advance(days=40)
    found = await whole_list(house, path + "/transactions")
    summary = [
        (
            each["type"],
            each["details"]["balance"]["points"],
            each["details"]["balance"]["balance"],
            each["details"]["balance"]["total"],
        )
        for each in found[::-1]
    ]
    assert summary == [
        ("PENDING_POINTS_ACTIVATION", 10, 10, 10),
        ("POINTS_ADDITION", 5, 15, 15),
        ("POINTS_REMOVAL", -2, 13, 15),
        ("POINTS_EXPIRATION", -8, 5, 15),
        ("POINTS_EXPIRATION", -5, 0, 15),
    ]
    addition = found[-2]
    assert (addition["source_id"], addition["reason"], addition["source"]) == (
        "mine",
        "more",
        "API",
    )
    assert addition["voucher_id"] == voucher["id"]
    for other in (f"{club.campaign}/members/{voucher['id']}", club.campaign):
        assert await whole_list(house, f"{L}/{other}/transactions") == found
    ascending = made(await house.get(path + "/transactions", {"order": "id"}))["data"]
    assert ascending == found[::-1]
    params = {"filters[id][conditions][$is]": addition["id"]}
    assert made(await house.get(path + "/transactions", params))["data"] == [addition]


async def test_activity(house: House) -> None:
    club = await club_of(house)
    voucher, path = await entry_of(house, club)
    made(await house.post(path + "/activate"))
    body = {"reward": {"id": "rew_1", "points": 10}}
    made(await house.post(f"{L}/members/{voucher['code']}/redemption", body))
    found = await whole_list(house, f"{L}/members/{voucher['code']}/activity")
    assert [each["type"] for each in found] == [
        "customer.redemption.succceeded",
        "customer.voucher.loyalty_card.pending_points.activated",
        "customer.voucher.loyalty_card.pending_points.added",
    ]
    other = f"{L}/{club.campaign}/members/{voucher['code']}/activity"
    assert await whole_list(house, other) == found


async def test_export(house: House, stranger: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}"
    for points in (5, -2, 7):
        made(await house.post(path + "/balance", {"points": points, "reason": "a, b"}))
        house.clock.advance(seconds=1)
    export = made(await house.post(path + "/transactions/export"))
    assert (export["status"], export["exported_object"]) == ("SCHEDULED", "voucher_transactions")
    house.clock.advance(seconds=1)
    made(await house.post(path + "/balance", {"points": 1}))
    rows = await fetched(house, export)
    assert [(row["amount"], row["balance"], row["reason"]) for row in rows] == [
        ("7", "10", "a, b"),
        ("-2", "3", "a, b"),
        ("5", "5", "a, b"),
    ]
    body = {"parameters": {"order": "created_at", "fields": ["type", "details"]}}
    for other in (f"{L}/{club.campaign}/members/{voucher['code']}", f"{L}/{club.campaign}"):
        export = made(await house.post(other + "/transactions/export", body))
        rows = await fetched(house, export)
        assert [row["type"] for row in rows] == [
            "POINTS_ADDITION",
            "POINTS_REMOVAL",
            "POINTS_ADDITION",
            "POINTS_ADDITION",
        ]
        assert list(rows[0]) == ["type", "details"]
    response = await stranger.get(export["result"]["url"])
    assert response.status_code == 404
    assert (await house.get(f"{L}/exports/exp_1")).status_code == 404
    wrong = {"parameters": {"fields": ["colour"]}}
    response = await house.post(path + "/transactions/export", wrong)
    assert error(response)[:2] == (400, "invalid_payload")


async def test_filters_of_an_export(house: House) -> None:
    club = await club_of(house)
    vouchers = [await club.join() for _ in range(2)]
    for voucher in vouchers:
        made(await house.post(f"{L}/members/{voucher['code']}/balance", {"points": 5}))
        house.clock.advance(days=2)
    first, second = (voucher["id"] for voucher in vouchers)
    path = f"{L}/{club.campaign}/transactions/export"

    async def exported(**filters: Any) -> list[str]:
        body = {"parameters": {"order": "created_at", "filters": filters}}
        rows = await fetched(house, made(await house.post(path, body)))
        return [row["voucher_id"] for row in rows]

    assert await exported() == [first, second]
    assert await exported(voucher_id={"conditions": {"$in": [second]}}) == [second]
    assert await exported(voucher_id={"conditions": {"$is_not": second}}) == [first]
    assert await exported(campaign_id={"conditions": {"$is": [club.campaign]}}) == [first, second]
    assert await exported(campaign_id={"conditions": {"$is_not": [club.campaign]}}) == []
    assert await exported(created_at={"conditions": {"$before": ["2026-08-07"]}}) == [first]
    assert await exported(created_at={"conditions": {"$less_than": "3"}}) == [second]
    assert await exported(created_at={"conditions": {"$has_value": []}}) == [first, second]
    assert await exported(created_at={"conditions": {"$is_unknown": ""}}) == []
    both: dict[str, Any] = {
        "voucher_id": {"conditions": {"$in": [second]}},
        "created_at": {"conditions": {"$before": ["2026-08-07"]}},
    }
    assert await exported(**both) == []
    assert await exported(**both, junction="OR") == [first, second]
    wrong: list[dict[str, Any]] = [
        {"type": {"conditions": {"$is": ["x"]}}},
        {"voucher_id": {"conditions": {"$contains": ["x"]}}},
        {"voucher_id": [second]},
        {"created_at": {"conditions": {"$before": ["soon"]}}},
        {"junction": "XOR"},
    ]
    for filters in wrong:
        response = await house.post(path, {"parameters": {"filters": filters}})
        assert error(response)[:2] == (400, "invalid_payload"), filters


async def fetched(house: House, export: Any) -> list[dict[str, str]]:
    response = await house.get(export["result"]["url"])
    assert response.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.text)))


async def test_an_export_has_no_formulas(house: House) -> None:
    club = await club_of(house)
    voucher = await club.join()
    path = f"{L}/members/{voucher['code']}"
    evil = '=HYPERLINK("http://example.org","click")'
    for points, reason, source in ((9, evil, "@SUM(A1)"), (-2, "-2+3", "\t=1")):
        body = {"points": points, "reason": reason, "source_id": source}
        made(await house.post(path + "/balance", body))
    rows = await fetched(house, made(await house.post(path + "/transactions/export")))
    assert {(row["amount"], row["reason"], row["source_id"]) for row in rows} == {
        ("9", f"'{evil}", "'@SUM(A1)"),
        ("-2", "'-2+3", "'\t=1"),
    }
