// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** What the person may move of a currency in one act, and on one day of the program. */
export interface AmountLimitInput {
  currency_id: string;
  per_transaction?: string | null;
  per_day?: string | null;
}

/** Without a location: the whole program. */
export interface UserLimitInput {
  program_id: string;
  location_id?: string | null;
}

/** Of `apiKeys.create`. */
export interface CreateApiKeyParams {
  name: string;
  scopes: ReadonlyArray<"admin" | "ledger:cancel" | "ledger:write" | "metrics" | "read">;
  program_id?: string | null;
  expires_at?: string | null;
  /** Requests a minute; 0 is no limit, null what the setting rate_limit_key says. */
  rate_limit?: number | null;
  /** Networks from which the key may be used (CIDR); empty: from everywhere. Without it: `[]`. */
  addresses?: ReadonlyArray<string>;
}

/** Of `apiKeys.rotate`. */
export interface RotateApiKeyParams {
  /** Without it: `86400`. */
  overlap_s?: number;
}

/** Of `users.create`. */
export interface CreateUserParams {
  login: string;
  /** 10 to 1024 characters, not the login; never answered. */
  password: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  /** Without it: `"support"`. */
  role?: "admin" | "manager" | "support" | "viewer";
  /** Without it: `[]`. */
  program_ids?: ReadonlyArray<string>;
  /** Without it: `[]`. */
  location_ids?: ReadonlyArray<string>;
  /** Without it: `[]`. */
  limits?: ReadonlyArray<AmountLimitInput>;
  /** Without it: `"en"`. */
  language?: "en" | "ru";
}

/** Of `users.list`. */
export interface ListUsersParams extends PageParams {
  /** a part of login, name or e-mail address. */
  q?: string;
  /** only those of this role. */
  role?: string;
  /** active or disabled: only those. */
  status?: string;
}

/** Of `users.update`. */
export interface ChangeUserParams {
  login?: string;
  /** 10 to 1024 characters, not the login; never answered. */
  password?: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  role?: "admin" | "manager" | "support" | "viewer";
  program_ids?: ReadonlyArray<string>;
  location_ids?: ReadonlyArray<string>;
  limits?: ReadonlyArray<AmountLimitInput>;
  language?: "en" | "ru";
}

/** Of `users.setPassword`. */
export interface SetPasswordParams {
  /** 10 to 1024 characters, not the login; never answered. */
  password: string;
}

/** Of `users.setLimits`. */
export interface PutLimitsParams {
  limits: ReadonlyArray<UserLimitInput>;
}

/** Of `sessions.create`. */
export interface CreateSessionParams {
  login: string;
  password: string;
  totp?: string | null;
}

/** Of `session.confirm`. */
export interface ConfirmSessionParams {
  password: string;
}

/** Of `session.changePassword`. */
export interface ChangeOwnPasswordParams {
  /** 10 to 1024 characters, not the login; never answered. */
  password: string;
}

/** Of `approvals.list`. */
export interface ListApprovalsParams extends PageParams {
  /** pending, done, failed, rejected, withdrawn or expired. */
  status?: string;
  /** ids, separated by commas: only those that wait and act upon one of them. */
  about?: string;
}

/** Of `approvals.approve`. */
export interface ApproveRequestParams {
  reason?: string | null;
}

/** Of `approvals.reject`. */
export interface RejectRequestParams {
  reason?: string | null;
}

/** Of `approvals.withdraw`. */
export interface WithdrawRequestParams {
  reason?: string | null;
}
