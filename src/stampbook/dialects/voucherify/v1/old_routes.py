"""Temporary: the routes of v1 behind the web framework; see bridge.py."""

from typing import Final

from litestar import Router
from litestar.types import ControllerRouterHandler

from stampbook.dialects.voucherify.core.faults import REFUSED
from stampbook.dialects.voucherify.core.operations import MAX_BODY
from stampbook.dialects.voucherify.v1 import (
    exports,
    members,
    pending,
    reading,
    redemptions,
    transactions,
)
from stampbook.dialects.voucherify.v1.bridge import answer_preflight, refuse

HANDLERS: Final = (
    members.read_card,
    members.read_campaign_card,
    reading.list_members,
    reading.read_campaign,
    reading.read_voucher,
    members.publish_card,
    members.change_balance,
    members.change_campaign_balance,
    members.transfer_points,
    members.list_expiration,
    pending.list_member_pending,
    pending.list_campaign_member_pending,
    pending.list_campaign_pending,
    pending.activate_entry,
    pending.adjust_entry,
    pending.cancel_entry,
    transactions.list_card_transactions,
    transactions.list_campaign_card_transactions,
    transactions.list_campaign_transactions,
    transactions.list_activity,
    transactions.list_campaign_activity,
    exports.export_card,
    exports.export_campaign_card,
    exports.export_campaign,
    exports.fetch_export,
    redemptions.redeem_reward,
    redemptions.redeem_campaign_reward,
    redemptions.read_redemption,
    redemptions.roll_back,
    redemptions.roll_back_stack,
)

routes: Final[list[ControllerRouterHandler]] = [
    Router(
        path="/",
        route_handlers=HANDLERS,
        before_request=answer_preflight,
        exception_handlers=dict.fromkeys(REFUSED, refuse),
        request_max_body_size=MAX_BODY,
        include_in_schema=False,
    )
]
