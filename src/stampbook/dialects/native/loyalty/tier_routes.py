"""The operations on tiers: docs/reference/native-api-tiers.md."""

from stampbook.dialects.native.loyalty import reports, tiers
from stampbook.dialects.native.loyalty.wire.reports import (
    EarningReport,
    RulesReport,
    SpendingReport,
)
from stampbook.dialects.native.loyalty.wire.tiers import (
    StandingShape,
    TierGroupBody,
    TierGroupChange,
    TierGroupShape,
    TiersReport,
)
from stampbook.dialects.native.rows import (
    ADMIN,
    DELETE,
    GET,
    PAGING,
    PATCH,
    PERIODS,
    POST,
    READ,
    USUALLY,
    row,
)
from stampbook.dialects.native.wire.pages import Page

TIERS = (
    row(POST, "/v1/programs/{id}/tier_groups", tiers.create_tier_group, ADMIN,
         "Create a group of tiers", TierGroupShape, 201, TierGroupBody),
    row(GET, "/v1/programs/{id}/tier_groups", tiers.list_tier_groups, READ,
         "List groups of tiers", Page[TierGroupShape], query=PAGING),
    row(GET, "/v1/tier_groups/{id}", tiers.get_tier_group, READ,
         "Read a group of tiers", TierGroupShape),
    row(PATCH, "/v1/tier_groups/{id}", tiers.change_tier_group, ADMIN,
         "Change a group of tiers", TierGroupShape, body=TierGroupChange),
    row(DELETE, "/v1/tier_groups/{id}", tiers.delete_tier_group, ADMIN,
         "Delete a group of tiers", TierGroupShape),
    row(POST, "/v1/tier_groups/{id}/activate", tiers.activate_tier_group, ADMIN,
         "Let members have tiers of a group", TierGroupShape),
    row(POST, "/v1/tier_groups/{id}/deactivate", tiers.deactivate_tier_group, ADMIN,
         "Let members have no tiers of a group", TierGroupShape),
    row(POST, "/v1/tier_groups/{id}/draft", tiers.draft_tier_group, ADMIN,
         "Make a group a draft, to change what qualifies", TierGroupShape),
    row(GET, "/v1/members/{id}/tiers", tiers.list_member_tiers, READ,
         "A member's tiers, with their history", Page[StandingShape], query=PAGING),
    row(GET, "/v1/programs/{id}/reports/tiers", tiers.report_tiers, READ,
         "How many members came to each tier and left it", TiersReport, query=PERIODS,
         required=frozenset({"from", "to"}), aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/earning", reports.report_earning, READ,
         "What rules gave", EarningReport, query=PERIODS, required=frozenset({"from", "to"}),
         aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/spending", reports.report_spending, READ,
         "What members spent on rewards and orders", SpendingReport, query=PERIODS,
         required=frozenset({"from", "to"}), aged=USUALLY),
    row(GET, "/v1/programs/{id}/reports/rules", reports.report_rules, READ,
         "How often rules counted, and how often their limits were in the way", RulesReport,
         query=PERIODS, required=frozenset({"from", "to"}), aged=USUALLY),
)  # fmt: skip
