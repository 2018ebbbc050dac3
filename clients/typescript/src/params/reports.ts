// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** Of `reports.liability`. */
export interface ReportLiabilityParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** at this past instant; without it, now. */
  as_of?: string;
}

/** Of `reports.expiring`. */
export interface ReportExpiringParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
}

/** Of `reports.activity`. */
export interface ReportActivityParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
  /** recorded (without it): by the ledger's clock; effective: by business instants. */
  by?: string;
}

/** Of `reports.breakage`. */
export interface ReportBreakageParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
  /** at this past instant; without it, now. */
  as_of?: string;
}

/** Of `reports.transactions`. */
export interface ListMovedParams extends PageParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** only transactions of this instant or later. */
  from: string;
  /** only transactions before this instant. */
  to: string;
  /** one of transactions, cancels, transferred, given, issued, deficit_created, activated, redeemed, expired, revoked, held, released, returned, reinstated, deficit_cancelled, deficit_paid; without it, all transactions. */
  figure?: string;
  /** recorded (without it): by the ledger's clock; effective: by business instants. */
  by?: string;
}

/** Of `reports.members`. */
export interface ListNewcomersParams extends PageParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** only those who came at this instant or later. */
  from: string;
  /** only those who came before this instant. */
  to: string;
}

/** Of `reports.lots`. */
export interface ListHeldParams extends PageParams {
  /** of this currency; may be left out if the program has only one. */
  currency_id?: string;
  /** at this past instant; without it, now. */
  as_of?: string;
  /** one of available, pending, held, deficit, open; without it, open: all lots. */
  state?: string;
  /** only what can be spent for the last time at this instant or later. */
  from?: string;
  /** only what can be spent for the last time before this instant. */
  to?: string;
  /** true: only what never expires. */
  never?: boolean;
}

/** Of `reports.tiers`. */
export interface ReportTiersParams {
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
}

/** Of `reports.earning`. */
export interface ReportEarningParams {
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
}

/** Of `reports.spending`. */
export interface ReportSpendingParams {
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
}

/** Of `reports.rules`. */
export interface ReportRulesParams {
  /** the instant with which the report begins. */
  from: string;
  /** the instant before which it ends. */
  to: string;
  /** day (without it), week, month, quarter or year. */
  resolution?: string;
}
