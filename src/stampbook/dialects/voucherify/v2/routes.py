"""Every operation of v2. Programs, card definitions and members are declared as resources; their
rows are made by the kernel."""

from dataclasses import replace
from functools import partial
from typing import Final

from stampbook.dialects.voucherify.core import activities
from stampbook.dialects.voucherify.core.operations import MAX_BATCH_BODY, operation
from stampbook.dialects.voucherify.core.people.joining import MemberCreate
from stampbook.dialects.voucherify.core.shapes.people import (
    ASYNC_ACTION,
    MEMBER_WITH_CARDS,
    MEMBERSHIPS,
)
from stampbook.dialects.voucherify.core.shapes.points import (
    ADJUSTED,
    CREATED,
    PENDING_BUCKET,
    POINTS_BUCKET,
    REPORT,
    TRANSACTION,
)
from stampbook.dialects.voucherify.core.shapes.schema import list_of
from stampbook.dialects.voucherify.v2 import async_actions
from stampbook.dialects.voucherify.v2.benefits import resource as benefits
from stampbook.dialects.voucherify.v2.benefits import transactions as grants
from stampbook.dialects.voucherify.v2.cards import (
    adjusting,
    expiring,
    lists,
    pending,
    reports,
)
from stampbook.dialects.voucherify.v2.cards.adjusting import Adjustment
from stampbook.dialects.voucherify.v2.definitions import resource as definitions
from stampbook.dialects.voucherify.v2.kernel import resources
from stampbook.dialects.voucherify.v2.members import creating, memberships
from stampbook.dialects.voucherify.v2.members import resource as members
from stampbook.dialects.voucherify.v2.orders import events, payments
from stampbook.dialects.voucherify.v2.orders import examining as examined_rules
from stampbook.dialects.voucherify.v2.orders import resource as orders
from stampbook.dialects.voucherify.v2.programs import assignments as assigned
from stampbook.dialects.voucherify.v2.programs import resource as programs
from stampbook.dialects.voucherify.v2.reports import earning, spending
from stampbook.dialects.voucherify.v2.reports import tiers as tier_reports
from stampbook.dialects.voucherify.v2.rewards import examining, purchases
from stampbook.dialects.voucherify.v2.rewards import resource as rewards
from stampbook.dialects.voucherify.v2.rules import resource as rules
from stampbook.dialects.voucherify.v2.tier_structures import resource as tier_structures
from stampbook.dialects.voucherify.v2.tier_structures import standings, tiers
from stampbook.edge.operations import Operation

GET, POST = "GET", "POST"
READ, WRITE, CANCEL = "read", "ledger:write", "ledger:cancel"

CARD: Final = f"{members.ITEM}/cards/{{card}}"
PENDING: Final = f"{CARD}/pending-points"
EXPIRING: Final = f"{CARD}/expiring-points"

_member = partial(operation, tag="Members")
_card = partial(operation, tag="Cards")


def formerly_incentives(*rows: Operation) -> tuple[Operation, ...]:
    """The rows of benefits, also by the name that these had before: `/incentives`."""
    return tuple(
        replace(row, paths=(*row.paths, row.path.replace("/benefits", "/incentives")))
        for row in rows
    )


IDENTIFIED: Final = {
    "identification_type": "customer_id (without it), customer_source_id or member_id",
}

OPERATIONS: Final[tuple[Operation, ...]] = (
    *resources.operations(programs.RESOURCE),
    *assigned.OPERATIONS,
    *resources.operations(definitions.RESOURCE),
    *resources.operations(members.RESOURCE),
    *resources.operations(rules.RESOURCE),
    *orders.OPERATIONS,
    *events.OPERATIONS,
    *payments.OPERATIONS,
    *examined_rules.OPERATIONS,
    *formerly_incentives(*resources.operations(benefits.RESOURCE), *grants.OPERATIONS),
    *resources.operations(tier_structures.RESOURCE),
    *tiers.OPERATIONS,
    *standings.OPERATIONS,
    *resources.operations(rewards.RESOURCE),
    *purchases.OPERATIONS,
    *examining.OPERATIONS,
    *tier_reports.OPERATIONS,
    *spending.OPERATIONS,
    *earning.OPERATIONS,
    _member(POST, members.MEMBERS, creating.create_member, WRITE, "Create a member",
            name="create_program_member", body=MemberCreate, answer=MEMBER_WITH_CARDS),
    _member(POST, f"{members.MEMBERS}/batch", creating.create_members, WRITE,
            "Create many members", name="batch_create_program_members", body=creating.Batch,
            answer=ASYNC_ACTION, status=202, max_body=MAX_BATCH_BODY),
    _member(GET, "/v2/loyalties/memberships/{customer}", memberships.list_memberships, READ,
            "List the memberships of a customer", name="get_customer_memberships",
            answer=MEMBERSHIPS, query=IDENTIFIED),
    _member(GET, f"{programs.ITEM}/memberships/{{customer}}", memberships.read_membership, READ,
            "Read a customer's membership in a program", name="get_program_membership",
            answer=memberships.WITH_TIERS, query=IDENTIFIED),
    _member(GET, "/v1/async-actions/{action}", async_actions.read_async_action, READ,
            "Read what a batch came to", name="get_async_action", answer=async_actions.SHAPE),
    _card(POST, f"{CARD}/points", adjusting.adjust_points, WRITE, "Add or remove points",
          name="adjust_card_points", body=Adjustment, answer=ADJUSTED),
    _card(GET, PENDING, lists.list_pending_points, READ, "List pending points",
          name="list_card_pending_points", answer=list_of(PENDING_BUCKET, lists.PENDING.prefix),
          query=lists.PENDING.query),
    _card(POST, f"{PENDING}/{{bucket}}/cancel", pending.cancel_pending_points, CANCEL,
          "Cancel pending points", name="cancel_card_pending_points_bucket", answer=CREATED),
    _card(POST, f"{PENDING}/{{bucket}}/activate", pending.activate_pending_points, WRITE,
          "Activate pending points", name="activate_card_pending_points_bucket", answer=CREATED),
    _card(GET, EXPIRING, expiring.list_expiring_points, READ,
          "List points by the date on which they expire", name="list_card_expiring_points",
          answer=list_of(POINTS_BUCKET, expiring.LIST.prefix), query=expiring.LIST.query),
    _card(POST, f"{EXPIRING}/{{bucket}}/expire", expiring.expire_points, WRITE,
          "Expire points by hand", name="expire_card_points_bucket", answer=CREATED),
    _card(GET, f"{CARD}/transactions", lists.list_transactions, READ, "List transactions",
          name="list_card_transactions", answer=list_of(TRANSACTION, lists.TRANSACTIONS.prefix),
          query=lists.TRANSACTIONS.query),
    _card(GET, f"{CARD}/activities", lists.list_card_activities, READ,
          "List the activities of a card", name="list_card_activities",
          answer=list_of(activities.A_CARD.shape, activities.A_CARD.cursor),
          query=activities.A_CARD.kind.query),
    _card(GET, f"{CARD}/reports/daily", reports.card_daily_report, READ,
          "Read a card's daily figures", name="get_member_card_daily_report", answer=REPORT,
          query=reports.QUERY),
)  # fmt: skip
