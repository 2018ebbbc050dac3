// Written by `make clients`: change the generator instead.

import { type Account, type Allocation, type Balance, type Bulk, type Explanation, type Lot, type Posting, type Statement, type Transaction, type Transfer } from "../models/ledger.ts";
import { Pages } from "../pages.ts";
import { type ActivateTransactionParams, type CancelTransactionParams, type CommitTransactionParams, type CreateAccountParams, type CreateTransactionParams, type CreateTransferParams, type ExpireTransactionParams, type FindTransactionParams, type GetBalanceParams, type GetExplanationParams, type GetStatementParams, type ListLotsParams, type ListTransactionsParams, type MoveParams, type ReleaseTransactionParams, type RunBulkParams } from "../params/ledger.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class AccountsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Open an account. Needs the scope ledger:write. */
  create(params: CreateAccountParams, options: WriteOptions = {}): Promise<Account> {
    return this.#api.write("POST", "/v1/accounts", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Read an account. Needs the scope read. */
  get(accountId: string): Promise<Account> {
    return this.#api.read(`/v1/accounts/${part(accountId)}`, {});
  }

  /** Read an account's balance. At `as_of`: a past instant as the ledger said it then, a future one if nothing else happens. Without it, at the later of the clock and the account's last row. Needs the scope read. */
  balance(accountId: string, params: GetBalanceParams = {}): Promise<Balance> {
    return this.#api.read(`/v1/accounts/${part(accountId)}/balance`, params);
  }

  /** Explain an account's balance, in sentences. At `as_of`, as of a balance; in English unless another `language` is asked for. Needs the scope read. */
  explanation(accountId: string, params: GetExplanationParams = {}): Promise<Explanation> {
    return this.#api.read(`/v1/accounts/${part(accountId)}/explanation`, params);
  }

  /** List lots, newest first. Newest first; with `state` those that have points in it. Needs the scope read. */
  lots(accountId: string, params: ListLotsParams = {}): Pages<Lot> {
    return this.#api.pages(`/v1/accounts/${part(accountId)}/lots`, params);
  }

  /** List transactions, newest first. Newest first, recorded in [from, to). Needs the scope read. */
  transactions(accountId: string, params: ListTransactionsParams = {}): Pages<Transaction> {
    return this.#api.pages(`/v1/accounts/${part(accountId)}/transactions`, params);
  }

  /** Accrue, redeem, hold or adjust. Add a movement to the account's journal. Needs the scope ledger:write. */
  transact(accountId: string, params: CreateTransactionParams, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/accounts/${part(accountId)}/transactions`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Give points to an account. */
  accrue(accountId: string, amount: string, params: MoveParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    const body = { ...params, type: "accrue" as const, amount };
    return this.transact(accountId, body, options);
  }

  /** Take points from an account; those that expire first are spent first. */
  redeem(accountId: string, amount: string, params: MoveParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    const body = { ...params, type: "redeem" as const, amount };
    return this.transact(accountId, body, options);
  }

  /** Put points aside, until they are committed or released. */
  hold(accountId: string, amount: string, params: MoveParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    const body = { ...params, type: "hold" as const, amount };
    return this.transact(accountId, body, options);
  }

  /** Add points, or take them away with a negative amount; `reason` is required. */
  adjust(accountId: string, amount: string, params: MoveParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    const body = { ...params, type: "adjust" as const, amount };
    return this.transact(accountId, body, options);
  }

  /** Read an account's statement. What changed an account, with its balance before and after each transaction. Needs the scope read. */
  statement(accountId: string, params: GetStatementParams = {}): Promise<Statement> {
    return this.#api.read(`/v1/accounts/${part(accountId)}/statement`, params);
  }

}

export class TransactionsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Read a transaction. Needs the scope read. */
  get(transactionId: string): Promise<Transaction> {
    return this.#api.read(`/v1/transactions/${part(transactionId)}`, {});
  }

  /** Find a transaction by its external id. By its external id; `program_id` is needed where several programs have one. Needs the scope read. */
  find(params: FindTransactionParams): Promise<Transaction> {
    return this.#api.read("/v1/transactions", params);
  }

  /** Make a temporary transaction final. Without an amount the whole of it. Needs the scope ledger:write. */
  commit(transactionId: string, params: CommitTransactionParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/transactions/${part(transactionId)}/commit`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Roll a temporary transaction back. What it reserved or promised is free again. Needs the scope ledger:write. */
  release(transactionId: string, params: ReleaseTransactionParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/transactions/${part(transactionId)}/release`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Cancel a transaction, whole or in part. Without an amount all that is left of it. Needs the scope ledger:cancel. */
  cancel(transactionId: string, params: CancelTransactionParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/transactions/${part(transactionId)}/cancel`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Make pending points available now. Whatever date the pending points had. Needs the scope ledger:write. */
  activate(transactionId: string, params: ActivateTransactionParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/transactions/${part(transactionId)}/activate`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Let available points expire now. Whatever date the available points had. Needs the scope ledger:write. */
  expire(transactionId: string, params: ExpireTransactionParams = {}, options: WriteOptions = {}): Promise<Transaction> {
    return this.#api.write("POST", `/v1/transactions/${part(transactionId)}/expire`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List what a transaction moved. All that the transaction moved, lot by lot, in their order. Needs the scope read. */
  allocations(transactionId: string, params: PageParams = {}): Pages<Allocation> {
    return this.#api.pages(`/v1/transactions/${part(transactionId)}/allocations`, params);
  }

  /** List the postings of a transaction. All postings of the transaction, in their order. Needs the scope read. */
  postings(transactionId: string, params: PageParams = {}): Pages<Posting> {
    return this.#api.pages(`/v1/transactions/${part(transactionId)}/postings`, params);
  }

}

export class TransfersResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Move points to another account. Both accounts belong to one program; lots keep their expiry. Needs the scope ledger:write. */
  create(params: CreateTransferParams, options: WriteOptions = {}): Promise<Transfer> {
    return this.#api.write("POST", "/v1/transfers", params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class BulkResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Many writes in one request. All or none, or each by itself. Cancels need the scope ledger:cancel, others ledger:write. */
  run(params: RunBulkParams, options: WriteOptions = {}): Promise<Bulk> {
    return this.#api.write("POST", "/v1/bulk", params, options, { query: [], hasBody: true, accepted: false });
  }

}
