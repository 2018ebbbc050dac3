"""Earning rules of the tests."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import V2, House, made

RULES = f"{V2}/earning-rules"
BENEFITS = f"{V2}/benefits"
ORDER_PAID = {"event": "customer.order.paid"}


def points(definition: str, value: int = 100, **more: Any) -> dict[str, Any]:
    """An effect: so many points."""
    return {"type": "POINTS", "points": {"value": value, "card_definition_id": definition, **more}}


def per_amount(definition: str, every: int = 100, value: float = 1, **more: Any) -> dict[str, Any]:
    """An effect: points for every so much of the order's total."""
    part = {
        "calculation_type": "POST_DISCOUNT_ORDER_AMOUNT",
        "card_definition_id": definition,
        "order": {"total_amount": {"every": every, "value": value}},
        **more,
    }
    return {"type": "POINTS_PROPORTIONAL", "points_proportional": part}


def group(*rules: dict[str, Any], logic: str | None = None) -> dict[str, Any]:
    """Rules that must all hold, unless `logic` says otherwise."""
    numbers = [str(at) for at in range(1, len(rules) + 1)]
    return {**dict(zip(numbers, rules, strict=True)), "logic": logic or " and ".join(numbers)}


def rule_body(*effects: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "name": "Purchases",
        "trigger": ORDER_PAID,
        "earnings": [{"effects": list(effects)}],
        **fields,
    }


def rolling(
    value: int = 12, unit: str = "MONTH", rounding: dict[str, Any] | None = None
) -> dict[str, Any]:
    part: dict[str, Any] = {"period": {"value": value, "unit": unit}}
    if rounding is not None:
        part["rounding"] = rounding
    return {"type": "ROLLING_EXPIRATION", "rolling_expiration": part}


def daily(**span: Any) -> dict[str, Any]:
    whole = {"days_of_week": [1], "start_time": "09:00", "end_time": "18:00", **span}
    return {"type": "DAILY", "daily": [whole]}


def cooldown(value: int, unit: str) -> dict[str, Any]:
    period = {"value": value, "unit": unit}
    return {"cooldown": {"type": "FIXED_COOLDOWN", "fixed_cooldown": {"period": period}}}


async def make_rule(house: House, *effects: dict[str, Any], **fields: Any) -> Any:
    """An active rule on paid orders, unless the fields say otherwise."""
    return made(await house.post(RULES, {"status": "ACTIVE", **rule_body(*effects), **fields}))
