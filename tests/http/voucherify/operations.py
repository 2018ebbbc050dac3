"""The operations of v2 that are served: what each answers, and the test that shows it."""

from __future__ import annotations

import re
from typing import NamedTuple

import httpx

from tests.http.voucherify import schemas as s

P = "/v2/loyalties/programs/{program}"
M = P + "/members/{member}"
K = M + "/cards/{card}"
D = "/v2/loyalties/card-definitions"


class Operation(NamedTuple):
    """`schema` is of the success; `test` is `file::function` in this folder."""

    method: str
    path: str
    name: str
    schema: s.Schema
    test: str
    status: int = 200


PROGRAM_LIST = s.list_of(s.PROGRAM, "lcrsprg")
PROGRAM_ACTIVITIES = s.list_of(s.activity("program", "lprg", "laprg"), "lcrsapr")
MEMBER_ACTIVITIES = s.list_of(s.activity("member", "lmbr", "lambr"), "lcrsambr")
CARD_ACTIVITIES = s.list_of(s.activity("card", "lcrd", "lacrd"), "lcrsacrd")
DEFINITION_ACTIVITIES = s.list_of(s.activity("card_definition", "lcdef", "lacd"), "lcrsacd")
MEMBER_LIST = s.list_of(s.MEMBER, "lcrsmbr")
DEFINITION_LIST = s.list_of(s.DEFINITION, "lcrscdef")
ASSIGNMENT_LIST = s.list_of(s.ASSIGNMENT, "lcrscdefa")
PENDING_LIST = s.list_of(s.PENDING_BUCKET, "lcrscppb")
EXPIRING_LIST = s.list_of(s.POINTS_BUCKET, "lcrspeb")
TRANSACTION_LIST = s.list_of(s.TRANSACTION, "lcrsctx")

