import { StampbookError } from "./errors.ts";
import { type Event } from "./events.ts";

/** How far the time of a request may be from the present. */
export const TOLERANCE_S = 300;

/** The request is not from the server that has the secret, or it is too old: answer 400. */
export class WebhookVerificationError extends StampbookError {
  override name = "WebhookVerificationError";
}

const decoded = (text: string) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

/** Verifies what a webhook gets, by the scheme of Standard Webhooks. */
export class Webhook {
  readonly #key: Uint8Array<ArrayBuffer>;
  readonly #now: () => number;

  /** `now` answers the seconds since 1970. */
  constructor(secret: string, now: () => number = () => Date.now() / 1_000) {
    this.#key = decoded(secret.replace(/^whsec_/, ""));
    if (this.#key.length === 0) throw new TypeError("the secret is empty");
    this.#now = now;
  }

  /** The event in the body, which must be the text that came. Header names are in small letters. */
  async verify(body: string, headers: Record<string, string | undefined>): Promise<Event> {
    const id = headers["webhook-id"];
    const moment = headers["webhook-timestamp"];
    const signatures = headers["webhook-signature"];
    if (id === undefined || moment === undefined || signatures === undefined) {
      throw new WebhookVerificationError("a header is missing");
    }
    if (!/^[0-9]{1,12}$/.test(moment) || Math.abs(this.#now() - Number(moment)) > TOLERANCE_S) {
      throw new WebhookVerificationError("the request is too old, or one of the clocks is wrong");
    }
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", this.#key, algorithm, false, ["verify"]);
    const signed = new TextEncoder().encode(`${id}.${moment}.${body}`);
    for (const each of signatures.split(" ")) {
      if (!/^v1,[A-Za-z0-9+/]{43}=$/.test(each)) continue;
      if (await crypto.subtle.verify("HMAC", key, decoded(each.slice(3)), signed)) {
        return JSON.parse(body) as Event;
      }
    }
    throw new WebhookVerificationError("no signature is right");
  }
}
