"""Legacy v1: why points are pending: the event, the rule that gave them, and the order."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from stampbook.dialects.spelling.voucherify import Prefix, spell
from stampbook.dialects.voucherify.core.calls import Reading
from stampbook.dialects.voucherify.core.points.entries import read_entries
from stampbook.dialects.voucherify.core.points.transactions import Award
from stampbook.dialects.voucherify.core.times import stamp_or_none
from stampbook.loyalty.model import Trigger

Place = tuple[int, int]
"""An account, and the number of an accrual within it."""

TYPES: Final[Mapping[str | None, str]] = {
    Trigger.ORDER_PAID: "customer.order.paid",
    Trigger.CUSTOM_EVENT: "customer.custom_event",
    Trigger.SEGMENT_ENTERED: "customer.segment.entered",
}
"""What the vendor calls events; those of other APIs keep their names."""


async def awards_of(call: Reading, places: Iterable[Place]) -> dict[Place, Award]:
    """What rules gave, of these accruals."""
    by_account: dict[int, list[int]] = {}
    for account, seq in places:
        by_account.setdefault(account, []).append(seq)
    found: dict[Place, Award] = {}
    for account, seqs in by_account.items():
        for seq, entry in (await read_entries(call, account, seqs)).items():
            if entry.award is not None:
                found[account, seq] = entry.award
    return found


def origin(award: Award | None) -> dict[str, Any]:
    """The fields of an entry of pending points that say where it comes from; of points that no rule
    gave, nothing is known."""
    if award is None:
        return {"order_id": None, "details": {}}
    order = None if award.order is None else spell(Prefix.ORDER, award.order)
    details: dict[str, Any] = {
        "event": {
            "id": spell(Prefix.CUSTOM_EVENT, award.event),
            "type": TYPES.get(award.kind, award.kind),
            "created_at": stamp_or_none(award.happened_at),
        },
        "earning_rule": {
            "id": spell(Prefix.EARNING_RULE, award.rule),
            "source": {"banner": award.rule_name},
        },
    }
    if order is not None:
        details["order"] = {"id": order, "source_id": award.source}
    return {"order_id": order, "details": details}
