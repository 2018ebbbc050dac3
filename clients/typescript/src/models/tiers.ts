// Written by `make clients`: change the generator instead.

export interface Tier {
  id: string;
  external_id: string | null;
  name: string;
  threshold: string;
  max: string | null;
  segment: string | null;
  keep_forever: boolean;
}

/** A number of days, weeks, months or years in the program's time zone. */
export interface TierSpan {
  n: number;
  unit: "day" | "month" | "week" | "year";
}

/** A day that comes every year; 29 February means the last of February. */
export interface YearDay {
  month: number;
  day: number;
}

/** How long a tier is kept whatever the count. `fixed`: to the end of the day that is `span` after it was reached. `sliding`: to the end of the day that is `span` after the last of `activities`. `calendar`: until the next of `dates` begins. */
export interface Retention {
  /** Without it: `"none"`. */
  type?: "calendar" | "fixed" | "none" | "sliding";
  span?: TierSpan | null;
  /** Without it: `["earning"]`. */
  activities?: Array<"earning" | "spending">;
  /** Without it: `[]`. */
  dates?: Array<YearDay>;
}

/** Time between the loss of the qualification and that of the tier, to the end of its last day; `round_up`: to the end of that day's week, month or year. */
export interface Grace {
  n: number;
  unit: "day" | "month" | "week" | "year";
  /** Without it: `false`. */
  round_up?: boolean;
}

/** What a member has who no longer qualifies: the same tier (`none`), the one below (`single`), or the one that the count gives (`multi`). */
export interface Downgrade {
  /** Without it: `"multi"`. */
  type?: "multi" | "none" | "single";
  grace?: Grace | null;
}

export interface TierGroup {
  id: string;
  program_id: string;
  currency_id: string;
  name: string;
  tiers: Array<Tier>;
  created_at: string;
  status: "active" | "deleted" | "draft" | "inactive";
  basis: "balance" | "earned" | "spend";
  counts_pending: boolean;
  period: TierSpan | null;
  anchor: "activation" | "calendar";
  change: "at_once" | "next_period";
  retention: Retention;
  downgrade: Downgrade;
  on_cancel: "keep" | "ordinary" | "recount";
  metadata: Record<string, unknown>;
  updated_at: string;
}
