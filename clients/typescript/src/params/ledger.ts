// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** One write: `op` (or `type`) says which, the other fields are those of the single call. `account_id` belongs to accrue, redeem, hold and adjust, the account ids of both sides to transfer, `transaction_id` to the others. */
export interface BulkOperationInput {
  op?: "accrue" | "activate" | "adjust" | "cancel" | "commit" | "expire" | "hold" | "redeem" | "release" | "transfer";
  type?: "accrue" | "activate" | "adjust" | "cancel" | "commit" | "expire" | "hold" | "redeem" | "release" | "transfer";
  account_id?: string;
  transaction_id?: string;
  from_account_id?: string;
  to_account_id?: string;
  amount?: string | null;
  activates_at?: string | null;
  expires_at?: string | null;
  temporary?: boolean;
  timeout_s?: number | null;
  lot_id?: string | null;
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** Of `accounts.create`. */
export interface CreateAccountParams {
  member_id: string;
  currency_id: string;
  number?: string | null;
}

/** Of `accounts.balance`. */
export interface GetBalanceParams {
  /** an instant, past or future; without it now. */
  as_of?: string;
}

/** Of `accounts.explanation`. */
export interface GetExplanationParams {
  /** an instant, past or future; without it now. */
  as_of?: string;
  /** en (the default) or ru. */
  language?: string;
}

/** Of `accounts.lots`. */
export interface ListLotsParams extends PageParams {
  /** only those with points in this state. */
  state?: string;
}

/** Of `accounts.transactions`. */
export interface ListTransactionsParams extends PageParams {
  /** recorded at or after this instant. */
  from?: string;
  /** recorded before this instant. */
  to?: string;
  /** of this type only. */
  type?: string;
  /** only what this person did. */
  user_id?: string;
  /** only what came by this key. */
  api_key_id?: string;
}

/** What any movement of points may have. */
export interface MoveParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
  activates_at?: string | null;
  expires_at?: string | null;
  /** Without it: `false`. */
  temporary?: boolean;
  timeout_s?: number | null;
  lot_id?: string | null;
}

/** Of `accounts.transact`. */
export interface CreateTransactionParams extends MoveParams {
  type: "accrue" | "adjust" | "hold" | "redeem";
  amount: string;
}

/** Of `accounts.statement`. */
export interface GetStatementParams {
  /** only transactions of this instant or later. */
  from?: string;
  /** only transactions before this instant. */
  to?: string;
  /** en (without it) or ru. */
  language?: string;
}

/** Of `transactions.find`. */
export interface FindTransactionParams {
  /** the external id. */
  external_id: string;
  /** the program, where several have such an id. */
  program_id?: string;
}

/** Of `transactions.commit`. */
export interface CommitTransactionParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
  amount?: string | null;
}

/** Of `transactions.release`. */
export interface ReleaseTransactionParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** Of `transactions.cancel`. */
export interface CancelTransactionParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
  amount?: string | null;
}

/** Of `transactions.activate`. */
export interface ActivateTransactionParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** Of `transactions.expire`. */
export interface ExpireTransactionParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
}

/** Of `transfers.create`. */
export interface CreateTransferParams {
  external_id?: string | null;
  reason?: string | null;
  effective_at?: string | null;
  metadata?: Record<string, unknown> | null;
  from_account_id: string;
  to_account_id: string;
  amount: string;
}

/** Of `bulk.run`. */
export interface RunBulkParams {
  operations: ReadonlyArray<BulkOperationInput>;
  /** Without it: `false`. */
  atomic?: boolean;
}
