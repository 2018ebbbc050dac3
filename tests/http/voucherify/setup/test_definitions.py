"""Card definitions: defaults, rules, states, and what they make of the ledger's policies."""

from __future__ import annotations

from typing import Any

import pytest

from stampbook.domain.policy import DayOfYear, ExpiryType, PendingType, Period, Rounding, Unit
from stampbook.storage.store import Store
from tests.http.voucherify.house import IMMEDIATE, V2, House, error, made, period_based

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


async def test_a_list_that_is_null_is_empty(house: House) -> None:
    """So it is answered, in each part that has lists, and in a change of the definition."""
    limits = {name: {"type": "NO_LIMIT", "limits": None} for name in ("global", "transactions")}
    nothing = {"type": "NONE", "methods": None}
    period = {"value": 1, "unit": "YEAR"}
    sliding = {"period": period, "earning_activity": True}
    parts = {
        "earning_limits": limits,
        "spending_limits": limits,
        "refunds": {"spent_points": nothing, "earned_points": nothing},
        "points_expiration": {
            "type": "SLIDING_EXPIRATION",
            "sliding_expiration": {**sliding, "custom_activity_types": None},
        },
    }
    body = made(await house.post(DEFINITIONS, {"name": "Card", "type": "INDIVIDUAL", **parts}))
    assert body["earning_limits"] == body["spending_limits"] == NO_LIMITS
    assert body["refunds"] == {"spent_points": NO_REFUNDS, "earned_points": NO_REFUNDS}
    assert body["points_expiration"]["sliding_expiration"]["custom_activity_types"] == []
    changed = made(await house.put(f"{DEFINITIONS}/{body['id']}", {"name": None, **parts}))
    assert {**changed, "updated_at": None} == body
    refunds = {"spent_points": {**nothing, "type": "REFUNDABLE"}, "earned_points": nothing}
    refused = {"name": "Card", "type": "INDIVIDUAL", "refunds": refunds}
    assert error(await house.post(DEFINITIONS, refused))[:2] == (400, "invalid_payload")


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
