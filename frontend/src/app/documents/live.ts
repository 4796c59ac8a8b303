// What the server tells of documents while it reads them.

import { type Api, Problem } from "../../foundation/api.ts";
import { events } from "../../foundation/event_stream.ts";
import { type Doc, unfinished } from "./types.ts";

/** A browser opens six connections to one server; others need them too. */
const AT_ONCE = 2;
const FIRST_MS = 1000;
const LONGEST_MS = 30_000;

/** Follows the events of a few documents, and connects again when a connection breaks. */
export class Live {
  #api: Api;
  #told: (doc: Doc) => void;
  #gone: (id: string) => void;
  #streams = new Map<string, AbortController>();

  constructor(api: Api, told: (doc: Doc) => void, gone: (id: string) => void) {
    this.#api = api;
    this.#told = told;
    this.#gone = gone;
  }

  /** Follow these documents, the first few of them, and no others. */
  follow(ids: readonly string[]): void {
    for (const [id, stop] of this.#streams) if (!ids.includes(id)) this.#end(id, stop);
    for (const id of ids) {
      if (this.#streams.size >= AT_ONCE) return;
      if (this.#streams.has(id)) continue;
      const stop = new AbortController();
      this.#streams.set(id, stop);
      void this.#stream(id, stop);
    }
  }

  #end(id: string, stop: AbortController): void {
    stop.abort();
    if (this.#streams.get(id) === stop) this.#streams.delete(id);
  }

  async #stream(id: string, stop: AbortController): Promise<void> {
    let wait = FIRST_MS;
    while (!stop.signal.aborted) {
      try {
        const response = await this.#api.send(`/api/docs/${encodeURIComponent(id)}/events`, { signal: stop.signal });
        for await (const { event, data } of events(response)) {
          if (stop.signal.aborted) return;
          wait = FIRST_MS;
          if (event === "gone") {
            this.#end(id, stop);
            this.#gone(id);
            return;
          }
          const doc = JSON.parse(data) as Doc;
          if (!unfinished(doc)) this.#end(id, stop);
          this.#told(doc);
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        if (error.status === 404) {
          this.#end(id, stop);
          this.#gone(id);
          return;
        }
        // Who is no longer signed in hears nothing more; the list itself says so.
        if (error.status === 401) return this.#end(id, stop);
      }
      await pause(wait, stop.signal);
      wait = Math.min(2 * wait, LONGEST_MS);
    }
  }
}

/** Wait so long, but no longer than until the connection is there again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
