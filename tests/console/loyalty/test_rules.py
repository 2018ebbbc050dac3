"""Rules at the desk: the editor keeps what it is given, and says what is wrong where it is."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.programs import tenants, users
from stampbook.programs.roles import Role
from tests.console.desk import Desk
from tests.console.loyalty.club import NEW, faults, open_club, shown

KEPT = ("id", "created_at", "status", "program_id")


async def test_from_the_first_field_to_a_rule_that_counts(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    assert (form.status, form.name) == (200, "rule")
    tried = await form.press("try", name="Every order", points="5", condition="order.total >= 5000")
    assert (tried.status, tried.value("award")) == (200, "5.00")
    made = await tried.press("save")
    assert (made.status, made.name, made.has("flash")) == (200, "rule", True)
    assert (await shown(desk, made))["status"] == "draft"
    active = await made.press("activate")
    assert active.one("status").get("data-status") == "active"
    await desk.api("POST", f"/v1/programs/{club.program['id']}/orders", {
        "external_id": "1", "member_id": (await _member(desk, club.program["id"])),
        "money": "EUR", "amount": "60.00", "status": "paid",
    })  # fmt: skip
    assert (await club.balance())["active"] == "5.00"
    again = await clerk.get(active.path)
    assert again.value("given") == "5.00"
    off = await again.press("deactivate")
    assert off.one("status").get("data-status") == "inactive"
    kept = await off.press("draft")
    assert (kept.status, kept.one("refusal").get("data-code")) == (409, "invalid_transition")
    gone = await (await off.follow("delete")).press("confirm")
    assert (gone.name, gone.has("row"), gone.has("empty")) == ("rules", False, True)
    old = await clerk.get(active.path)
    assert old.one("status").get("data-status") == "deleted"
    assert not any(old.has(each) for each in ("save", "try", "activate", "delete"))


async def _member(desk: Desk, program: str) -> str:
    return str((await desk.api("GET", f"/v1/programs/{program}/members"))["data"][0]["id"])


async def test_saving_what_was_not_touched_changes_nothing(desk: Desk) -> None:
    club = await open_club(desk)
    before = await club.full()
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/rules/{before['id']}")
    saved = await page.press("save")
    assert saved.has("flash")
    after = await shown(desk, saved)
    assert {**after, "updated_at": before["updated_at"]} == before


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({"name": "Other"}, {"name": "Other"}),
        ({"priority": "3"}, {"priority": 3, "version": 2}),
        ({"ends_at": ""}, {"ends_at": None, "version": 2}),
        ({"ends_at": "2031-01-01T00:00"}, {"ends_at": "2031-01-01T00:00:00Z", "version": 2}),
        ({"budget_points": "", "budget_triggers": "9"},
         {"limits": {"cooldown": {"n": 2, "unit": "hour"},
                     "frequency": {"max": 3, "period": "week"},
                     "budget": {"points": None, "triggers": 9, "period": "quarter"}},
          "version": 2}),
        ({"advanced": '{"metadata": {"campaign": "winter"}}'},
         {"metadata": {"campaign": "winter"}}),
    ],
)  # fmt: skip
async def test_one_field_changes_nothing_else(
    desk: Desk, typed: dict[str, str], changed: dict[str, Any]
) -> None:
    club = await open_club(desk)
    before = await club.full()
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/rules/{before['id']}")
    after = await shown(desk, await page.press("save", **typed))
    assert {**after, "updated_at": before["updated_at"]} == {**before, **changed}


async def test_one_effect_changes_no_other(desk: Desk) -> None:
    club = await open_club(desk)
    before = await club.full()
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/rules/{before['id']}")
    after = await shown(desk, await page.press("save", **{"points__2.2": "400"}))
    before["earnings"][1]["effects"][1]["points"] = "400.00"
    assert after["earnings"] == before["earnings"]
    assert after["version"] == 2


async def test_earnings_effects_and_hours_come_and_go_without_scripts(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    form = await form.press("add-earning", name="Steps", points="5", condition="order.total > 1")
    assert (form.status, form.one("points").get("value")) == (200, "5")
    assert form.one("earning_name-2").get("autofocus") is not None
    form = await form.press("add-effect-2", points__2="7", earning_name__2="second")
    form = await form.press("add-earning", **{"points__2.2": "8"})
    form = await form.press("add-hours", points__3="9")
    form = await form.press("add-hours", to="17:00")
    form = await form.press("remove-earning-1", days__2=["6", "0"])
    form = await form.press("remove-hours-1")
    assert (await desk.api("GET", club.rules))["data"] == []
    rule = await shown(desk, await form.press("save"))
    points = [[each["points"] for each in one["effects"]] for one in rule["earnings"]]
    assert points == [["7.00", "8.00"], ["9.00"]]
    assert [each["name"] for each in rule["earnings"]] == ["second", None]
    assert rule["hours"] == [{"days": [0, 6], "from": "09:00", "to": "18:00"}]


@pytest.mark.parametrize(
    ("typed", "wrong", "code"),
    [
        ({"name": ""}, "name", "invalid_request"),
        ({"trigger": "custom_event"}, "trigger_name", "invalid_request"),
        ({"trigger_name": "x"}, "trigger_name", "invalid_request"),
        ({"points": "many"}, "points", "invalid_request"),
        ({"points": ""}, "points", "invalid_request"),
        ({"points": "1.005"}, "points", "invalid_request"),
        ({"currency": "cur_ffff"}, "currency", "invalid_request"),
        ({"type": "per", "every": "0"}, "every", "invalid_request"),
        ({"type": "per", "every": "1", "basis": "event.metadata", "basis_key": "x"},
         "basis", "invalid_request"),
        ({"type": "per", "every": "1", "skus": "t-1"}, "items", "invalid_request"),
        ({"type": "benefit"}, "benefit", "invalid_request"),
        ({"more": "{"}, "more", "invalid_request"),
        ({"more": "[]"}, "more", "invalid_request"),
        ({"more": '{"points": "1"}'}, "more", "invalid_request"),
        ({"more": '{"expiry": {"type": "sliding", "period": {"value": 1, "unit": "day"}}}'},
         "more", "invalid_request"),
        ({"more": '{"pending": {"type": "later"}}'}, "more", "invalid_request"),
        ({"more": '{"color": "red"}'}, "more", "invalid_request"),
        ({"condition": "order.totl > 1"}, "condition", "invalid_expression"),
        ({"condition": "order.total >"}, "condition", "invalid_expression"),
        ({"tiers": "tgr_ffff/tir_1"}, "tiers", "invalid_request"),
        ({"priority": "first"}, "priority", "invalid_request"),
        ({"priority": "99999999"}, "priority", "invalid_request"),
        ({"starts_at": "soon"}, "starts_at", "invalid_request"),
        ({"starts_at": "2026-02-02T00:00", "ends_at": "2026-02-01T00:00"},
         "ends_at", "invalid_request"),
        ({"cooldown_n": "0"}, "cooldown_n", "invalid_request"),
        ({"frequency_max": "x"}, "frequency_max", "invalid_request"),
        ({"budget_points": "5", "budget_triggers": "5"}, "budget_points", "invalid_request"),
        ({"budget_triggers": "x"}, "budget_triggers", "invalid_request"),
        ({"advanced": "nothing"}, "advanced", "invalid_request"),
        ({"advanced": '{"name": "x"}'}, "advanced", "invalid_request"),
        ({"advanced": '{"color": "red"}'}, "advanced", "invalid_request"),
        ({"advanced": '{"metadata": 1}'}, "advanced", "invalid_request"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_at_its_field(
    desk: Desk, typed: dict[str, str], wrong: str, code: str
) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    given = {"name": "A rule", "points": "5", **typed}
    refused = await form.press("save", **given)
    assert (refused.status, refused.one("refusal").get("data-code")) == (422, code)
    assert faults(refused) == {wrong}
    assert (await desk.api("GET", club.rules))["data"] == []
    for name, value in given.items():
        if name in ("name", "points", "priority", "cooldown_n", "every"):
            assert refused.one(name).get("value") == value, "what was typed is kept"


async def test_faults_of_later_entries_are_at_their_own_fields(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await (await clerk.get(club.new)).press("add-earning", name="A rule", points="1")
    form = await (await form.press("add-effect-2", points__2="1")).press("add-hours")
    form = await form.press("add-hours", **{"points__2.2": "1"})
    for typed, wrong in (
        ({"condition__2": "x"}, "condition-2"),
        ({"points__2.2": "x"}, "points-2.2"),
        ({"more__2.2": "{"}, "more-2.2"),
        ({"to__2": "08:00"}, "to-2"),
        ({"days__2": []}, "days-2"),
        ({"from__2": "9"}, "from-2"),
    ):
        assert faults(await form.press("save", **typed)) == {wrong}


async def test_an_active_rule_keeps_its_trigger(desk: Desk) -> None:
    club = await open_club(desk)
    rule = await club.active()
    clerk = await desk.clerk(Role.MANAGER)
    page = await clerk.get(f"/console/rules/{rule['id']}")
    refused = await page.press("save", trigger="visit_completed")
    assert refused.status == 409
    assert refused.one("refusal").get("data-code") == "locked_while_active"
    changed = await page.press("save", points="11")
    rows = [each for each in changed.all("row") if each.get("data-id").startswith("ver_")]
    assert len(rows) == 2


async def test_a_double_click_makes_one_rule(desk: Desk) -> None:
    club = await open_club(desk)
    clerk = await desk.clerk(Role.MANAGER)
    form = await clerk.get(club.new)
    first, second = [await form.press("save", name="Once", points="5") for _ in range(2)]
    assert first.path == second.path
    assert len((await desk.api("GET", club.rules))["data"]) == 1


async def test_without_a_program_there_is_nothing_to_rule(desk: Desk) -> None:
    async with desk.store.transaction() as writing:
        other = await tenants.create(writing, name="Other", now=desk.now)
        somebody = await users.create(
            writing, tenant=other.tenant_id, login="new@other.example", password_hash="none",
            role=Role.MANAGER, now=desk.now,
        )  # fmt: skip
    clerk = await desk.at_desk(somebody.user_id)
    for path, name in (("/console/rules", "rules"), (NEW, "rule"), ("/console/tiers", "tiers"),
                       ("/console/tiers/new", "tier-group")):  # fmt: skip
        page = await clerk.get(path)
        assert (page.status, page.name, page.has("empty")) == (200, name, True)
