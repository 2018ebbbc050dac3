// Written by `make clients`: change the generator instead.

import { type CountsFrom, type ExpiredRestore, type PeriodUnit, type Rounding, type SpentAccrual } from "../models/programs.ts";
import { type PageParams } from "../values.ts";

/** Points are available at once. */
export interface ImmediateInput {
  type: "immediate";
}

/** A length of calendar time in the program's time zone. */
export interface PeriodInput {
  value: number;
  unit: PeriodUnit;
}

/** Points wait for a period; `whole_days` moves its end to the start of that day. */
export interface PendingPeriodInput {
  type: "period";
  period: PeriodInput;
  /** Without it: `false`. */
  whole_days?: boolean;
}

/** A day that comes every year; 29 February means the last of February. */
export interface DayInput {
  month: number;
  day: number;
}

/** Points become available on the next of these days. */
export interface FixedDatesInput {
  type: "fixed_dates";
  dates: ReadonlyArray<DayInput>;
}

/** Points wait for an event; after `cancel_period` without one they are rolled back. */
export interface OnEventInput {
  type: "event";
  /** Without it: `[]`. */
  event_types?: ReadonlyArray<string>;
  cancel_period?: PeriodInput | null;
}

/** Points never expire. */
export interface NoExpiryInput {
  type: "none";
}

/** Points expire a period after their activation or accrual, rounded up to `rounding`. */
export interface RollingInput {
  type: "rolling";
  period: PeriodInput;
  /** Without it: `"activation"`. */
  counts_from?: CountsFrom;
  rounding?: Rounding | null;
  /** Without it: `12`. */
  rounding_month?: number;
}

/** Points expire at the end of the next of these days. */
export interface CalendarInput {
  type: "calendar";
  dates: ReadonlyArray<DayInput>;
  /** Without it: `"activation"`. */
  counts_from?: CountsFrom;
}

/** All points of an account expire a period after its last earning or spending. */
export interface SlidingInput {
  type: "sliding";
  period: PeriodInput;
  /** Without it: `true`. */
  on_earning?: boolean;
  /** Without it: `true`. */
  on_spending?: boolean;
  rounding?: Rounding | null;
  /** Without it: `12`. */
  rounding_month?: number;
}

/** `points` pay for `money` of an order; money has at most six decimals here. */
export interface ExchangeInput {
  points: string;
  money: string;
}

/** `amount` of the currency is worth `money`, which has up to 6 digits after the point. */
export interface UnitValueInput {
  amount: string;
  money: string;
}

/** The most in a calendar period of the program's time zone; weeks are ISO weeks. */
export interface PeriodLimitInput {
  max: string;
  period: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
}

/** Limits of awards. An award above `per_transaction` is dropped whole; `balance`, of active and pending points, and `period` leave the rest of it. null: no such limit. */
export interface EarningLimitsInput {
  per_transaction?: string | null;
  balance?: string | null;
  period?: PeriodLimitInput | null;
}

/** Limits of payments and purchases of one account. null: no such limit. */
export interface SpendingLimitsInput {
  per_transaction?: string | null;
  lifetime?: string | null;
  period?: PeriodLimitInput | null;
}

/** Bounds of an amount of one currency: `static_amount` alone, or a least, a most, or both. */
export interface PromotionRuleInput {
  kind: "accrual" | "redemption";
  currency_id: string;
  static_amount?: string | null;
  min_amount?: string | null;
  max_amount?: string | null;
}

/** Of `programs.create`. */
export interface CreateProgramParams {
  name: string;
  /** Without it: `"UTC"`. */
  timezone?: string;
  /** Without it: `"active"`. */
  status?: "active" | "draft" | "inactive";
  starts_at?: string | null;
  ends_at?: string | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
  phone_region?: string | null;
}

/** Of `programs.update`. */
export interface ChangeProgramParams {
  name?: string;
  timezone?: string;
  status?: "active" | "draft" | "inactive";
  starts_at?: string | null;
  ends_at?: string | null;
  metadata?: Record<string, unknown>;
  phone_region?: string | null;
}

