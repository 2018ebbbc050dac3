// Written by `make clients`: change the generator instead.

export interface Account {
  id: string;
  program_id: string;
  member_id: string;
  currency_id: string;
  number: string | null;
  primary: boolean;
  status: "closed" | "member_inactive" | "open";
  created_at: string;
  merged_into?: string;
}

export interface Lifetime {
  issued: string;
  spent: string;
  expired: string;
  revoked: string;
  restored: string;
}

export interface Upcoming {
  at: string;
  amount: string;
}

/** What a member has at `as_of`; docs/concepts/semantics.md §2 defines the figures. */
export interface Balance {
  account_id: string;
  currency_id: string;
  as_of: string;
  active: string;
  pending: string;
  held: string;
  total: string;
  deficit: string;
  lifetime: Lifetime;
  next_expiration: Upcoming | null;
  next_activation: Upcoming | null;
}

/** What a lot, a hold or a debt adds to the balance, or takes from it. `lot_id` is null for holds and debts; `transaction_id` is the accrual of a lot, or what holds or owes. */
export interface ExplanationPart {
  kind: "deficit" | "held" | "lot" | "pending";
  lot_id: string | null;
  transaction_id: string;
  amount: string;
  /** A sentence in the language asked for. */
  text: string;
}

/** A transaction in words; `effect` is what it did to the active balance. */
export interface ExplanationChange {
  transaction_id: string;
  at: string;
  effect: string;
  /** A sentence in the language asked for. */
  text: string;
}

/** Why the balance is what it is at `as_of`. The parts of the kind `lot` less those of the kind `deficit` are the active balance, to the last digit; `sum` says so. `changes` are the newest transactions, newest first, at most 20. */
export interface Explanation {
  account_id: string;
  as_of: string;
  balance: Balance;
  /** A sentence in the language asked for. */
  sum: string;
  parts: Array<ExplanationPart>;
  changes: Array<ExplanationChange>;
}

/** Points that arrived together, split over the states. */
export interface Lot {
  id: string;
  account_id: string;
  seq: number;
  accrued_by: string;
  issued: string;
  pending: string;
  available: string;
  held: string;
  spent: string;
  expired: string;
  revoked: string;
  activates_at: string | null;
  expires_at: string | null;
  created_at: string;
}

/** An amount of a lot that moved; `lot_id` is null for what no lot pays (`owed`). */
export interface Allocation {
  lot_id: string | null;
  amount: string;
  from: "available" | "doomed" | "expired" | "held" | "outside" | "owed" | "pending" | "reinstated" | "revoked" | "spent";
  to: "available" | "doomed" | "expired" | "held" | "outside" | "owed" | "pending" | "reinstated" | "revoked" | "spent";
  expires_at: string | null;
}

/** An account, and a row of its journal. */
export interface ForwardedLink {
  account_id: string;
  transaction_id: string;
}

/** What a late cancel on a merged account gave to (negative: took from) the account that has the points now, and the last row there. `via`: the merged accounts on the way, in their order, if there are any, and the last row on each. */
export interface Forwarded {
  account_id: string;
  transaction_id: string;
  amount: string;
  via?: Array<ForwardedLink>;
}

/** The smallest fact; `transaction_id` is the redemption or hold that it pays or unpays. */
export interface Posting {
  lot_id: string | null;
  amount: string;
  from: "available" | "doomed" | "expired" | "held" | "outside" | "owed" | "pending" | "reinstated" | "revoked" | "spent";
  to: "available" | "doomed" | "expired" | "held" | "outside" | "owed" | "pending" | "reinstated" | "revoked" | "spent";
  transaction_id: string | null;
}

/** A row of an account's journal. In the answer to a write `status` is that of the moment of writing. The fields after `approved_by` are there where they mean something; those from `cancelled_by` on when a transaction is read. `api_key_id`, `user_id`, `dialect` and `request_id` are whose request it was, by which API; null for what the clock did and in rows of earlier releases. `approved_by` is the second person, and null in the answer to a write. */
export interface Transaction {
  id: string;
  account_id: string;
  seq: number;
  type: string;
  amount: string;
  effect: string;
  status: "cancelled" | "in_force" | "partly_cancelled" | "released" | "temporary";
  balance_before: string;
  balance_after: string;
  cancels: string | null;
  external_id: string | null;
  reason: string | null;
  actor: string | null;
  effective_at: string;
  created_at: string;
  metadata: Record<string, unknown>;
  allocations: Array<Allocation>;
  shortfall: string;
  api_key_id?: string | null;
  user_id?: string | null;
  dialect?: string | null;
  request_id?: string | null;
  approved_by?: string | null;
  allocations_truncated?: boolean;
  more_allocations?: number;
  commits?: string;
  releases?: string;
  activates?: string;
  expires?: string;
  transfer?: string;
  deadline_at?: string;
  by_clock?: boolean;
  already_cancelled?: boolean;
  forwarded?: Forwarded;
  cancelled_by?: string | null;
  cancelled_amount?: string;
  committed_by?: string | null;
  released_by?: string | null;
  postings?: Array<Posting>;
  more_postings?: number;
}

/** A transaction: what it did to the active balance, and that balance after it. */
export interface StatementLine {
  at: string;
  transaction_id: string;
  type: string;
  /** A sentence in the language asked for. */
  text: string;
  effect: string;
  balance_after: string;
}

/** What changed an account from `from` to before `to`, oldest first. `opening` and each `effect` add up to the next `balance_after`, and the last one is `closing`. */
export interface Statement {
  account_id: string;
  currency_id: string;
  as_of: string;
  opening: string;
  rows: Array<StatementLine>;
  closing: string;
}

/** Both legs of a transfer. */
export interface Transfer {
  from: Transaction;
  to: Transaction;
}

/** What is wrong with one part of a request. `pointer` is a JSON pointer into the body; `parameter` the name of a query parameter, a header or a part of the path. */
export interface Fault {
  detail: string;
  pointer?: string;
  parameter?: string;
}

/** The body of every answer that is not a success. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors: Array<Fault>;
  request_id?: string;
  active?: string;
  related_transaction_id?: string;
  account_id?: string;
  limit?: string;
  used?: string;
  asked?: string;
  index?: number;
  used_by?: Array<string>;
  pairs?: Array<Array<string>>;
}

/** What the single call would have answered: its status, and its body under one name. */
export interface BulkResult {
  index: number;
  status: number;
  transaction?: Transaction;
  transfer?: Transfer;
  problem?: Problem;
  replayed?: boolean;
}

/** Results in the order of the operations. */
export interface Bulk {
  atomic: boolean;
  results: Array<BulkResult>;
}
