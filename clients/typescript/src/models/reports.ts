// Written by `make clients`: change the generator instead.

/** What expires in a month; `month` is null for what never expires. */
export interface ExpiryMonth {
  /** A month of the program's time zone. */
  month: string | null;
  outstanding: string;
}

/** What the accounts of a currency have at `as_of`. `outstanding` is the sum of `available`, `pending` and `held`, and of `by_expiry`. `net` is the sum of the totals of all accounts, `accounts` how many of these are not zero. `value` is what the outstanding points are worth, null without a `unit_value` of the currency. */
export interface LiabilityReport {
  as_of: string;
  currency_id: string;
  available: string;
  pending: string;
  held: string;
  outstanding: string;
  deficit: string;
  net: string;
  accounts: number;
  by_expiry: Array<ExpiryMonth>;
  /** A sum of money. */
  value: string | null;
}

/** What expires in the period from `begins_at` to before `ends_at`, unless it is spent. `amount` is what is available or pending, `held` what is held, of `lots` in `accounts`. */
export interface Expiring {
  begins_at: string;
  ends_at: string;
  amount: string;
  held: string;
  lots: number;
  accounts: number;
}

export interface ExpiringReport {
  as_of: string;
  currency_id: string;
  resolution: string;
  data: Array<Expiring>;
}

/** What moved in the period from `begins_at` to before `ends_at`. `closing` is `opening` and what was issued, returned and reinstated, less what was redeemed, has expired or was revoked; `closing_deficit` is `opening_deficit` and what was created, less what was paid or cancelled. These four are null with `by=effective`. */
export interface Activity {
  begins_at: string;
  ends_at: string;
  opening: string | null;
  issued: string;
  returned: string;
  reinstated: string;
  redeemed: string;
  expired: string;
  revoked: string;
  closing: string | null;
  activated: string;
  held: string;
  released: string;
  transferred: string;
  opening_deficit: string | null;
  deficit_created: string;
  deficit_paid: string;
  deficit_cancelled: string;
  closing_deficit: string | null;
  transactions: number;
  cancels: number;
  accounts: number;
  new_members: number;
}

export interface ActivityReport {
  as_of: string;
  currency_id: string;
  resolution: string;
  by: "effective" | "recorded";
  data: Array<Activity>;
}

/** What became of the lots that were given for the period from `begins_at` to before `ends_at`. `issued` is the sum of `revoked`, `spent`, `expired` and `open`. `rate` is `expired` in proportion to what was issued and not revoked, null if that is nothing. `mature`: nothing is open. */
export interface Breakage {
  begins_at: string;
  ends_at: string;
  issued: string;
  revoked: string;
  spent: string;
  expired: string;
  open: string;
  /** Six digits after the point. */
  rate: string | null;
  mature: boolean;
}

export interface BreakageReport {
  as_of: string;
  currency_id: string;
  resolution: string;
  data: Array<Breakage>;
}

/** What an account has of a lot, or owes (then without a lot). */
export interface OpenLot {
  lot_id: string | null;
  account_id: string;
  available: string;
  pending: string;
  held: string;
  deficit: string;
  expires_at: string | null;
}

/** How many members came to a tier, and lost it, in the period that begins at `begins_at`. */
export interface TierMoves {
  begins_at: string;
  tier_group_id: string;
  tier_id: string;
  joins: number;
  upgrades: number;
  downgrades: number;
  lefts: number;
  prolongs: number;
}

export interface TiersReport {
  data: Array<TierMoves>;
}

/** Awards of an earning of a rule in the period that begins at `begins_at`, and their points. */
export interface EarnedPoints {
  begins_at: string;
  rule_id: string;
  version: number;
  earning: number;
  currency_id: string;
  awards: number;
  points: string;
  pending_points: string;
}

export interface EarningReport {
  data: Array<EarnedPoints>;
}

/** Purchases of rewards and payments for orders in the period, and their points. */
export interface SpentPoints {
  begins_at: string;
  currency_id: string;
  purchases: number;
  payments: number;
  points_on_rewards: string;
  points_on_orders: string;
}

export interface SpendingReport {
  data: Array<SpentPoints>;
}

/** How often a rule counted in the period, and how often not, by the limit in the way. */
export interface RuleCounts {
  begins_at: string;
  rule_id: string;
  successes: number;
  failures: Record<string, number>;
}

export interface RulesReport {
  data: Array<RuleCounts>;
}
