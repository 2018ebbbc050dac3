// Written by `make clients`: change the generator instead.

/** `secret` is there once: in the answer to the request that made it. `prefix` is how it begins; null for keys that were made before it was kept. */
export interface ApiKey {
  id: string;
  name: string;
  scopes: Array<"admin" | "ledger:cancel" | "ledger:write" | "metrics" | "read">;
  program_id: string | null;
  created_at: string;
  revoked_at: string | null;
  expires_at?: string | null;
  /** Requests a minute; 0 is no limit, null what the setting rate_limit_key says. */
  rate_limit?: number | null;
  /** Networks from which the key may be used (CIDR); empty: from everywhere. Without it: `[]`. */
  addresses?: Array<string>;
  last_used_at?: string | null;
  prefix?: string | null;
  old_secret_until?: string | null;
  secret?: string;
}

export interface AmountLimit {
  currency_id: string;
  per_transaction: string | null;
  per_day: string | null;
}

/** `program_ids` are those of `location_ids`, too; without any, the person sees all. */
export interface User {
  id: string;
  login: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  role: "admin" | "manager" | "support" | "viewer";
  program_ids: Array<string>;
  location_ids: Array<string>;
  limits: Array<AmountLimit>;
  language: "en" | "ru";
  status: "active" | "disabled";
  locked_until: string | null;
  last_login_at: string | null;
  totp: boolean;
  created_at: string;
  updated_at: string;
}

/** Answered once. `uri` is what an authenticator app reads, usually as a QR code. */
export interface Totp {
  secret: string;
  uri: string;
}

export interface Session {
  id: string;
  user_id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address: string | null;
  user_agent: string | null;
}

/** Without a location: the whole program. */
export interface UserLimit {
  program_id: string;
  location_id?: string | null;
}

export interface UserLimits {
  login: string;
  limits: Array<UserLimit>;
}

/** `token` is answered once; it ends at `expires_at` unless it is used before. `id` is the session's. */
export interface SignedIn {
  token: string;
  id: string;
  expires_at: string;
  user: User;
}

/** The session by which the caller is known, and who that is. */
export interface OwnSession {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address: string | null;
  user_agent: string | null;
  user: User;
}

/** Until when the session counts as confirmed. */
export interface Confirmed {
  confirmed_until: string;
}

export type ApprovalStatus = "done" | "expired" | "failed" | "pending" | "rejected" | "withdrawn";

/** The request as it came; `path` has its query. */
export interface ApprovalRequest {
  method: string;
  path: string;
  body: Record<string, unknown> | null;
}

/** An act of a person that needs a second one. `preview` is what a single pending one would be answered now. `problem` is why it failed when it was carried out. */
export interface Approval {
  id: string;
  program_id: string;
  status: ApprovalStatus;
  requested_by: string;
  decided_by: string | null;
  request: ApprovalRequest;
  reason: string | null;
  requested_at: string;
  expires_at: string;
  decided_at: string | null;
  preview: Record<string, unknown> | null;
  transaction_id: string | null;
  problem: Record<string, unknown> | null;
}
