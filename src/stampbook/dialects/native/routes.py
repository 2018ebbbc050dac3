"""Every operation of the native API, in the order of docs/reference/native-api.md."""

from stampbook.dialects.native import visits
from stampbook.dialects.native.audit.routes import AUDIT
from stampbook.dialects.native.events.routes import EVENTS
from stampbook.dialects.native.files.routes import FILES
from stampbook.dialects.native.ledger import bulk, explaining, moving, reading
from stampbook.dialects.native.ledger.bulk import BulkBody, BulkShape
from stampbook.dialects.native.lookup.routes import LOOKUP
from stampbook.dialects.native.loyalty import benefits, purchases, rewards
from stampbook.dialects.native.loyalty.order_routes import ORDERS
from stampbook.dialects.native.loyalty.rule_routes import RULES
from stampbook.dialects.native.loyalty.tier_routes import TIERS
from stampbook.dialects.native.loyalty.wire.benefits import (
    BenefitBody,
    BenefitChange,
    BenefitShape,
)
from stampbook.dialects.native.loyalty.wire.purchases import (
    PurchaseBody,
    PurchaseShape,
    RefundBody,
    RefundShape,
)
from stampbook.dialects.native.loyalty.wire.rewards import (
    CodeCounts,
    CodesBody,
    CodeShape,
    OfferBody,
    OfferShape,
    RewardBody,
    RewardChange,
    RewardShape,
)
from stampbook.dialects.native.people import approvals
from stampbook.dialects.native.people.routes import PEOPLE
from stampbook.dialects.native.privacy import erasing, exporting
from stampbook.dialects.native.programs import (
    api_keys,
    figures,
    locations,
    members,
    merging,
    programs,
    promotions,
)
from stampbook.dialects.native.reports.routes import REPORTS
from stampbook.dialects.native.rows import (
    ACTIVE,
    ADMIN,
    CANCEL,
    DELETE,
    GET,
    LOOKUPS,
    MAX_BULK_BODY,
    NEVER,
    OF_PROGRAM,
    PAGING,
    PATCH,
    POST,
    PUT,
    READ,
    USUALLY,
    WRITE,
)
from stampbook.dialects.native.rows import row as _row
from stampbook.dialects.native.webhooks.routes import WEBHOOKS
from stampbook.dialects.native.wire.api_keys import ApiKeyBody, ApiKeyShape, RotationBody
from stampbook.dialects.native.wire.approvals import ApprovalShape, DecisionBody
from stampbook.dialects.native.wire.explaining import ExplanationShape
from stampbook.dialects.native.wire.figures import CurrencyFigures, ProgramFigures
from stampbook.dialects.native.wire.ledger import (
    CancelBody,
    CommitBody,
    Note,
    TransactionBody,
    TransferBody,
)
from stampbook.dialects.native.wire.locations import (
    LimitsBody,
    LimitsShape,
    LocationBody,
    LocationChange,
    LocationShape,
    ReferralBody,
    ReferralShape,
)
from stampbook.dialects.native.wire.lots import BalanceShape, LotShape
from stampbook.dialects.native.wire.merging import MergeBody, MergedShape, MergeShape
from stampbook.dialects.native.wire.pages import Page
from stampbook.dialects.native.wire.privacy import EraseBody, ErasedShape, ExportShape
from stampbook.dialects.native.wire.programs import (
    AccountBody,
    AccountShape,
    CurrencyBody,
    CurrencyChange,
    CurrencyShape,
    MemberBody,
    MemberChange,
    MemberShape,
    ProgramBody,
    ProgramChange,
    ProgramShape,
)
from stampbook.dialects.native.wire.promotions import (
    OptionsChange,
    OptionsShape,
    PromotionBody,
    PromotionChange,
    PromotionShape,
)
from stampbook.dialects.native.wire.transactions import (
    AllocationShape,
    PostingShape,
    TransactionShape,
    TransferShape,
)
from stampbook.dialects.native.wire.visits import (
    PaymentBody,
    VisitBody,
    VisitChange,
    VisitShape,
    WithdrawalBody,
    WithdrawnShape,
)
from stampbook.programs.roles import Role

