"""The operations of v2 that are served, and the test that shows each."""

from __future__ import annotations

import httpx

from stampbook.dialects.voucherify.core.shapes import schema as s
from stampbook.dialects.voucherify.dialect import VOUCHERIFY
from stampbook.edge.operations import Operation
from stampbook.edge.serving import Routes
from tests.http.voucherify.schemas import check

TESTS = {
    "listPrograms": "test_programs::test_lists",
    "createProgram": "test_programs::test_create",
    "getProgram": "test_programs::test_create",
    "updateProgram": "test_programs::test_update",
    "deleteProgram": "test_programs::test_delete",
    "activateProgram": "test_programs::test_steps",
    "deactivateProgram": "test_programs::test_steps",
    "listProgramActivities": "test_programs::test_activities",
    "listProgramCardDefinitionAssignments": "test_assignments::test_assignments",
    "batchProgramCardDefinitionAssignments": "test_assignments::test_assignments",
    "listProgramMembers": "test_members::test_lists",
    "createProgramMember": "test_members::test_create",
    "batchCreateProgramMembers": "test_members::test_batch",
    "getProgramMember": "test_members::test_create",
    "updateProgramMember": "test_members::test_update",
    "deleteProgramMember": "test_members::test_delete",
    "activateProgramMember": "test_members::test_steps",
    "deactivateProgramMember": "test_members::test_steps",
    "listProgramMemberActivities": "test_members::test_activities",
    "getCustomerMemberships": "test_customers::test_memberships",
    "getProgramMembership": "test_customers::test_memberships",
    "adjustCardPoints": "test_adjusting::test_adjusting",
    "listCardActivities": "test_members::test_activities",
    "listCardPendingPoints": "test_points::test_pending_list",
    "activateCardPendingPointsBucket": "test_points::test_activating",
    "cancelCardPendingPointsBucket": "test_cancel::test_the_documented_answer",
    "listCardExpiringPoints": "test_expiring::test_expiring",
    "expireCardPointsBucket": "test_expiring::test_expiring",
    "listCardTransactions": "test_points::test_transactions",
    "getMemberCardDailyReport": "test_points::test_daily_report",
    "listCardDefinitions": "test_definitions::test_lists",
    "createCardDefinition": "test_definitions::test_defaults",
    "getCardDefinition": "test_definitions::test_defaults",
    "updateCardDefinition": "test_definition_changes::test_update",
    "deleteCardDefinition": "test_definition_changes::test_delete",
    "activateCardDefinition": "test_definition_changes::test_steps",
    "draftCardDefinition": "test_definition_changes::test_steps",
    "listCardDefinitionActivities": "test_definition_changes::test_steps",
    "listTierStructures": "test_structures::test_lists",
    "createTierStructure": "test_structures::test_defaults",
    "getTierStructure": "test_structures::test_defaults",
    "updateTierStructure": "test_structures::test_update",
    "deleteTierStructure": "test_structures::test_delete",
    "activateTierStructure": "test_structures::test_steps",
    "deactivateTierStructure": "test_structures::test_steps",
    "draftTierStructure": "test_structures::test_steps",
    "listTierStructureActivities": "test_structures::test_steps",
    "listTiers": "test_tiers::test_create",
    "createTier": "test_tiers::test_create",
    "updateTier": "test_tiers::test_update",
    "deleteTier": "test_tiers::test_delete",
    "listMemberTierTransactions": "test_standings::test_up_and_down",
    "listRewards": "test_rewards::test_lists",
    "createReward": "test_rewards::test_defaults",
    "getReward": "test_rewards::test_defaults",
    "updateReward": "test_rewards::test_update",
    "deleteReward": "test_rewards::test_delete",
    "activateReward": "test_rewards::test_steps",
    "deactivateReward": "test_rewards::test_steps",
    "draftReward": "test_rewards::test_steps",
    "listRewardActivities": "test_rewards::test_steps",
    "examineRewards": "test_examining::test_examine",
    "listMemberBenefitTransactions": "test_benefit_transactions::test_fulfilled",
    "getProgramTiersDailyReport": "test_tier_reports::test_reports",
    "getProgramTiersSummaryReport": "test_tier_reports::test_reports",
    "getProgramSpendingDailyReport": "test_spending_reports::test_reports",
    "getProgramSpendingSummaryReport": "test_spending_reports::test_reports",
    "getProgramPointsEarningsDailyReport": "test_earning_reports::test_points",
    "getProgramPointsEarningsSummaryReport": "test_earning_reports::test_points",
    "getProgramEarningRulesDailyReport": "test_earning_reports::test_rules",
    "getProgramEarningRulesSummaryReport": "test_earning_reports::test_rules",
    "getMemberEarningRuleDailyReport": "test_earning_reports::test_rule_of_a_member",
    "purchaseMemberReward": "test_purchases::test_purchase",
    "listMemberRewardPurchases": "test_purchases::test_purchase",
    "refundRewardPurchase": "test_refunds::test_refund",
    "listEarningRules": "test_rules::test_lists",
    "createEarningRule": "test_rules::test_create",
    "getEarningRule": "test_rules::test_create",
    "updateEarningRule": "test_rules::test_update",
    "deleteEarningRule": "test_rules::test_delete",
    "activateEarningRule": "test_rules::test_steps",
    "deactivateEarningRule": "test_rules::test_steps",
    "draftEarningRule": "test_rules::test_steps",
    "listEarningRuleActivities": "test_rules::test_steps",
    "listBenefits": "test_benefits::test_lists",
    "createBenefit": "test_benefits::test_create",
    "getBenefit": "test_benefits::test_create",
    "updateBenefit": "test_benefits::test_update",
    "deleteBenefit": "test_benefits::test_what_rules_give_is_in_use",
    "activateBenefit": "test_benefits::test_steps",
    "draftBenefit": "test_benefits::test_steps",
    "listBenefitActivities": "test_benefits::test_steps",
    "listProgramEarningRuleAssignments": "test_rule_assignments::test_assignments",
    "batchProgramEarningRuleAssignments": "test_rule_assignments::test_assignments",
    "listProgramTierStructureAssignments": "test_other_assignments::test_structures",
    "batchProgramTierStructureAssignments": "test_other_assignments::test_structures",
    "listProgramRewardAssignments": "test_other_assignments::test_rewards",
    "batchProgramRewardAssignments": "test_other_assignments::test_rewards",
    "updateProgramRewardAssignment": "test_other_assignments::test_rewards",
    "examineEarningRules": "test_examining_rules::test_orders",
    "createMemberOrderPayment": "test_payments::test_payment",
    "listMemberOrderPayments": "test_payments::test_limits",
}
"""By the vendor's name of the operation: `file::function`, the file somewhere in this folder."""


