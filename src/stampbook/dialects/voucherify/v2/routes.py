"""Every operation of v2."""

from functools import partial
from typing import Final

from stampbook.dialects.voucherify.core.operations import Access, operation
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
from stampbook.edge.operations import Operation

GET, POST, PUT, DELETE = "GET", "POST", "PUT", "DELETE"
READ, WRITE, CANCEL, ADMIN = "read", "ledger:write", "ledger:cancel", "admin"

V2: Final = "/v2/loyalties"
DEFINITIONS: Final = f"{V2}/card-definitions"
DEFINITION: Final = f"{DEFINITIONS}/{{definition}}"
PROGRAMS: Final = f"{V2}/programs"
PROGRAM: Final = f"{PROGRAMS}/{{program}}"
MEMBERS: Final = f"{PROGRAM}/members"
MEMBER: Final = f"{MEMBERS}/{{member}}"
CARD: Final = f"{MEMBER}/cards/{{card}}"

_program = partial(operation, tag="Programs")
_definition = partial(operation, tag="Card definitions", access=Access.TENANT)
_member = partial(operation, tag="Members")
_card = partial(operation, tag="Cards")

OPERATIONS: Final[tuple[Operation, ...]] = (
    _program(GET, PROGRAMS, program_routes.list_programs, READ, "List programs"),
    _program(POST, PROGRAMS, program_routes.create_program, ADMIN, "Create a program",
             access=Access.TENANT),
    _program(GET, PROGRAM, program_routes.read_program, READ, "Read a program"),
    _program(PUT, PROGRAM, program_routes.update_program, ADMIN, "Update a program"),
    _program(DELETE, PROGRAM, program_routes.delete_program, ADMIN, "Delete a program"),
    _program(POST, f"{PROGRAM}/activate", program_routes.activate_program, ADMIN,
             "Activate a program"),
    _program(POST, f"{PROGRAM}/deactivate", program_routes.deactivate_program, ADMIN,
             "Deactivate a program"),
    _program(GET, f"{PROGRAM}/card-definitions", program_routes.list_assignments, READ,
             "List a program's card definitions"),
    _program(POST, f"{PROGRAM}/card-definitions/batch", program_routes.change_assignments, ADMIN,
             "Assign and unassign card definitions"),
    _program(GET, f"{PROGRAM}/activities", activities.list_program_activities, READ,
             "List a program's activities"),
    _definition(GET, DEFINITIONS, definition_routes.list_definitions, READ,
                "List card definitions"),
    _definition(POST, DEFINITIONS, definition_routes.create_definition, ADMIN,
                "Create a card definition"),
    _definition(GET, DEFINITION, definition_routes.read_definition, READ,
                "Read a card definition"),
    _definition(PUT, DEFINITION, definition_routes.update_definition, ADMIN,
                "Update a card definition"),
    _definition(DELETE, DEFINITION, definition_routes.delete_definition, ADMIN,
                "Delete a card definition"),
    _definition(POST, f"{DEFINITION}/activate", definition_routes.activate_definition, ADMIN,
                "Activate a card definition"),
    _definition(POST, f"{DEFINITION}/draft", definition_routes.draft_definition, ADMIN,
                "Make a card definition a draft again"),
    _definition(GET, f"{DEFINITION}/activities", definition_routes.list_definition_activities,
                READ, "List a card definition's activities"),
    _member(GET, MEMBERS, member_routes.list_members, READ, "List members"),
    _member(POST, MEMBERS, member_routes.create_member, WRITE, "Create a member"),
    _member(POST, f"{MEMBERS}/batch", member_routes.create_members, WRITE, "Create many members",
            status=202),
    _member(GET, MEMBER, member_routes.read_member, READ, "Read a member"),
    _member(PUT, MEMBER, member_routes.update_member, WRITE, "Update a member"),
    _member(DELETE, MEMBER, member_routes.delete_member, ADMIN, "Delete a member"),
    _member(POST, f"{MEMBER}/activate", member_routes.activate_member, WRITE, "Activate a member"),
    _member(POST, f"{MEMBER}/deactivate", member_routes.deactivate_member, WRITE,
            "Deactivate a member"),
    _member(GET, f"{MEMBER}/activities", activities.list_member_activities, READ,
            "List a member's activities"),
    _member(GET, f"{V2}/memberships/{{customer}}", memberships.list_memberships, READ,
            "List a customer's memberships"),
    _member(GET, f"{PROGRAM}/memberships/{{customer}}", memberships.read_membership, READ,
            "Read a customer's membership in a program"),
    _card(POST, f"{CARD}/points", adjusting.adjust_points, WRITE, "Add or remove points"),
    _card(GET, f"{CARD}/pending-points", card_lists.list_pending_points, READ,
          "List pending points"),
    _card(POST, f"{CARD}/pending-points/{{bucket}}/cancel", pending.cancel_pending_points, CANCEL,
          "Cancel pending points"),
    _card(POST, f"{CARD}/pending-points/{{bucket}}/activate", pending.activate_pending_points,
          WRITE, "Activate pending points"),
    _card(GET, f"{CARD}/expiring-points", expiring.list_expiring_points, READ,
          "List points by the date on which they expire"),
    _card(POST, f"{CARD}/expiring-points/{{bucket}}/expire", expiring.expire_points, WRITE,
          "Expire points by hand"),
    _card(GET, f"{CARD}/transactions", card_lists.list_transactions, READ, "List transactions"),
    _card(GET, f"{CARD}/activities", activities.list_card_activities, READ,
          "List a card's activities"),
    _card(GET, f"{CARD}/reports/daily", reports.card_daily_report, READ,
          "Read a card's daily figures"),
    _program(GET, "/v1/async-actions/{action}", async_actions.read_async_action, READ,
             "Read what a batch came to"),
)  # fmt: skip
