// Written by `make clients`: change the generator instead.

import { type OnPartial, type PerMode, type PointsRounding, type TriggerType } from "../models/loyalty.ts";
import { type OrderLineInput } from "../params/orders.ts";
import { type CalendarInput, type FixedDatesInput, type ImmediateInput, type NoExpiryInput, type OnEventInput, type PendingPeriodInput, type RollingInput, type SlidingInput } from "../params/programs.ts";
import { type PageParams } from "../values.ts";

/** What the rule is for; `name` is of a custom event or a segment. */
export interface TriggerInput {
  type: TriggerType;
  name?: string | null;
}

/** Points of a currency. `pending` and `expiry` replace the currency's. */
export interface FixedInput {
  type: "fixed";
  currency_id: string;
  points: string;
  pending?: ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput | null;
  expiry?: NoExpiryInput | RollingInput | CalendarInput | SlidingInput | null;
}

/** The lines that count: those that one of these names; without any, all of them. */
export interface AppliesToInput {
  /** Without it: `[]`. */
  items?: ReadonlyArray<string>;
  /** Without it: `[]`. */
  skus?: ReadonlyArray<string>;
  /** Without it: `[]`. */
  categories?: ReadonlyArray<string>;
}

/** Points in proportion. `pending` and `expiry` replace the currency's. */
export interface PerInput {
  type: "per";
  currency_id: string;
  basis: string;
  /** A decimal number. */
  every: string;
  /** A decimal number. */
  points: string;
  /** Without it: `"steps"`. */
  mode?: PerMode;
  /** Without it: `"down"`. */
  round?: PointsRounding;
  /** Without it: `"order"`. */
  by?: "line" | "order";
  applies_to?: AppliesToInput | null;
  pending?: ImmediateInput | PendingPeriodInput | FixedDatesInput | OnEventInput | null;
  expiry?: NoExpiryInput | RollingInput | CalendarInput | SlidingInput | null;
}

/** A benefit is given. */
export interface GivenBenefitInput {
  type: "benefit";
  benefit_id: string;
}

/** One of these tiers must be the member's. */
export interface TierNeedInput {
  tier_group_id: string;
  any_of: ReadonlyArray<string>;
}

/** The first earning whose tiers and condition hold counts, with all its effects. */
export interface EarningInput {
  effects: ReadonlyArray<FixedInput | PerInput | GivenBenefitInput>;
  name?: string | null;
  /** Without it: `[]`. */
  tiers?: ReadonlyArray<TierNeedInput>;
  /** CEL. */
  condition?: string | null;
}

/** Hours of some days of the week (0 Sunday), in the program's time zone: from `from` until before `to`. */
export interface HoursInput {
  days: ReadonlyArray<number>;
  from: string;
  to: string;
}

/** The least time between two: `n` units. */
export interface CooldownInput {
  n: number;
  unit: "day" | "hour" | "month" | "week" | "year";
}

/** How many in a calendar period of the program's time zone. */
export interface FrequencyInput {
  max: number;
  period: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
}

/** Points (of the currency of the first effect that gives points), or triggers. */
export interface BudgetInput {
  /** Without it: `"lifetime"`. */
  period?: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
  points?: string | null;
  triggers?: number | null;
}

/** Cooldown and frequency are a member's, the budget is the rule's. */
export interface RuleLimitsInput {
  cooldown?: CooldownInput | null;
  frequency?: FrequencyInput | null;
  budget?: BudgetInput | null;
}

/** An order that rules are tried on: a real one's body. Its ids and status change nothing. */
export interface TriedOrderInput {
  amount: string;
  /** Without it: `"EUR"`. */
  money?: string;
  /** Without it: `"0"`. */
  discount?: string;
  /** Without it: `[]`. */
  lines?: ReadonlyArray<OrderLineInput>;
  channel?: string | null;
  location?: string | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
  external_id?: string | null;
  member_id?: string | null;
  /** Without it: `"paid"`. */
  status?: "cancelled" | "created" | "paid";
  effective_at?: string | null;
  fulfilled?: boolean;
}

/** A custom event that rules are tried on; its ids change nothing. */
export interface TriedEventInput {
  name: string;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
  external_id?: string | null;
  member_id?: string | null;
  effective_at?: string | null;
}

/** A rule: it is made as a draft. */
export interface RuleInput {
  name: string;
  trigger: TriggerInput;
  earnings: ReadonlyArray<EarningInput>;
  /** Without it: `0`. */
  priority?: number;
  exclusive_group?: string | null;
  /** Without it: `"first"`. */
  keeps?: "best" | "first";
  starts_at?: string | null;
  ends_at?: string | null;
  /** Without it: `[]`. */
  hours?: ReadonlyArray<HoursInput>;
  /** Without it: `{"cooldown": null, "frequency": null, "budget": null}`. */
  limits?: RuleLimitsInput;
  /** Without it: `"recount"`. */
  on_partial?: OnPartial;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `rules.create`. */
export interface CreateRuleParams {
  name: string;
  trigger: TriggerInput;
  earnings: ReadonlyArray<EarningInput>;
  /** Without it: `0`. */
  priority?: number;
  exclusive_group?: string | null;
  /** Without it: `"first"`. */
  keeps?: "best" | "first";
  starts_at?: string | null;
  ends_at?: string | null;
  /** Without it: `[]`. */
  hours?: ReadonlyArray<HoursInput>;
  /** Without it: `{"cooldown": null, "frequency": null, "budget": null}`. */
  limits?: RuleLimitsInput;
  /** Without it: `"recount"`. */
  on_partial?: OnPartial;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `rules.list`. */
export interface ListRulesParams extends PageParams {
  /** draft, active or inactive: only those. */
  status?: string;
  /** order_paid, custom_event, segment_entered, visit_completed or member_joined: only those. */
  trigger?: string;
}

/** Of `rules.update`. */
export interface ChangeRuleParams {
  name?: string;
  trigger?: TriggerInput;
  earnings?: ReadonlyArray<EarningInput>;
  priority?: number;
  exclusive_group?: string | null;
  keeps?: "best" | "first";
  starts_at?: string | null;
  ends_at?: string | null;
  hours?: ReadonlyArray<HoursInput>;
  limits?: RuleLimitsInput;
  on_partial?: OnPartial;
  metadata?: Record<string, unknown>;
}

/** Of `rules.evaluate`. */
export interface EvaluateRulesParams {
  member_id?: string | null;
  order?: TriedOrderInput | null;
  event?: TriedEventInput | null;
  effective_at?: string | null;
  rule?: RuleInput | null;
  rule_id?: string | null;
}

/** Of `rules.awards`. */
export interface ListRuleAwardsParams extends PageParams {
  /** only this member's. */
  member_id?: string;
  /** in_force: only those of which something is left; returned: the others. */
  state?: string;
}

/** Of `customEvents.create`. */
export interface CreateCustomEventParams {
  external_id: string;
  member_id: string;
  name: string;
  effective_at?: string | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `segments.enter`. */
export interface EnterSegmentParams {
  external_id: string;
  member_id: string;
  segment: string;
}