PROGRAMS = (
    _row(POST, "/v1/programs", programs.create_program, ADMIN,
         "Create a program", ProgramShape, 201, ProgramBody),
    _row(GET, "/v1/programs", programs.list_programs, READ,
         "List programs", Page[ProgramShape], query=PAGING),
    _row(GET, "/v1/programs/{id}", programs.get_program, READ,
         "Read a program", ProgramShape),
    _row(PATCH, "/v1/programs/{id}", programs.change_program, ADMIN,
         "Change a program", ProgramShape, body=ProgramChange),
    _row(POST, "/v1/programs/{id}/currencies", programs.create_currency, ADMIN,
         "Create a currency", CurrencyShape, 201, CurrencyBody),
    _row(GET, "/v1/programs/{id}/currencies", programs.list_currencies, READ,
         "List currencies", Page[CurrencyShape], query=PAGING),
    _row(GET, "/v1/currencies/{id}", programs.get_currency, READ,
         "Read a currency", CurrencyShape),
    _row(PATCH, "/v1/currencies/{id}", programs.change_currency, ADMIN,
         "Change a currency", CurrencyShape, body=CurrencyChange),
    _row(GET, "/v1/programs/{id}/figures", figures.get_program_figures, READ,
         "Count what a program has", ProgramFigures, aged=USUALLY),
    _row(GET, "/v1/currencies/{id}/figures", figures.get_currency_figures, READ,
         "Add up what is open in a currency", CurrencyFigures, aged=USUALLY),
)  # fmt: skip

MEMBERS = (
    _row(POST, "/v1/programs/{id}/members", members.create_member, WRITE,
         "Register a member", MemberShape, 201, MemberBody),
    _row(GET, "/v1/programs/{id}/members", members.list_members, READ,
         "Find or list members", Page[MemberShape],
         query={**LOOKUPS, "order": "asc, or desc: the newest first; not with a lookup",
                "status": "active or inactive; not with a lookup", **PAGING}),
    _row(GET, "/v1/members/{id}", members.get_member, READ,
         "Read a member", MemberShape),
    _row(PATCH, "/v1/members/{id}", members.change_member, WRITE,
         "Change a member", MemberShape, body=MemberChange),
    _row(DELETE, "/v1/members/{id}", members.delete_member, ADMIN,
         "Take a member out of the program", MemberShape),
    _row(POST, "/v1/members/{id}/merge", merging.merge_member, ADMIN,
         "Merge a member into another", MergedShape, body=MergeBody),
    _row(GET, "/v1/members/{id}/merges", merging.list_merges, READ,
         "List a member's merges", Page[MergeShape], query=PAGING),
    _row(GET, "/v1/merges/{id}", merging.get_merge, READ,
         "Read a merge", MergeShape),
    _row(POST, "/v1/merges/{id}/undo", merging.undo_merge, ADMIN,
         "Undo a merge", MergedShape),
    _row(GET, "/v1/members/{id}/export", exporting.export_member, ADMIN,
         "Read all that is kept about a person", ExportShape),
    _row(POST, "/v1/members/{id}/erase", erasing.erase_member, ADMIN,
         "Erase what is kept about a person", ErasedShape, body=EraseBody, role=Role.ADMIN),
    _row(GET, "/v1/members/{id}/accounts", members.list_accounts, READ,
         "List a member's accounts", Page[AccountShape], query=PAGING),
    _row(POST, "/v1/accounts", members.create_account, WRITE,
         "Open an account", AccountShape, 201, AccountBody),
    _row(GET, "/v1/accounts/{id}", members.get_account, READ,
         "Read an account", AccountShape),
)  # fmt: skip

