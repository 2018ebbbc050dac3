import { Resources } from "./resources/index.ts";
import { Api, RETRIES, type Retries, type Settings } from "./sending.ts";

export * from "./codes.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./models/index.ts";
export * from "./pages.ts";
export * from "./params/index.ts";
export * from "./values.ts";
export * from "./webhooks.ts";
export { RETRIES, type Retries } from "./sending.ts";

/** What a client may be made with. */
export interface Options {
  timeoutMs?: number;
  retries?: Partial<Retries>;
  fetch?: typeof fetch;
}

/** A client of the server at `url`, with the secret of an API key or the token of a session. */
export class Stampbook extends Resources {
  readonly #settings: Settings;

  constructor(url: string, apiKey: string, options: Options = {}) {
    const settings: Settings = {
      url: url.replace(/\/+$/, ""),
      apiKey,
      timeoutMs: options.timeoutMs ?? 30_000,
      retries: { ...RETRIES, ...options.retries },
      fetch: options.fetch ?? fetch,
    };
    super(new Api(settings));
    this.#settings = settings;
  }

  /** A client with another key, or the token of a session. */
  signedIn(token: string): Stampbook {
    return new Stampbook(this.#settings.url, token, this.#settings);
  }
}
