"""What the clients call the operations and objects of the native API.

Every operation is in this table once: the generator refuses to run with one that is not. The
order of the parts is that of the modules: a module imports only from those before it.
"""

from __future__ import annotations

from typing import Final

PARTS: Final[dict[str, dict[str, str]]] = {
    "programs": {
        "programs": "create=create_program list=list_programs get=get_program"
        " update=change_program figures=get_program_figures",
        "currencies": "create=create_currency list=list_currencies get=get_currency"
        " update=change_currency figures=get_currency_figures options=get_currency_options"
        " update_options=change_currency_options",
        "promotions": "create=create_promotion list=list_promotions get=get_promotion"
        " update=change_promotion",
        "locations": "create=create_location list=list_locations get=get_location"
        " update=change_location",
        "referrals": "set=put_referral get=get_referral delete=delete_referral",
    },
    "ledger": {
        "accounts": "create=create_account get=get_account balance=get_balance"
        " explanation=get_explanation lots=list_lots transactions=list_transactions"
        " transact=create_transaction statement=get_statement",
        "transactions": "get=get_transaction find=find_transaction commit=commit_transaction"
        " release=release_transaction cancel=cancel_transaction activate=activate_transaction"
        " expire=expire_transaction allocations=list_allocations postings=list_postings",
        "transfers": "create=create_transfer",
        "bulk": "run=run_bulk",
    },
    "visits": {
        "visits": "create=create_visit get=get_visit update=change_visit add_payment=add_payment"
        " remove_payment=remove_payment withdraw=withdraw cancel_withdrawal=cancel_withdrawal"
        " transactions=list_visit_transactions",
    },
    "orders": {
        "orders": "create=create_order list=list_orders get=get_order update=change_order"
        " pay=pay_order cancel=cancel_order add_payment=add_order_payment"
        " payments=list_order_payments return_payment=return_order_payment refund=create_refund"
        " refunds=list_refunds void_refund=void_refund",
    },
    "tiers": {
        "tier_groups": "create=create_tier_group list=list_tier_groups get=get_tier_group"
        " update=change_tier_group delete=delete_tier_group activate=activate_tier_group"
        " deactivate=deactivate_tier_group draft=draft_tier_group",
    },
    "loyalty": {
        "rules": "create=create_rule list=list_rules get=get_rule update=change_rule"
        " delete=delete_rule activate=activate_rule deactivate=deactivate_rule draft=draft_rule"
        " evaluate=evaluate_rules versions=list_rule_versions awards=list_rule_awards",
        "custom_events": "create=create_custom_event get=get_custom_event"
        " cancel=cancel_custom_event restore=restore_custom_event",
        "segments": "enter=enter_segment leave=leave_segment",
    },
    "rewards": {
        "benefits": "create=create_benefit list=list_benefits get=get_benefit"
        " update=change_benefit activate=activate_benefit draft=draft_benefit"
        " delete=delete_benefit",
        "rewards": "create=create_reward list=list_rewards get=get_reward update=change_reward"
        " activate=activate_reward deactivate=deactivate_reward draft=draft_reward"
        " delete=delete_reward offer=put_offer end_offer=delete_offer add_codes=add_codes"
        " codes=list_codes count_codes=count_codes purchases=list_purchases_of_reward",
        "purchases": "create=buy_reward list=list_purchases get=get_purchase"
        " refund=refund_purchase",
        "codes": "use=use_code",
    },
    "people": {
        "api_keys": "create=create_api_key list=list_api_keys get=get_api_key"
        " rotate=rotate_api_key revoke=revoke_api_key",
        "users": "create=create_user list=list_users get=get_user update=change_user"
        " set_password=set_password disable=disable_user enable=enable_user unlock=unlock_user"
        " create_totp=create_totp delete_totp=delete_totp sessions=list_sessions"
        " limits=get_limits set_limits=put_limits",
        "sessions": "create=create_session end=end_session",
        "session": "get=get_session end=delete_session confirm=confirm_session"
        " change_password=change_own_password create_totp=create_own_totp"
        " delete_totp=delete_own_totp",
        "approvals": "list=list_approvals get=get_approval approve=approve_request"
        " reject=reject_request withdraw=withdraw_request",
    },
    "watching": {
        "audit": "list=list_audit",
        "anchors": "list=list_anchors",
        "events": "list=list_events types=list_event_types",
        "webhooks": "create=create_webhook list=list_webhooks get=get_webhook"
        " update=change_webhook delete=delete_webhook rotate=rotate_webhook test=test_webhook"
        " enable=enable_webhook disable=disable_webhook deliveries=list_deliveries"
        " redeliver=redeliver_range",
        "deliveries": "list=list_deliveries_of_events get=get_delivery redeliver=redeliver",
    },
    "files": {
        "imports": "create=create_import list=list_imports get=get_import"
        " refused_rows=list_refused_rows start=start_import stop=stop_import"
        " resume=resume_import",
        "exports": "create=create_export list=list_exports get=get_export download=download_export",
    },
    "members": {
        "members": "create=create_member list=list_members get=get_member update=change_member"
        " delete=delete_member merge=merge_member merges=list_merges export=export_member"
        " erase=erase_member accounts=list_accounts timeline=list_timeline"
        " tiers=list_member_tiers",
        "merges": "get=get_merge undo=undo_merge",
        "search": "find=search",
    },
    "reports": {
        "reports": "liability=report_liability expiring=report_expiring activity=report_activity"
        " breakage=report_breakage transactions=list_moved members=list_newcomers lots=list_held"
        " tiers=report_tiers earning=report_earning spending=report_spending rules=report_rules",
    },
}
"""Modules, the resources in each, and their methods: `method=operation`."""

