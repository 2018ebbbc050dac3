"""All routes of the dialect, with the answers to browsers that ask what they may send."""

from typing import Any, Final

from litestar import Request, Response, Router
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from stampbook.dialects.voucherify.core import customers, tokens
from stampbook.dialects.voucherify.core.answers import MAX_BODY, preflight, respond_fault
from stampbook.dialects.voucherify.core.calls import standing_of
from stampbook.dialects.voucherify.core.faults import Fault
from stampbook.dialects.voucherify.v1 import (
    exports as legacy_exports,
)
from stampbook.dialects.voucherify.v1 import (
    members as legacy_members,
)
from stampbook.dialects.voucherify.v1 import (
    pending as legacy_pending,
)
from stampbook.dialects.voucherify.v1 import (
    reading as legacy_reading,
)
from stampbook.dialects.voucherify.v1 import (
    redemptions as legacy_redemptions,
)
from stampbook.dialects.voucherify.v1 import (
    transactions as legacy_transactions,
)
from stampbook.dialects.voucherify.v2 import (
    activities,
    adjusting,
    async_actions,
    card_lists,
    definition_routes,
    expiring,
    member_routes,
    memberships,
    pending,
    program_routes,
    reports,
)
from stampbook.programs.faults import Gone, Taken
from stampbook.storage.store import UniqueViolation

HANDLERS: Final[tuple[HTTPRouteHandler, ...]] = (
    tokens.create_token,
    tokens.ping,
    program_routes.list_programs,
    program_routes.create_program,
    program_routes.read_program,
    program_routes.update_program,
    program_routes.delete_program,
    program_routes.activate_program,
    program_routes.deactivate_program,
    program_routes.list_assignments,
    program_routes.change_assignments,
    activities.list_program_activities,
    definition_routes.list_definitions,
    definition_routes.create_definition,
    definition_routes.read_definition,
    definition_routes.update_definition,
    definition_routes.delete_definition,
    definition_routes.activate_definition,
    definition_routes.draft_definition,
    definition_routes.list_definition_activities,
    member_routes.list_members,
    member_routes.create_member,
    member_routes.create_members,
    member_routes.read_member,
    member_routes.update_member,
    member_routes.delete_member,
    member_routes.activate_member,
    member_routes.deactivate_member,
    activities.list_member_activities,
    memberships.list_memberships,
    memberships.read_membership,
    adjusting.adjust_points,
    card_lists.list_pending_points,
    pending.cancel_pending_points,
    pending.activate_pending_points,
    expiring.list_expiring_points,
    expiring.expire_points,
    card_lists.list_transactions,
    activities.list_card_activities,
    reports.card_daily_report,
    customers.create_customer,
    customers.read_customer,
    customers.update_customer,
    async_actions.read_async_action,
    legacy_members.read_card,
    legacy_members.read_campaign_card,
    legacy_reading.list_members,
    legacy_reading.read_campaign,
    legacy_reading.read_voucher,
    legacy_members.publish_card,
    legacy_members.change_balance,
    legacy_members.change_campaign_balance,
    legacy_members.transfer_points,
    legacy_members.list_expiration,
    legacy_pending.list_member_pending,
    legacy_pending.list_campaign_member_pending,
    legacy_pending.list_campaign_pending,
    legacy_pending.activate_entry,
    legacy_pending.adjust_entry,
    legacy_pending.cancel_entry,
    legacy_transactions.list_card_transactions,
    legacy_transactions.list_campaign_card_transactions,
    legacy_transactions.list_campaign_transactions,
    legacy_transactions.list_activity,
    legacy_transactions.list_campaign_activity,
    legacy_exports.export_card,
    legacy_exports.export_campaign_card,
    legacy_exports.export_campaign,
    legacy_exports.fetch_export,
    legacy_redemptions.redeem_reward,
    legacy_redemptions.redeem_campaign_reward,
    legacy_redemptions.read_redemption,
    legacy_redemptions.roll_back,
    legacy_redemptions.roll_back_stack,
)


async def _answer_preflight(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """A browser asks what it may send; every path of the dialect has the same answer."""
    return preflight() if request.method == "OPTIONS" else None


def _print_fault(request: Request[Any, Any, Any], fault: Fault) -> Response[bytes]:
    return respond_fault(fault, standing_of(request))


def _print_taken(
    request: Request[Any, Any, Any], _error: UniqueViolation | Taken
) -> Response[bytes]:
    """Somebody else took the same place at the same time."""
    return _print_fault(
        request,
        Fault(409, "duplicate_found", "Duplicate resource found", "It exists already"),
    )


def _print_gone(request: Request[Any, Any, Any], _error: Gone) -> Response[bytes]:
    """Somebody else changed or deleted it at the same time."""
    return _print_fault(
        request, Fault(409, "conflict", "Conflict", "It was changed meanwhile; try again")
    )


routes: Final[list[ControllerRouterHandler]] = [
    Router(
        path="/",
        route_handlers=HANDLERS,
        before_request=_answer_preflight,
        exception_handlers={
            Fault: _print_fault,
            UniqueViolation: _print_taken,
            Taken: _print_taken,
            Gone: _print_gone,
        },
        request_max_body_size=MAX_BODY,
        include_in_schema=False,
    )
]
