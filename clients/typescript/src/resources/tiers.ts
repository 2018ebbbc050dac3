// Written by `make clients`: change the generator instead.

import { type TierGroup } from "../models/tiers.ts";
import { Pages } from "../pages.ts";
import { type ChangeTierGroupParams, type CreateTierGroupParams } from "../params/tiers.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class TierGroupsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a group of tiers. Needs the scope admin. */
  create(programId: string, params: CreateTierGroupParams, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("POST", `/v1/programs/${part(programId)}/tier_groups`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List groups of tiers. Needs the scope read. */
  list(programId: string, params: PageParams = {}): Pages<TierGroup> {
    return this.#api.pages(`/v1/programs/${part(programId)}/tier_groups`, params);
  }

  /** Read a group of tiers. Needs the scope read. */
  get(tierGroupId: string): Promise<TierGroup> {
    return this.#api.read(`/v1/tier_groups/${part(tierGroupId)}`, {});
  }

  /** Change a group of tiers. Needs the scope admin. */
  update(tierGroupId: string, params: ChangeTierGroupParams = {}, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("PATCH", `/v1/tier_groups/${part(tierGroupId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Delete a group of tiers. Needs the scope admin. */
  delete(tierGroupId: string, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("DELETE", `/v1/tier_groups/${part(tierGroupId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Let members have tiers of a group. Needs the scope admin. */
  activate(tierGroupId: string, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("POST", `/v1/tier_groups/${part(tierGroupId)}/activate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Let members have no tiers of a group. Needs the scope admin. */
  deactivate(tierGroupId: string, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("POST", `/v1/tier_groups/${part(tierGroupId)}/deactivate`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Make a group a draft, to change what qualifies. Needs the scope admin. */
  draft(tierGroupId: string, options: WriteOptions = {}): Promise<TierGroup> {
    return this.#api.write("POST", `/v1/tier_groups/${part(tierGroupId)}/draft`, {}, options, { query: [], hasBody: false, accepted: false });
  }

}
