import { ApprovalPendingError, NoAnswerError, ProblemError, UnexpectedAnswerError } from "./errors.ts";
import { type Approval, type Problem } from "./models/index.ts";
import { type Page, Pages } from "./pages.ts";
import { type File, type WriteOptions } from "./values.ts";

/** When a request is sent again: see the page about clients. */
export interface Retries {
  most: number;
  firstMs: number;
  longestMs: number;
  /** A `Retry-After` of more milliseconds is not waited for. */
  patienceMs: number;
}

export const RETRIES: Retries = { most: 4, firstMs: 500, longestMs: 8_000, patienceMs: 60_000 };

/** Statuses that may be otherwise the next time. */
const AGAIN = new Set([429, 502, 503, 504]);

export interface Settings {
  url: string;
  apiKey: string;
  timeoutMs: number;
  retries: Retries;
  fetch: typeof fetch;
}

type Params = object;

interface Request {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: string | Exclude<File, string>;
  extraMs: number;
}

/** A part of a path. */
export function part(name: string): string {
  if (typeof name !== "string" || name === "" || name === "." || name === "..") {
    throw new TypeError(`an id must be a text, not ${String(name)}`);
  }
  return encodeURIComponent(name);
}

/** How long to wait after this many failures; undefined: give up. */
export function waitMs(retries: Retries, failures: number, askedMs = 0): number | undefined {
  if (failures > retries.most || askedMs > retries.patienceMs) return undefined;
  const doubled = Math.min(retries.longestMs, retries.firstMs * 2 ** Math.min(failures - 1, 30));
  return Math.max(doubled * (0.5 + Math.random() / 2), askedMs);
}

function asked(params: Params): Record<string, string> {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

function askedFor(answer: Response): number | undefined {
  const text = answer.headers.get("retry-after") ?? "";
  return /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** Sends requests, again where that is safe. */
export class Api {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async read<T>(path: string, params: Params): Promise<T> {
    return (await this.#value(await this.#ask(this.#reading(path, params)))) as T;
  }

  pages<T>(path: string, params: Params): Pages<T> {
    return new Pages<T>((cursor) =>
      this.read<Page<T>>(path, cursor === undefined ? params : { ...params, cursor }),
    );
  }

  async content(path: string): Promise<string> {
    const answer = await this.#ask(this.#reading(path, {}));
    if (!answer.ok) await this.#value(answer);
    return answer.text();
  }

  async write<T>(
    method: string,
    path: string,
    params: Params,
    options: WriteOptions,
    how: { query: string[]; hasBody: boolean; accepted: boolean },
  ): Promise<T> {
    const fields = Object.entries(params);
    const query = asked(Object.fromEntries(fields.filter(([name]) => how.query.includes(name))));
    const request = this.#writing(method, path, query, options);
    if (how.hasBody) {
      request.headers["Content-Type"] = "application/json";
      const body = fields.filter(([name]) => !how.query.includes(name));
      request.body = JSON.stringify(Object.fromEntries(body));
    }
    return (await this.#value(await this.#ask(request), how.accepted)) as T;
  }

  async upload<T>(path: string, file: File, params: Params, options: WriteOptions): Promise<T> {
    const request = this.#writing("POST", path, asked(params), options);
    request.headers["Content-Type"] = "application/octet-stream";
    request.body = typeof file === "string" ? new TextEncoder().encode(file) : file;
    return (await this.#value(await this.#ask(request), true)) as T;
  }

  #reading(path: string, params: Params): Request {
    const query = asked(params);
    const extraMs = Number(query["wait_s"] ?? 0) * 1_000;
    return { method: "GET", path, query, headers: {}, extraMs };
  }

  #writing(
    method: string,
    path: string,
    query: Record<string, string>,
    options: WriteOptions,
  ): Request {
    if (options.dryRun === true) query["dry_run"] = "true";
    const headers: Record<string, string> = {
      "Idempotency-Key": options.idempotencyKey ?? crypto.randomUUID(),
    };
    if (options.actor !== undefined) headers["Stampbook-Actor"] = options.actor;
    if (options.expectedSeq !== undefined) {
      const pairs = Object.entries(options.expectedSeq).map(([name, seq]) => `${name}=${seq}`);
      headers["Stampbook-Expected-Seq"] = pairs.join(", ");
    }
    return { method, path, query, headers, extraMs: 0 };
  }

  /** The answer of the last attempt. */
  async #ask(request: Request): Promise<Response> {
    for (let failures = 1; ; failures += 1) {
      let wait: number | undefined;
      try {
        const answer = await this.#send(request);
        if (!AGAIN.has(answer.status)) return answer;
        wait = waitMs(this.#settings.retries, failures, (askedFor(answer) ?? 0) * 1_000);
        if (wait === undefined) return answer;
      } catch (error) {
        wait = waitMs(this.#settings.retries, failures);
        if (wait === undefined) {
          const text = `${request.method} ${request.path} had no answer: ${String(error)}`;
          throw new NoAnswerError(text, request.headers["Idempotency-Key"], error);
        }
      }
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** One attempt, with its whole answer. */
  async #send(request: Request): Promise<Response> {
    const { url, apiKey, timeoutMs, fetch } = this.#settings;
    const query = new URLSearchParams(request.query).toString();
    const answer = await fetch(`${url}${request.path}${query ? `?${query}` : ""}`, {
      method: request.method,
      headers: { ...request.headers, Authorization: `Bearer ${apiKey}` },
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs + request.extraMs),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const body = await answer.arrayBuffer();
    return new Response(body.byteLength ? body : null, answer);
  }

  async #value(answer: Response, accepted = false): Promise<unknown> {
    const text = await answer.text();
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new UnexpectedAnswerError(`${answer.status} is no answer of the API`, answer.status);
    }
    if (answer.status === 202 && !accepted) {
      throw new ApprovalPendingError((value as { approval: Approval }).approval);
    }
    if (answer.ok) return value;
    if (typeof (value as Partial<Problem> | null)?.code !== "string") {
      throw new UnexpectedAnswerError(`${answer.status} is no answer of the API`, answer.status);
    }
    throw new ProblemError(value as Problem, askedFor(answer));
  }
}
