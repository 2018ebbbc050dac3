// Written by `make clients`: change the generator instead.

import { type AppliesTo, type Cooldown, type Frequency, type Hours, type PerMode, type PointsRounding } from "../models/loyalty.ts";

export interface Points {
  currency_id: string;
  amount: string;
}

/** `points` for each `every` of the basis. Of money, `every` has two decimals: "10.00". */
export interface Proportional {
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
}

/** `granted` grants are in force. */
export interface Benefit {
  id: string;
  program_id: string | null;
  name: string;
  type: "code" | "material" | "points" | "points_proportional";
  status: "active" | "deleted" | "draft";
  stock: number | null;
  granted: number;
  sku: string | null;
  points: Points | null;
  points_proportional: Proportional | null;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

export interface Cost {
  currency_id: string;
  points: string;
  condition: string | null;
  name: string | null;
}

/** Limits of one member's purchases of the reward; `frequency` counts pieces. */
export interface PurchaseLimits {
  cooldown?: Cooldown | null;
  frequency?: Frequency | null;
}

/** A reward in a program. `redeemed` pieces were bought and not returned, `written_off` ones refunded without coming back to the stock. `ended_at` null: it is on offer. */
export interface Offer {
  program_id: string;
  reward_id: string;
  stock: number | null;
  redeemed: number;
  written_off: number;
  created_at: string;
  updated_at: string;
  ended_at: string | null;
}

/** A reward, and how its program offers it (null: not now). */
export interface Reward {
  id: string;
  program_id: string | null;
  name: string;
  type: "code" | "material" | "points";
  status: "active" | "deleted" | "draft" | "inactive";
  sku: string | null;
  code: "generated" | "pool" | null;
  points: Points | null;
  costs: Array<Cost>;
  starts_at: string | null;
  ends_at: string | null;
  hours: Array<Hours>;
  limits: PurchaseLimits;
  refundable: boolean;
  offer: Offer | null;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

/** A code, and the purchase or grant that handed it out. */
export interface Code {
  id: string;
  code: string;
  state: "free" | "issued" | "used" | "voided";
  reward_id: string | null;
  purchase_id: string | null;
  grant_id: string | null;
  created_at: string;
  issued_at: string | null;
  used_at: string | null;
  voided_at: string | null;
}

/** How many of a reward's codes are in each state. */
export interface CodeCounts {
  free: number;
  issued: number;
  used: number;
  voided: number;
}

/** What a reward of points put on another account. In a preview, the ids are null if that account does not exist yet. */
export interface Gained {
  currency_id: string;
  account_id: string | null;
  amount: string;
  transaction_id: string | null;
}

/** A code of a purchase. */
export interface HandedOut {
  code: string;
  state: "free" | "issued" | "used" | "voided";
}

/** `points` were redeemed for all `quantity` pieces. `refunded` of them were taken back, and `written_off` of these did not return to the stock. In a preview, `account_id` and `transaction_id` are null if the account does not exist yet. */
export interface Purchase {
  id: string;
  program_id: string;
  member_id: string;
  reward_id: string;
  state: "approved" | "partly_refunded" | "refunded";
  quantity: number;
  refunded: number;
  written_off: number;
  currency_id: string;
  account_id: string | null;
  points: string;
  transaction_id: string | null;
  gained: Gained | null;
  codes: Array<HandedOut>;
  refundable: boolean;
  external_id: string | null;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
}

/** The purchase after the refund; the points that returned, and those of a reward of points that were taken; the codes that were voided, and the used ones that stay. */
export interface PurchaseRefund {
  purchase: Purchase;
  quantity: number;
  points: string;
  transaction_id: string | null;
  taken: string | null;
  taken_transaction_id: string | null;
  written_off: boolean;
  voided: Array<string>;
  kept: Array<string>;
}
