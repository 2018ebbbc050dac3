// Written by `make clients`: change the generator instead.

/** Why a row was refused. `line` is where it begins, from 1; 0 is what was declared. */
export interface ImportFault {
  line: number;
  column: string | null;
  code: string;
  value: string | null;
  message: string;
}

/** An import. `position` of its `bytes` are read. `totals` is what it has added, by the code of the currency; `errors` are the first 100 rows that it refused, which a list leaves out; `resumed` is how often it went on after an interruption. `id` is null where nothing is kept of it. Until `file_expires_at` a dry run can be started, and an import that was stopped resumed; null: the file is gone, or goes when the import ends. */
export interface Import {
  id: string | null;
  kind: string;
  status: string;
  dry_run: boolean;
  rows: number;
  bytes: number;
  position: number;
  created: number;
  unchanged: number;
  refused: number;
  totals: Record<string, string>;
  errors?: Array<ImportFault>;
  resumed: number;
  started_at: string;
  finished_at: string | null;
  program_id: string;
  format: string;
  source: string;
  strict: boolean;
  file_expires_at: string | null;
}

/** An export. `progress` is in percent. `url` is where the file is, from the end of the export until `expires_at`; it has no credential in it. `at` is the instant that the file shows. */
export interface Export {
  id: string;
  program_id: string;
  kind: string;
  format: string;
  from: string | null;
  to: string | null;
  status: string;
  progress: number;
  bytes: number;
  at: string | null;
  url: string | null;
  created_at: string;
  finished_at: string | null;
  expires_at: string | null;
}
