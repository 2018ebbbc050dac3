// Written by `make clients`: change the generator instead.

/** A tier for counts from `threshold` to `max` (null: up to the next tier), with a `segment` for its members only. In a change, `id` names the tier whose place it takes. */
export interface TierInput {
  name: string;
  threshold: string;
  max?: string | null;
  segment?: string | null;
  /** Without it: `false`. */
  keep_forever?: boolean;
  external_id?: string | null;
  id?: string | null;
}

/** A number of days, weeks, months or years in the program's time zone. */
export interface TierSpanInput {
  n: number;
  unit: "day" | "month" | "week" | "year";
}

/** A day that comes every year; 29 February means the last of February. */
export interface YearDayInput {
  month: number;
  day: number;
}

/** How long a tier is kept whatever the count. `fixed`: to the end of the day that is `span` after it was reached. `sliding`: to the end of the day that is `span` after the last of `activities`. `calendar`: until the next of `dates` begins. */
export interface RetentionInput {
  /** Without it: `"none"`. */
  type?: "calendar" | "fixed" | "none" | "sliding";
  span?: TierSpanInput | null;
  /** Without it: `["earning"]`. */
  activities?: ReadonlyArray<"earning" | "spending">;
  /** Without it: `[]`. */
  dates?: ReadonlyArray<YearDayInput>;
}

/** Time between the loss of the qualification and that of the tier, to the end of its last day; `round_up`: to the end of that day's week, month or year. */
export interface GraceInput {
  n: number;
  unit: "day" | "month" | "week" | "year";
  /** Without it: `false`. */
  round_up?: boolean;
}

/** What a member has who no longer qualifies: the same tier (`none`), the one below (`single`), or the one that the count gives (`multi`). */
export interface DowngradeInput {
  /** Without it: `"multi"`. */
  type?: "multi" | "none" | "single";
  grace?: GraceInput | null;
}

/** Of `tierGroups.create`. */
export interface CreateTierGroupParams {
  name: string;
  currency_id: string;
  /** Without it: `[]`. */
  tiers?: ReadonlyArray<TierInput>;
  /** Without it: `"active"`. */
  status?: "active" | "draft";
  /** Without it: `"earned"`. */
  basis?: "balance" | "earned" | "spend";
  /** Without it: `true`. */
  counts_pending?: boolean;
  period?: TierSpanInput | null;
  /** Without it: `"calendar"`. */
  anchor?: "activation" | "calendar";
  /** Without it: `"at_once"`. */
  change?: "at_once" | "next_period";
  /** Without it: `{}`. */
  retention?: RetentionInput;
  /** Without it: `{}`. */
  downgrade?: DowngradeInput;
  /** Without it: `"recount"`. */
  on_cancel?: "keep" | "ordinary" | "recount";
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `tierGroups.update`. */
export interface ChangeTierGroupParams {
  name?: string;
  metadata?: Record<string, unknown>;
  tiers?: ReadonlyArray<TierInput>;
  basis?: "balance" | "earned" | "spend";
  counts_pending?: boolean;
  period?: TierSpanInput | null;
  anchor?: "activation" | "calendar";
  change?: "at_once" | "next_period";
  retention?: RetentionInput;
  downgrade?: DowngradeInput;
  on_cancel?: "keep" | "ordinary" | "recount";
}
