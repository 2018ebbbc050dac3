"""Reports on what rules gave and on what members spent: by period, zeros included."""

from __future__ import annotations

from typing import Any

from tests.http.native.asking import Api, fine, made, refused
from tests.http.native.loyalty.test_rules import active, club, event_of, rule_of

DAY = 86_400


async def report(api: Api, program: str, name: str, begin: str, end: str) -> list[Any]:
    path = f"/programs/{program}/reports/{name}"
    rows: list[Any] = fine(await api.get(path, **{"from": begin, "to": end}))["data"]
    return rows


async def test_what_rules_gave_and_took_back(api: Api, clock: Any) -> None:
    program, currency, member = await club(api)
    limits = {"frequency": {"max": 1, "period": "day"}}
    rule = await active(api, program, rule_of(currency, limits=limits))
    path = f"/programs/{program}/custom_events"
    begin = made(await api.post(path, event_of(member, "a")))["created_at"][:10] + "T00:00:00Z"
    assert made(await api.post(path, event_of(member, "b")))["awards"] == []
    clock.advance(seconds=DAY)
    event = made(await api.post(path, event_of(member, "c")))
    clock.advance(seconds=DAY)
    taken = fine(await api.post(f"/custom_events/{event['id']}/cancel"))
    end = taken["cancelled_at"]
    rows = await report(api, program, "earning", begin, end[:10] + "T23:59:59Z")
    assert [(row["rule_id"], row["awards"], row["points"]) for row in rows] == [
        (rule, 1, "10.00"),
        (rule, 1, "10.00"),
        (rule, -1, "-10.00"),
    ]
    rows = await report(api, program, "rules", begin, end[:10] + "T23:59:59Z")
    assert [(row["successes"], row["failures"]) for row in rows] == [
        (1, {"frequency": 1}),
        (1, {}),
        (-1, {}),
    ]


async def test_an_order_of_which_nothing_is_left_counts_for_no_rule(api: Api) -> None:
    """Neither for one that gave something, nor for one that gave nothing; until it is void."""
    program, currency, member = await club(api)
    path = f"/programs/{program}/orders"
    for every in ("1", "1000"):
        effect = {"type": "per", "currency_id": currency, "basis": "order.total", "every": every}
        earning = {"effects": [{**effect, "points": "1"}]}
        rule = rule_of(currency, trigger={"type": "order_paid"}, earnings=[earning])
        await active(api, program, rule)
    asked = {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z", "resolution": "year"}

    async def counts() -> list[int]:
        rows = fine(await api.get(f"/programs/{program}/reports/rules", **asked))["data"]
        return [row["successes"] for row in rows]

    for taking in ("refunds", "cancel"):
        body = {"external_id": taking, "member_id": member, "money": "EUR", "amount": "5.00"}
        order = f"{path}/{made(await api.post(path, {**body, 'status': 'paid'}))['id']}"
        fine(await api.post(f"{order}/refunds", {"amount": "1.00"}))
        assert await counts() == [1, 1]
        whole = {"whole": True} if taking == "refunds" else {}
        fine(await api.post(f"{order}/{taking}", whole))
        assert await counts() == [0, 0]
        last = fine(await api.get(order))["refunds"][-1]["id"]
        fine(await api.post(f"{order}/refunds/{last}/void"))
        assert await counts() == [1, 1]
        fine(await api.post(f"{order}/refunds", {"amount": "4.00"}))
        assert await counts() == [0, 0]


async def test_what_members_spent(api: Api, clock: Any) -> None:
    program, currency, member = await club(api)
    account = made(await api.post("/accounts", {"member_id": member, "currency_id": currency}))
    await api.accrue(account["id"], "100")
    costs = [{"currency_id": currency, "points": "30"}]
    reward = {"name": "Cake", "type": "material", "sku": "cake", "costs": costs}
    number = made(await api.post(f"/programs/{program}/rewards", reward))["id"]
    fine(await api.post(f"/rewards/{number}/activate"))
    offer = f"/programs/{program}/offers/{number}"
    fine(await api.ask("PUT", offer, json={"stock": 5}))
    bought = made(await api.post(f"/members/{member}/purchases", {"reward_id": number}))
    begin = bought["created_at"][:10] + "T00:00:00Z"
    clock.advance(seconds=DAY)
    path = f"/purchases/{bought['id']}/refund"
    fine(await api.post(path, {"policy": "allow"}))
    clock.advance(seconds=DAY)
    end = made(await api.post(f"/programs/{program}/custom_events", event_of(member)))
    rows = await report(api, program, "spending", begin, end["created_at"])
    mine = [row for row in rows if row["currency_id"] == currency]
    assert [(row["purchases"], row["points_on_rewards"]) for row in mine] == [
        (1, "30.00"),
        (-1, "-30.00"),
        (0, "0.00"),
    ]


async def test_what_no_report_takes(api: Api, stranger: Api) -> None:
    program, _, _ = await club(api)
    asked = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z"}
    for name in ("earning", "rules", "spending"):
        path = f"/programs/{program}/reports/{name}"
        for wrong in ({"to": "2026-01-01T00:00:00Z"}, {"resolution": "hour"}, {"from": "x"}):
            refused(await api.get(path, **{**asked, **wrong}), 422, "invalid_request")
        refused(await api.get(path, to=asked["to"]), 422, "invalid_request")
        refused(await stranger.get(path, **asked), 404, "not_found")
