"""Rules, events and segments by HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.http.native.asking import Api, Clock, fine, made, refused

GAME = {"type": "custom_event", "name": "played"}


async def club(api: Api) -> tuple[str, str, str]:
    """A program, its currency, a member."""
    program = (await api.program())["id"]
    currency = (await api.currency(program))["id"]
    return program, currency, (await api.member(program))["id"]


def fixed(currency: str, points: str = "10.00") -> dict[str, Any]:
    return {"type": "fixed", "currency_id": currency, "points": points}


def rule_of(currency: str, **fields: Any) -> dict[str, Any]:
    earnings = [{"effects": [fixed(currency)]}]
    return {"name": "Games", "trigger": GAME, "earnings": earnings, **fields}


async def active(api: Api, program: str, body: dict[str, Any]) -> str:
    rule = made(await api.post(f"/programs/{program}/rules", body))["id"]
    assert fine(await api.post(f"/rules/{rule}/activate"))["status"] == "active"
    return str(rule)


def event_of(member: str, external_id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"external_id": external_id, "member_id": member, "name": "played", **fields}


async def test_a_rule_says_what_was_said(api: Api) -> None:
    program, currency, _ = await club(api)
    per = {
        "type": "per",
        "currency_id": currency,
        "basis": "lines.total",
        "every": "10.00",
        "points": "1.505",
        "mode": "rate",
        "round": "half_up",
        "by": "line",
        "applies_to": {"items": ["tea"], "skus": [], "categories": ["hot"]},
        "pending": {"type": "period", "period": {"value": 14, "unit": "day"}, "whole_days": False},
        "expiry": {"type": "none"},
    }
    body = {
        "name": "Tea",
        "trigger": {"type": "order_paid", "name": None},
        "earnings": [
            {
                "name": "large",
                "tiers": [],
                "condition": "order.total >= 5000",
                "effects": [per, {**fixed(currency), "pending": None, "expiry": None}],
            }
        ],
        "priority": 3,
        "exclusive_group": "tea",
        "keeps": "best",
        "starts_at": "2026-03-01T00:00:00Z",
        "ends_at": "2026-04-01T00:00:00Z",
        "hours": [{"days": [1, 5], "from": "09:30", "to": "24:00"}],
        "limits": {
            "cooldown": {"n": 1, "unit": "day"},
            "frequency": {"max": 2, "period": "week"},
            "budget": {"points": "1000.00", "triggers": None, "period": "lifetime"},
        },
        "on_partial": "keep",
        "metadata": {"owner": "Olga"},
    }
    rule = made(await api.post(f"/programs/{program}/rules", body))
    assert rule.items() >= body.items()
    assert (rule["status"], rule["version"]) == ("draft", 1)
    path = f"/rules/{rule['id']}"
    assert fine(await api.get(path)) == rule
    assert fine(await api.get(f"/programs/{program}/rules"))["data"] == [rule]
    changed = fine(await api.patch(path, {"priority": 4, "name": "T"}))
    assert changed.items() >= {**body, "priority": 4, "name": "T"}.items()
    assert fine(await api.patch(path, {"name": "Tea"}))["version"] == 2
    versions = fine(await api.get(f"{path}/versions"))["data"]
    assert [(each["version"], each["priority"]) for each in versions] == [(2, 4), (1, 3)]
    page = fine(await api.get(f"{path}/versions", limit="1"))
    rest = fine(await api.get(f"{path}/versions", cursor=page["next_cursor"]))
    assert page["data"] + rest["data"] == versions
    assert fine(await api.delete(path))["status"] == "deleted"
    assert fine(await api.get(f"/programs/{program}/rules"))["data"] == []
    refused(await api.post(f"{path}/activate"), 404, "not_found")


async def test_events_give_points_once(api: Api, clock: Clock) -> None:
    program, currency, member = await club(api)
    rule = await active(api, program, rule_of(currency))
    path = f"/programs/{program}/custom_events"
    tried = await api.ask("POST", f"{path}?dry_run=true", json=event_of(member))
    assert made(tried)["awards"][0]["amount"] == "10.00"
    event = made(await api.post(path, event_of(member), key="k"))
    assert event["judged"] is True
    (award,) = event["awards"]
    assert (award["rule_id"], award["amount"], award["in_force"]) == (rule, "10.00", "10.00")
    clock.advance(days=1)
    for repeat in (
        await api.post(path, event_of(member), key="k"),
        await api.post(path, event_of(member)),
    ):
        assert made(repeat) == event
    refused(await api.post(path, event_of(member, metadata={"x": 1})), 409, "external_id_taken")
    refused(await api.post(path, event_of(member, "b"), key="k"), 422, "idempotency_key_reused")
    transaction = fine(await api.get(f"/transactions/{award['transaction_id']}"))
    assert transaction["amount"] == "10.00"
    listed = fine(await api.get(f"/rules/{rule}/awards", member_id=member, state="in_force"))
    assert listed["data"] == [award]
    taken = fine(await api.post(f"/custom_events/{event['id']}/cancel"))
    assert taken["taken"] == [
        {
            "award_id": award["id"],
            "account_id": award["account_id"],
            "was": "10.00",
            "amount": "10.00",
        }
    ]
    again = fine(await api.post(f"/custom_events/{event['id']}/cancel"))
    assert (again["taken"], again["cancelled_at"]) == ([], taken["cancelled_at"])
    now = fine(await api.get(f"/custom_events/{event['id']}"))
    assert (now["awards"][0]["in_force"], now["cancelled_at"]) == ("0.00", taken["cancelled_at"])
    assert fine(await api.get(f"/rules/{rule}/awards", state="in_force"))["data"] == []
    assert len(fine(await api.get(f"/rules/{rule}/awards", state="returned"))["data"]) == 1
    refused(await api.post(f"/rules/{rule}/draft"), 409, "invalid_transition")


async def test_the_cancel_of_an_event_can_be_undone(api: Api) -> None:
    program, currency, member = await club(api)
    limits = {"frequency": {"max": 1, "period": "day"}}
    rule = await active(api, program, rule_of(currency, limits=limits))
    path = f"/programs/{program}/custom_events"
    first = made(await api.post(path, event_of(member)))
    event = f"/custom_events/{first['id']}"
    fine(await api.post(f"{event}/cancel"))
    second = made(await api.post(path, event_of(member, "second")))
    refused(await api.post(f"{event}/restore"), 409, "not_cancellable")
    fine(await api.post(f"/custom_events/{second['id']}/cancel"))
    tried = fine(await api.ask("POST", f"{event}/restore?dry_run=true"))
    restored = fine(await api.post(f"{event}/restore"))
    assert (
        tried
        == restored
        == {
            "id": first["id"],
            "cancelled_at": None,
            "given_back": [
                {
                    "award_id": first["awards"][0]["id"],
                    "account_id": first["awards"][0]["account_id"],
                    "was": "0.00",
                    "amount": "10.00",
                }
            ],
        }
    )
    assert fine(await api.post(f"{event}/restore"))["given_back"] == []
    assert fine(await api.get(event)) == first
    assert len(fine(await api.get(f"/rules/{rule}/awards", state="in_force"))["data"]) == 1
    refused(await api.post("/custom_events/evt_7/restore"), 404, "not_found")


async def test_one_event_20_times_at_once(api: Api) -> None:
    program, currency, member = await club(api)
    await active(api, program, rule_of(currency))
    path = f"/programs/{program}/custom_events"
    answers = await asyncio.gather(*(api.post(path, event_of(member)) for _ in range(20)))
    assert len({made(answer)["id"] for answer in answers}) == 1
    (account,) = fine(await api.get(f"/members/{member}/accounts"))["data"]
    assert fine(await api.get(f"/accounts/{account['id']}/balance"))["active"] == "10.00"


async def test_pages_of_awards(api: Api) -> None:
    program, currency, member = await club(api)
    body = rule_of(currency, earnings=[{"effects": [fixed(currency), fixed(currency, "1.00")]}])
    rule = await active(api, program, body)
    for number in range(3):
        api.clock.advance(seconds=1)
        made(await api.post(f"/programs/{program}/custom_events", event_of(member, str(number))))
    path = f"/rules/{rule}/awards"
    whole = fine(await api.get(path))["data"]
    assert len(whole) == 6
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = fine(await api.get(path, limit="1", **cursor))
        found += page["data"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole


async def test_segments(api: Api) -> None:
    program, currency, member = await club(api)
    trigger = {"type": "segment_entered", "name": "vip"}
    await active(api, program, rule_of(currency, trigger=trigger))
    path = f"/programs/{program}/segment_entries"
    body = {"external_id": "1", "member_id": member, "segment": "vip"}
    entered = fine(await api.post(path, body))
    assert (entered["entered"], entered["event"]["awards"][0]["amount"]) == (True, "10.00")
    assert fine(await api.post(path, body)) == entered
    inside = fine(await api.post(path, {**body, "external_id": "2"}))
    assert (inside["inside"], inside["entered"], inside["event"]) == (True, False, None)
    gone = f"/programs/{program}/segments/vip/members/{member}"
    assert fine(await api.delete(gone))["inside"] is False
    refused(await api.delete(gone), 404, "not_found")
    again = fine(await api.post(path, {**body, "external_id": "2"}))
    assert again["entered"] is True


async def test_a_new_member_has_points_at_once(api: Api) -> None:
    program, currency, early = await club(api)
    rule = await active(api, program, rule_of(currency, trigger={"type": "member_joined"}))
    path = f"/programs/{program}/members"
    body = {"external_id": "late"}
    late = made(await api.post(path, body, key="k"))
    assert made(await api.post(path, body, key="k")) == late
    made(await api.post(f"{path}?dry_run=true", {"external_id": "tried"}))
    awards = fine(await api.get(f"/rules/{rule}/awards"))["data"]
    assert [each["amount"] for each in awards] == ["10.00"]
    accounts = fine(await api.get(f"/members/{late['id']}/accounts"))["data"]
    assert [each["currency_id"] for each in accounts] == [currency]
    assert fine(await api.get(f"/members/{early}/accounts"))["data"] == []


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"trigger": {"type": "custom_event"}}, "invalid_request", "/trigger/name"),
        ({"trigger": {"type": "order_paid", "name": "x"}}, "invalid_request", "/trigger/name"),
        ({"trigger": {"type": "birthday"}}, "invalid_request", "/trigger/type"),
        ({"earnings": []}, "invalid_request", "/earnings"),
        ({"earnings": [{"effects": []}]}, "invalid_request", "/earnings/0/effects"),
        ({"priority": 10**9}, "invalid_request", "/priority"),
        ({"starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-02T00:00:00Z"},
         "invalid_request", "/ends_at"),
        ({"hours": [{"days": [7], "from": "09:00", "to": "10:00"}]},
         "invalid_request", "/hours/0/days/0"),
        ({"hours": [{"days": [1], "from": "10:00", "to": "10:00"}]},
         "invalid_request", "/hours/0/to"),
        ({"limits": {"cooldown": {"n": 0, "unit": "day"}}},
         "invalid_request", "/limits/cooldown/n"),
        ({"limits": {"frequency": {"max": 1, "period": "hour"}}},
         "invalid_request", "/limits/frequency/period"),
        ({"limits": {"budget": {"points": "1.00", "triggers": 1}}},
         "invalid_request", "/limits/budget"),
        ({"limits": {"budget": {"points": "1.005"}}},
         "invalid_request", "/limits/budget/points"),
        ({"metadata": {"x": "y" * 5000}}, "invalid_request", "/metadata"),
    ],
)  # fmt: skip
async def test_bad_rules(api: Api, change: dict[str, Any], code: str, pointer: str) -> None:
    program, currency, _ = await club(api)
    path = f"/programs/{program}/rules"
    refused(await api.post(path, rule_of(currency, **change)), 422, code, pointer)
    assert fine(await api.get(path))["data"] == []


@pytest.mark.parametrize(
    ("effect", "pointer"),
    [
        ({"points": "0"}, "points"),
        ({"points": "-1"}, "points"),
        ({"points": "1.005"}, "points"),
        ({"currency_id": "cur_999"}, "currency_id"),
        ({"expiry": {"type": "sliding", "period": {"value": 1, "unit": "day"}}}, "expiry"),
        ({"type": "per", "basis": "order.total", "every": "1", "points": "1"}, "basis"),
        ({"type": "per", "basis": "event.metadata.km", "every": "0", "points": "1"}, "every"),
        ({"type": "per", "basis": "event.metadata.km", "every": "NaN", "points": "1"}, "every"),
        ({"type": "per", "basis": "event.metadata.km", "every": "1", "points": "1",
          "applies_to": {"items": ["a"]}}, "applies_to"),
    ],
)  # fmt: skip
async def test_bad_effects(api: Api, effect: dict[str, Any], pointer: str) -> None:
    program, currency, _ = await club(api)
    earnings = [{"effects": [{**fixed(currency), **effect}]}]
    answer = await api.post(f"/programs/{program}/rules", rule_of(currency, earnings=earnings))
    refused(answer, 422, "invalid_request", f"/earnings/0/effects/0/{pointer}")


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("order.total > 1", "invalid_expression"),
        ("event.metadata.x ==", "invalid_expression"),
        ("1 + 1", "invalid_expression"),
        ("event.metadata.a.map(x, x)", "invalid_expression"),
        ("", "invalid_expression"),
        ("true" + " && true" * 200, "expression_too_costly"),
    ],
)
async def test_bad_conditions(api: Api, condition: str, code: str) -> None:
    program, currency, _ = await club(api)
    earnings = [{"effects": [fixed(currency)], "condition": condition}]
    answer = await api.post(f"/programs/{program}/rules", rule_of(currency, earnings=earnings))
    refused(answer, 422, code, "/earnings/0/condition")


async def test_what_a_rule_names_is_the_programs(api: Api, stranger: Api) -> None:
    program, currency, _ = await club(api)
    _, other, _ = await club(api)
    path = f"/programs/{program}/rules"
    pointer = "/earnings/0/effects/0"
    answer = await api.post(path, rule_of(other))
    refused(answer, 422, "invalid_request", f"{pointer}/currency_id")
    given = [{"effects": [{"type": "benefit", "benefit_id": "ben_999"}]}]
    answer = await api.post(path, rule_of(currency, earnings=given))
    refused(answer, 422, "invalid_request", f"{pointer}/benefit_id")
    needs = [{"tier_group_id": "tgr_999", "any_of": ["tir_1"]}]
    tiers = [{"effects": [fixed(currency)], "tiers": needs}]
    answer = await api.post(path, rule_of(currency, earnings=tiers))
    refused(answer, 422, "invalid_request", "/earnings/0/tiers/0/tier_group_id")
    rule = await active(api, program, rule_of(currency))
    for each in (f"/rules/{rule}", f"/rules/{rule}/versions", f"/rules/{rule}/awards", path):
        refused(await stranger.get(each), 404, "not_found")
    refused(await stranger.post(f"/rules/{rule}/deactivate"), 404, "not_found")


async def test_bad_events(api: Api, clock: Clock, stranger: Api) -> None:
    program, currency, member = await club(api)
    _, _, other = await club(api)
    await active(api, program, rule_of(currency))
    path = f"/programs/{program}/custom_events"
    for change, pointer in (
        ({"effective_at": clock.text(seconds=1)}, "/effective_at"),
        ({"metadata": {"x": "y" * 5000}}, "/metadata"),
        ({"external_id": ""}, "/external_id"),
        ({"metadata": None}, "/metadata"),
    ):
        answer = await api.post(path, {**event_of(member), **change})
        refused(answer, 422, "invalid_request", pointer)
    refused(await api.post(path, event_of("mbr_999")), 422, "invalid_request", "/member_id")
    refused(await api.post(path, event_of(other)), 422, "invalid_request", "/member_id")
    refused(await stranger.post(path, event_of(member)), 404, "not_found")
    event = made(await api.post(path, event_of(member)))
    refused(await stranger.get(f"/custom_events/{event['id']}"), 404, "not_found")
    refused(await stranger.post(f"/custom_events/{event['id']}/cancel"), 404, "not_found")


async def test_an_active_rule_is_locked(api: Api) -> None:
    program, currency, _ = await club(api)
    path = f"/rules/{await active(api, program, rule_of(currency))}"
    change = {"trigger": {"type": "member_joined"}}
    refused(await api.patch(path, change), 409, "locked_while_active")
    fine(await api.post(f"{path}/deactivate"))
    assert fine(await api.patch(path, change))["trigger"]["type"] == "member_joined"


async def test_a_cancel_that_an_account_refuses_does_nothing(api: Api) -> None:
    program = (await api.program())["id"]
    currency = (await api.currency(program, spent_accrual="refuse"))["id"]
    member = (await api.member(program))["id"]
    await active(api, program, rule_of(currency))
    event = made(await api.post(f"/programs/{program}/custom_events", event_of(member)))
    account = event["awards"][0]["account_id"]
    made(await api.post(f"/accounts/{account}/transactions", {"type": "redeem", "amount": "1"}))
    answer = await api.post(f"/custom_events/{event['id']}/cancel")
    refused(answer, 409, "points_already_spent")
    assert answer.json()["account_id"] == account
    assert fine(await api.get(f"/custom_events/{event['id']}"))["cancelled_at"] is None
