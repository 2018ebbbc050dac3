/** What every write accepts beside its own parameters. */
export interface WriteOptions {
  /** One key for one act. The client makes one for each call. */
  idempotencyKey?: string;
  /** Who asked for it, kept in the journal. */
  actor?: string;
  /** The full answer, and nothing is written. */
  dryRun?: boolean;
  /** Write only while these are the last rows of the accounts. */
  expectedSeq?: Record<string, number>;
}

/** Of a list without filters. */
export interface PageParams {
  /** Entries on a page: 1 to 200. */
  limit?: number;
}

/** What is uploaded. */
export type File = Blob | Uint8Array<ArrayBuffer> | string;
