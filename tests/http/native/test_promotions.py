"""Promotions and the options of currencies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.native.asking import START, Api, Clock, fine, made, refused


async def program_with(api: Api) -> tuple[str, str]:
    program = await api.program()
    return program["id"], (await api.currency(program["id"]))["id"]


async def test_a_promotion_is_made_read_listed_and_changed(api: Api, clock: Clock) -> None:
    program, currency = await program_with(api)
    body = {
        "name": "Summer",
        "external_id": "PROMO123",
        "description": "Double points",
        "starts_at": clock.text(days=-1),
        "ends_at": clock.text(days=1),
        "rules": [
            {"kind": "accrual", "currency_id": currency, "min_amount": "50", "max_amount": 500},
            {"kind": "redemption", "currency_id": currency, "static_amount": "100.16"},
        ],
    }
    promotion = made(await api.post(f"/programs/{program}/promotions", body))
    assert promotion.pop("id").startswith("prm_")
    bounds = {"static_amount": None, "min_amount": "50.00", "max_amount": "500.00"}
    static = {"static_amount": "100.16", "min_amount": None, "max_amount": None}
    assert promotion == {
        **body,
        "program_id": program,
        "status": "active",
        "active": True,
        "rules": [
            {"kind": "accrual", "currency_id": currency, **bounds},
            {"kind": "redemption", "currency_id": currency, **static},
        ],
        "created_at": START,
        "updated_at": START,
    }
    listed = fine(await api.get(f"/programs/{program}/promotions"))["data"]
    assert [{**promotion, "id": each["id"]} for each in listed] == listed
    path = f"/promotions/{listed[0]['id']}"
    assert fine(await api.get(path)) == listed[0]
    clock.advance(days=1)
    ended = fine(await api.get(path))
    assert (ended["status"], ended["active"]) == ("active", False)
    changed = fine(await api.patch(path, {"ends_at": None, "name": "Autumn"}))
    assert changed == {
        **ended, "ends_at": None, "name": "Autumn", "active": True, "updated_at": clock.text(),
    }  # fmt: skip
    off = fine(await api.patch(path, {"status": "inactive"}))
    assert off["active"] is False
    for active, number in (("true", 0), ("false", 1)):
        data = fine(await api.get(f"/programs/{program}/promotions", active=active))["data"]
        assert len(data) == number
    assert fine(await api.patch(path, {})) == off


async def test_promotions_come_in_pages(api: Api) -> None:
    program, _ = await program_with(api)
    for number in range(3):
        made(await api.post(f"/programs/{program}/promotions", {"name": f"P{number}"}))
    first = fine(await api.get(f"/programs/{program}/promotions", limit=2))
    second = fine(
        await api.get(f"/programs/{program}/promotions", limit=2, cursor=first["next_cursor"])
    )
    assert [each["name"] for each in first["data"] + second["data"]] == ["P0", "P1", "P2"]
    assert second["next_cursor"] is None


PROMOTIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "/name"),
    ({"name": "P", "status": "draft"}, "/status"),
    ({"name": "P", "starts_at": START, "ends_at": START}, "/ends_at"),
    ({"name": "P", "rules": [{"kind": "gift"}]}, "/rules/0/kind"),
    ({"name": "P", "rules": [{"static_amount": "1", "min_amount": "1"}]}, "/rules/0"),
    ({"name": "P", "rules": [{"min_amount": "2", "max_amount": "1"}]}, "/rules/0"),
    ({"name": "P", "rules": [{"min_amount": "0"}]}, "/rules/0"),
    ({"name": "P", "rules": [{"min_amount": "1.005"}]}, "/rules/0/min_amount"),
]


@pytest.mark.parametrize(("body", "pointer"), PROMOTIONS)
async def test_promotions_that_cannot_be(api: Api, body: dict[str, Any], pointer: str) -> None:
    program, currency = await program_with(api)
    if "rules" in body:
        plain = {"kind": "accrual", "currency_id": currency}
        body = {**body, "rules": [{**plain, **rule} for rule in body["rules"]]}
    answer = await api.post(f"/programs/{program}/promotions", body)
    refused(answer, 422, "invalid_request", pointer)


async def test_an_external_id_is_taken_once_in_a_program(api: Api) -> None:
    program, _ = await program_with(api)
    other, _ = await program_with(api)
    body = {"name": "P", "external_id": "x"}
    made(await api.post(f"/programs/{program}/promotions", body))
    made(await api.post(f"/programs/{other}/promotions", body))
    refused(
        await api.post(f"/programs/{program}/promotions", body),
        409,
        "external_id_taken",
        "/external_id",
    )  # fmt: skip


async def test_rules_name_currencies_of_the_program(api: Api) -> None:
    program, _ = await program_with(api)
    _, elsewhere = await program_with(api)
    for currency in (elsewhere, "cur_fff", "x"):
        body = {"name": "P", "rules": [{"kind": "accrual", "currency_id": currency}]}
        refused(await api.post(f"/programs/{program}/promotions", body), 404, "not_found")
        tiers = {"name": "T", "currency_id": currency, "tiers": [{"name": "A", "threshold": 1}]}
        refused(await api.post(f"/programs/{program}/tier_groups", tiers), 422, "invalid_request")


async def test_a_currencys_options(api: Api) -> None:
    _, currency = await program_with(api)
    path = f"/currencies/{currency}/options"
    earning = {"per_transaction": None, "balance": None, "period": None}
    spending = {"per_transaction": None, "lifetime": None, "period": None}
    default = {
        "currency_id": currency,
        "initial_balance": "0.00",
        "backdating": False,
        "earning_limits": earning,
        "spending_limits": spending,
        "exchange": None,
        "return_spent": "proportional",
        "approval_above": None,
        "unit_value": None,
    }
    assert fine(await api.get(path)) == default
    changed = {**default, "initial_balance": "10.50"}
    assert fine(await api.patch(path, {"initial_balance": "10.5"})) == changed
    assert fine(await api.patch(path, {"backdating": True})) == {**changed, "backdating": True}
    refused(await api.patch(path, {"initial_balance": "-1"}), 422, "invalid_request")
    limits = {"balance": "100.00", "period": {"max": "10.00", "period": "week"}}
    found = fine(await api.patch(path, {"earning_limits": limits}))
    assert (found["earning_limits"], found["initial_balance"]) == ({**earning, **limits}, "10.50")
    found = fine(await api.patch(path, {"spending_limits": {"lifetime": "5"}}))
    assert found["spending_limits"] == {**spending, "lifetime": "5.00"}
    assert found["earning_limits"] == {**earning, **limits}
    for bad, pointer in (
        ({"balance": "0"}, "/earning_limits/balance"),
        ({"per_transaction": "1.005"}, "/earning_limits/per_transaction"),
        ({"period": {"max": "1", "period": "fortnight"}}, "/earning_limits/period/period"),
    ):
        answer = await api.patch(path, {"earning_limits": bad})
        refused(answer, 422, "invalid_request", pointer)
    assert fine(await api.patch(path, {"earning_limits": {}}))["earning_limits"] == earning


async def test_strangers_see_nothing(api: Api, stranger: Api) -> None:
    program, currency = await program_with(api)
    promotion = made(await api.post(f"/programs/{program}/promotions", {"name": "P"}))["id"]
    tiers = {"name": "T", "currency_id": currency, "tiers": [{"name": "A", "threshold": 1}]}
    group = made(await api.post(f"/programs/{program}/tier_groups", tiers))["id"]
    for path in (
        f"/programs/{program}/promotions",
        f"/promotions/{promotion}",
        f"/programs/{program}/tier_groups",
        f"/tier_groups/{group}",
        f"/currencies/{currency}/options",
    ):
        refused(await stranger.get(path), 404, "not_found")
    for path in (f"/promotions/{promotion}", f"/currencies/{currency}/options"):
        refused(await stranger.patch(path, {}), 404, "not_found")
    refused(await stranger.post(f"/programs/{program}/promotions", {"name": "P"}), 404, "not_found")


async def test_configuring_is_for_admins(api: Api, key_with: Any) -> None:
    program, currency = await program_with(api)
    reader = await key_with("read")
    for answer in (
        await reader.post(f"/programs/{program}/promotions", {"name": "P"}),
        await reader.post(f"/programs/{program}/tier_groups", {}),
        await reader.patch(f"/currencies/{currency}/options", {}),
    ):
        refused(answer, 403, "forbidden")


async def test_writes_are_done_once(api: Api) -> None:
    program, _ = await program_with(api)
    for _ in range(2):
        made(await api.post(f"/programs/{program}/promotions", {"name": "P"}, key="k"))
    assert len(fine(await api.get(f"/programs/{program}/promotions"))["data"]) == 1
    dry = await api.ask(
        "POST", f"/programs/{program}/promotions", json={"name": "Q"}, params={"dry_run": "true"}
    )
    made(dry)
    assert len(fine(await api.get(f"/programs/{program}/promotions"))["data"]) == 1
