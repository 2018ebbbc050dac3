"""Every operation of legacy v1. Most that are about a card may name its campaign or not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.v1 import (
    exports,
    members,
    pending,
    reading,
    redemptions,
    shapes,
    transactions,
)
from stampbook.dialects.voucherify.v1.cards import LOYALTIES
from stampbook.edge.operations import Handler, Operation

GET, POST = "GET", "POST"
READ, WRITE, CANCEL = "read", "ledger:write", "ledger:cancel"

CARD: Final = f"{LOYALTIES}/members/{{member}}"
CAMPAIGN: Final = f"{LOYALTIES}/{{campaign}}"
OF_CAMPAIGN: Final = f"{CAMPAIGN}/members/{{member}}"
ENTRY: Final = f"{CARD}/pending-points/{{entry}}"
REDEMPTION: Final = "/v1/redemptions/{redemption}"

PAGES: Final = {"limit": "entries on a page: 1 to 100, without it 10", "page": "1 to 100"}
ENTRIES: Final = {
    "limit": "entries on a page: 1 to 100, without it 10",
    "order": "id, -id, created_at or -created_at",
    "starting_after_id": "the id of the last entry of the page before",
}
FILTERED: Final = {**ENTRIES, "filters": "of id and created_at, as in v2"}
CARDS: Final = {
    **PAGES,
    "order": "created_at, updated_at or code, or one of them after -",
    "customer": "the holder's id or source id",
    "code": "the card's code",
    "ids": "ids of cards, parted by commas",
    "created_at[before]": "an instant; also with after, and of updated_at",
}


def legacy(
    method: str,
    paths: str | tuple[str, ...],
    handler: Handler,
    scope: str,
    summary: str,
    answer: Any = None,
    *,
    status: int = 200,
    body: Any = None,
    query: Mapping[str, str] | None = None,
) -> Operation:
    """A row; of several paths the first is documented."""
    paths = (paths,) if isinstance(paths, str) else paths
    row = operation(method, paths[0], handler, scope, summary, tag="Legacy v1",
                    status=status, body=body, answer=answer, query=query,
                    name=f"v1_{handler.__name__}")  # fmt: skip
    return replace(row, paths=paths)


def either(ending: str = "") -> tuple[str, str]:
    """The paths of an operation on a card, with its campaign and without."""
    return f"{OF_CAMPAIGN}{ending}", f"{CARD}{ending}"


OPERATIONS: Final[tuple[Operation, ...]] = (
    legacy(GET, CAMPAIGN, reading.read_campaign, READ, "Read a campaign", shapes.CAMPAIGN),
    legacy(GET, f"{CAMPAIGN}/members", reading.list_members, READ,
           "List a campaign's cards", shapes.VOUCHERS,
           query=CARDS),
    legacy(POST, f"{CAMPAIGN}/members", members.publish_card, WRITE,
           "Publish a card", shapes.VOUCHER,
           body=members.Publication),
    legacy(GET, either(), members.read_card, READ, "Read a card", shapes.VOUCHER),
    legacy(GET, "/v1/vouchers/{code}", reading.read_voucher, READ,
           "Read a card as a voucher", shapes.ONE_VOUCHER),
    legacy(POST, either("/balance"), members.change_balance, WRITE,
           "Add or remove points", shapes.BALANCE,
           body=members.BalanceChange),
    legacy(POST, f"{OF_CAMPAIGN}/transfers", members.transfer_points, WRITE,
           "Move points from other cards to a card", shapes.VOUCHER, body=members.TransfersIn),
    legacy(GET, f"{OF_CAMPAIGN}/points-expiration", members.list_expiration, READ,
           "List the points that will expire", shapes.EXPIRING, query=PAGES),
    legacy(GET, either("/pending-points"), pending.list_pending, READ,
           "List a card's pending points", shapes.PENDING, query=ENTRIES),
    legacy(GET, f"{CAMPAIGN}/pending-points", pending.list_campaign_pending, READ,
           "List the pending points of a campaign's cards", shapes.PENDING, query=ENTRIES),
    legacy(POST, f"{ENTRY}/activate", pending.activate_entry, WRITE,
           "Activate pending points", shapes.BALANCE),
    legacy(POST, f"{ENTRY}/balance", pending.adjust_entry, WRITE,
           "Add or remove pending points", shapes.PENDING_BALANCE,
           body=pending.PendingAdjustment),
    legacy(POST, f"{ENTRY}/cancel", pending.cancel_entry, CANCEL, "Cancel pending points",
           status=204),
    legacy(GET, either("/transactions"), transactions.list_card_transactions, READ,
           "List a card's transactions", shapes.TRANSACTIONS, query=FILTERED),
    legacy(GET, f"{CAMPAIGN}/transactions", transactions.list_campaign_transactions, READ,
           "List the transactions of a campaign's cards", shapes.TRANSACTIONS, query=FILTERED),
    legacy(GET, either("/activity"), transactions.list_activity, READ,
           "List what happened to a card", shapes.ACTIVITY, query=FILTERED),
    legacy(POST, either("/transactions/export"), exports.export_card, READ,
           "Export a card's transactions", shapes.EXPORT, body=exports.ExportBody),
    legacy(POST, f"{CAMPAIGN}/transactions/export", exports.export_campaign, READ,
           "Export the transactions of a campaign's cards", shapes.EXPORT, body=exports.ExportBody),
    legacy(GET, f"{LOYALTIES}/exports/{{export}}", exports.fetch_export, READ,
           "Fetch an export as CSV"),
    legacy(POST, either("/redemption"), redemptions.redeem_reward, WRITE,
           "Pay points for a reward", shapes.REDEMPTION, body=redemptions.RedemptionBody),
    legacy(GET, REDEMPTION, redemptions.read_redemption, READ,
           "Read a redemption or its rollback", shapes.EITHER),
    legacy(POST, f"{REDEMPTION}/rollback", redemptions.roll_back, CANCEL,
           "Roll a redemption back", shapes.ROLLBACK,
           body=redemptions.RollbackBody),
    legacy(POST, f"{REDEMPTION}/rollbacks", redemptions.roll_back_stack, CANCEL,
           "Roll a stack of redemptions back", shapes.STACK, body=redemptions.RollbackBody),
)  # fmt: skip
