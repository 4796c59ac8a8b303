// Pictures of pages, fetched two at a time: the server draws them one by one.

import { type Api, Problem } from "../../foundation/api.ts";

/** Widths in pixels that the server draws, as `ingestion/viewing.py` has them. */
const WIDTHS = [160, 320, 640, 960, 1280, 1920, 2560];
const AT_ONCE = 2;
const TRIES = 8;
const WAIT_MS = 1000;

/** The width that is drawn for so many pixels. */
export const drawn = (pixels: number): number => WIDTHS.find((width) => width >= pixels) ?? WIDTHS.at(-1)!;

/** Ask again for a while where the server is just busy with others. Raises what `ask` raises. */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal | null = null): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 503 || tries >= TRIES) throw error;
      await pause(1000 * (error.retryAfter ?? 0) || WAIT_MS, signal);
    }
  }
}

/** Fetches one document's pictures; whoever asked last is served first. */
export class Pictures {
  #api: Api;
  #document: string;
  #waiting: (() => void)[] = [];
  #busy = 0;

  constructor(api: Api, document: string) {
    this.#api = api;
    this.#document = document;
  }

  /** The address of a page's picture, to be revoked. Raises `Problem`, and `AbortError`. */
  async get(page: number, width: number, signal: AbortSignal): Promise<string> {
    await this.#turn(signal);
    try {
      return URL.createObjectURL(await this.#fetched(page, width, signal));
    } finally {
      this.#busy -= 1;
      this.#waiting.pop()?.();
    }
  }

  #fetched(page: number, width: number, signal: AbortSignal): Promise<Blob> {
    const path = `/api/docs/${encodeURIComponent(this.#document)}/pages/${page}/picture?width=${width}`;
    return patiently(async () => (await this.#api.send(path, { signal })).blob(), signal);
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        if (signal.aborted) {
          reject(new DOMException("left", "AbortError"));
          this.#waiting.pop()?.();
          return;
        }
        this.#busy += 1;
        resolve();
      };
      if (this.#busy < AT_ONCE) begin();
      else this.#waiting.push(begin);
    });
  }
}

function pause(ms: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(new DOMException("left", "AbortError"))), { once: true });
  });
}
