"""What a cancelled order takes back, by the refunds of card definitions."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from stampbook.dialects.voucherify.core.calls import Call
from stampbook.loyalty.orders.cascade import Revoke
from stampbook.loyalty.orders.model import Order

Body = dict[str, Any]

WORDS: Final = {"REVOKE_FROM_PENDING": Revoke.PENDING, "REVOKE_FROM_BALANCE": Revoke.ALL}


async def revokes_of(call: Call, order: Order) -> Callable[[int], Revoke]:
    """How much of the awards of an order in each currency is taken back. Points of another API's
    currencies all are."""
    rows = await call.store.fetch(
        """
        SELECT DISTINCT a.currency_id, d.body FROM awards w
        JOIN events e ON e.event_id = w.event_id AND e.order_id = $1 AND e.tenant_id = $2
        JOIN voucherify_assignments a ON a.currency_id = w.currency_id
        JOIN voucherify_card_definitions d ON d.definition_id = a.definition_id
        """,
        order.number,
        call.tenant,
    )
    found = {row["currency_id"]: _revoke(msgspec.json.decode(row["body"])) for row in rows}
    return lambda currency: found.get(currency, Revoke.ALL)


def _revoke(body: Body) -> Revoke:
    for method in body["refunds"]["earned_points"]["methods"]:
        return WORDS[method["type"]]
    return Revoke.NONE