/** Of `currencies.create`. */
export interface CreateCurrencyParams {
  name: string;
  code?: string | null;
  /** Without it: `0`. */
  scale?: number;
  /** Without it: `{"type": "immediate"}`. */
  pending?: "immediate" | ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput;
  /** Without it: `{"type": "none"}`. */
  expiry?: "none" | NoExpiryInput | RollingInput | CalendarInput | SlidingInput;
  /** Without it: `"debt"`. */
  spent_accrual?: SpentAccrual;
  /** Without it: `"expire"`. */
  expired_restore?: ExpiredRestore;
  grace?: number | PeriodInput | null;
  cancel_window?: number | PeriodInput | null;
  /** Without it: `"0"`. */
  overdraft?: string;
  /** Without it: `86400`. */
  temporary_timeout_s?: number;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
  exchange?: ExchangeInput | null;
  return_spent?: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  approval_above?: string | null;
  initial_balance?: string;
  backdating?: boolean;
  unit_value?: UnitValueInput | null;
  earning_limits?: EarningLimitsInput;
  spending_limits?: SpendingLimitsInput;
}

/** Of `currencies.update`. */
export interface ChangeCurrencyParams {
  name?: string;
  code?: string;
  scale?: number;
  pending?: "immediate" | ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput;
  expiry?: "none" | NoExpiryInput | RollingInput | CalendarInput | SlidingInput;
  spent_accrual?: SpentAccrual;
  expired_restore?: ExpiredRestore;
  grace?: number | PeriodInput | null;
  cancel_window?: number | PeriodInput | null;
  overdraft?: string;
  temporary_timeout_s?: number;
  metadata?: Record<string, unknown>;
  exchange?: ExchangeInput | null;
  return_spent?: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  approval_above?: string | null;
  initial_balance?: string;
  backdating?: boolean;
  unit_value?: UnitValueInput | null;
  earning_limits?: EarningLimitsInput;
  spending_limits?: SpendingLimitsInput;
}

/** Of `currencies.updateOptions`. */
export interface ChangeCurrencyOptionsParams {
  initial_balance?: string;
  backdating?: boolean;
  exchange?: ExchangeInput | null;
  return_spent?: "none" | "on_whole" | "points_first" | "points_last" | "proportional";
  approval_above?: string | null;
  unit_value?: UnitValueInput | null;
  earning_limits?: EarningLimitsInput;
  spending_limits?: SpendingLimitsInput;
}

/** Of `promotions.create`. */
export interface CreatePromotionParams {
  name: string;
  external_id?: string | null;
  description?: string | null;
  /** Without it: `"active"`. */
  status?: "active" | "inactive";
  starts_at?: string | null;
  ends_at?: string | null;
  /** Without it: `[]`. */
  rules?: ReadonlyArray<PromotionRuleInput>;
}

/** Of `promotions.list`. */
export interface ListPromotionsParams extends PageParams {
  /** true: only those that are active now; false: only the others. */
  active?: boolean;
}

/** Of `promotions.update`. */
export interface ChangePromotionParams {
  name?: string;
  description?: string | null;
  status?: "active" | "inactive";
  starts_at?: string | null;
  ends_at?: string | null;
}

/** Of `locations.create`. */
export interface CreateLocationParams {
  program_id: string;
  title: string;
  timezone?: string | null;
}

/** Of `locations.list`. */
export interface ListLocationsParams extends PageParams {
  /** only those of this program. */
  program_id?: string;
}

/** Of `locations.update`. */
export interface ChangeLocationParams {
  title?: string;
  timezone?: string;
}

/** Of `referrals.set`. */
export interface PutReferralParams {
  title: string;
  unit: "amount" | "percent";
  value: string;
  currency_ids: ReadonlyArray<string>;
  location_ids: ReadonlyArray<string>;
}
