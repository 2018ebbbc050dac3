"""What the rules of costs read of a customer and a member."""

from typing import Any

from stampbook.dialects.voucherify.v2.conditions.writing import OF_MEMBER

Body = dict[str, Any]


def facts_metadata(customer: Body, member: Body) -> Body:
    """One map for the engine: the customer's metadata, and the member's by longer names."""
    return {**customer, **{OF_MEMBER + key: value for key, value in member.items()}}
