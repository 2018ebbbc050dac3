// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** A line of an order. `amount` is that of the whole line before discounts, `total` after them; either all lines have a total or none, and then the order's discount is spread over them. `id` names the line in its order; without it its place does, from 1. */
export interface OrderLineInput {
  amount: string;
  total?: string | null;
  id?: string | null;
  kind?: string | null;
  item?: string | null;
  sku?: string | null;
  /** Without it: `[]`. */
  categories?: ReadonlyArray<string>;
  /** Without it: `1`. */
  quantity?: string;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** What is taken back of one line: a quantity, or an amount of its money. */
export interface RefundLineInput {
  line: string;
  quantity?: string | null;
  amount?: string | null;
}

/** Of `orders.create`. */
export interface CreateOrderParams {
  external_id: string;
  money: string;
  amount: string;
  member_id?: string | null;
  /** Without it: `"created"`. */
  status?: "cancelled" | "created" | "paid";
  /** Without it: `"0"`. */
  discount?: string;
  /** Without it: `[]`. */
  lines?: ReadonlyArray<OrderLineInput>;
  channel?: string | null;
  location?: string | null;
  effective_at?: string | null;
  fulfilled?: boolean;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
}

/** Of `orders.list`. */
export interface ListOrdersParams extends PageParams {
  /** only those of this member. */
  member_id?: string;
}

/** Of `orders.update`. */
export interface ChangeOrderParams {
  member_id?: string | null;
  status?: "cancelled" | "created" | "paid";
  money?: string;
  amount?: string;
  discount?: string;
  lines?: ReadonlyArray<OrderLineInput>;
  channel?: string | null;
  location?: string | null;
  effective_at?: string;
  fulfilled?: boolean;
  metadata?: Record<string, unknown>;
}

/** Of `orders.pay`. */
export interface PayOrderParams {
  reason?: string | null;
}

/** Of `orders.cancel`. */
export interface CancelOrderParams {
  reason?: string | null;
}

/** Of `orders.addPayment`. */
export interface AddOrderPaymentParams {
  account_id: string;
  max_amount?: string | null;
  max_points?: string | null;
}

/** Of `orders.returnPayment`. */
export interface ReturnOrderPaymentParams {
  reason?: string | null;
}

/** Of `orders.refund`. */
export interface CreateRefundParams {
  external_id?: string | null;
  /** Without it: `false`. */
  whole?: boolean;
  lines?: ReadonlyArray<RefundLineInput> | null;
  amount?: string | null;
  /** Without it: `"all"`. */
  cascade?: "all" | "none";
  preview_token?: string | null;
  reason?: string | null;
}
