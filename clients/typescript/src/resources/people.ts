// Written by `make clients`: change the generator instead.

import { type ApiKey, type Approval, type Confirmed, type OwnSession, type Session, type SignedIn, type Totp, type User, type UserLimits } from "../models/people.ts";
import { Pages } from "../pages.ts";
import { type ApproveRequestParams, type ChangeOwnPasswordParams, type ChangeUserParams, type ConfirmSessionParams, type CreateApiKeyParams, type CreateSessionParams, type CreateUserParams, type ListApprovalsParams, type ListUsersParams, type PutLimitsParams, type RejectRequestParams, type RotateApiKeyParams, type SetPasswordParams, type WithdrawRequestParams } from "../params/people.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class ApiKeysResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create an API key. Needs the scope admin. */
  create(params: CreateApiKeyParams, options: WriteOptions = {}): Promise<ApiKey> {
    return this.#api.write("POST", "/v1/api_keys", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List API keys. Needs the scope admin. */
  list(params: PageParams = {}): Pages<ApiKey> {
    return this.#api.pages("/v1/api_keys", params);
  }

  /** Read an API key. Needs the scope admin. */
  get(apiKeyId: string): Promise<ApiKey> {
    return this.#api.read(`/v1/api_keys/${part(apiKeyId)}`, {});
  }

  /** Give an API key a new secret. Needs the scope admin. */
  rotate(apiKeyId: string, params: RotateApiKeyParams = {}, options: WriteOptions = {}): Promise<ApiKey> {
    return this.#api.write("POST", `/v1/api_keys/${part(apiKeyId)}/rotate`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Revoke an API key. Needs the scope admin. */
  revoke(apiKeyId: string, options: WriteOptions = {}): Promise<ApiKey> {
    return this.#api.write("DELETE", `/v1/api_keys/${part(apiKeyId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class UsersResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a user. A person who can sign in. Needs the scope admin. */
  create(params: CreateUserParams, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("POST", "/v1/users", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List users. By their ids; `q` is a part of login, name or e-mail address. Needs the scope admin. */
  list(params: ListUsersParams = {}): Pages<User> {
    return this.#api.pages("/v1/users", params);
  }

  /** Read a user. Needs the scope admin. */
  get(userId: string): Promise<User> {
    return this.#api.read(`/v1/users/${part(userId)}`, {});
  }

  /** Change a user. A new password ends every session and token of the person, as `/password` does. Needs the scope admin. */
  update(userId: string, params: ChangeUserParams = {}, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("PATCH", `/v1/users/${part(userId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Set a user's password. Ends every session and token of the person, in every process, within a second. Needs the scope admin. */
  setPassword(userId: string, params: SetPasswordParams, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("POST", `/v1/users/${part(userId)}/password`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Disable a user. Nobody is deleted. Ends every session and token, in every process, within a second. Needs the scope admin. */
  disable(userId: string, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("POST", `/v1/users/${part(userId)}/disable`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Enable a user. Lets a disabled person sign in again. Needs the scope admin. */
  enable(userId: string, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("POST", `/v1/users/${part(userId)}/enable`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Let a user sign in who has failed too often. Forgets the failed sign-ins of the person's login. Needs the scope admin. */
  unlock(userId: string, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("POST", `/v1/users/${part(userId)}/unlock`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Give a user a second factor. A new second factor, which every sign-in needs from now on. The secret is shown once; asking again makes another one. Needs the scope admin. */
  createTotp(userId: string, options: WriteOptions = {}): Promise<Totp> {
    return this.#api.write("POST", `/v1/users/${part(userId)}/totp`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Take a user's second factor away. Signing in needs no second factor any more. Needs the scope admin. */
  deleteTotp(userId: string, options: WriteOptions = {}): Promise<User> {
    return this.#api.write("DELETE", `/v1/users/${part(userId)}/totp`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** List a user's sessions. A person's sessions that have not ended, newest first; one's own, or as an administrator. Needs the scope read. */
  sessions(userId: string, params: PageParams = {}): Pages<Session> {
    return this.#api.pages(`/v1/users/${part(userId)}/sessions`, params);
  }

  /** Read to what a user is limited. Needs the scope admin. */
  limits(login: string): Promise<UserLimits> {
    return this.#api.read(`/v1/users/${part(login)}/limits`, {});
  }

  /** Limit a user to programs or locations. Limit a user to programs or single locations, or, with an empty list, to nothing. Needs the scope admin. */
  setLimits(login: string, params: PutLimitsParams, options: WriteOptions = {}): Promise<UserLimits> {
    return this.#api.write("PUT", `/v1/users/${part(login)}/limits`, params, options, { query: [], hasBody: true, accepted: false });
  }

}

export class SessionsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Sign in. Sign in. Needs no credential; the token of the answer is one, for `Authorization: Bearer`. */
  create(params: CreateSessionParams, options: WriteOptions = {}): Promise<SignedIn> {
    return this.#api.write("POST", "/v1/sessions", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** End a session. End a session: one's own, or as an administrator anybody's. Needs the scope read. */
  end(sessionId: string, options: WriteOptions = {}): Promise<Session> {
    return this.#api.write("DELETE", `/v1/sessions/${part(sessionId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class SessionResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Read one's own session: who am I. The session by which the caller is known, and who that is. Needs the scope read. */
  get(): Promise<OwnSession> {
    return this.#api.read("/v1/session", {});
  }

  /** Sign out. Sign out. Needs the scope read. */
  end(options: WriteOptions = {}): Promise<OwnSession> {
    return this.#api.write("DELETE", "/v1/session", {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Give one's own password again. The session counts as confirmed from now on. A wrong password counts as a failed sign-in. Needs the scope read. */
  confirm(params: ConfirmSessionParams, options: WriteOptions = {}): Promise<Confirmed> {
    return this.#api.write("POST", "/v1/session/confirmation", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Change one's own password. Ends every other session and token; this session goes on under the token of the answer. Needs the scope read. */
  changePassword(params: ChangeOwnPasswordParams, options: WriteOptions = {}): Promise<SignedIn> {
    return this.#api.write("POST", "/v1/session/password", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Give oneself a second factor. As of others (people/users.py): the secret is shown once; asking again makes another one. Needs the scope read. */
  createTotp(options: WriteOptions = {}): Promise<Totp> {
    return this.#api.write("POST", "/v1/session/totp", {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Take one's own second factor away. Signing in needs no second factor any more. Needs the scope read. */
  deleteTotp(options: WriteOptions = {}): Promise<User> {
    return this.#api.write("DELETE", "/v1/session/totp", {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class ApprovalsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** List what needs a second person, newest first. Needs the scope read. */
  list(params: ListApprovalsParams = {}): Pages<Approval> {
    return this.#api.pages("/v1/approvals", params);
  }

  /** Read an approval, with what it would do now. A pending one with what it would be answered now. Needs the scope read. */
  get(approvalId: string): Promise<Approval> {
    return this.#api.read(`/v1/approvals/${part(approvalId)}`, {});
  }

  /** Carry out what another person has asked for. Carry the request out, judged anew, as the one who asked. Needs the scope admin. */
  approve(approvalId: string, params: ApproveRequestParams = {}, options: WriteOptions = {}): Promise<Approval> {
    return this.#api.write("POST", `/v1/approvals/${part(approvalId)}/approve`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Say no to what another person has asked for. Another person says no. Needs the scope admin. */
  reject(approvalId: string, params: RejectRequestParams = {}, options: WriteOptions = {}): Promise<Approval> {
    return this.#api.write("POST", `/v1/approvals/${part(approvalId)}/reject`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** No longer ask for an approval. The one who asked no longer wants it. Needs the scope ledger:write. */
  withdraw(approvalId: string, params: WithdrawRequestParams = {}, options: WriteOptions = {}): Promise<Approval> {
    return this.#api.write("POST", `/v1/approvals/${part(approvalId)}/withdraw`, params, options, { query: [], hasBody: true, accepted: false });
  }

}