SHORT: Final = {
    "accrue": "Give points to an account.",
    "redeem": "Take points from an account; those that expire first are spent first.",
    "hold": "Put points aside, until they are committed or released.",
    "adjust": "Add points, or take them away with a negative amount; `reason` is required.",
}
"""Methods of accounts beside `transact`: the types of a transaction."""

OBJECTS: Final = {
    "Anchor": "Anchor",
    "AuditChangeShape": "AuditChange",
    "AuditShape": "AuditEntry",
    "CountShape": "Count",
    "CountedShape": "RuleCounts",
    "CodeShape": "Code",
    "EarnedShape": "EarnedPoints",
    "EarningRuleBody": "Rule",
    "EarningRuleShape": "Rule",
    "EventShape": "CustomEvent",
    "ExplainingChangeShape": "ExplanationChange",
    "ExportFile": "Export",
    "ExportShape": "MemberExport",
    "FeedShape": "EventPage",
    "ForeseenShape": "ForeseenTier",
    "HeldShape": "OpenLot",
    "HitShape": "SearchHit",
    "HoursShape": "Hours",
    "KeptShape": "KeptAward",
    "LimitBody": "UserLimit",
    "LimitsBody": "UserLimits",
    "LimitsShape": "UserLimits",
    "LineBody": "VisitLine",
    "LinkShape": "ForwardedLink",
    "Mode": "PerMode",
    "MonthShape": "ExpiryMonth",
    "MovesShape": "TierMoves",
    "NextShape": "NextTier",
    "Operation": "BulkOperation",
    "PartShape": "ExplanationPart",
    "PaymentBody": "VisitPayment",
    "PaymentShape": "VisitPayment",
    "DiscountShape": "VisitDiscount",
    "ReachedShape": "ReachedTier",
    "RefundBody": "PurchaseRefund",
    "RefundShape": "PurchaseRefund",
    "ReportsLineShape": "StatementLine",
    "RequestShape": "ApprovalRequest",
    "RestoredShape": "RestoredEvent",
    "ResultShape": "BulkResult",
    "RuleBody": "PromotionRule",
    "RuleShape": "PromotionRule",
    "SearchShape": "SearchResults",
    "Span": "TierSpan",
    "SpentShape": "SpentPoints",
    "Status": "ApprovalStatus",
    "StayShape": "TierStay",
    "StepShape": "RefundStep",
    "TakeShape": "AwardChange",
    "TakenShape": "CancelledEvent",
    "Trigger": "TriggerType",
    "TriggerBody": "Trigger",
    "TrialShape": "WebhookTrial",
    "TryShape": "DeliveryTry",
    "Unit": "PeriodUnit",
    "UpcomingShape": "Upcoming",
    "VersionShape": "RuleVersion",
    "WebhookShape": "WebhookEndpoint",
    "VisitsLineShape": "VisitLine",
}
"""Names of schemas that are not plain without what is around them. All others lose their ending."""

ENDINGS: Final = ("Shape", "Body")

WORDS: Final = {
    ("Allocation", "from"): "PointsState",
    ("Currency", "return_spent"): "ReturnSpent",
    ("PeriodLimit", "period"): "LimitPeriod",
    ("ApiKey", "scopes"): "Scope",
    ("User", "role"): "Role",
    ("User", "language"): "Language",
}
"""Names of enumerations that have none in the description, by where they come first. The others are
called after that place: `MemberStatus`."""


def singular(word: str) -> str:
    """`currencies` is `currency`."""
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word.removesuffix("s")


def object_name(schema: str) -> str:
    """What the clients call an object."""
    if schema in OBJECTS:
        return OBJECTS[schema]
    for ending in ENDINGS:
        if schema.endswith(ending) and schema != ending:
            return schema.removesuffix(ending)
    return schema
