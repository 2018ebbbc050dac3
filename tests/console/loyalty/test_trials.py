"""Trials at the desk: what the rule of the page would give, and the others beside it."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk, Page
from tests.console.loyalty.club import Club, faults, open_club


def reasons(page: Page) -> dict[str, str]:
    """Why each rule counts or not, by its id; "" is the one of the page that has none."""
    return {each.get("data-id"): each.get("data-reason") for each in page.all("evaluated")}


async def order(club: Club, **fields: Any) -> Any:
    member = (await club.desk.api("GET", f"/v1/accounts/{club.id}"))["member_id"]
    body = {"external_id": "A 1/x", "member_id": member, "money": "EUR", "amount": "75.00"}
    path = f"/v1/programs/{club.program['id']}/orders"
    return await club.desk.api("POST", path, {**body, **fields})


async def test_a_real_order_is_tried_by_its_number_and_by_its_id(desk: Desk) -> None:
    club = await open_club(desk)
    lines = [
        {"item": "tea", "categories": ["hot"], "quantity": "1.5", "amount": "50.00"},
        {"item": "cup", "amount": "25.00", "metadata": {"color": "red"}},
    ]
    made = await order(club, lines=lines, channel="web", metadata={"km": 3})
    other = await club.active(earnings=[{"effects": [club.fixed("1.00")]}])
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    condition = (
        'order.channel == "web" && by_category["hot"].total == 5000 && order.metadata.km > 2'
    )
    for name in (made["id"], "A 1/x"):
        tried = await form.press(
            "try", name="Tea", points="7", condition=condition, try_order=name, try_amount="1"
        )
        assert reasons(tried) == {other["id"]: "matched", "": "matched"}
        assert sorted(tried.values("award")) == ["1.00", "7.00"]
        assert tried.one("evaluation").get("autofocus") is not None
    for name in ("ord_ffff", "nothing", "../members"):
        refused = await form.press("try", name="Tea", points="7", try_order=name)
        assert (refused.status, faults(refused)) == (422, {"try_order"})
    assert (await club.balance())["active"] == "0.00"


async def test_an_invented_order_has_what_is_typed(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await (await clerk.get(club.new)).press("add-line", name="Tea", points="7")
    form = await form.press("add-line", line_sku="t-1", line_amount="30,00")
    form = await form.press("add-line", line_categories__2="hot, sweet", line_amount__2="12.50")
    form = await form.press("remove-line-3")
    condition = (
        'order.amount == 4250 && order.total == 4000 && order.location == "12"'
        ' && by_category["sweet"].amount == 1250 && by_category["hot"].quantity == 2'
        " && order.metadata.km == 5"
    )
    tried = await form.press(
        "try", condition=condition, try_discount="2.50", try_location="12",
        line_quantity__2="2", try_metadata='{"km": 5}',
    )  # fmt: skip
    assert (tried.status, [e.text_content() for e in tried.all("field-error")]) == (200, [])
    assert reasons(tried) == {"": "matched"}
    for typed, wrong in (
        ({"try_metadata": "{"}, "try_metadata"),
        ({"line_amount__2": "much"}, "line_amount-2"),
        ({"line_quantity__2": "-1"}, "line_quantity-2"),
        ({"try_discount": "99"}, "try_discount"),
        ({"try_money": "XXX"}, "try_money"),
        ({"try_member": "nobody at all"}, "try_member"),
        ({"try_member": ""}, "try_member"),
        ({"condition": "order.totl"}, "condition"),
        ({"points": "x"}, "points"),
        ({"more": "{"}, "more"),
    ):
        refused = await tried.press("try", **typed)
        assert refused.status == 422
        assert faults(refused) == {wrong}
        assert not refused.has("evaluation")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"points": "5"}, "matched"),
        ({"condition": "order.total > 20000"}, "condition"),
        ({"condition": "order.metadata.missing > 1"}, "error"),
        ({"starts_at": "2030-01-01T00:00"}, "dates"),
        ({"type": "per", "every": "1000.00"}, "nothing"),
        ({"exclusive_group": "one"}, "exclusive"),
    ],
)
async def test_why_not_is_said(desk: Desk, fields: dict[str, str], reason: str) -> None:
    club = await open_club(desk)
    await club.active(exclusive_group="one", priority=1)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    tried = await form.press("try", **{"name": "A rule", "points": "5", **fields})
    assert reasons(tried)[""] == reason
    (row,) = [each for each in tried.all("evaluated") if not each.get("data-id")]
    assert ("Not given" in row.text_content()) == (reason != "matched")


async def test_events_and_members_alone(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    game = {"trigger": "custom_event", "trigger_name": "played", "name": "Games", "points": "5"}
    hard = 'event.metadata.level == "hard"'
    tried = await form.press("try", condition=hard, try_metadata='{"level": "hard"}', **game)
    assert reasons(tried) == {"": "matched"}
    tried = await tried.press("try", try_metadata='{"level": "easy"}')
    assert reasons(tried) == {"": "condition"}
    for trigger, name in (("member_joined", ""), ("segment_entered", "regulars")):
        tried = await form.press("try", trigger=trigger, trigger_name=name, name="A", points="5")
        assert reasons(tried) == {"": "matched"}
    tried = await form.press("try", trigger="visit_completed", name="Visits", points="5",
                             condition="order.total == 10000")  # fmt: skip
    assert reasons(tried) == {"": "matched"}


async def test_a_saved_rule_is_tried_in_its_own_place(desk: Desk) -> None:
    club = await open_club(desk)
    rule = await club.active()
    viewer, manager = await desk.clerk(Role.VIEWER), await desk.clerk(Role.MANAGER)
    path = f"/console/rules/{rule['id']}"
    seen = await (await viewer.get(path)).press("try")
    assert (reasons(seen), seen.value("award")) == ({rule["id"]: "matched"}, "10.00")
    changed = await (await manager.get(path)).press("try", points="3")
    assert (reasons(changed), changed.value("award")) == ({rule["id"]: "matched"}, "3.00")
    assert (await desk.api("GET", f"/v1/rules/{rule['id']}"))["version"] == 1
    member = (await desk.api("GET", f"/v1/accounts/{club.id}"))["member_id"]
    await desk.api("PATCH", f"/v1/members/{member}", {"status": "inactive"})
    unjudged = await (await viewer.get(path)).press("try")
    assert unjudged.has("evaluation")
    assert reasons(unjudged) == {}


async def test_a_condition_is_checked_while_it_is_typed(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)

    async def typed(condition: str, trigger: str = "order_paid", name: str = "condition") -> Page:
        query = {name: condition, "program": club.program["id"], "trigger": trigger}
        answer = await clerk.client.get(
            "/console/rules/condition", params=query, headers={"hx-request": "true"}
        )
        return Page(clerk, answer)

    assert (await typed("order.total >= 5000")).has("understood")
    assert (await typed('event.name == "x"', "custom_event")).has("understood")
    assert (await typed("member.days > 3", "segment_entered")).has("understood")
    wrong = await typed("order.totl >= 5000", name="condition-2")
    assert wrong.status == 200
    assert wrong.one("field-error").get("data-field") == "condition-2"
    assert (await typed("order.total > 1", "member_joined")).has("field-error")
    nothing = await typed("")
    assert not nothing.has("understood")
    assert not nothing.has("field-error")
    assert (await desk.api("GET", club.rules))["data"] == []
    viewer = await desk.clerk(Role.VIEWER)
    assert (await viewer.get("/console/rules/condition?condition=true")).status == 403
