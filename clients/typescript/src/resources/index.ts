// Written by `make clients`: change the generator instead.

import { type Api } from "../sending.ts";
import { ProgramsResource, CurrenciesResource, PromotionsResource, LocationsResource, ReferralsResource } from "./programs.ts";
import { AccountsResource, TransactionsResource, TransfersResource, BulkResource } from "./ledger.ts";
import { VisitsResource } from "./visits.ts";
import { OrdersResource } from "./orders.ts";
import { TierGroupsResource } from "./tiers.ts";
import { RulesResource, CustomEventsResource, SegmentsResource } from "./loyalty.ts";
import { BenefitsResource, RewardsResource, PurchasesResource, CodesResource } from "./rewards.ts";
import { ApiKeysResource, UsersResource, SessionsResource, SessionResource, ApprovalsResource } from "./people.ts";
import { AuditResource, AnchorsResource, EventsResource, WebhooksResource, DeliveriesResource } from "./watching.ts";
import { ImportsResource, ExportsResource } from "./files.ts";
import { MembersResource, MergesResource, SearchResource } from "./members.ts";
import { ReportsResource } from "./reports.ts";

/** All operations, by what they are about. */
export class Resources {
  readonly programs: ProgramsResource;
  readonly currencies: CurrenciesResource;
  readonly promotions: PromotionsResource;
  readonly locations: LocationsResource;
  readonly referrals: ReferralsResource;
  readonly accounts: AccountsResource;
  readonly transactions: TransactionsResource;
  readonly transfers: TransfersResource;
  readonly bulk: BulkResource;
  readonly visits: VisitsResource;
  readonly orders: OrdersResource;
  readonly tierGroups: TierGroupsResource;
  readonly rules: RulesResource;
  readonly customEvents: CustomEventsResource;
  readonly segments: SegmentsResource;
  readonly benefits: BenefitsResource;
  readonly rewards: RewardsResource;
  readonly purchases: PurchasesResource;
  readonly codes: CodesResource;
  readonly apiKeys: ApiKeysResource;
  readonly users: UsersResource;
  readonly sessions: SessionsResource;
  readonly session: SessionResource;
  readonly approvals: ApprovalsResource;
  readonly audit: AuditResource;
  readonly anchors: AnchorsResource;
  readonly events: EventsResource;
  readonly webhooks: WebhooksResource;
  readonly deliveries: DeliveriesResource;
  readonly imports: ImportsResource;
  readonly exports: ExportsResource;
  readonly members: MembersResource;
  readonly merges: MergesResource;
  readonly search: SearchResource;
  readonly reports: ReportsResource;

  constructor(api: Api) {
    this.programs = new ProgramsResource(api);
    this.currencies = new CurrenciesResource(api);
    this.promotions = new PromotionsResource(api);
    this.locations = new LocationsResource(api);
    this.referrals = new ReferralsResource(api);
    this.accounts = new AccountsResource(api);
    this.transactions = new TransactionsResource(api);
    this.transfers = new TransfersResource(api);
    this.bulk = new BulkResource(api);
    this.visits = new VisitsResource(api);
    this.orders = new OrdersResource(api);
    this.tierGroups = new TierGroupsResource(api);
    this.rules = new RulesResource(api);
    this.customEvents = new CustomEventsResource(api);
    this.segments = new SegmentsResource(api);
    this.benefits = new BenefitsResource(api);
    this.rewards = new RewardsResource(api);
    this.purchases = new PurchasesResource(api);
    this.codes = new CodesResource(api);
    this.apiKeys = new ApiKeysResource(api);
    this.users = new UsersResource(api);
    this.sessions = new SessionsResource(api);
    this.session = new SessionResource(api);
    this.approvals = new ApprovalsResource(api);
    this.audit = new AuditResource(api);
    this.anchors = new AnchorsResource(api);
    this.events = new EventsResource(api);
    this.webhooks = new WebhooksResource(api);
    this.deliveries = new DeliveriesResource(api);
    this.imports = new ImportsResource(api);
    this.exports = new ExportsResource(api);
    this.members = new MembersResource(api);
    this.merges = new MergesResource(api);
    this.search = new SearchResource(api);
    this.reports = new ReportsResource(api);
  }
}
