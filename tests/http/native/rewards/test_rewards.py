"""Rewards, offers, pools of codes, and benefits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused


async def shop(api: Api) -> tuple[str, str, str]:
    """A program, and its two currencies."""
    program = (await api.program())["id"]
    first = (await api.currency(program))["id"]
    second = (await api.currency(program, name="Stars", scale=0))["id"]
    return program, first, second


async def test_a_reward_is_made_read_listed_and_changed(api: Api, clock: Clock) -> None:
    program, points, stars = await shop(api)
    body: dict[str, Any] = {
        "name": "Stars for points",
        "type": "points",
        "points": {"currency_id": stars, "amount": "70"},
        "costs": [
            {"currency_id": points, "points": "8.50", "condition": "member.days > 9", "name": "a"},
            {"currency_id": points, "points": "10.00", "condition": None, "name": None},
        ],
        "starts_at": clock.text(days=1),
        "ends_at": clock.text(days=9),
        "hours": [{"days": [1, 5], "from": "09:00", "to": "24:00"}],
        "limits": {
            "cooldown": {"n": 2, "unit": "hour"},
            "frequency": {"max": 3, "period": "month"},
        },
        "refundable": False,
        "metadata": {"a": 1},
    }
    reward = made(await api.post(f"/programs/{program}/rewards", body))
    number = reward.pop("id")
    assert number.startswith("rwd_")
    assert reward == {
        **body,
        "program_id": program,
        "status": "draft",
        "sku": None,
        "code": None,
        "offer": None,
        "created_at": START,
        "updated_at": START,
    }
    path = f"/rewards/{number}"
    assert fine(await api.get(path)) == {"id": number, **reward}
    page = fine(await api.get(f"/programs/{program}/rewards"))
    assert page == {"data": [{"id": number, **reward}], "next_cursor": None}
    change: dict[str, Any] = {
        "points": {"currency_id": stars, "amount": "80"},
        "starts_at": None,
        "hours": [],
    }
    changed = fine(await api.patch(path, change))
    assert changed == {"id": number, **reward, **change}
    active = fine(await api.post(f"{path}/activate"))
    assert active["status"] == "active"
    refused(await api.patch(path, {"points": body["points"]}), 409, "locked_while_active")
    assert fine(await api.patch(path, {"name": "More stars"}))["name"] == "More stars"
    assert fine(await api.post(f"{path}/activate"))["status"] == "active"
    assert fine(await api.post(f"{path}/deactivate"))["status"] == "inactive"
    assert fine(await api.delete(path))["status"] == "deleted"
    refused(await api.get(path), 404, "not_found")


async def test_an_offer_and_the_reward_it_holds(api: Api) -> None:
    program, points, _ = await shop(api)
    body = {
        "name": "Mug", "type": "material", "sku": "mug", "status": "active",
        "costs": [{"currency_id": points, "points": "10"}],
    }  # fmt: skip
    reward = made(await api.post(f"/programs/{program}/rewards", body))["id"]
    path = f"/programs/{program}/offers/{reward}"
    offer = fine(await api.ask("PUT", path, json={"stock": 5}))
    assert offer == {
        "program_id": program, "reward_id": reward, "stock": 5, "redeemed": 0, "written_off": 0,
        "created_at": START, "updated_at": START, "ended_at": None,
    }  # fmt: skip
    assert fine(await api.get(f"/rewards/{reward}"))["offer"] == offer
    answer = await api.delete(f"/rewards/{reward}")
    refused(answer, 409, "in_use")
    assert answer.json()["used_by"] == [program]
    assert fine(await api.delete(path))["ended_at"] == START
    refused(await api.delete(path), 404, "not_found")
    assert fine(await api.get(f"/rewards/{reward}"))["offer"] is None
    refused(await api.ask("PUT", path, json={"stock": -1}), 422, "invalid_request", "/stock")
    other = (await api.program())["id"]
    refused(await api.ask("PUT", f"/programs/{other}/offers/{reward}", json={}), 404, "not_found")


async def test_a_pool_of_codes(api: Api) -> None:
    program, points, _ = await shop(api)
    body = {
        "name": "Voucher", "type": "code", "code": "pool",
        "costs": [{"currency_id": points, "points": "10"}],
    }  # fmt: skip
    reward = made(await api.post(f"/programs/{program}/rewards", body))["id"]
    path = f"/rewards/{reward}/codes"
    added = fine(await api.post(path, {"codes": ["A", "B", "C"]}))["data"]
    assert [(each["code"], each["state"]) for each in added] == [
        ("A", "free"), ("B", "free"), ("C", "free"),
    ]  # fmt: skip
    page = fine(await api.get(path, limit=2))
    assert [each["code"] for each in page["data"]] == ["A", "B"]
    page = fine(await api.get(path, cursor=page["next_cursor"]))
    assert [each["code"] for each in page["data"]] == ["C"]
    assert fine(await api.get(path, state="used"))["data"] == []
    assert len(fine(await api.get(path, state="free"))["data"]) == 3
    refused(await api.get(path, state="lost"), 422, "invalid_request")
    counts = {"free": 3, "issued": 0, "used": 0, "voided": 0}
    assert fine(await api.get(f"{path}/counts")) == counts
    refused(await api.post(path, {"codes": ["D", "A"]}), 409, "conflict", "/codes/1")
    refused(await api.post(path, {"codes": ["a b"]}), 422, "invalid_request", "/codes/0")
    refused(await api.post("/codes/A/use"), 404, "not_found")
    fine(await api.patch(f"/rewards/{reward}", {"code": "generated"}))
    refused(await api.post(path, {"codes": ["E"]}), 422, "invalid_request", "/codes")


async def test_some_of_the_rewards_are_listed(api: Api) -> None:
    program, points, _ = await shop(api)
    for type_ in ("material", "code"):
        for status in ("draft", "active"):
            await api.post(f"/programs/{program}/rewards", {
                "name": f"{type_} {status}", "type": type_, "status": status,
                "costs": [{"currency_id": points, "points": "10"}],
            })  # fmt: skip
    path = f"/programs/{program}/rewards"

    async def names(**asked: str) -> list[str]:
        return [each["name"] for each in fine(await api.get(path, **asked))["data"]]

    assert await names(status="draft") == ["material draft", "code draft"]
    assert await names(type="code") == ["code draft", "code active"]
    assert await names(type="code", status="active") == ["code active"]
    assert await names(status="inactive") == []
    refused(await api.get(path, status="deleted"), 422, "invalid_request")
    refused(await api.get(path, type="mug"), 422, "invalid_request")


async def test_a_benefit_that_a_rule_gives_is_in_use(api: Api) -> None:
    program, _, _ = await shop(api)
    body = {"name": "Cake", "type": "material", "status": "active"}
    benefit = made(await api.post(f"/programs/{program}/benefits", body))["id"]
    rule = made(await api.post(f"/programs/{program}/rules", {
        "name": "Cake for all",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{"type": "benefit", "benefit_id": benefit}]}],
    }))["id"]  # fmt: skip
    fine(await api.post(f"/rules/{rule}/activate"))
    for answer in (
        await api.delete(f"/benefits/{benefit}"),
        await api.post(f"/benefits/{benefit}/draft"),
    ):
        refused(answer, 409, "in_use")
        assert answer.json()["used_by"] == [rule]
    fine(await api.post(f"/rules/{rule}/deactivate"))
    fine(await api.delete(f"/benefits/{benefit}"))


async def test_a_benefit_and_its_steps(api: Api) -> None:
    program, points, _ = await shop(api)
    body = {
        "name": "Ten points", "type": "points", "stock": 9,
        "points": {"currency_id": points, "amount": "10.00"},
    }  # fmt: skip
    benefit = made(await api.post(f"/programs/{program}/benefits", body))
    path = f"/benefits/{benefit['id']}"
    assert benefit == {
        **body, "id": benefit["id"], "program_id": program, "status": "draft", "granted": 0,
        "points_proportional": None, "sku": None, "metadata": {},
        "created_at": START, "updated_at": START,
    }  # fmt: skip
    assert fine(await api.get(path)) == benefit
    assert fine(await api.get(f"/programs/{program}/benefits"))["data"] == [benefit]
    more = {"currency_id": points, "amount": "20.00"}
    assert fine(await api.patch(path, {"points": more}))["points"] == more
    assert fine(await api.post(f"{path}/activate"))["status"] == "active"
    refused(await api.patch(path, {"points": body["points"]}), 409, "locked_while_active")
    assert fine(await api.patch(path, {"stock": None}))["stock"] is None
    assert fine(await api.post(f"{path}/activate"))["status"] == "active"
    assert fine(await api.post(f"{path}/draft"))["status"] == "draft"
    assert fine(await api.delete(path))["status"] == "deleted"
    refused(await api.get(path), 404, "not_found")


async def test_a_benefit_of_points_in_proportion(api: Api) -> None:
    program, points, _ = await shop(api)
    member = made(await api.post(f"/programs/{program}/members", {}))["id"]
    per = {
        "currency_id": points, "basis": "event.metadata.stars", "every": "2", "points": "1.5",
        "mode": "steps", "round": "down", "by": "order", "applies_to": None,
    }  # fmt: skip
    body = {"name": "Stars", "type": "points_proportional", "status": "active"}
    benefit = made(await api.post(f"/programs/{program}/benefits", {**body, PER: per}))
    assert (benefit["points"], benefit[PER]) == (None, {**per, "points": "1.50"})
    rule = {
        "name": "Reviews",
        "trigger": {"type": "custom_event", "name": "review"},
        "earnings": [{"effects": [{"type": "benefit", "benefit_id": benefit["id"]}]}],
    }
    made_rule = made(await api.post(f"/programs/{program}/rules", rule))
    fine(await api.post(f"/rules/{made_rule['id']}/activate"))
    event = {
        "external_id": "e",
        "member_id": member,
        "name": "review",
        "metadata": {"stars": 5},
    }
    given = made(await api.post(f"/programs/{program}/custom_events", event))
    (account,) = fine(await api.get(f"/members/{member}/accounts"))["data"]
    assert fine(await api.get(f"/accounts/{account['id']}/balance"))["active"] == "3.00"
    assert [each["state"] for each in given["grants"]] == ["approved"]
    order = {**per, "basis": "order.total", "every": "10.00"}
    fine(await api.post(f"/rules/{made_rule['id']}/deactivate"))
    path = f"/benefits/{benefit['id']}"
    fine(await api.post(f"{path}/draft"))
    assert fine(await api.patch(path, {PER: order}))[PER]["basis"] == "order.total"
    fixed = {"currency_id": points, "amount": "1"}
    refused(await api.patch(path, {"points": fixed}), 422, "invalid_request", "/points")
    both = {**body, PER: per, "points": fixed}
    answer = await api.post(f"/programs/{program}/benefits", both)
    refused(answer, 422, "invalid_request", f"/{PER}")
    for wrong, at in (({"basis": "local.hour"}, "basis"), ({"every": "0"}, "every")):
        answer = await api.post(f"/programs/{program}/benefits", {**body, PER: {**per, **wrong}})
        refused(answer, 422, "invalid_request", f"/{PER}/{at}")


PER = "points_proportional"
COST = {"points": "1"}
WRONG: list[tuple[str, dict[str, Any], str, int, str]] = [
    ("rewards", {"costs": []}, "/costs", 422, "invalid_request"),
    ("rewards", {"costs": [COST] * 11}, "/costs", 422, "invalid_request"),
    ("rewards", {"costs": [{"points": "0"}]}, "/costs/0/points", 422, "invalid_request"),
    ("rewards", {"costs": [{"points": "1.001"}]}, "/costs/0/points", 422, "invalid_request"),
    (
        "rewards",
        {"costs": [COST, {**COST, "condition": "order.total > 1"}]},
        "/costs/1/condition",
        422,
        "invalid_expression",
    ),
    (
        "rewards",
        {"costs": [{**COST, "condition": "member."}]},
        "/costs/0/condition",
        422,
        "invalid_expression",
    ),
    (
        "rewards",
        {"costs": [{**COST, "condition": "true" + " && true" * 200}]},
        "/costs/0/condition",
        422,
        "expression_too_costly",
    ),
    ("rewards", {"type": "points"}, "/points", 422, "invalid_request"),
    ("rewards", {"type": "code", "sku": "x"}, "/sku", 422, "invalid_request"),
    ("rewards", {"code": "pool"}, "/code", 422, "invalid_request"),
    (
        "rewards",
        {"hours": [{"days": [1], "from": "10:00", "to": "10:00"}]},
        "/hours/0/to",
        422,
        "invalid_request",
    ),
    (
        "rewards",
        {"hours": [{"days": [7], "from": "10:00", "to": "11:00"}]},
        "/hours/0/days/0",
        422,
        "invalid_request",
    ),
    ("rewards", {"starts_at": START, "ends_at": START}, "/ends_at", 422, "invalid_request"),
    ("benefits", {"type": "points"}, "/points", 422, "invalid_request"),
    ("benefits", {"stock": -1}, "/stock", 422, "invalid_request"),
    ("benefits", {"type": "code", "sku": "x"}, "/sku", 422, "invalid_request"),
]


@pytest.mark.parametrize(("kind", "wrong", "pointer", "status", "code"), WRONG)
async def test_what_cannot_be(
    api: Api, kind: str, wrong: dict[str, Any], pointer: str, status: int, code: str
) -> None:
    program, points, _ = await shop(api)
    body: dict[str, Any] = {"name": "x", "type": "material"}
    if kind == "rewards":
        body["costs"] = [COST]
    body |= wrong
    for cost in body.get("costs", ()):
        cost["currency_id"] = points
    refused(await api.post(f"/programs/{program}/{kind}", body), status, code, pointer)
    assert fine(await api.get(f"/programs/{program}/{kind}"))["data"] == []


async def test_ids_of_others_are_not_there(api: Api, stranger: Api, key_with: Any) -> None:
    program, points, _ = await shop(api)
    body = {"name": "x", "type": "material", "costs": [{"currency_id": points, "points": "1"}]}
    reward = made(await api.post(f"/programs/{program}/rewards", body))["id"]
    cake = {"name": "x", "type": "material"}
    benefit = made(await api.post(f"/programs/{program}/benefits", cake))["id"]
    other = (await api.program())["id"]
    bound = await key_with("admin", program=int(other.removeprefix("prg_"), 16))
    for asking in (stranger, bound):
        for path in (f"/rewards/{reward}", f"/rewards/{reward}/codes", f"/benefits/{benefit}"):
            refused(await asking.get(path), 404, "not_found")
        refused(await asking.post(f"/rewards/{reward}/activate"), 404, "not_found")
    foreign = await api.post(f"/programs/{other}/rewards", body)
    refused(foreign, 422, "invalid_request", "/costs/0/currency_id")
    till = await key_with("ledger:write", "read")
    refused(await till.post(f"/programs/{program}/rewards", body), 403, "forbidden")
    refused(await till.get(f"/rewards/{reward}/codes"), 403, "forbidden")


async def test_metadata_has_four_kilobytes(api: Api) -> None:
    program, points, _ = await shop(api)
    named = {"name": "x", "metadata": {"x": "y" * 4096}}
    costs = [{"currency_id": points, "points": "1"}]
    for what, body in (
        ("rewards", {"type": "material", "costs": costs}),
        ("benefits", {"type": "material"}),
        ("tier_groups", {"currency_id": points, "tiers": [{"name": "a", "threshold": "1"}]}),
    ):
        path = f"/programs/{program}/{what}"
        refused(await api.post(path, {**named, **body}), 422, "invalid_request", "/metadata")
        made(await api.post(path, {**named, **body, "metadata": {"x": "y" * 4000}}))
