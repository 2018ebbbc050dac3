// Written by `make clients`: change the generator instead.

export interface Program {
  id: string;
  name: string;
  timezone: string;
  status: "active" | "draft" | "inactive";
  starts_at: string | null;
  ends_at: string | null;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  phone_region?: string | null;
}

/** How many members (without those who were removed), currencies and locations there are. */
export interface ProgramFigures {
  program_id: string;
  members: number;
  currencies: number;
  locations: number;
}

/** Points are available at once. */
export interface Immediate {
  type: "immediate";
}

export type PeriodUnit = "day" | "hour" | "minute" | "month" | "week" | "year";

/** A length of calendar time in the program's time zone. */
export interface Period {
  value: number;
  unit: PeriodUnit;
}

/** Points wait for a period; `whole_days` moves its end to the start of that day. */
export interface PendingPeriod {
  type: "period";
  period: Period;
  /** Without it: `false`. */
  whole_days?: boolean;
}

/** A day that comes every year; 29 February means the last of February. */
export interface Day {
  month: number;
  day: number;
}

/** Points become available on the next of these days. */
export interface FixedDates {
  type: "fixed_dates";
  dates: Array<Day>;
}

/** Points wait for an event; after `cancel_period` without one they are rolled back. */
export interface OnEvent {
  type: "event";
  /** Without it: `[]`. */
  event_types?: Array<string>;
  cancel_period?: Period | null;
}

/** Points never expire. */
export interface NoExpiry {
  type: "none";
}

export type CountsFrom = "accrual" | "activation";

export type Rounding = "end_of_day" | "end_of_half_year" | "end_of_month" | "end_of_particular_month" | "end_of_quarter" | "end_of_year";

/** Points expire a period after their activation or accrual, rounded up to `rounding`. */
export interface Rolling {
  type: "rolling";
  period: Period;
  /** Without it: `"activation"`. */
  counts_from?: CountsFrom;
  rounding?: Rounding | null;
  /** Without it: `12`. */
  rounding_month?: number;
}

/** Points expire at the end of the next of these days. */
export interface Calendar {
  type: "calendar";
  dates: Array<Day>;
  /** Without it: `"activation"`. */
  counts_from?: CountsFrom;
}

/** All points of an account expire a period after its last earning or spending. */
export interface Sliding {
  type: "sliding";
  period: Period;
  /** Without it: `true`. */
  on_earning?: boolean;
  /** Without it: `true`. */
  on_spending?: boolean;
  rounding?: Rounding | null;
  /** Without it: `12`. */
  rounding_month?: number;
}

export type SpentAccrual = "clamp" | "debt" | "refuse";

export type ExpiredRestore = "expire" | "grace";

/** `points` pay for `money`. */
export interface Exchange {
  points: string;
  money: string;
}

/** `amount` of the currency is worth `money`. */
export interface UnitValue {
  amount: string;
  money: string;
}

export interface PeriodLimit {
  max: string;
  period: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
}

export interface EarningLimits {
  per_transaction: string | null;
  balance: string | null;
  period: PeriodLimit | null;
}

export interface SpendingLimits {
  per_transaction: string | null;
  lifetime: string | null;
  period: PeriodLimit | null;
}

export interface Currency {
  id: string;
  program_id: string;
  name: string;
  code: string;
  scale: number;
  pending: Immediate | PendingPeriod | FixedDates | OnEvent;
  expiry: NoExpiry | Rolling | Calendar | Sliding;
  spent_accrual: SpentAccrual;
  expired_restore: ExpiredRestore;
  grace: number | null;
  cancel_window: number | null;
  overdraft: string;
  temporary_timeout_s: number;
  exchange: Exchange | null;
  return_spent: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  approval_above: string | null;
  initial_balance: string;
  backdating: boolean;
  unit_value: UnitValue | null;
  earning_limits: EarningLimits;
  spending_limits: SpendingLimits;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

/** A currency's accounts, and what is open in all of them at `as_of`. `undated_lots`: those of the open lots that have no expiry. */
export interface CurrencyFigures {
  currency_id: string;
  as_of: string;
  accounts: number;
  open_lots: number;
  undated_lots: number;
  available: string;
  pending: string;
  held: string;
  deficit: string;
}

export interface Options {
  currency_id: string;
  initial_balance: string;
  backdating: boolean;
  exchange: Exchange | null;
  return_spent: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  approval_above: string | null;
  unit_value: UnitValue | null;
  earning_limits: EarningLimits;
  spending_limits: SpendingLimits;
}

export interface PromotionRule {
  kind: "accrual" | "redemption";
  currency_id: string;
  static_amount: string | null;
  min_amount: string | null;
  max_amount: string | null;
}

/** `active`: switched on, and now is in its time. */
export interface Promotion {
  id: string;
  program_id: string;
  external_id: string | null;
  name: string;
  description: string | null;
  status: "active" | "inactive";
  active: boolean;
  starts_at: string | null;
  ends_at: string | null;
  rules: Array<PromotionRule>;
  created_at: string;
  updated_at: string;
}

export interface Location {
  id: string;
  program_id: string;
  title: string;
  timezone: string;
}

export interface Referral {
  program_id: string;
  title: string;
  unit: "amount" | "percent";
  value: string;
  currency_ids: Array<string>;
  location_ids: Array<string>;
}
