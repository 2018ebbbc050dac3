"""Tiers at the desk: ladders, terms, steps, and what still needs them."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs.roles import Role
from tests.console.desk import Desk
from tests.console.loyalty.club import Club, faults, open_club, shown

TERMS = {
    "basis": "spend", "counts_pending": False, "period": {"n": 3, "unit": "month"},
    "anchor": "activation", "change": "next_period",
    "retention": {"type": "sliding", "span": {"n": 2, "unit": "week"},
                  "activities": ["earning", "spending"]},
    "downgrade": {"type": "single", "grace": {"n": 5, "unit": "day", "round_up": True}},
    "on_cancel": "keep",
}  # fmt: skip
CALENDAR = {
    "retention": {"type": "calendar", "dates": [{"month": 6, "day": 30}, {"month": 2, "day": 29}]},
    "downgrade": {"type": "none"},
}


async def _draft(club: Club, **fields: Any) -> Any:
    tiers = [
        {"name": "Low", "threshold": "10.00", "max": "20.00", "external_id": "low"},
        {"name": "High", "threshold": "30.00", "segment": "vip", "keep_forever": True},
    ]
    body = {"name": "Full", "currency_id": club.currency["id"], "tiers": tiers, "status": "draft"}
    path = f"/v1/programs/{club.program['id']}/tier_groups"
    return await club.desk.api("POST", path, {**body, "metadata": {"a": [1]}, **fields})


async def test_a_ladder_from_its_first_field_to_a_members_page(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    await desk.api("DELETE", f"/v1/tier_groups/{club.group['id']}")
    empty = await clerk.get(f"/console/tiers?program={club.program['id']}")
    assert (empty.name, empty.has("empty")) == ("tiers", True)
    form = await empty.follow("new-group")
    form = await form.press("add-tier", name="Metals", tier_name="Silver", threshold="100")
    form = await form.press("remove-tier-2", tier_name__3="Gold", threshold__3="1 000,50")
    made = await form.press("save")
    assert (made.name, made.has("flash")) == ("tier-group", True)
    assert made.values("from") == ["1000.50", "100.00"]
    active = await made.press("activate")
    assert active.one("status").get("data-status") == "active"
    await club.move("accrue", "150.00")
    account = await desk.api("GET", f"/v1/accounts/{club.id}")
    member = await clerk.get(f"/console/members/{account['member_id']}")
    assert "Silver" in member.said("tier")
    assert active.path in [each.get("href") for each in member.root.iter("a")]
    listed = await clerk.get(f"/console/tiers?program={club.program['id']}")
    assert [each.text_content() for each in listed.all("rung")] == [
        "Silver from 100.00", "Gold from 1,000.50",
    ]  # fmt: skip


@pytest.mark.parametrize("terms", [{}, TERMS, CALENDAR], ids=["usual", "other", "calendar"])
async def test_saving_loses_nothing(desk: Desk, terms: dict[str, Any]) -> None:
    club = await open_club(desk)
    before = await _draft(club, **terms)
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/tiers/{before['id']}")
    after = await shown(desk, await page.press("save"))
    assert {**after, "updated_at": before["updated_at"]} == before
    again = await shown(desk, await page.press("save", on_cancel="ordinary", tier_name="Lowest"))
    before["tiers"][0]["name"] = "Lowest"
    expected = {**before, "on_cancel": "ordinary", "updated_at": again["updated_at"]}
    assert again == expected
    cleared = await page.press(
        "save", period_n="", change="at_once", retention="none", downgrade="multi", grace_n="",
        idempotency_key="another",
    )  # fmt: skip
    assert (await shown(desk, cleared))["retention"] == {}


async def test_an_active_group_keeps_all_but_its_name(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/tiers/{club.group['id']}")
    assert not page.has("threshold")
    renamed = await page.press("save", name="Levels", advanced='{"metadata": {"a": 1}}')
    group = await shown(desk, renamed)
    assert (group["name"], group["metadata"]) == ("Levels", {"a": 1})
    assert group["tiers"] == club.group["tiers"]
    draft = await renamed.press("draft")
    assert draft.has("threshold")
    off = await (await draft.press("activate")).press("deactivate")
    assert off.one("status").get("data-status") == "inactive"
    refused = await page.press("draft", idempotency_key="another")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "invalid_transition")


async def test_rules_that_need_a_group_are_named_when_it_is_to_go(desk: Desk) -> None:
    club = await open_club(desk)
    group = club.group["id"]
    need = [{"tier_group_id": group, "any_of": [club.group["tiers"][1]["id"]]}]
    rule = await club.active(earnings=[{"tiers": need, "effects": [club.fixed()]}])
    await club.active()
    clerk = await desk.clerk(Role.MANAGER)
    page = await (await clerk.get(f"/console/tiers/{group}")).follow("delete")
    assert [each.get("data-id") for each in page.all("used-by")] == [rule["id"]]
    refused = await page.press("confirm")
    assert (refused.status, refused.one("refusal").get("data-code")) == (409, "in_use")
    assert refused.one("used-by").get("href") == f"/console/rules/{rule['id']}"
    await desk.api("POST", f"/v1/rules/{rule['id']}/deactivate")
    gone = await page.press("confirm", idempotency_key="another")
    assert (gone.name, gone.has("flash"), gone.has("row")) == ("tiers", True, False)
    assert (await clerk.get(f"/console/tiers/{group}")).status == 404
    # The rule still says what it said.
    kept = await clerk.get(f"/console/rules/{rule['id']}")
    saved = await shown(desk, await kept.press("save", points="12"))
    assert saved["earnings"][0]["tiers"] == need or kept.has("refusal")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"currency": "cur_ffff"}, "currency"),
        ({"tier_name": ""}, "tier_name"),
        ({"threshold__2": "much"}, "threshold-2"),
        ({"max": "1"}, "threshold"),
        ({"period_n": "0"}, "period_n"),
        ({"period_n": "1", "basis": "balance"}, "period_n"),
        ({"change": "next_period"}, "change"),
        ({"retention": "fixed"}, "retention"),
        ({"retention": "fixed", "span_n": "x"}, "span_n"),
        ({"retention": "calendar"}, "retention"),
        ({"retention": "calendar", "dates": "June"}, "dates"),
        ({"retention": "calendar", "dates": "13-01"}, "dates"),
        ({"retention": "sliding", "span_n": "1", "activities": []}, "retention"),
        ({"grace_n": "0"}, "grace_n"),
        ({"downgrade": "none", "grace_n": "3"}, "downgrade"),
        ({"advanced": "{"}, "advanced"),
        ({"advanced": '{"tiers": []}'}, "advanced"),
        ({"advanced": '{"color": 1}'}, "advanced"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    desk: Desk, typed: dict[str, Any], wrong: str
) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(f"/console/tiers/new?program={club.program['id']}")
    given = {"name": "New", "tier_name": "A", "threshold": "10", "tier_name__2": "B",
             "threshold__2": "20", **typed}  # fmt: skip
    refused = await form.press("save", **given)
    assert refused.status == 422
    assert refused.has("refusal")
    assert faults(refused) == {wrong}