LEDGER = (
    _row(GET, "/v1/accounts/{id}/balance", reading.get_balance, READ,
         "Read an account's balance", BalanceShape,
         query={"as_of": "an instant, past or future; without it now"}),
    _row(GET, "/v1/accounts/{id}/explanation", explaining.get_explanation, READ,
         "Explain an account's balance, in sentences", ExplanationShape,
         query={"as_of": "an instant, past or future; without it now",
                "language": "en (the default) or ru"}),
    _row(GET, "/v1/accounts/{id}/lots", reading.list_lots, READ,
         "List lots, newest first", Page[LotShape],
         query={"state": "only those with points in this state", **PAGING}),
    _row(GET, "/v1/accounts/{id}/transactions", reading.list_transactions, READ,
         "List transactions, newest first", Page[TransactionShape],
         query={"from": "recorded at or after this instant",
                "to": "recorded before this instant", "type": "of this type only",
                "user_id": "only what this person did",
                "api_key_id": "only what came by this key", **PAGING}),
    _row(POST, "/v1/accounts/{id}/transactions", moving.create_transaction, WRITE,
         "Accrue, redeem, hold or adjust", TransactionShape, 201, TransactionBody, moves=True),
    _row(GET, "/v1/transactions/{id}", reading.get_transaction, READ,
         "Read a transaction", TransactionShape),
    _row(GET, "/v1/transactions/{id}/allocations", reading.list_allocations, READ,
         "List what a transaction moved", Page[AllocationShape], query=PAGING),
    _row(GET, "/v1/transactions/{id}/postings", reading.list_postings, READ,
         "List the postings of a transaction", Page[PostingShape], query=PAGING),
    _row(GET, "/v1/transactions", reading.find_transaction, READ,
         "Find a transaction by its external id", TransactionShape,
         query={"external_id": "the external id",
                "program_id": "the program, where several have such an id"},
         required=frozenset({"external_id"})),
    _row(POST, "/v1/transactions/{id}/commit", moving.commit_transaction, WRITE,
         "Make a temporary transaction final", TransactionShape, body=CommitBody, moves=True),
    _row(POST, "/v1/transactions/{id}/release", moving.release_transaction, WRITE,
         "Roll a temporary transaction back", TransactionShape, body=Note, moves=True),
    _row(POST, "/v1/transactions/{id}/cancel", moving.cancel_transaction, CANCEL,
         "Cancel a transaction, whole or in part", TransactionShape, body=CancelBody, moves=True),
    _row(POST, "/v1/transactions/{id}/activate", moving.activate_transaction, WRITE,
         "Make pending points available now", TransactionShape, body=Note, moves=True),
    _row(POST, "/v1/transactions/{id}/expire", moving.expire_transaction, WRITE,
         "Let available points expire now", TransactionShape, body=Note, moves=True),
    _row(POST, "/v1/transfers", moving.create_transfer, WRITE,
         "Move points to another account", TransferShape, body=TransferBody, moves=True),
    _row(POST, "/v1/bulk", bulk.run_bulk, None,
         "Many writes in one request", BulkShape, body=BulkBody, max_body=MAX_BULK_BODY,
         role=Role.SUPPORT),
)  # fmt: skip

API_KEYS = (
    _row(POST, "/v1/api_keys", api_keys.create_api_key, ADMIN,
         "Create an API key", ApiKeyShape, 201, ApiKeyBody, role=Role.ADMIN),
    _row(GET, "/v1/api_keys", api_keys.list_api_keys, ADMIN,
         "List API keys", Page[ApiKeyShape], query=PAGING, role=Role.ADMIN),
    _row(GET, "/v1/api_keys/{id}", api_keys.get_api_key, ADMIN,
         "Read an API key", ApiKeyShape, role=Role.ADMIN),
    _row(POST, "/v1/api_keys/{id}/rotate", api_keys.rotate_api_key, ADMIN,
         "Give an API key a new secret", ApiKeyShape, 200, RotationBody, role=Role.ADMIN),
    _row(DELETE, "/v1/api_keys/{id}", api_keys.revoke_api_key, ADMIN,
         "Revoke an API key", ApiKeyShape, role=Role.ADMIN),
)  # fmt: skip

PROMOTIONS = (
    _row(POST, "/v1/programs/{id}/promotions", promotions.create_promotion, ADMIN,
         "Create a promotion", PromotionShape, 201, PromotionBody),
    _row(GET, "/v1/programs/{id}/promotions", promotions.list_promotions, READ,
         "List promotions", Page[PromotionShape], query={**ACTIVE, **PAGING}),
    _row(GET, "/v1/promotions/{id}", promotions.get_promotion, READ,
         "Read a promotion", PromotionShape),
    _row(PATCH, "/v1/promotions/{id}", promotions.change_promotion, ADMIN,
         "Change a promotion", PromotionShape, body=PromotionChange),
    _row(GET, "/v1/currencies/{id}/options", promotions.get_currency_options, READ,
         "Read a currency's options", OptionsShape),
    _row(PATCH, "/v1/currencies/{id}/options", promotions.change_currency_options, ADMIN,
         "Change a currency's options", OptionsShape, body=OptionsChange),
)  # fmt: skip

