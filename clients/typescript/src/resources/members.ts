// Written by `make clients`: change the generator instead.

import { type Account } from "../models/ledger.ts";
import { type Erased, type Member, type MemberExport, type Merge, type Merged, type SearchResults, type Standing, type TimelineEntry } from "../models/members.ts";
import { Pages } from "../pages.ts";
import { type ChangeMemberParams, type CreateMemberParams, type EraseMemberParams, type ListMembersParams, type MergeMemberParams, type SearchParams } from "../params/members.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class MembersResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Register a member. Where rules are for new members, their points are there when the answer is sent. Needs the scope ledger:write. */
  create(programId: string, params: CreateMemberParams = {}, options: WriteOptions = {}): Promise<Member> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/members`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Find or list members. All, or those of a status, or those whom the lookups name; `q` looks into ids, names, addresses and phones. They come in the order of their numbers; with `order=desc`, which is not for lookups, the newest first. Needs the scope read. */
  list(programId: string, params: ListMembersParams = {}): Pages<Member> {
    return this.#api.pages(`/v1/programs/${part(programId)}/members`, params);
  }

  /** Read a member. Also of one who was merged, with who has taken over, and of one who was erased. Needs the scope read. */
  get(memberId: string): Promise<Member> {
    return this.#api.read(`/v1/members/${part(memberId)}`, {});
  }

  /** Change a member. Needs the scope ledger:write. */
  update(memberId: string, params: ChangeMemberParams = {}, options: WriteOptions = {}): Promise<Member> {
    return this.#api.write("PATCH", `/v1/members/${part(memberId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Take a member out of the program. The member leaves: their accounts close, and everything recorded stays. Needs the scope admin. */
  delete(memberId: string, options: WriteOptions = {}): Promise<Member> {
    return this.#api.write("DELETE", `/v1/members/${part(memberId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Merge a member into another. All that is open passes over, and whatever finds the old member leads to the other one. Needs the scope admin. */
  merge(memberId: string, params: MergeMemberParams, options: WriteOptions = {}): Promise<Merged> {
    return this.#api.write("POST", `/v1/members/${part(memberId)}/merge`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List a member's merges. Those by which the member came or went, oldest first; also undone ones. Needs the scope read. */
  merges(memberId: string, params: PageParams = {}): Pages<Merge> {
    return this.#api.pages(`/v1/members/${part(memberId)}/merges`, params);
  }

  /** Read all that is kept about a person. All that is kept about the member, and about those who were merged into them. Needs the scope admin. */
  export(memberId: string): Promise<MemberExport> {
    return this.#api.read(`/v1/members/${part(memberId)}/export`, {});
  }

  /** Erase what is kept about a person. Points are forfeited, accounts close, and nothing is left that says who it was. A repeat changes nothing; one after an interruption goes on. Needs the scope admin. */
  erase(memberId: string, params: EraseMemberParams, options: WriteOptions = {}): Promise<Erased> {
    return this.#api.write("POST", `/v1/members/${part(memberId)}/erase`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List a member's accounts. A member's accounts; also of one who was deleted. Needs the scope read. */
  accounts(memberId: string, params: PageParams = {}): Pages<Account> {
    return this.#api.pages(`/v1/members/${part(memberId)}/accounts`, params);
  }

  /** What has happened to a member, newest first. Also of a member who was deleted. Needs the scope read. */
  timeline(memberId: string, params: PageParams = {}): Pages<TimelineEntry> {
    return this.#api.pages(`/v1/members/${part(memberId)}/timeline`, params);
  }

  /** A member's tiers, with their history. The member's standing in each active group of the program. Needs the scope read. */
  tiers(memberId: string, params: PageParams = {}): Pages<Standing> {
    return this.#api.pages(`/v1/members/${part(memberId)}/tiers`, params);
  }

}

export class MergesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Read a merge. Needs the scope read. */
  get(mergeId: string): Promise<Merge> {
    return this.#api.read(`/v1/merges/${part(mergeId)}`, {});
  }

  /** Undo a merge. While the other member still has what came. A repeat changes nothing. Needs the scope admin. */
  undo(mergeId: string, options: WriteOptions = {}): Promise<Merged> {
    return this.#api.write("POST", `/v1/merges/${part(mergeId)}/undo`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}

export class SearchResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Find members, cards, orders, visits and movements by what is known of them. Needs the scope read. */
  find(params: SearchParams): Promise<SearchResults> {
    return this.#api.read("/v1/search", params);
  }

}
