"""Words that fields have. A type checker knows them; an answer may also have a later one.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    AccountStatus: TypeAlias = Literal["closed", "member_inactive", "open"]
    ActivityReportBy: TypeAlias = Literal["effective", "recorded"]
    ApprovalStatus: TypeAlias = Literal[
        "done", "expired", "failed", "pending", "rejected", "withdrawn"
    ]
    BenefitStatus: TypeAlias = Literal["active", "deleted", "draft"]
    BenefitType: TypeAlias = Literal["code", "material", "points", "points_proportional"]
    BulkOperationOp: TypeAlias = Literal[
        "accrue",
        "activate",
        "adjust",
        "cancel",
        "commit",
        "expire",
        "hold",
        "redeem",
        "release",
        "transfer",
    ]
    CodeState: TypeAlias = Literal["free", "issued", "used", "voided"]
    CooldownUnit: TypeAlias = Literal["day", "hour", "month", "week", "year"]
    CountsFrom: TypeAlias = Literal["accrual", "activation"]
    DeliveryStatus: TypeAlias = Literal["delivered", "failed", "pending", "waiting"]
    DowngradeType: TypeAlias = Literal["multi", "none", "single"]
    EnableResume: TypeAlias = Literal["now", "stopped"]
    ExpiredRestore: TypeAlias = Literal["expire", "grace"]
    ExplanationPartKind: TypeAlias = Literal["deficit", "held", "lot", "pending"]
    Exported: TypeAlias = Literal[
        "accounts", "audit", "events", "lots", "members", "orders", "postings", "transactions"
    ]
    Language: TypeAlias = Literal["en", "ru"]
    LimitPeriod: TypeAlias = Literal[
        "day", "half_year", "lifetime", "month", "quarter", "week", "year"
    ]
    MemberStatus: TypeAlias = Literal["active", "deleted", "erased", "inactive", "merged"]
    MergedLotState: TypeAlias = Literal["available", "pending"]
    OnPartial: TypeAlias = Literal["keep", "proportional", "recount"]
    OrderRefundCascade: TypeAlias = Literal["all", "none"]
    OrderRefundCause: TypeAlias = Literal["cancel", "change", "refund"]
    OrderStatus: TypeAlias = Literal["cancelled", "created", "paid", "partly_refunded", "refunded"]
    PerBy: TypeAlias = Literal["line", "order"]
    PerMode: TypeAlias = Literal["rate", "steps"]
    PeriodUnit: TypeAlias = Literal["day", "hour", "minute", "month", "week", "year"]
    PointsRounding: TypeAlias = Literal["down", "half_up", "up"]
    PointsState: TypeAlias = Literal[
        "available",
        "doomed",
        "expired",
        "held",
        "outside",
        "owed",
        "pending",
        "reinstated",
        "revoked",
        "spent",
    ]
    ProgramStatus: TypeAlias = Literal["active", "draft", "inactive"]
    PromotionRuleKind: TypeAlias = Literal["accrual", "redemption"]
    PromotionStatus: TypeAlias = Literal["active", "inactive"]
    PurchaseRefundCodes: TypeAlias = Literal["keep", "void"]
    PurchaseRefundPolicy: TypeAlias = Literal["allow", "default"]
    PurchaseRefundStock: TypeAlias = Literal["return", "write_off"]
    PurchaseState: TypeAlias = Literal["approved", "partly_refunded", "refunded"]
    RangeStatus: TypeAlias = Literal["all", "failed"]
    Reason: TypeAlias = Literal[
        "budget",
        "capped",
        "condition",
        "cooldown",
        "dates",
        "error",
        "exclusive",
        "frequency",
        "hours",
        "matched",
        "nothing",
        "tier",
    ]
    ReferralUnit: TypeAlias = Literal["amount", "percent"]
    RefundStepStep: TypeAlias = Literal[
        "code", "discount", "grant", "return", "stock", "take_back", "threshold", "tier"
    ]
    RetentionActivities: TypeAlias = Literal["earning", "spending"]
    RetentionType: TypeAlias = Literal["calendar", "fixed", "none", "sliding"]
    ReturnSpent: TypeAlias = Literal[
        "none", "on_whole", "points_first", "points_last", "proportional"
    ]
    RewardCode: TypeAlias = Literal["generated", "pool"]
    RewardType: TypeAlias = Literal["code", "material", "points"]
    Role: TypeAlias = Literal["admin", "manager", "support", "viewer"]
    Rounding: TypeAlias = Literal[
        "end_of_day",
        "end_of_half_year",
        "end_of_month",
        "end_of_particular_month",
        "end_of_quarter",
        "end_of_year",
    ]
    RuleKeeps: TypeAlias = Literal["best", "first"]
    Scope: TypeAlias = Literal["admin", "ledger:cancel", "ledger:write", "metrics", "read"]
    SearchHitKind: TypeAlias = Literal[
        "account", "currency", "lot", "member", "order", "program", "transaction", "visit"
    ]
    SearchHitMatched: TypeAlias = Literal["email", "external_id", "id", "name", "number", "phone"]
    SpentAccrual: TypeAlias = Literal["clamp", "debt", "refuse"]
    TierGroupAnchor: TypeAlias = Literal["activation", "calendar"]
    TierGroupBasis: TypeAlias = Literal["balance", "earned", "spend"]
    TierGroupChange: TypeAlias = Literal["at_once", "next_period"]
    TierGroupOnCancel: TypeAlias = Literal["keep", "ordinary", "recount"]
    TierGroupStatus: TypeAlias = Literal["active", "deleted", "draft", "inactive"]
    TierGroupStatusInput: TypeAlias = Literal["active", "draft"]
    TierSpanUnit: TypeAlias = Literal["day", "month", "week", "year"]
    TierStayCause: TypeAlias = Literal[
        "cancel", "joined", "points", "retention", "segment", "void", "window"
    ]
    TimelineEntryKind: TypeAlias = Literal["order", "transaction", "visit"]
    TransactionStatus: TypeAlias = Literal[
        "cancelled", "in_force", "partly_cancelled", "released", "temporary"
    ]
    TransactionType: TypeAlias = Literal["accrue", "adjust", "hold", "redeem"]
    TriedOrderStatus: TypeAlias = Literal["cancelled", "created", "paid"]
    TriggerType: TypeAlias = Literal[
        "custom_event", "member_joined", "order_paid", "segment_entered", "visit_completed"
    ]
    UserStatus: TypeAlias = Literal["active", "disabled"]
    VisitAttendance: TypeAlias = Literal["came", "confirmed", "did_not_come", "waiting"]
    VisitLineKind: TypeAlias = Literal["good", "service"]
    VisitPaymentStatus: TypeAlias = Literal["not_paid", "paid_full", "paid_not_full", "paid_over"]
    WebhookEndpointDisabledReason: TypeAlias = Literal["failing", "gone"]
    WebhookEndpointFormat: TypeAlias = Literal["stampbook", "voucherify"]
else:
    AccountStatus = str
    ActivityReportBy = str
    ApprovalStatus = str
    BenefitStatus = str
    BenefitType = str
    BulkOperationOp = str
    CodeState = str
    CooldownUnit = str
    CountsFrom = str
    DeliveryStatus = str
    DowngradeType = str
    EnableResume = str
    ExpiredRestore = str
    ExplanationPartKind = str
    Exported = str
    Language = str
    LimitPeriod = str
    MemberStatus = str
    MergedLotState = str
    OnPartial = str
    OrderRefundCascade = str
    OrderRefundCause = str
    OrderStatus = str
    PerBy = str
    PerMode = str
    PeriodUnit = str
    PointsRounding = str
    PointsState = str
    ProgramStatus = str
    PromotionRuleKind = str
    PromotionStatus = str
    PurchaseRefundCodes = str
    PurchaseRefundPolicy = str
    PurchaseRefundStock = str
    PurchaseState = str
    RangeStatus = str
    Reason = str
    ReferralUnit = str
    RefundStepStep = str
    RetentionActivities = str
    RetentionType = str
    ReturnSpent = str
    RewardCode = str
    RewardType = str
    Role = str
    Rounding = str
    RuleKeeps = str
    Scope = str
    SearchHitKind = str
    SearchHitMatched = str
    SpentAccrual = str
    TierGroupAnchor = str
    TierGroupBasis = str
    TierGroupChange = str
    TierGroupOnCancel = str
    TierGroupStatus = str
    TierGroupStatusInput = str
    TierSpanUnit = str
    TierStayCause = str
    TimelineEntryKind = str
    TransactionStatus = str
    TransactionType = str
    TriedOrderStatus = str
    TriggerType = str
    UserStatus = str
    VisitAttendance = str
    VisitLineKind = str
    VisitPaymentStatus = str
    WebhookEndpointDisabledReason = str
    WebhookEndpointFormat = str
