// Written by `make clients`: change the generator instead.

import { type PerMode, type PointsRounding } from "../models/loyalty.ts";
import { type AppliesToInput, type CooldownInput, type FrequencyInput, type HoursInput } from "../params/loyalty.ts";
import { type PageParams } from "../values.ts";

/** Points that one piece gives. */
export interface PointsInput {
  currency_id: string;
  amount: string;
}

/** `points` for each `every` of the basis. Of money, `every` has two decimals: "10.00". */
export interface ProportionalInput {
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
}

/** A price of one piece for members for whom the `condition` (CEL over `member` and `local`; null: always) is true. */
export interface CostInput {
  currency_id: string;
  points: string;
  condition?: string | null;
  name?: string | null;
}

/** Limits of one member's purchases of the reward; `frequency` counts pieces. */
export interface PurchaseLimitsInput {
  cooldown?: CooldownInput | null;
  frequency?: FrequencyInput | null;
}

/** Of `benefits.create`. */
export interface CreateBenefitParams {
  name: string;
  type: "code" | "material" | "points" | "points_proportional";
  /** Without it: `"draft"`. */
  status?: "active" | "draft";
  stock?: number | null;
  sku?: string | null;
  points?: PointsInput | null;
  points_proportional?: ProportionalInput | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `benefits.update`. */
export interface ChangeBenefitParams {
  name?: string;
  stock?: number | null;
  sku?: string | null;
  points?: PointsInput;
  points_proportional?: ProportionalInput;
  metadata?: Record<string, unknown>;
}

/** Of `rewards.create`. */
export interface CreateRewardParams {
  name: string;
  type: "code" | "material" | "points";
  costs: ReadonlyArray<CostInput>;
  /** Without it: `"draft"`. */
  status?: "active" | "draft";
  sku?: string | null;
  /** Without it: `"generated"`. */
  code?: "generated" | "pool";
  points?: PointsInput | null;
  starts_at?: string | null;
  ends_at?: string | null;
  /** Without it: `[]`. */
  hours?: ReadonlyArray<HoursInput>;
  /** Without it: `{"cooldown": null, "frequency": null}`. */
  limits?: PurchaseLimitsInput;
  /** Without it: `true`. */
  refundable?: boolean;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `rewards.list`. */
export interface ListRewardsParams extends PageParams {
  /** draft, active or inactive. */
  status?: string;
  /** material, code or points. */
  type?: string;
}

/** Of `rewards.update`. */
export interface ChangeRewardParams {
  name?: string;
  costs?: ReadonlyArray<CostInput>;
  sku?: string | null;
  code?: "generated" | "pool";
  points?: PointsInput;
  starts_at?: string | null;
  ends_at?: string | null;
  hours?: ReadonlyArray<HoursInput>;
  limits?: PurchaseLimitsInput;
  refundable?: boolean;
  metadata?: Record<string, unknown>;
}

/** Of `rewards.offer`. */
export interface PutOfferParams {
  stock?: number | null;
}

/** Of `rewards.addCodes`. */
export interface AddCodesParams {
  codes: ReadonlyArray<string>;
}

/** Of `rewards.codes`. */
export interface ListCodesParams extends PageParams {
  /** free, issued, used or voided. */
  state?: string;
}

/** Of `purchases.create`. */
export interface BuyRewardParams {
  reward_id: string;
  /** Without it: `1`. */
  quantity?: number;
  external_id?: string | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `purchases.refund`. */
export interface RefundPurchaseParams {
  quantity?: number | null;
  /** Without it: `"default"`. */
  policy?: "allow" | "default";
  /** Without it: `"return"`. */
  stock?: "return" | "write_off";
  /** Without it: `"void"`. */
  codes?: "keep" | "void";
  reason?: string | null;
}