_PROGRAMS = "/v2/loyalties/programs"
OPERATIONS = (
    Operation("GET", _PROGRAMS, "listPrograms", PROGRAM_LIST, "test_programs::test_lists"),
    Operation("POST", _PROGRAMS, "createProgram", s.NEW_PROGRAM, "test_programs::test_create"),
    Operation("GET", P, "getProgram", s.PROGRAM, "test_programs::test_create"),
    Operation("PUT", P, "updateProgram", s.PROGRAM, "test_programs::test_update"),
    Operation("DELETE", P, "deleteProgram", s.PROGRAM, "test_programs::test_delete"),
    Operation("POST", P + "/activate", "activateProgram", s.PROGRAM, "test_programs::test_steps"),
    Operation(
        "POST", P + "/deactivate", "deactivateProgram", s.PROGRAM, "test_programs::test_steps"
    ),
    Operation(
        "GET",
        P + "/activities",
        "listProgramActivities",
        PROGRAM_ACTIVITIES,
        "test_programs::test_activities",
    ),
    Operation(
        "GET",
        P + "/card-definitions",
        "listProgramCardDefinitionAssignments",
        ASSIGNMENT_LIST,
        "test_programs::test_assignments",
    ),
    Operation(
        "POST",
        P + "/card-definitions/batch",
        "batchProgramCardDefinitionAssignments",
        s.ASSIGNMENTS,
        "test_programs::test_assignments",
    ),
    Operation("GET", P + "/members", "listProgramMembers", MEMBER_LIST, "test_members::test_lists"),
    Operation(
        "POST",
        P + "/members",
        "createProgramMember",
        s.MEMBER_WITH_CARDS,
        "test_members::test_create",
    ),
    Operation(
        "POST",
        P + "/members/batch",
        "batchCreateProgramMembers",
        s.ASYNC_ACTION,
        "test_members::test_batch",
        202,
    ),
    Operation("GET", M, "getProgramMember", s.MEMBER_WITH_CARDS, "test_members::test_create"),
    Operation("PUT", M, "updateProgramMember", s.MEMBER, "test_members::test_update"),
    Operation("DELETE", M, "deleteProgramMember", s.MEMBER, "test_members::test_delete"),
    Operation(
        "POST", M + "/activate", "activateProgramMember", s.MEMBER, "test_members::test_steps"
    ),
    Operation(
        "POST", M + "/deactivate", "deactivateProgramMember", s.MEMBER, "test_members::test_steps"
    ),
    Operation(
        "GET",
        M + "/activities",
        "listProgramMemberActivities",
        MEMBER_ACTIVITIES,
        "test_members::test_activities",
    ),
    Operation(
        "GET",
        "/v2/loyalties/memberships/{customer}",
        "getCustomerMemberships",
        s.MEMBERSHIPS,
        "test_members::test_memberships",
    ),
    Operation(
        "GET",
        P + "/memberships/{customer}",
        "getProgramMembership",
        s.MEMBERSHIP_WITH_TIERS,
        "test_members::test_memberships",
    ),
    Operation("POST", K + "/points", "adjustCardPoints", s.ADJUSTED, "test_points::test_adjusting"),
    Operation(
        "GET",
        K + "/activities",
        "listCardActivities",
        CARD_ACTIVITIES,
        "test_members::test_activities",
    ),
    Operation(
        "GET",
        K + "/pending-points",
        "listCardPendingPoints",
        PENDING_LIST,
        "test_points::test_pending_list",
    ),
    Operation(
        "POST",
        K + "/pending-points/{bucket}/activate",
        "activateCardPendingPointsBucket",
        s.CREATED,
        "test_points::test_activating",
    ),
    Operation(
        "POST",
        K + "/pending-points/{bucket}/cancel",
        "cancelCardPendingPointsBucket",
        s.CREATED,
        "test_cancel::test_the_documented_answer",
    ),
    Operation(
        "GET",
        K + "/expiring-points",
        "listCardExpiringPoints",
        EXPIRING_LIST,
        "test_points::test_expiring",
    ),
    Operation(
        "POST",
        K + "/expiring-points/{bucket}/expire",
        "expireCardPointsBucket",
        s.CREATED,
        "test_points::test_expiring",
    ),
    Operation(
        "GET",
        K + "/transactions",
        "listCardTransactions",
        TRANSACTION_LIST,
        "test_points::test_transactions",
    ),
    Operation(
        "GET",
        K + "/reports/daily",
        "getMemberCardDailyReport",
        s.REPORT,
        "test_points::test_daily_report",
    ),
    Operation("GET", D, "listCardDefinitions", DEFINITION_LIST, "test_definitions::test_lists"),
    Operation("POST", D, "createCardDefinition", s.DEFINITION, "test_definitions::test_defaults"),
    Operation(
        "GET",
        D + "/{definition}",
        "getCardDefinition",
        s.DEFINITION,
        "test_definitions::test_defaults",
    ),
    Operation(
        "PUT",
        D + "/{definition}",
        "updateCardDefinition",
        s.DEFINITION,
        "test_definitions::test_update",
    ),
    Operation(
        "DELETE",
        D + "/{definition}",
        "deleteCardDefinition",
        s.DEFINITION,
        "test_definitions::test_delete",
    ),
    Operation(
        "POST",
        D + "/{definition}/activate",
        "activateCardDefinition",
        s.DEFINITION,
        "test_definitions::test_steps",
    ),
    Operation(
        "POST",
        D + "/{definition}/draft",
        "draftCardDefinition",
        s.DEFINITION,
        "test_definitions::test_steps",
    ),
    Operation(
        "GET",
        D + "/{definition}/activities",
        "listCardDefinitionActivities",
        DEFINITION_ACTIVITIES,
        "test_definitions::test_steps",
    ),
)


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request asks for."""
    for each in OPERATIONS:
        if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path):
            return each
    return None


def check_answer(method: str, path: str, response: httpx.Response) -> Operation | None:
    """An answer of v2 must have the structure of its operation, or that of an error."""
    operation = operation_of(method, path.partition("?")[0])
    if operation is None:
        return None
    if response.is_success:
        assert response.status_code == operation.status
        s.check(response.json(), operation.schema)
    else:
        s.check(response.json(), s.TOO_LARGE if response.status_code == 413 else s.ERROR)
    return operation


def table() -> str:
    """The operations as the reference page has them."""
    rows = ["| operation | path | test |", "|---|---|---|"]
    rows += [
        f"| {each.name} | `{each.method} {each.path}` | `{each.test}` |" for each in OPERATIONS
    ]
    return "\n".join(rows)
