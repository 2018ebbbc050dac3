// Written by `make clients`: change the generator instead.

/** `refunded` and `remaining` are of `total`; `returned` is of `quantity`. */
export interface OrderLine {
  id: string;
  kind: string | null;
  item: string | null;
  sku: string | null;
  categories: Array<string>;
  quantity: string;
  returned: string;
  amount: string;
  total: string;
  refunded: string;
  remaining: string;
  metadata: Record<string, unknown>;
}

/** What an effect of a rule gave for the order. `earning` is its place in the version's list, from 0. `in_force`: what no cancel has taken of it. The ids of a preview are null where the account does not exist yet. */
export interface OrderAward {
  id: string | null;
  rule_id: string;
  version: number;
  earning: number;
  account_id: string | null;
  currency_id: string;
  transaction_id: string | null;
  calculated: string;
  amount: string;
  in_force: string;
}

/** `points` paid for `money`. */
export interface ExchangeRate {
  points: string;
  money: string;
}

/** Points that paid for the order: `amount` in its money. `left`: the points that have not come back. */
export interface OrderPayment {
  id: string;
  order_id: string;
  account_id: string;
  currency_id: string;
  transaction_id: string;
  amount: string;
  points: string;
  left: string;
  exchange: ExchangeRate;
  return_spent: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  created_at: string;
  returned_at: string | null;
}

/** What was taken back of a line; `line` null: of an order without lines. */
export interface TakenLine {
  line: string | null;
  quantity: string;
  amount: string;
}

/** One thing that follows: `amount` of the `was` points, `target` are left. `shortfall` could not be collected. `transaction_id` is what was undone, `cancelled_by` the cancel of it, which a preview does not have. Of the step `tier`, the points are those that count for the tier group; `former_tier_id` gives way to `tier_id` (null: no tier). */
export interface RefundStep {
  step: "code" | "discount" | "grant" | "return" | "stock" | "take_back" | "threshold" | "tier";
  account_id: string | null;
  transaction_id: string | null;
  cancelled_by: string | null;
  payment_id: string | null;
  award_id: string | null;
  grant_id: string | null;
  rule_id: string | null;
  was: string;
  target: string;
  amount: string;
  shortfall: string;
  tier_group_id?: string;
  former_tier_id?: string | null;
  tier_id?: string | null;
}

/** What stays, and why. */
export interface KeptAward {
  what: string;
  reason: string;
  award_id: string | null;
  grant_id: string | null;
  rule_id: string | null;
  account_id: string | null;
}

export interface OrderPoints {
  active: string;
  pending: string;
}

export interface BalanceChange {
  account_id: string;
  before: OrderPoints;
  after: OrderPoints;
}

/** A refund and what followed from it. `remaining` is what was then left of the order. `preview_token` tells the cascade from every other one. */
export interface OrderRefund {
  id: string;
  order_id: string;
  external_id: string | null;
  cause: "cancel" | "change" | "refund";
  amount: string;
  remaining: string;
  lines: Array<TakenLine>;
  reason: string | null;
  created_at: string;
  voided_at: string | null;
  cascade: Array<RefundStep>;
  kept: Array<KeptAward>;
  balances: Array<BalanceChange>;
  preview_token: string;
}

/** An order. `total` is `amount` less `discount`, `remaining` is `total` less `refunded`. */
export interface Order {
  id: string;
  program_id: string | null;
  external_id: string | null;
  member_id: string | null;
  status: "cancelled" | "created" | "paid" | "partly_refunded" | "refunded";
  money: string;
  amount: string;
  discount: string;
  total: string;
  refunded: string;
  remaining: string;
  lines: Array<OrderLine>;
  channel: string | null;
  location: string | null;
  metadata: Record<string, unknown>;
  effective_at: string;
  paid_at: string | null;
  fulfilled_at: string | null;
  cancelled_at: string | null;
  created_at: string;
  updated_at: string;
  awards: Array<OrderAward>;
  payments: Array<OrderPayment>;
  refunds: Array<OrderRefund>;
}
