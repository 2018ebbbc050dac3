// Written by `make clients`: change the generator instead.

import { type Transaction } from "../models/ledger.ts";

/** `left` is what is still to be paid of the line. `id` is null in a dry run's new lines. */
export interface VisitLine {
  id: string | null;
  appointment_id: string | null;
  kind: "good" | "service";
  item: number;
  title: string;
  quantity: string;
  price: string;
  discount_percent: string;
  cost: string;
  left: string;
  staff: number;
}

/** `line_id` null: money that belongs to no line. */
export interface VisitPayment {
  id: string | null;
  line_id: string | null;
  amount: string;
  desk: number;
  comment: string;
  paid_at: string;
}

/** `account_id` null: given without a card. */
export interface VisitDiscount {
  line_id: string | null;
  account_id: string | null;
  amount: string;
}

/** What is in force of one redemption that paid for one line. */
export interface Withdrawal {
  transaction_id: string;
  account_id: string;
  line_id: string | null;
  amount: string;
}

export interface Visit {
  id: string;
  program_id: string;
  location_id: string;
  member_id: string | null;
  starts_at: string;
  attendance: "came" | "confirmed" | "did_not_come" | "waiting";
  comment: string;
  cost: string;
  unpaid: string;
  payment_status: "not_paid" | "paid_full" | "paid_not_full" | "paid_over";
  appointments: Array<string>;
  lines: Array<VisitLine>;
  payments: Array<VisitPayment>;
  discounts: Array<VisitDiscount>;
  withdrawals: Array<Withdrawal>;
}

/** The transactions that the request wrote on the account: cancels of what a replaced withdrawal took, then one redemption for each line. Empty when nothing was to be changed. */
export interface Withdrawn {
  visit_id: string;
  account_id: string;
  transactions: Array<Transaction>;
}