def vendors_name(operation: Operation) -> str:
    """`getProgram`, of `get_program`."""
    first, *words = operation.name.split("_")
    return first + "".join(word.capitalize() for word in words)


OPERATIONS = {
    vendors_name(each): each for each in VOUCHERIFY.operations if each.path.startswith("/v2/")
}


ROUTES = Routes([VOUCHERIFY])


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request asks for, if it answers anything."""
    found = ROUTES.find(path.encode())
    route = None if found is None else found.by_method.get(method)
    return None if route is None or route.operation.answer is None else route.operation


def check_answer(method: str, path: str, response: httpx.Response) -> Operation | None:
    """An answer must have the structure of its operation, or that of an error."""
    operation = operation_of(method, path.partition("?")[0])
    if operation is None:
        return None
    if response.is_success:
        # A dry run accepts nothing.
        assert response.status_code in (operation.status, 200)
        check(response.json(), operation.answer)
    else:
        check(response.json(), s.TOO_LARGE if response.status_code == 413 else s.ERROR)
    return operation


def table() -> str:
    """The operations as the reference page has them."""
    rows = ["| operation | path | test |", "|---|---|---|"]
    for name, test in TESTS.items():
        each = OPERATIONS[name]
        rows.append(f"| {name} | `{each.method} {each.path}` | `{test}` |")
    return "\n".join(rows)
