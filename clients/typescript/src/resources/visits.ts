// Written by `make clients`: change the generator instead.

import { type Transaction } from "../models/ledger.ts";
import { type Visit, type Withdrawn } from "../models/visits.ts";
import { Pages } from "../pages.ts";
import { type AddPaymentParams, type CancelWithdrawalParams, type ChangeVisitParams, type CreateVisitParams, type WithdrawParams } from "../params/visits.ts";
import { type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class VisitsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Record a visit. Needs the scope ledger:write. */
  create(params: CreateVisitParams, options: WriteOptions = {}): Promise<Visit> {
    return this.#api.write("POST", "/v1/visits", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Read a visit. Needs the scope read. */
  get(visitId: string): Promise<Visit> {
    return this.#api.read(`/v1/visits/${part(visitId)}`, {});
  }

  /** Change a visit. Needs the scope ledger:write. */
  update(visitId: string, params: ChangeVisitParams = {}, options: WriteOptions = {}): Promise<Visit> {
    return this.#api.write("PATCH", `/v1/visits/${part(visitId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Pay money for a visit. Needs the scope ledger:write. */
  addPayment(visitId: string, params: AddPaymentParams, options: WriteOptions = {}): Promise<Visit> {
    return this.#api.write("POST", `/v1/visits/${part(visitId)}/payments`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Take a payment back. Needs the scope ledger:cancel. */
  removePayment(visitId: string, paymentId: string, options: WriteOptions = {}): Promise<Visit> {
    return this.#api.write("DELETE", `/v1/visits/${part(visitId)}/payments/${part(paymentId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Pay for a visit with points. Needs the scope ledger:write. */
  withdraw(visitId: string, params: WithdrawParams, options: WriteOptions = {}): Promise<Withdrawn> {
    return this.#api.write("POST", `/v1/visits/${part(visitId)}/withdrawals`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Take an account's withdrawal back. Needs the scope ledger:cancel. */
  cancelWithdrawal(visitId: string, accountId: string, params: CancelWithdrawalParams = {}, options: WriteOptions = {}): Promise<Withdrawn> {
    return this.#api.write("DELETE", `/v1/visits/${part(visitId)}/withdrawals/${part(accountId)}`, params, options, { query: ["reason"], hasBody: false, accepted: false });
  }

  /** List what paid for a visit, and what it earned. Redemptions and accruals of the visit, also those that were cancelled. Newest first. Needs the scope read. */
  transactions(visitId: string): Pages<Transaction> {
    return this.#api.pages(`/v1/visits/${part(visitId)}/transactions`, {});
  }

}
