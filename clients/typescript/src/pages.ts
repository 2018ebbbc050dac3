/** One page of a list. `next_cursor` is null on the last one. */
export interface Page<T> {
  data: Array<T>;
  next_cursor: string | null;
}

/** A list that goes on by itself: `for await (const row of client.accounts.transactions(id))`. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #fetch: (cursor?: string) => Promise<Page<T>>;

  constructor(fetch: (cursor?: string) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  /** The first page, or the one that `next_cursor` of another named. */
  page(cursor?: string): Promise<Page<T>> {
    return this.#fetch(cursor);
  }

  /** All pages. */
  async *pages(): AsyncGenerator<Page<T>> {
    let page = await this.page();
    yield page;
    while (page.next_cursor !== null) {
      page = await this.page(page.next_cursor);
      yield page;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for await (const page of this.pages()) yield* page.data;
  }
}
