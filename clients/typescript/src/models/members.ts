// Written by `make clients`: change the generator instead.

import { type Account, type Lot, type Transaction } from "../models/ledger.ts";
import { type Order } from "../models/orders.ts";
import { type Purchase } from "../models/rewards.ts";
import { type Visit } from "../models/visits.ts";
import { type AuditEntry, type Delivery } from "../models/watching.ts";

export interface Member {
  id: string;
  program_id: string;
  external_id: string | null;
  email: string | null;
  phone: string | null;
  name: string | null;
  metadata: Record<string, unknown>;
  status: "active" | "deleted" | "erased" | "inactive" | "merged";
  created_at: string;
  updated_at: string;
  merged_into?: string;
}

/** Two members who became one: `member_id` was merged into `into`. */
export interface Merge {
  id: string;
  program_id: string;
  member_id: string;
  into: string;
  reason: string | null;
  actor: string | null;
  user_id: string | null;
  api_key_id: string | null;
  merged_at: string;
  undone_at: string | null;
}

/** Points of one lot that passed over; `to_lot_id` is the lot that they became. */
export interface MergedLot {
  lot_id: string;
  to_lot_id: string | null;
  amount: string;
  state: "available" | "pending";
  activates_at: string | null;
  expires_at: string | null;
}

/** What passed from an account to the one that took over: points, lot by lot, and a debt. `to_account_id` is null where a dry run would open the account. Of an undo, what came back. */
export interface MergeTransfer {
  currency_id: string;
  from_account_id: string;
  to_account_id: string | null;
  amount: string;
  deficit: string;
  lots: Array<MergedLot>;
  transaction_ids: Array<string>;
}

/** An account of the member who took over, after the merge or its undo. */
export interface MergeBalance {
  account_id: string | null;
  currency_id: string;
  active: string;
  pending: string;
  held: string;
  total: string;
  deficit: string;
}

export interface Merged {
  merge: Merge;
  transfers: Array<MergeTransfer>;
  balances: Array<MergeBalance>;
}

/** What finds a person: `type` is external_id, email, phone or card_number, and `id` that of the member or the account. */
export interface Identity {
  type: string;
  value: string;
  id: string;
}

/** An event. `data` is what its type says (`GET /v1/event_types`). `sequence` is the number of the row in the account's journal; null where the event is none of a movement. */
export interface FeedEvent {
  id: string;
  type: string;
  timestamp: string;
  program_id: string | null;
  member_id: string | null;
  account_id: string | null;
  sequence: number | null;
  data: Record<string, unknown>;
}

/** All that is kept about a person: `members` are the member, and those merged into them. `events` are those of the feed, and `deliveries` what was sent of them, with all attempts. `records` are rows of further tables, by table, as they are stored: numbers instead of ids, and instants in microseconds UTC. */
export interface MemberExport {
  exported_at: string;
  member: Member;
  members: Array<Member>;
  identities: Array<Identity>;
  accounts: Array<Account>;
  lots: Array<Lot>;
  transactions: Array<Transaction>;
  orders: Array<Order>;
  visits: Array<Visit>;
  purchases: Array<Purchase>;
  merges: Array<Merge>;
  events: Array<FeedEvent>;
  deliveries: Array<Delivery>;
  audit: Array<AuditEntry>;
  records: Record<string, Array<Record<string, unknown>>>;
}

/** What an account has lost: points that expired, and a debt that was written off. */
export interface Forfeited {
  account_id: string;
  currency_id: string;
  amount: string;
  deficit: string;
  transaction_ids: Array<string>;
}

/** What erasing came to: `member_ids` are all that the person was; `texts` is how many texts went; null of a dry run. */
export interface Erased {
  member: Member;
  member_ids: Array<string>;
  forfeited: Array<Forfeited>;
  texts: number | null;
}

export interface TimelineVisit {
  id: string;
  location_id: string;
  starts_at: string;
  attendance: "came" | "confirmed" | "did_not_come" | "waiting";
  cost: string;
}

export interface TimelineOrder {
  id: string;
  external_id: string | null;
  status: "cancelled" | "created" | "paid" | "partly_refunded" | "refunded";
  money: string;
  total: string;
  refunded: string;
  effective_at: string;
}

/** Something that happened to a member: one of `transaction`, `visit` and `order` says what. `at` is when it was recorded. */
export interface TimelineEntry {
  id: string;
  kind: "order" | "transaction" | "visit";
  at: string;
  transaction?: Transaction | null;
  visit?: TimelineVisit | null;
  order?: TimelineOrder | null;
}

/** A tier that was reached, and when it was lost again (null: not yet). */
export interface ReachedTier {
  tier_id: string;
  reached_at: string;
  lost_at: string | null;
}

/** A standing: `tier_id` (null: no tier) after `from_tier_id`; the same one twice: prolonged. Until `ends_at` the tier is kept whatever the count. `points` is what was counted when it began, `transaction_id` what caused it, `annulled_by` what took back that on which it rested. */
export interface TierStay {
  tier_id: string | null;
  from_tier_id: string | null;
  entered_at: string;
  ends_at: string | null;
  left_at: string | null;
  cause: "cancel" | "joined" | "points" | "retention" | "segment" | "void" | "window";
  points: string;
  transaction_id: string | null;
  annulled_by: string | null;
}

/** The next tier and how many points are `missing`. They must come before `until` (null: at any time); with none missing, the tier is reached then. */
export interface NextTier {
  tier_id: string;
  missing: string;
  until: string | null;
}

/** What becomes of the standing if nothing but time passes. */
export interface ForeseenTier {
  tier_id: string | null;
  at: string;
}

/** A member in a group. `tier_id` is the tier that they have now. `history` has each time that a tier was reached, a higher one including those below; `stays` has every standing. `points` is what counts in the present period. */
export interface Standing {
  id: string;
  tier_id: string | null;
  history: Array<ReachedTier>;
  points: string;
  ends_at: string | null;
  stays: Array<TierStay>;
  next: NextTier | null;
  foreseen: ForeseenTier | null;
}

/** Something that was found: what it is, and by what. `name` is the member's, or that of a program or currency. `number` is a card's, `external_id` a member's, an order's or a transaction's. */
export interface SearchHit {
  kind: "account" | "currency" | "lot" | "member" | "order" | "program" | "transaction" | "visit";
  id: string;
  matched: "email" | "external_id" | "id" | "name" | "number" | "phone";
  program_id: string | null;
  member_id?: string | null;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  external_id?: string | null;
  number?: string | null;
}

/** `more` are the kinds of which there is more than is shown. */
export interface SearchResults {
  data: Array<SearchHit>;
  more: Array<"account" | "currency" | "lot" | "member" | "order" | "program" | "transaction" | "visit">;
}
