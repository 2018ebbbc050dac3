// Written by `make clients`: change the generator instead.

import { type Calendar, type FixedDates, type Immediate, type NoExpiry, type OnEvent, type PendingPeriod, type Rolling, type Sliding } from "../models/programs.ts";

export type TriggerType = "custom_event" | "member_joined" | "order_paid" | "segment_entered" | "visit_completed";

/** What the rule is for; `name` is of a custom event or a segment. */
export interface Trigger {
  type: TriggerType;
  name?: string | null;
}

/** Points of a currency. `pending` and `expiry` replace the currency's. */
export interface Fixed {
  type: "fixed";
  currency_id: string;
  points: string;
  pending?: Immediate | PendingPeriod | FixedDates | OnEvent | null;
  expiry?: NoExpiry | Rolling | Calendar | Sliding | null;
}

export type PerMode = "rate" | "steps";

export type PointsRounding = "down" | "half_up" | "up";

/** The lines that count: those that one of these names; without any, all of them. */
export interface AppliesTo {
  /** Without it: `[]`. */
  items?: Array<string>;
  /** Without it: `[]`. */
  skus?: Array<string>;
  /** Without it: `[]`. */
  categories?: Array<string>;
}

/** Points in proportion. `pending` and `expiry` replace the currency's. */
export interface Per {
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
  applies_to?: AppliesTo | null;
  pending?: Immediate | PendingPeriod | FixedDates | OnEvent | null;
  expiry?: NoExpiry | Rolling | Calendar | Sliding | null;
}

/** A benefit is given. */
export interface GivenBenefit {
  type: "benefit";
  benefit_id: string;
}

/** One of these tiers must be the member's. */
export interface TierNeed {
  tier_group_id: string;
  any_of: Array<string>;
}

/** The first earning whose tiers and condition hold counts, with all its effects. */
export interface Earning {
  effects: Array<Fixed | Per | GivenBenefit>;
  name?: string | null;
  /** Without it: `[]`. */
  tiers?: Array<TierNeed>;
  /** CEL. */
  condition?: string | null;
}

/** Hours of some days of the week (0 Sunday), in the program's time zone: from `from` until before `to`. */
export interface Hours {
  days: Array<number>;
  from: string;
  to: string;
}

/** The least time between two: `n` units. */
export interface Cooldown {
  n: number;
  unit: "day" | "hour" | "month" | "week" | "year";
}

/** How many in a calendar period of the program's time zone. */
export interface Frequency {
  max: number;
  period: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
}

/** Points (of the currency of the first effect that gives points), or triggers. */
export interface Budget {
  /** Without it: `"lifetime"`. */
  period?: "day" | "half_year" | "lifetime" | "month" | "quarter" | "week" | "year";
  points?: string | null;
  triggers?: number | null;
}

/** Cooldown and frequency are a member's, the budget is the rule's. */
export interface RuleLimits {
  cooldown?: Cooldown | null;
  frequency?: Frequency | null;
  budget?: Budget | null;
}

export type OnPartial = "keep" | "proportional" | "recount";

/** A rule with its newest version. `program_id` is null for one of the whole tenant. */
export interface Rule {
  trigger: Trigger;
  earnings: Array<Earning>;
  priority: number;
  exclusive_group: string | null;
  keeps: "best" | "first";
  starts_at: string | null;
  ends_at: string | null;
  hours: Array<Hours>;
  limits: RuleLimits;
  on_partial: OnPartial;
  id: string;
  program_id: string | null;
  name: string;
  status: "active" | "deleted" | "draft" | "inactive";
  version: number;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

export type Reason = "budget" | "capped" | "condition" | "cooldown" | "dates" | "error" | "exclusive" | "frequency" | "hours" | "matched" | "nothing" | "tier";

/** What one effect would give: `amount` is what limits leave of `calculated`. */
export interface TriedAward {
  effect: number;
  currency_id: string;
  calculated: string;
  amount: string;
}

/** Whether a rule counts, and why; `errors` are of conditions that could not be evaluated. `version` is 0 for the rule of the request, whose `rule_id` is null if it has none yet. */
export interface Verdict {
  rule_id: string | null;
  version: number;
  reason: Reason;
  earning: number | null;
  awards: Array<TriedAward>;
  benefit_ids: Array<string>;
  errors: Array<string>;
}

/** `judged`: false where no rule judges the member's events, since they or their program are not active. */
export interface Evaluation {
  program_id: string;
  member_id: string;
  judged: boolean;
  rules: Array<Verdict>;
}

/** A rule as it was from `valid_from` until the next version. */
export interface RuleVersion {
  trigger: Trigger;
  earnings: Array<Earning>;
  priority: number;
  exclusive_group: string | null;
  keeps: "best" | "first";
  starts_at: string | null;
  ends_at: string | null;
  hours: Array<Hours>;
  limits: RuleLimits;
  on_partial: OnPartial;
  id: string;
  rule_id: string;
  version: number;
  valid_from: string;
}

/** What one effect gave for one event. `earning` and `effect` are places in the version's lists, from 0. `calculated` is what the effect said, `amount` what limits left of it, `in_force` what no cancel has taken. */
export interface Award {
  id: string;
  event_id: string;
  rule_id: string;
  version: number;
  earning: number;
  effect: number;
  account_id: string | null;
  currency_id: string;
  transaction_id: string | null;
  calculated: string;
  amount: string;
  in_force: string;
}

/** A benefit that an effect gave, or (rejected) why it did not. */
export interface Granted {
  id: string;
  benefit_id: string;
  rule_id: string;
  state: string;
  reason: string | null;
  code: string | null;
}

/** `judged`: rules have judged it; an event of an inactive member or program never is. */
export interface CustomEvent {
  id: string;
  program_id: string;
  member_id: string;
  external_id: string | null;
  name: string | null;
  effective_at: string;
  judged: boolean;
  awards: Array<Award>;
  grants: Array<Granted>;
  metadata: Record<string, unknown>;
  created_at: string;
  cancelled_at: string | null;
}

/** What was taken back of one award: `amount` of the `was` in force. */
export interface AwardChange {
  award_id: string;
  account_id: string;
  was: string;
  amount: string;
}

/** A cancelled event, what was taken back, and grants that stay: goods, and used codes. */
export interface CancelledEvent {
  id: string;
  cancelled_at: string | null;
  taken: Array<AwardChange>;
  kept: Array<string>;
}

/** An event whose cancel was undone, and what is in force of its awards again. */
export interface RestoredEvent {
  id: string;
  cancelled_at: string | null;
  given_back: Array<AwardChange>;
}

/** `entered`: the request has changed it. `event` is that of the entry. */
export interface SegmentEntry {
  program_id: string;
  member_id: string;
  segment: string;
  inside: boolean;
  entered: boolean;
  event: CustomEvent | null;
}
