"""What earning rules gave, and how often they counted, by periods and in all."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import IMMEDIATE, V2, Card, House, error, made
from tests.http.voucherify.rules.kit import cooldown, make_rule, points
from tests.http.voucherify.rules.test_events import EVENTS, on
from tests.http.voucherify.rules.test_orders import REVOKE, Shop, shop

SPAN = {"start_date": "2026-08-06", "end_date": "2026-08-08", "resolution": "day"}


async def read(house: House, card: Card, path: str, params: Any = None) -> Any:
    return made(await house.get(f"{V2}/programs/{card.program}/reports/{path}", params))["data"]


async def earned_twice(house: House) -> tuple[Shop, Any, str]:
    """Two orders of 100 points each, of which one is cancelled two days later; the rule, and the
    definition of the card."""
    opened = await shop(house, lambda found: points(found, 100), refunds=REVOKE)
    (rule,) = [
        each
        for each in await house.all(f"{V2}/earning-rules")
        if each["trigger"]["event"] == "customer.order.paid"
    ]
    definition = rule["earnings"][0]["effects"][0]["points"]["card_definition_id"]
    await opened.order(status="PAID", source_id="o-1")
    await opened.order(status="PAID", source_id="o-2")
    house.clock.advance(days=2)
    made(await house.put("/v1/orders/o-1", {"status": "CANCELED"}))
    return opened, rule, definition


async def test_points(house: House, stranger: House) -> None:
    """What is taken back counts negatively on its day, so that the sum is what is in force."""
    opened, rule, definition = await earned_twice(house)
    assert await opened.balance() == (100, 0)
    names = ("date", "success_count", "points", "pending_points")
    found = await read(house, opened.card, "points-earnings/daily", SPAN)
    assert [tuple(each[name] for name in names) for each in found] == [
        ("2026-08-06", 2, 200, 0),
        ("2026-08-07", 0, 0, 0),
        ("2026-08-08", -1, -100, 0),
    ]
    weekly = {**SPAN, "resolution": "week"}
    (week,) = await read(house, opened.card, "points-earnings/daily", weekly)
    assert tuple(week[name] for name in names) == ("2026-08-06", 1, 100, 0)
    (summary,) = await read(house, opened.card, "points-earnings/summary")
    assert summary.pop("id").startswith("lppers_")
    assert summary == {
        "earning_rule_id": rule["id"],
        "earning_item_id": rule["earnings"][0]["id"],
        "card_definition_id": definition,
        "success_count": 1,
        "points": 100,
        "pending_points": 0,
        "object": "program_points_earnings_summary_report",
    }
    for name, value in (("earning_rule_id", rule["id"]), ("card_definition_id", definition)):
        chosen = {f"filters[{name}][conditions][$is_not]": value}
        assert await read(house, opened.card, "points-earnings/summary", chosen) == []
        assert await read(house, opened.card, "points-earnings/daily", SPAN | chosen) == []
    await refuses(house, stranger, opened.card, "points-earnings")


async def refuses(house: House, stranger: House, card: Card, kind: str) -> None:
    path = f"{V2}/programs/{card.program}/reports/{kind}"
    for params in ({}, {**SPAN, "end_date": "2026-12-31"}):
        response = await house.get(f"{path}/daily", params)
        assert error(response)[:2] == (400, "invalid_query_params")
    wrong = {"filters[id][conditions][$is]": "x"}
    response = await house.get(f"{path}/daily", SPAN | wrong)
    assert error(response)[:2] == (400, "invalid_query_params")
    assert error(await house.get(f"{path}/summary", wrong))[:2] == (400, "invalid_query_params")
    assert error(await stranger.get(f"{path}/summary"))[0] == 404
    assert error(await stranger.get(f"{path}/daily", SPAN))[0] == 404


async def test_pending_points(house: House) -> None:
    """Points count by how they were given, whatever became of them."""
    definition = (await house.definition())["id"]  # ten days pending
    rule = await make_rule(house, points(definition, 7), trigger=on("ms_review"))
    program = await house.program(definition, earning_rules=[{"id": rule["id"]}])
    card = await house.card_in(program["id"])
    (member,) = await house.all(f"{V2}/programs/{card.program}/members")
    body = {"event": "review", "customer": {"id": member["customer_id"]}}
    made(await house.post(EVENTS, body))
    for _ in range(2):
        (found,) = await read(house, card, "points-earnings/summary")
        assert (found["success_count"], found["points"], found["pending_points"]) == (1, 0, 7)
        house.clock.advance(days=11)
    assert await house.balance(card) == (7, 0)


async def test_rules(house: House, stranger: House) -> None:
    """Triggers that a limit refused are failures; others that give nothing are none."""
    definition = (await house.definition(pending_points=IMMEDIATE))["id"]
    often = await make_rule(house, points(definition, 5), trigger=on("ms_review"))
    limits = cooldown(2, "DAY") | {
        "frequency": {
            "type": "LIMITED",
            "limits": [
                {
                    "type": "TIME_BASED",
                    "period": {"type": "CURRENT_PERIOD", "current_period": {"unit": "YEAR"}},
                    "triggers": {"max": 2},
                }
            ],
        }
    }
    seldom = await make_rule(
        house, points(definition, 5), trigger=on("ms_review"), trigger_limits=limits
    )
    empty = await make_rule(house, points(definition, 0), trigger=on("ms_review"))
    rules = [{"id": each["id"]} for each in (often, seldom, empty)]
    program = await house.program(definition, earning_rules=rules)
    card = await house.card_in(program["id"])
    (member,) = await house.all(f"{V2}/programs/{card.program}/members")
    body = {"event": "review", "customer": {"id": member["customer_id"]}}
    for days in (0, 0, 2, 2):
        house.clock.advance(days=days)
        made(await house.post(EVENTS, body))
    span = {**SPAN, "end_date": "2026-08-10"}
    found = await read(house, card, "earning-rules/daily", span)
    seen = {
        (each["earning_rule_id"], each["date"]): (
            each["success_count"],
            each["failures_count"],
            each["failures_breakdown"],
        )
        for each in found
    }
    assert len(found) == 15
    none = {"cooldown": 0, "frequency": 0}
    assert seen[seldom["id"], "2026-08-06"] == (1, 1, none | {"cooldown": 1})
    assert seen[seldom["id"], "2026-08-07"] == (0, 0, none)
    assert seen[seldom["id"], "2026-08-08"] == (1, 0, none)
    assert seen[seldom["id"], "2026-08-10"] == (0, 1, none | {"frequency": 1})
    for rule in (often, empty):
        assert seen[rule["id"], "2026-08-06"] == (2, 0, none)
    summary = await read(house, card, "earning-rules/summary")
    assert all(each.pop("id").startswith("lperrs_") for each in summary)
    assert summary[1] == {
        "earning_rule_id": seldom["id"],
        "success_count": 2,
        "failures_count": 2,
        "failures_breakdown": {"cooldown": 1, "frequency": 1},
        "object": "program_earning_rules_summary_report",
    }
    chosen = {"filters[earning_rule_id][conditions][$is]": often["id"]}
    (only,) = await read(house, card, "earning-rules/summary", chosen)
    assert only["success_count"] == 4
    await refuses(house, stranger, card, "earning-rules")


async def test_rule_of_a_member(house: House, stranger: House) -> None:
    """Only the member's own, less what was undone; days without any too."""
    opened, rule, _ = await earned_twice(house)
    program = opened.card.program
    other = await house.customer()
    stranger_card = await house.member(program, other["id"])
    order = {"amount": 1000, "status": "PAID", "customer": {"id": other["id"]}}
    made(await house.post("/v1/orders", order))
    path = f"{V2}/programs/{program}/members/{opened.card.member}/earning-rules"
    found = made(await house.get(f"{path}/{rule['id']}/reports/daily", SPAN))
    assert found["data"] == [
        {"date": day, "count": count, "object": "earning_rule_daily_report"}
        for day, count in (("2026-08-06", 2), ("2026-08-07", 0), ("2026-08-08", -1))
    ]
    theirs = path.replace(opened.card.member, stranger_card["id"])
    found = made(await house.get(f"{theirs}/{rule['id']}/reports/daily", SPAN))
    assert [each["count"] for each in found["data"]] == [0, 0, 1]
    response = await house.get(f"{path}/lern_0/reports/daily", SPAN)
    assert error(response)[:2] == (404, "not_found")
    response = await house.get(f"{path}/{rule['id']}/reports/daily")
    assert error(response)[:2] == (400, "invalid_query_params")
    response = await stranger.get(f"{path}/{rule['id']}/reports/daily", SPAN)
    assert error(response)[0] == 404
