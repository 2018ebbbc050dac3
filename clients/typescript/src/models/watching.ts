// Written by `make clients`: change the generator instead.

/** What a field was, and what it is. */
export interface AuditChange {
  before: unknown;
  after: unknown;
}

/** `user_id` and `api_key_id`: who acted. `actor`: who used the command line. */
export interface AuditEntry {
  id: string;
  at: string;
  action: string;
  entity: string | null;
  program_id: string | null;
  user_id: string | null;
  api_key_id: string | null;
  actor: string | null;
  address: string | null;
  request_id: string | null;
  dialect: string | null;
  changes: Record<string, AuditChange>;
  reason: string | null;
}

/** The last row of the audit log; number 0 and an empty hash if it is empty. */
export interface AuditHead {
  number: number;
  hash: string;
}

/** One line. `at` is an RFC 3339 instant, `position` one of the feed, `rows` and `accounts` what the journals had up to it. `root`, `audit.hash` and `signature` are hexadecimal. */
export interface Anchor {
  id: string;
  tenant: number;
  at: string;
  position: number;
  accounts: number;
  rows: number;
  root: string;
  audit: AuditHead;
  previous: string | null;
  heads: string;
  signature?: string | null;
}

/** `data_schema` is the JSON schema of `data`. `in_feed`: false for what only webhooks get. */
export interface EventType {
  name: string;
  description: string;
  in_feed: boolean;
  data_schema: Record<string, unknown>;
}

export interface EventTypes {
  data: Array<EventType>;
}

/** `secret` is there once: in the answer to the request that made it. `disabled_reason` is failing or gone (410), and null where somebody has disabled it. `failures`: attempts that have failed since one succeeded. */
export interface WebhookEndpoint {
  id: string;
  url: string;
  events: Array<string>;
  program_id: string | null;
  format: "stampbook" | "voucherify";
  description: string;
  headers: Record<string, string>;
  status: "active" | "disabled";
  disabled_reason: "failing" | "gone" | null;
  failures: number;
  last_success_at: string | null;
  old_secret_until: string | null;
  created_at: string;
  updated_at: string;
  secret?: string;
}

/** What came of a request of the type webhook.test; `delivery_id` is where it is kept. */
export interface WebhookTrial {
  delivery_id: string;
  event_id: string;
  at: string;
  status: number | null;
  duration_ms: number;
  error: string | null;
  response: string | null;
}

/** An attempt: the status of the answer and its first KiB, and why the event has not arrived; `error` is null where it has. */
export interface DeliveryTry {
  at: string;
  status: number | null;
  duration_ms: number;
  error: string | null;
  response: string | null;
}

/** An event on its way to an endpoint. `waiting`: an earlier one of its account has not arrived. `timestamp` is the event's. */
export interface Delivery {
  id: string;
  webhook_id: string;
  event_id: string;
  type: string;
  timestamp: string;
  account_id: string | null;
  status: "delivered" | "failed" | "pending" | "waiting";
  attempts: number;
  next_attempt_at: string | null;
  last_status: number | null;
  last_error: string | null;
  created_at: string;
  body?: string;
  tries?: Array<DeliveryTry>;
}

/** How many events are sent again. */
export interface Count {
  count: number;
}
