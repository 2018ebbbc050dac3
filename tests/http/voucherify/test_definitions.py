"""Card definitions: defaults, rules, states, and what they make of the ledger's policies."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from stampbook.dialects.voucherify.core.definitions.wire import PARTS
from stampbook.domain.policy import DayOfYear, ExpiryType, PendingType, Period, Rounding, Unit
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made, period_based

PATIENCE_S = 20.0
"""Only an edit that never comes to its writing takes so long."""

DEFINITIONS = f"{V2}/card-definitions"
NO_LIMITS = {
    "global": {"type": "NO_LIMIT", "limits": []},
    "transactions": {"type": "NO_LIMIT", "limits": []},
}
NO_REFUNDS = {"type": "NONE", "methods": []}
NO_EXPIRATION = {"type": "NO_EXPIRATION"}
NEGATIVE = {"allow_negative": True}


def revoking(method: dict[str, str]) -> dict[str, Any]:
    return {
        "spent_points": NO_REFUNDS,
        "earned_points": {"type": "REFUNDABLE", "methods": [method]},
    }


async def test_defaults(house: House) -> None:
    """What is not said is answered all the same."""
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL"}))
    assert body.pop("id").startswith("lcdef_")
    assert body == {
        "name": "Card",
        "type": "INDIVIDUAL",
        "status": "DRAFT",
        "code_config": {
            "pattern": "##########",
            "length": 10,
            "charset": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "prefix": "",
            "postfix": "",
        },
        "points_expiration": NO_EXPIRATION,
        "pending_points": IMMEDIATE,
        "earning_limits": NO_LIMITS,
        "spending_limits": NO_LIMITS,
        "refunds": {"spent_points": NO_REFUNDS, "earned_points": NO_REFUNDS},
        "balance_settings": {"allow_negative": False},
        "pay_with_points": {"type": "NO_PAYMENTS"},
        "metadata": {},
        "created_at": "2026-08-06T14:01:13.346Z",
        "updated_at": None,
        "object": "card_definition",
    }
    (listed,) = await house.all(DEFINITIONS)
    assert made(await house.get(f"{DEFINITIONS}/{listed['id']}")) == listed
    assert listed == {**body, "id": listed["id"]}


async def test_a_whole_definition(house: House) -> None:
    parts = {
        "code_config": {"pattern": "VIP-####", "charset": "01", "prefix": "A", "postfix": "Z"},
        "points_expiration": {
            "type": "ROLLING_EXPIRATION",
            "rolling_expiration": {
                "period": {"value": 12, "unit": "MONTH"},
                "rounding": {"type": "END_OF_PARTICULAR_MONTH", "value": 3},
            },
        },
        "pending_points": period_based(30),
        "earning_limits": {
            "global": {"type": "LIMITED", "limits": [{"type": "BALANCE_BASED", "max": 100}]},
            "transactions": {
                "type": "LIMITED",
                "limits": [
                    {"type": "POINTS", "max": 5},
                    {"type": "SPENDING", "min_amount": 1},
                ],
            },
        },
        "spending_limits": {
            "global": {
                "type": "LIMITED",
                "limits": [
                    {
                        "type": "TIME_BASED",
                        "period": {
                            "type": "CURRENT_PERIOD",
                            "current_period": {"unit": "QUARTER"},
                        },
                        "points": {"max": 7},
                    }
                ],
            },
            "transactions": {"type": "NO_LIMIT", "limits": []},
        },
        "refunds": {
            "spent_points": {
                "type": "REFUNDABLE",
                "methods": [{"type": "RETURN_POINTS", "mode": "REFUND_ALL"}],
            },
            "earned_points": {
                "type": "REFUNDABLE",
                "methods": [{"type": "REVOKE_FROM_PENDING"}],
            },
        },
        "balance_settings": {"allow_negative": False},
        "metadata": {"a": [1, {"b": None}]},
    }
    wanted = {
        "name": "VIP",
        "type": "INDIVIDUAL",
        "status": "ACTIVE",
        "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": 0.01}},
        **parts,
    }
    body = made(await house.post(DEFINITIONS, wanted))
    assert {name: body[name] for name in parts} == {
        **parts,
        "code_config": {**parts["code_config"], "length": 4},  # type: ignore[dict-item]
    }
    assert body["pay_with_points"] == {
        "type": "EXCHANGE_RATIO",
        "exchange_ratio": {"formula": "0.01"},
    }


@pytest.mark.parametrize(
    "parts",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"name": None},
        {"name": 7},
        {"type": "SHARED"},
        {"status": "DELETED"},
        {"unknown": 1},
        {"metadata": []},
        {"code_config": {"length": 0}},
        {"code_config": {"charset": ""}},
        {"code_config": {"pattern": "####", "colour": "red"}},
        {"points_expiration": {"type": "ROLLING_EXPIRATION"}},
        {"points_expiration": {"type": "NEVER"}},
        {
            "points_expiration": {
                "type": "NO_EXPIRATION",
                "rolling_expiration": {"period": {"value": 1, "unit": "DAY"}},
            }
        },
        {
            "points_expiration": {
                "type": "ROLLING_EXPIRATION",
                "rolling_expiration": {
                    "period": {"value": 1, "unit": "DAY"},
                    "rounding": {"type": "END_OF_PARTICULAR_MONTH"},
                },
            }
        },
        {"pending_points": period_based(91)},
        {"pending_points": period_based(13, "MONTH")},
        {"pending_points": period_based(2, "YEAR")},
        {"pending_points": period_based(0)},
        {"pending_points": period_based(1, "WEEK")},
        {"pending_points": {"type": "FIXED_DATES", "fixed_dates": {"dates": []}}},
        {
            "pending_points": {
                "type": "FIXED_DATES",
                "fixed_dates": {"dates": [{"day": 31, "month": 4}]},
            }
        },
        {"pending_points": {"type": "EVENT_BASED", "event_based": {"event_types": ["ms_1"]}}},
        {
            "pending_points": {
                "type": "EVENT_BASED",
                "event_based": {
                    "event_types": ["order.paid"],
                    "cancel_period": {"value": 1, "unit": "DAY"},
                },
            }
        },
        {"earning_limits": {**NO_LIMITS, "global": {"type": "LIMITED", "limits": []}}},
        {
            "earning_limits": {
                **NO_LIMITS,
                "global": {"type": "NO_LIMIT", "limits": [{"type": "BALANCE_BASED", "max": 1}]},
            }
        },
        {
            "spending_limits": {
                **NO_LIMITS,
                "global": {"type": "LIMITED", "limits": [{"type": "BALANCE_BASED", "max": 1}]},
            }
        },
        {"refunds": {"spent_points": NO_REFUNDS}},
        {"refunds": revoking({"type": "REVOKE_FROM_PENDING"})},
        {"refunds": revoking({"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_BELOW_ZERO"})},
        {
            "balance_settings": NEGATIVE,
            "points_expiration": {
                "type": "ROLLING_EXPIRATION",
                "rolling_expiration": {"period": {"value": 1, "unit": "YEAR"}},
            },
        },
        {"pay_with_points": {"type": "EXCHANGE_RATIO"}},
        {
            "pay_with_points": {
                "type": "EXCHANGE_RATIO",
                "exchange_ratio": {"formula": "points * 2"},
            }
        },
        {"pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "-1"}}},
        {"pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "NaN"}}},
    ],
)
async def test_what_is_refused(house: House, parts: dict[str, Any]) -> None:
    response = await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL", **parts})
    assert error(response)[:2] == (400, "invalid_payload")
    assert await house.all(DEFINITIONS) == []


async def test_what_is_missing_is_named(house: House) -> None:
    response = await house.post(DEFINITIONS, {"type": "INDIVIDUAL"})
    assert error(response)[3] == "Payload must have required property 'name'"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"pending_points": IMMEDIATE}, {}),
        (
            {"pending_points": period_based(2, "MONTH")},
            {"pending": (PendingType.PERIOD, Period(2, Unit.MONTH), True)},
        ),
        (
            {
                "points_expiration": {
                    "type": "ROLLING_EXPIRATION",
                    "rolling_expiration": {"period": {"value": 30, "unit": "DAY"}},
                }
            },
            {"expiry": (ExpiryType.ROLLING, Period(30, Unit.DAY), Rounding.END_OF_DAY)},
        ),
        (
            {
                "points_expiration": {
                    "type": "SLIDING_EXPIRATION",
                    "sliding_expiration": {
                        "period": {"value": 1, "unit": "YEAR"},
                        "earning_activity": True,
                    },
                }
            },
            {"expiry": (ExpiryType.SLIDING, Period(1, Unit.YEAR), Rounding.END_OF_DAY)},
        ),
        (
            {
                "points_expiration": {
                    "type": "CALENDAR_EXPIRATION",
                    "calendar_expiration": {"expiration_dates": [{"day": 31, "month": 12}]},
                }
            },
            {"dates": (DayOfYear(12, 31),)},
        ),
        ({"balance_settings": NEGATIVE}, {"overdraft": 9 * 10**15}),
        (
            {
                "balance_settings": NEGATIVE,
                "refunds": revoking({"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_BELOW_ZERO"}),
            },
            {"spent_accrual": "debt"},
        ),
        (
            {"refunds": revoking({"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_TO_ZERO"})},
            {"spent_accrual": "clamp"},
        ),
    ],
)
async def test_as_policies(
    house: House, store: Store, parts: dict[str, Any], expected: dict[str, Any]
) -> None:
    definition = await house.definition(**{"pending_points": IMMEDIATE, **parts})
    await house.program(definition["id"])
    row = await store.fetch_one("SELECT max(currency_id) AS currency FROM currencies")
    assert row is not None
    (policy,) = await store.policies([row["currency"]])
    found = {
        "pending": (policy.pending.type, policy.pending.period, policy.pending.whole_days),
        "expiry": (policy.expiry.type, policy.expiry.period, policy.expiry.rounding),
        "dates": policy.expiry.dates,
        "overdraft": policy.overdraft,
        "spent_accrual": policy.spent_accrual,
    }
    assert {name: found[name] for name in expected} == expected


async def test_update(house: House) -> None:
    """A draft is changed as it pleases; anything else keeps its rules."""
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL"}))
    path = f"{DEFINITIONS}/{body['id']}"
    house.clock.advance(seconds=1)
    changed = made(await house.put(path, {"pending_points": period_based(5), "metadata": {"a": 1}}))
    assert changed["pending_points"] == period_based(5)
    assert changed["updated_at"] == "2026-08-06T14:01:14.346Z"
    assert made(await house.put(path, {"metadata": {"b": 2}}))["metadata"] == {"a": 1, "b": 2}
    assert made(await house.put(path, {"metadata": None}))["metadata"] == {}
    made(await house.post(path + "/activate"))
    for body in (
        {"pending_points": IMMEDIATE},
        {"name": "Other", "balance_settings": NEGATIVE},
        {"type": "INDIVIDUAL"},
        {"status": "DRAFT"},
    ):
        assert error(await house.put(path, body))[:2] == (400, "invalid_payload")
    kept = {
        "name": "Other",
        "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "2"}},
    }
    changed = made(await house.put(path, kept))
    assert {name: changed[name] for name in kept} == kept
    assert made(await house.get(path)) == changed


async def test_what_an_active_program_uses_keeps_its_rules(house: House) -> None:
    """A draft, too: they are the rules of points that people have."""
    definition, other = await house.definition(), await house.definition()
    program = await house.program(definition["id"], other["id"])
    card = await house.card_in(program["id"])
    lot = await house.accrue(card, 10)
    path = f"{DEFINITIONS}/{definition['id']}"
    made(await house.post(path + "/draft"))
    body = made(await house.get(path))
    rules = [name for name in PARTS if name != "pay_with_points"]
    for name in rules:
        response = await house.put(path, {"name": "Other", name: body[name]})
        assert error(response) == (
            400,
            "invalid_payload",
            "Invalid payload",
            f"Property .{name} cannot be changed when an ACTIVE program uses the card definition",
        )
    assert made(await house.get(path)) == body
    kept = {
        "name": "Other",
        "metadata": {"a": 1},
        "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": "2"}},
    }
    changed = made(await house.put(path, kept))
    assert {name: changed[name] for name in kept} == kept
    made(await house.post(card.cancel_path(lot)))


async def test_a_change_reaches_the_cards(house: House) -> None:
    """The definition of a program that rests may be drafted, changed and activated again."""
    definition = await house.definition()
    program = await house.program(definition["id"])
    card = await house.card_in(program["id"])
    await house.accrue(card, 10)
    path = f"{DEFINITIONS}/{definition['id']}"
    made(await house.post(f"{V2}/programs/{program['id']}/deactivate"))
    made(await house.post(path + "/draft"))
    made(await house.put(path, {"pending_points": IMMEDIATE}))
    made(await house.post(path + "/activate"))
    made(await house.post(f"{V2}/programs/{program['id']}/activate"))
    await house.accrue(card, 5)
    assert await house.balance(card) == (5, 10)


async def test_steps(house: House) -> None:
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL"}))
    path = f"{DEFINITIONS}/{body['id']}"
    wrong = (400, "invalid_state_transition", "Invalid state transition")
    assert error(await house.post(path + "/draft"))[:3] == wrong
    assert made(await house.post(path + "/activate"))["status"] == "ACTIVE"
    assert error(await house.post(path + "/activate"))[:3] == wrong
    assert made(await house.post(path + "/draft"))["status"] == "DRAFT"
    types = [each["type"] for each in await house.all(path + "/activities")]
    assert types == [
        "vl.card_definition.drafted",
        "vl.card_definition.activated",
        "vl.card_definition.created",
    ]


async def test_delete(house: House) -> None:
    used, free = await house.definition(), await house.definition()
    program = await house.program(used["id"])
    response = await house.delete(f"{DEFINITIONS}/{used['id']}")
    assert error(response)[:2] == (400, "resource_in_use")
    path = f"{DEFINITIONS}/{free['id']}"
    assert made(await house.delete(path))["status"] == "DELETED"
    for response in (
        await house.get(path),
        await house.put(path, {"name": "x"}),
        await house.delete(path),
        await house.post(path + "/activate"),
        await house.get(path + "/activities"),
    ):
        assert error(response)[0] == 404
        assert response.json()["resource_type"] == "card_definition"
    made(await house.delete(f"{V2}/programs/{program['id']}"))
    made(await house.delete(f"{DEFINITIONS}/{used['id']}"))
    assert await house.all(DEFINITIONS) == []


async def test_lists(house: House, stranger: House) -> None:
    for name in ("Gold", "Silver", "Bronze"):
        made(await house.post(DEFINITIONS, {"name": name, "type": "INDIVIDUAL"}))
        house.clock.advance(days=1)
    await house.definition(name="Black")
    assert await _names(house) == ["Black", "Bronze", "Silver", "Gold"]
    assert await _names(house, ("order", "name")) == ["Black", "Bronze", "Gold", "Silver"]
    by_status = await _names(house, ("order", "status"), ("order", "-name"))
    assert by_status == ["Black", "Silver", "Gold", "Bronze"]
    assert await _names(house, ("order", "-created_at"), ("limit", "1")) == await _names(house)
    draft = ("filters[status][conditions][$is]", "DRAFT")
    assert len(await _names(house, draft)) == 3
    contains = ("filters[name][conditions][$contains]", "l")
    assert await _names(house, contains) == ["Black", "Silver", "Gold"]
    assert await _names(house, contains, draft) == ["Silver", "Gold"]
    either = ("filters[junction]", "OR")
    assert len(await _names(house, contains, draft, either)) == 4
    old = ("filters[created_at][conditions][$more_than]", "1")
    assert await _names(house, old) == ["Silver", "Gold"]
    never = ("filters[updated_at][conditions][$is_unknown]", "")
    assert len(await _names(house, never)) == 4
    assert await _names(stranger) == []


async def _names(house: House, *pairs: tuple[str, str]) -> list[str]:
    return [each["name"] for each in await house.all(DEFINITIONS, pairs)]


async def test_a_currency_of_another_api(house: House, client: Any) -> None:
    """It is a definition too, with what its policy says; only its name can be changed here."""
    headers = {"Authorization": f"Bearer {house.secret}"}
    program = made(await client.post("/v1/programs", json={"name": "Native"}, headers=headers))
    currency = {
        "name": "Points",
        "pending": {"type": "period", "period": {"value": 2, "unit": "week"}},
        "expiry": {"type": "rolling", "period": {"value": 1, "unit": "month"}},
    }
    path = f"/v1/programs/{program['id']}/currencies"
    native = made(await client.post(path, json=currency, headers=headers))
    number = int(native["id"].partition("_")[2], 16)
    one = f"{DEFINITIONS}/lcdef_{number:018x}"
    body = made(await house.get(one))
    assert body["name"] == "Points"
    assert body["status"] == "ACTIVE"
    assert body["pending_points"] == period_based(14)
    assert body["points_expiration"] == {
        "type": "ROLLING_EXPIRATION",
        "rolling_expiration": {"period": {"value": 1, "unit": "MONTH"}},
    }
    assert made(await house.put(one, {"name": "Stars"}))["name"] == "Stars"
    for part in ("pay_with_points", "pending_points", "code_config"):
        response = await house.put(one, {"name": "Suns", part: body[part]})
        assert error(response)[:2] == (400, "invalid_payload")
    assert made(await house.get(one))["name"] == "Stars"
    assert error(await house.post(one + "/draft"))[1] == "invalid_state_transition"
    assert error(await house.delete(one))[1] == "resource_in_use"


async def test_edits_at_once(house: House) -> None:
    """Each is carried out or told to come again; none breaks, and the last one stands."""
    definition = await house.definition()
    await house.program(definition["id"])
    path = f"{DEFINITIONS}/{definition['id']}"
    answers = await asyncio.gather(
        *(house.put(path, {"name": f"Card {number}"}) for number in range(12))
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 503}
    names = {made(answer)["name"] for answer in answers if answer.status_code == 200}
    assert made(await house.get(path))["name"] in names


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_an_edit_that_another_was_before_is_told_to_come_again(
    house: House, store: Store
) -> None:
    """The currency changes between the edit's reading and its writing."""
    definition = await house.definition()
    await house.program(definition["id"])
    path = f"{DEFINITIONS}/{definition['id']}"
    async with store.transaction() as other:
        await other.execute("UPDATE currencies SET version = version + 1")
        edit = asyncio.ensure_future(house.put(path, {"name": "Other"}))
        async with asyncio.timeout(PATIENCE_S):
            while not await store.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not edit.done()
    answer = await edit
    assert error(answer)[:2] == (503, "service_unavailable")
    assert made(await house.get(path))["name"] == definition["name"]
    assert made(await house.put(path, {"name": "Other"}))["name"] == "Other"
