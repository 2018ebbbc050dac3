// Written by `make clients`: change the generator instead.

import { type EventPage } from "../events.ts";
import { type Anchor, type AuditEntry, type Count, type Delivery, type EventTypes, type WebhookEndpoint, type WebhookTrial } from "../models/watching.ts";
import { Pages } from "../pages.ts";
import { type ChangeWebhookParams, type CreateWebhookParams, type EnableWebhookParams, type ListAuditParams, type ListDeliveriesOfEventsParams, type ListDeliveriesParams, type ListEventsParams, type RedeliverRangeParams, type RotateWebhookParams } from "../params/watching.ts";
import { type PageParams, type WriteOptions } from "../values.ts";
import { type Api, part } from "../sending.ts";

export class AuditResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** List what was done, newest first. The rows that the caller may see, newest first: administrators and keys see all, managers what is about programs, and those who are bound to programs what is about these. Keys are for administrators of the whole tenant, and so are rows about them. Needs the scope admin. */
  list(params: ListAuditParams = {}): Pages<AuditEntry> {
    return this.#api.pages("/v1/audit", params);
  }

}

export class AnchorsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** List anchors, newest first. A page has fewer than the limit where they are long. Needs the scope admin. */
  list(params: PageParams = {}): Pages<Anchor> {
    return this.#api.pages("/v1/anchors", params);
  }

}

export class EventsResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Pull events, oldest first. The next events after the cursor; with `wait_s` as soon as there is one. Needs the scope read. */
  list(params: ListEventsParams = {}): Promise<EventPage> {
    return this.#api.read("/v1/events", params);
  }

  /** List the types of events. All types, also those that the caller does not see. Needs the scope read. */
  types(): Promise<EventTypes> {
    return this.#api.read("/v1/event_types", {});
  }

}

export class WebhooksResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Create a webhook. An endpoint that gets what happens from now on. Needs the scope admin. */
  create(params: CreateWebhookParams, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("POST", "/v1/webhooks", params, options, { query: [], hasBody: true, accepted: false });
  }

  /** List webhooks. By their ids. Needs the scope admin. */
  list(params: PageParams = {}): Pages<WebhookEndpoint> {
    return this.#api.pages("/v1/webhooks", params);
  }

  /** Read a webhook. Needs the scope admin. */
  get(webhookId: string): Promise<WebhookEndpoint> {
    return this.#api.read(`/v1/webhooks/${part(webhookId)}`, {});
  }

  /** Change a webhook. Needs the scope admin. */
  update(webhookId: string, params: ChangeWebhookParams = {}, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("PATCH", `/v1/webhooks/${part(webhookId)}`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Delete a webhook. Needs the scope admin. */
  delete(webhookId: string, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("DELETE", `/v1/webhooks/${part(webhookId)}`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Give a webhook a new secret. A new secret; during the overlap requests are signed with both. Needs the scope admin. */
  rotate(webhookId: string, params: RotateWebhookParams = {}, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("POST", `/v1/webhooks/${part(webhookId)}/rotate`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Send a request to try a webhook out. Send an event of the type webhook.test at once, whatever the endpoint's state. Needs the scope admin. */
  test(webhookId: string, options: WriteOptions = {}): Promise<WebhookTrial> {
    return this.#api.write("POST", `/v1/webhooks/${part(webhookId)}/test`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** Enable a webhook. Needs the scope admin. */
  enable(webhookId: string, params: EnableWebhookParams = {}, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("POST", `/v1/webhooks/${part(webhookId)}/enable`, params, options, { query: [], hasBody: true, accepted: false });
  }

  /** Disable a webhook. Needs the scope admin. */
  disable(webhookId: string, options: WriteOptions = {}): Promise<WebhookEndpoint> {
    return this.#api.write("POST", `/v1/webhooks/${part(webhookId)}/disable`, {}, options, { query: [], hasBody: false, accepted: false });
  }

  /** List a webhook's deliveries, newest first. The newest first. Needs the scope admin. */
  deliveries(webhookId: string, params: ListDeliveriesParams = {}): Pages<Delivery> {
    return this.#api.pages(`/v1/webhooks/${part(webhookId)}/deliveries`, params);
  }

  /** Send events of a span of time again. Send those of a span of time again. Needs the scope admin. */
  redeliver(webhookId: string, params: RedeliverRangeParams, options: WriteOptions = {}): Promise<Count> {
    return this.#api.write("POST", `/v1/webhooks/${part(webhookId)}/redeliver`, params, options, { query: [], hasBody: true, accepted: true });
  }

}

export class DeliveriesResource {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** List where events were sent, newest first. To all endpoints that the caller sees, the newest first. Needs the scope admin. */
  list(params: ListDeliveriesOfEventsParams): Pages<Delivery> {
    return this.#api.pages("/v1/deliveries", params);
  }

  /** Read a delivery, with its body and attempts. With the body that was sent, and all attempts. Needs the scope admin. */
  get(deliveryId: string): Promise<Delivery> {
    return this.#api.read(`/v1/deliveries/${part(deliveryId)}`, {});
  }

  /** Send an event again. Send one again. Needs the scope admin. */
  redeliver(deliveryId: string, options: WriteOptions = {}): Promise<Delivery> {
    return this.#api.write("POST", `/v1/deliveries/${part(deliveryId)}/redeliver`, {}, options, { query: [], hasBody: false, accepted: true });
  }

}
