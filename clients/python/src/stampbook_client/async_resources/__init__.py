"""All operations.

Written by `make clients`: change the generator instead."""

from __future__ import annotations

from stampbook_client.async_resources.files import AsyncExportsResource, AsyncImportsResource
from stampbook_client.async_resources.ledger import (
    AsyncAccountsResource,
    AsyncBulkResource,
    AsyncTransactionsResource,
    AsyncTransfersResource,
)
from stampbook_client.async_resources.loyalty import (
    AsyncCustomEventsResource,
    AsyncRulesResource,
    AsyncSegmentsResource,
)
from stampbook_client.async_resources.members import (
    AsyncMembersResource,
    AsyncMergesResource,
    AsyncSearchResource,
)
from stampbook_client.async_resources.orders import AsyncOrdersResource
from stampbook_client.async_resources.people import (
    AsyncApiKeysResource,
    AsyncApprovalsResource,
    AsyncSessionResource,
    AsyncSessionsResource,
    AsyncUsersResource,
)
from stampbook_client.async_resources.programs import (
    AsyncCurrenciesResource,
    AsyncLocationsResource,
    AsyncProgramsResource,
    AsyncPromotionsResource,
    AsyncReferralsResource,
)
from stampbook_client.async_resources.reports import AsyncReportsResource
from stampbook_client.async_resources.rewards import (
    AsyncBenefitsResource,
    AsyncCodesResource,
    AsyncPurchasesResource,
    AsyncRewardsResource,
)
from stampbook_client.async_resources.tiers import AsyncTierGroupsResource
from stampbook_client.async_resources.visits import AsyncVisitsResource
from stampbook_client.async_resources.watching import (
    AsyncAnchorsResource,
    AsyncAuditResource,
    AsyncDeliveriesResource,
    AsyncEventsResource,
    AsyncWebhooksResource,
)
from stampbook_client.sending import AsyncApi


class AsyncResources:
    """All operations, by what they are about."""

    def __init__(self, api: AsyncApi) -> None:
        self.programs = AsyncProgramsResource(api)
        self.currencies = AsyncCurrenciesResource(api)
        self.promotions = AsyncPromotionsResource(api)
        self.locations = AsyncLocationsResource(api)
        self.referrals = AsyncReferralsResource(api)
        self.accounts = AsyncAccountsResource(api)
        self.transactions = AsyncTransactionsResource(api)
        self.transfers = AsyncTransfersResource(api)
        self.bulk = AsyncBulkResource(api)
        self.visits = AsyncVisitsResource(api)
        self.orders = AsyncOrdersResource(api)
        self.tier_groups = AsyncTierGroupsResource(api)
        self.rules = AsyncRulesResource(api)
        self.custom_events = AsyncCustomEventsResource(api)
        self.segments = AsyncSegmentsResource(api)
        self.benefits = AsyncBenefitsResource(api)
        self.rewards = AsyncRewardsResource(api)
        self.purchases = AsyncPurchasesResource(api)
        self.codes = AsyncCodesResource(api)
        self.api_keys = AsyncApiKeysResource(api)
        self.users = AsyncUsersResource(api)
        self.sessions = AsyncSessionsResource(api)
        self.session = AsyncSessionResource(api)
        self.approvals = AsyncApprovalsResource(api)
        self.audit = AsyncAuditResource(api)
        self.anchors = AsyncAnchorsResource(api)
        self.events = AsyncEventsResource(api)
        self.webhooks = AsyncWebhooksResource(api)
        self.deliveries = AsyncDeliveriesResource(api)
        self.imports = AsyncImportsResource(api)
        self.exports = AsyncExportsResource(api)
        self.members = AsyncMembersResource(api)
        self.merges = AsyncMergesResource(api)
        self.search = AsyncSearchResource(api)
        self.reports = AsyncReportsResource(api)
