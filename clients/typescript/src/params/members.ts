// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** Of `members.create`. */
export interface CreateMemberParams {
  external_id?: string | null;
  email?: string | null;
  phone?: string | null;
  name?: string | null;
  /** Without it: `{}`. */
  metadata?: Record<string, unknown>;
  /** Without it: `"active"`. */
  status?: "active" | "inactive";
}

/** Of `members.list`. */
export interface ListMembersParams extends PageParams {
  /** the member's external id. */
  external_id?: string;
  /** an e-mail address, compared without case. */
  email?: string;
  /** a phone number, compared by its digits. */
  phone?: string;
  /** a text in an external id, e-mail, phone or name. */
  q?: string;
  /** asc, or desc: the newest first; not with a lookup. */
  order?: string;
  /** active or inactive; not with a lookup. */
  status?: string;
}

/** Of `members.update`. */
export interface ChangeMemberParams {
  external_id?: string | null;
  email?: string | null;
  phone?: string | null;
  name?: string | null;
  metadata?: Record<string, unknown>;
  status?: "active" | "inactive";
}

/** Of `members.merge`. */
export interface MergeMemberParams {
  into: string;
  reason?: string | null;
  /** Without it: `false`. */
  dry_run?: boolean;
}

/** Of `members.erase`. */
export interface EraseMemberParams {
  reason: string;
  /** Without it: `false`. */
  forfeit?: boolean;
}

/** Of `search.find`. */
export interface SearchParams extends PageParams {
  /** an id of any dialect, a word and a number, a name, digits of a phone, an e-mail address, a card's number, or an external id. */
  q: string;
  /** only those of this program. */
  program_id?: string;
}