LOCATIONS = (
    _row(POST, "/v1/locations", locations.create_location, ADMIN,
         "Create a location", LocationShape, 201, LocationBody),
    _row(GET, "/v1/locations", locations.list_locations, READ,
         "List locations", Page[LocationShape], query={**OF_PROGRAM, **PAGING}),
    _row(GET, "/v1/locations/{id}", locations.get_location, READ,
         "Read a location", LocationShape),
    _row(PATCH, "/v1/locations/{id}", locations.change_location, ADMIN,
         "Change a location", LocationShape, body=LocationChange),
    _row(PUT, "/v1/programs/{id}/referral", locations.put_referral, ADMIN,
         "Set what is given for bringing a friend", ReferralShape, body=ReferralBody),
    _row(GET, "/v1/programs/{id}/referral", locations.get_referral, READ,
         "Read what is given for bringing a friend", ReferralShape),
    _row(DELETE, "/v1/programs/{id}/referral", locations.delete_referral, ADMIN,
         "Give nothing for bringing a friend", ReferralShape),
    _row(PUT, "/v1/users/{login}/limits", locations.put_limits, ADMIN,
         "Limit a user to programs or locations", LimitsShape, body=LimitsBody,
         role=Role.ADMIN),
    _row(GET, "/v1/users/{login}/limits", locations.get_limits, ADMIN,
         "Read to what a user is limited", LimitsShape, role=Role.ADMIN),
)  # fmt: skip

VISITS = (
    _row(POST, "/v1/visits", visits.create_visit, WRITE,
         "Record a visit", VisitShape, 201, VisitBody),
    _row(GET, "/v1/visits/{id}", visits.get_visit, READ,
         "Read a visit", VisitShape),
    _row(PATCH, "/v1/visits/{id}", visits.change_visit, WRITE,
         "Change a visit", VisitShape, body=VisitChange),
    _row(POST, "/v1/visits/{id}/payments", visits.add_payment, WRITE,
         "Pay money for a visit", VisitShape, body=PaymentBody),
    _row(DELETE, "/v1/visits/{id}/payments/{payment_id}", visits.remove_payment, CANCEL,
         "Take a payment back", VisitShape),
    _row(POST, "/v1/visits/{id}/withdrawals", visits.withdraw, WRITE,
         "Pay for a visit with points", WithdrawnShape, body=WithdrawalBody),
    _row(DELETE, "/v1/visits/{id}/withdrawals/{account_id}", visits.cancel_withdrawal, CANCEL,
         "Take an account's withdrawal back", WithdrawnShape,
         query={"reason": "why, for the journal: 1 to 1,000 characters"}),
)  # fmt: skip

APPROVALS = (
    _row(GET, "/v1/approvals", approvals.list_approvals, READ,
         "List what needs a second person, newest first", Page[ApprovalShape],
         query={"status": "pending, done, failed, rejected, withdrawn or expired",
                "about": "ids, separated by commas: only those that wait and act upon one of them",
                **PAGING},
         aged=NEVER),
    _row(GET, "/v1/approvals/{id}", approvals.get_approval, READ,
         "Read an approval, with what it would do now", ApprovalShape, aged=NEVER),
    _row(POST, "/v1/approvals/{id}/approve", approvals.approve_request, ADMIN,
         "Carry out what another person has asked for", ApprovalShape, body=DecisionBody),
    _row(POST, "/v1/approvals/{id}/reject", approvals.reject_request, ADMIN,
         "Say no to what another person has asked for", ApprovalShape, body=DecisionBody),
    _row(POST, "/v1/approvals/{id}/withdraw", approvals.withdraw_request, WRITE,
         "No longer ask for an approval", ApprovalShape, body=DecisionBody),
)  # fmt: skip

