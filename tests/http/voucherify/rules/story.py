"""A house that goes live: everything its programs need, in the order in which it is made."""

from __future__ import annotations

from typing import Any

from tests.http.voucherify.house import V2, period_based
from tests.http.voucherify.rules.kit import per_amount, points, rule_body

REVOKE = {"type": "REVOKE_FROM_BALANCE", "mode": "REVOKE_TO_ZERO"}
DEFINITION = {
    "name": "Points",
    "type": "INDIVIDUAL",
    "status": "ACTIVE",
    "pending_points": period_based(10),
    "pay_with_points": {"type": "EXCHANGE_RATIO", "exchange_ratio": {"formula": 2}},
    "refunds": {
        "earned_points": {"type": "REFUNDABLE", "methods": [REVOKE]},
        "spent_points": {
            "type": "REFUNDABLE",
            "methods": [{"type": "RETURN_POINTS", "mode": "REFUND_ALL"}],
        },
    },
}
"""Earned points wait for ten days; two points pay a cent; a cancelled order gives all back."""


def order_rule(definition: str) -> dict[str, Any]:
    """A point for each whole 1.00 of a paid order."""
    return rule_body(per_amount(definition), status="ACTIVE")


def visit_rule(definition: str) -> dict[str, Any]:
    """50 points for the event `visit`."""
    trigger = {"event": "customer.custom_event", "custom_event": {"schema_id": "ms_visit"}}
    return rule_body(points(definition, 50), name="Visits", trigger=trigger, status="ACTIVE")


def structure(definition: str) -> dict[str, Any]:
    return {
        "name": "Levels",
        "type": "POINT_BALANCE",
        "point_balance": {"card_definition_id": definition},
        "downgrade": {"type": "MULTI_LEVEL"},
    }


def tier(name: str, low: int, high: int | None = None) -> dict[str, Any]:
    bounds = {"min_value": low} if high is None else {"min_value": low, "max_value": high}
    return {"name": name, "qualification_rules": {"type": "POINTS", "points": bounds}}


SILVER, GOLD = tier("Silver", 100, 499), tier("Gold", 500)


def reward(definition: str) -> dict[str, Any]:
    """A mug for 250 points that may be given back."""
    return {
        "name": "Mug",
        "type": "MATERIAL",
        "status": "ACTIVE",
        "material": {"type": "PRODUCT", "product": {"id": "prod_0a"}},
        "refunds": {"type": "REFUNDABLE"},
        "costs": [{"spending": [{"points": 250, "card_definition_id": definition}]}],
    }


def stocked(reward_id: str) -> dict[str, Any]:
    """The assignment of a reward of which five pieces are there."""
    return {"id": reward_id, "stock": {"type": "LIMITED", "limited": {"quantity": 5}}}


def paid(customer: str, amount: int, **fields: Any) -> dict[str, Any]:
    return {"status": "PAID", "amount": amount, "customer": {"id": customer}, **fields}


def examined(member: str, amount: int) -> dict[str, Any]:
    """What a paid order of the amount would earn."""
    return {
        "customer_identification": {"type": "member_id", "member_id": member},
        "trigger": {"type": "SPECIFIC", "specific": {"event": "customer.order.paid"}},
        "customer_order_paid": {"order": {"amount": amount}},
    }


PROGRAMS = f"{V2}/programs"
