"""All operations.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from stampbook_client.resources.files import ExportsResource, ImportsResource
from stampbook_client.resources.ledger import (
    AccountsResource,
    BulkResource,
    TransactionsResource,
    TransfersResource,
)
from stampbook_client.resources.loyalty import CustomEventsResource, RulesResource, SegmentsResource
from stampbook_client.resources.members import MembersResource, MergesResource, SearchResource
from stampbook_client.resources.orders import OrdersResource
from stampbook_client.resources.people import (
    ApiKeysResource,
    ApprovalsResource,
    SessionResource,
    SessionsResource,
    UsersResource,
)
from stampbook_client.resources.programs import (
    CurrenciesResource,
    LocationsResource,
    ProgramsResource,
    PromotionsResource,
    ReferralsResource,
)
from stampbook_client.resources.reports import ReportsResource
from stampbook_client.resources.rewards import (
    BenefitsResource,
    CodesResource,
    PurchasesResource,
    RewardsResource,
)
from stampbook_client.resources.tiers import TierGroupsResource
from stampbook_client.resources.visits import VisitsResource
from stampbook_client.resources.watching import (
    AnchorsResource,
    AuditResource,
    DeliveriesResource,
    EventsResource,
    WebhooksResource,
)
from stampbook_client.sending import Api


class Resources:
    """All operations, by what they are about."""

    def __init__(self, api: Api) -> None:
        self.programs = ProgramsResource(api)
        self.currencies = CurrenciesResource(api)
        self.promotions = PromotionsResource(api)
        self.locations = LocationsResource(api)
        self.referrals = ReferralsResource(api)
        self.accounts = AccountsResource(api)
        self.transactions = TransactionsResource(api)
        self.transfers = TransfersResource(api)
        self.bulk = BulkResource(api)
        self.visits = VisitsResource(api)
        self.orders = OrdersResource(api)
        self.tier_groups = TierGroupsResource(api)
        self.rules = RulesResource(api)
        self.custom_events = CustomEventsResource(api)
        self.segments = SegmentsResource(api)
        self.benefits = BenefitsResource(api)
        self.rewards = RewardsResource(api)
        self.purchases = PurchasesResource(api)
        self.codes = CodesResource(api)
        self.api_keys = ApiKeysResource(api)
        self.users = UsersResource(api)
        self.sessions = SessionsResource(api)
        self.session = SessionResource(api)
        self.approvals = ApprovalsResource(api)
        self.audit = AuditResource(api)
        self.anchors = AnchorsResource(api)
        self.events = EventsResource(api)
        self.webhooks = WebhooksResource(api)
        self.deliveries = DeliveriesResource(api)
        self.imports = ImportsResource(api)
        self.exports = ExportsResource(api)
        self.members = MembersResource(api)
        self.merges = MergesResource(api)
        self.search = SearchResource(api)
        self.reports = ReportsResource(api)
