// Written by `make clients`: change the generator instead.

import { type PageParams } from "../values.ts";

/** Of `audit.list`. */
export interface ListAuditParams extends PageParams {
  /** only what was done at this instant or later. */
  from?: string;
  /** only what was done before this instant. */
  to?: string;
  /** only what this person did. */
  user_id?: string;
  /** only what was done with this key. */
  api_key_id?: string;
  /** only acts of this kind, such as currency.updated. */
  action?: string;
  /** only what was done to the thing of this id. */
  entity?: string;
}

/** Of `events.list`. */
export interface ListEventsParams extends PageParams {
  /** the next_cursor of an earlier answer. */
  cursor?: string;
  /** where to begin without a cursor: an instant, now, or last (the last `limit` events); else with the first. */
  from?: string;
  /** only these types, separated by commas; lot.* means all that begin with lot. */
  types?: string;
  /** only those of this program. */
  program_id?: string;
  /** only those of this account. */
  account_id?: string;
  /** seconds to wait for an event, if none is there: 0 to 30, without it 0. */
  wait_s?: number;
}

/** Of `webhooks.create`. */
export interface CreateWebhookParams {
  /** Where requests are sent: https, at a public address. */
  url: string;
  /** Types of events: names, all that begin alike (lot.*), or all (*). */
  events: ReadonlyArray<string>;
  program_id?: string | null;
  /** Without it: `"stampbook"`. */
  format?: "stampbook" | "voucherify";
  /** Without it: `""`. */
  description?: string;
  /** Further headers of each request, at most 10. Without it: `{}`. */
  headers?: Record<string, string>;
  /** Without it: `"active"`. */
  status?: "active" | "disabled";
}

/** Of `webhooks.update`. */
export interface ChangeWebhookParams {
  /** Where requests are sent: https, at a public address. */
  url?: string;
  /** Types of events: names, all that begin alike (lot.*), or all (*). */
  events?: ReadonlyArray<string>;
  description?: string;
  /** Further headers of each request, at most 10. */
  headers?: Record<string, string>;
  status?: "active" | "disabled";
}

/** Of `webhooks.rotate`. */
export interface RotateWebhookParams {
  /** Without it: `86400`. */
  overlap_s?: number;
}

/** Of `webhooks.enable`. */
export interface EnableWebhookParams {
  /** Without it: `"stopped"`. */
  resume?: "now" | "stopped";
}

/** Of `webhooks.deliveries`. */
export interface ListDeliveriesParams extends PageParams {
  /** waiting, pending, delivered or failed: only those. */
  status?: string;
  /** only those of events of this type. */
  type?: string;
  /** only that of this event. */
  event_id?: string;
  /** only those of events that were recorded at this instant or later. */
  from?: string;
  /** only those of events that were recorded before this instant. */
  to?: string;
}

/** Of `webhooks.redeliver`. */
export interface RedeliverRangeParams {
  from: string;
  to?: string | null;
  /** Without it: `"failed"`. */
  status?: "all" | "failed";
}

/** Of `deliveries.list`. */
export interface ListDeliveriesOfEventsParams extends PageParams {
  /** ids of events, separated by commas: 1 to 100. */
  event_id: string;
}