REWARDS = (
    _row(POST, "/v1/programs/{id}/benefits", benefits.create_benefit, ADMIN,
         "Create a benefit", BenefitShape, 201, BenefitBody),
    _row(GET, "/v1/programs/{id}/benefits", benefits.list_benefits, READ,
         "List benefits", Page[BenefitShape], query=PAGING),
    _row(GET, "/v1/benefits/{id}", benefits.get_benefit, READ,
         "Read a benefit", BenefitShape),
    _row(PATCH, "/v1/benefits/{id}", benefits.change_benefit, ADMIN,
         "Change a benefit", BenefitShape, body=BenefitChange),
    _row(POST, "/v1/benefits/{id}/activate", benefits.activate_benefit, ADMIN,
         "Let rules give a benefit", BenefitShape),
    _row(POST, "/v1/benefits/{id}/draft", benefits.draft_benefit, ADMIN,
         "Make a benefit a draft", BenefitShape),
    _row(DELETE, "/v1/benefits/{id}", benefits.delete_benefit, ADMIN,
         "Delete a benefit", BenefitShape),
    _row(POST, "/v1/programs/{id}/rewards", rewards.create_reward, ADMIN,
         "Create a reward", RewardShape, 201, RewardBody),
    _row(GET, "/v1/programs/{id}/rewards", rewards.list_rewards, READ,
         "List rewards", Page[RewardShape], query={
             "status": "draft, active or inactive", "type": "material, code or points", **PAGING,
         }),
    _row(GET, "/v1/rewards/{id}", rewards.get_reward, READ,
         "Read a reward", RewardShape),
    _row(PATCH, "/v1/rewards/{id}", rewards.change_reward, ADMIN,
         "Change a reward", RewardShape, body=RewardChange),
    _row(POST, "/v1/rewards/{id}/activate", rewards.activate_reward, ADMIN,
         "Put a reward on sale", RewardShape),
    _row(POST, "/v1/rewards/{id}/deactivate", rewards.deactivate_reward, ADMIN,
         "Take a reward off sale", RewardShape),
    _row(POST, "/v1/rewards/{id}/draft", rewards.draft_reward, ADMIN,
         "Make a reward a draft", RewardShape),
    _row(DELETE, "/v1/rewards/{id}", rewards.delete_reward, ADMIN,
         "Delete a reward", RewardShape),
    _row(POST, "/v1/rewards/{id}/codes", rewards.add_codes, ADMIN,
         "Add codes to a reward's pool", Page[CodeShape], body=CodesBody),
    _row(GET, "/v1/rewards/{id}/codes", rewards.list_codes, ADMIN,
         "List a reward's codes", Page[CodeShape], query={
             "state": "free, issued, used or voided", **PAGING,
         }),
    _row(GET, "/v1/rewards/{id}/codes/counts", rewards.count_codes, READ,
         "Count a reward's codes by their state", CodeCounts),
    _row(GET, "/v1/rewards/{id}/purchases", purchases.list_purchases_of_reward, READ,
         "List a reward's purchases, newest first", Page[PurchaseShape], query=PAGING),
    _row(PUT, "/v1/programs/{id}/offers/{reward}", rewards.put_offer, ADMIN,
         "Offer a reward, with a stock", OfferShape, body=OfferBody),
    _row(DELETE, "/v1/programs/{id}/offers/{reward}", rewards.delete_offer, ADMIN,
         "End an offer", OfferShape),
    _row(POST, "/v1/members/{id}/purchases", purchases.buy_reward, WRITE,
         "Buy a reward with points", PurchaseShape, 201, PurchaseBody),
    _row(GET, "/v1/members/{id}/purchases", purchases.list_purchases, READ,
         "List a member's purchases, newest first", Page[PurchaseShape], query=PAGING),
    _row(GET, "/v1/purchases/{id}", purchases.get_purchase, READ,
         "Read a purchase", PurchaseShape),
    _row(POST, "/v1/purchases/{id}/refund", purchases.refund_purchase, CANCEL,
         "Take a purchase back, whole or in part", RefundShape, body=RefundBody),
    _row(POST, "/v1/codes/{code}/use", purchases.use_code, WRITE,
         "Use a code that was handed out", CodeShape),
)  # fmt: skip

OPERATIONS = (
    *PROGRAMS, *MEMBERS, *LOOKUP, *LEDGER, *API_KEYS, *PROMOTIONS, *TIERS, *LOCATIONS, *VISITS,
    *REWARDS, *RULES, *ORDERS, *PEOPLE, *APPROVALS, *AUDIT, *EVENTS,
    *WEBHOOKS,
    *FILES,
    *REPORTS,
)  # fmt: skip
