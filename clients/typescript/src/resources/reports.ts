// Written by `make clients`: change the generator instead.

import { type Transaction } from "../models/ledger.ts";
import { type Member } from "../models/members.ts";
import { type ActivityReport, type BreakageReport, type EarningReport, type ExpiringReport, type LiabilityReport, type OpenLot, type RulesReport, type SpendingReport, type TiersReport } from "../models/reports.ts";
import { Pages } from "../pages.ts";
import { type ListHeldParams, type ListMovedParams, type ListNewcomersParams, type ReportActivityParams, type ReportBreakageParams, type ReportEarningParams, type ReportExpiringParams, type ReportLiabilityParams, type ReportRulesParams, type ReportSpendingParams, type ReportTiersParams } from "../params/reports.ts";
import { type Api, part } from "../sending.ts";

export class ReportsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** What members have, and when it expires. What the accounts of a currency have, now or at a past instant, and when it expires. Needs the scope read. */
  liability(programId: string, params: ReportLiabilityParams = {}): Promise<LiabilityReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/liability`, params);
  }

  /** What expires by when. What expires in each period, unless it is spent before. Needs the scope read. */
  expiring(programId: string, params: ReportExpiringParams): Promise<ExpiringReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/expiring`, params);
  }

  /** What moved. What moved in each period, by the instants at which it was recorded, or for which it was. Needs the scope read. */
  activity(programId: string, params: ReportActivityParams): Promise<ActivityReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/activity`, params);
  }

  /** What became of the points that were given. What became of the points that were given for each period. Needs the scope read. */
  breakage(programId: string, params: ReportBreakageParams): Promise<BreakageReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/breakage`, params);
  }

  /** List the transactions that a figure of the report on activity counts. By quarters of an hour, oldest first, as the figure counts them. Needs the scope read. */
  transactions(programId: string, params: ListMovedParams): Pages<Transaction> {
    return this.#api.pages(`/v1/programs/${part(programId)}/reports/activity/transactions`, params);
  }

  /** List the new members that the report on activity counts. By number. Needs the scope read. */
  members(programId: string, params: ListNewcomersParams): Pages<Member> {
    return this.#api.pages(`/v1/programs/${part(programId)}/reports/activity/members`, params);
  }

  /** List what is open, lot by lot, and what accounts owe. By expiry; what never expires comes last, and so do debts. Needs the scope read. */
  lots(programId: string, params: ListHeldParams = {}): Pages<OpenLot> {
    return this.#api.pages(`/v1/programs/${part(programId)}/reports/liability/lots`, params);
  }

  /** How many members came to each tier and left it. How many members came to each tier of the active groups and left it, by periods. Needs the scope read. */
  tiers(programId: string, params: ReportTiersParams): Promise<TiersReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/tiers`, params);
  }

  /** What rules gave. What each earning gave; a row for each that gave anything, or took it back, in the time. Needs the scope read. */
  earning(programId: string, params: ReportEarningParams): Promise<EarningReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/earning`, params);
  }

  /** What members spent on rewards and orders. What purchases and payments took of each currency of the program. Needs the scope read. */
  spending(programId: string, params: ReportSpendingParams): Promise<SpendingReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/spending`, params);
  }

  /** How often rules counted, and how often their limits were in the way. How often each rule of the program counted, and how often its limits were in the way. Needs the scope read. */
  rules(programId: string, params: ReportRulesParams): Promise<RulesReport> {
    return this.#api.read(`/v1/programs/${part(programId)}/reports/rules`, params);
  }

}
