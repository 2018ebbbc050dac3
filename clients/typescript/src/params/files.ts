// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

export type Exported = "accounts" | "audit" | "events" | "lots" | "members" | "orders" | "postings" | "transactions";

/** Of `imports.create`. */
export interface CreateImportParams {
  /** what the rows are: members, lots, balances, transactions. */
  kind: string;
  /** into this program. */
  program_id?: string;
  /** how the file is written: csv, jsonl, altcraft, voucherify, altegio; csv without it. */
  format?: string;
  /** where the rows come from: their ids are unique in it; default without it. */
  source?: string;
  /** true: nothing is written if any row is refused. */
  strict?: boolean;
  /** true: a balance below zero becomes a deficit. */
  allow_negative?: boolean;
  /** the encoding, unless it is UTF-8: cp1251. */
  encoding?: string;
  /** comma, semicolon, tab or pipe, unless the first line shows which. */
  delimiter?: string;
  /** what amounts have: comma or point. */
  decimal?: string;
  /** between groups of digits: blank, nbsp or apostrophe. */
  grouping?: string;
  /** of all dates, as strptime has it: %d.%m.%Y. */
  date_format?: string;
  /** columns that are not read, separated by commas. */
  ignore?: string;
}

/** Of `imports.list`. */
export interface ListImportsParams extends PageParams {
  /** running, done, stopped or failed: only those. */
  status?: string;
  /** only those of this program. */
  program_id?: string;
}

/** Of `exports.create`. */
export interface CreateExportParams {
  kind: Exported;
  /** Without it: `"csv"`. */
  format?: string;
  program_id?: string | null;
  from?: string | null;
  to?: string | null;
}

/** Of `exports.list`. */
export interface ListExportsParams extends PageParams {
  /** only those of this program. */
  program_id?: string;
}
