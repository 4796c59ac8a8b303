// One's documents and the files on their way: lives as long as the window, whatever page is open.

import { type Api, Problem, query } from "../../foundation/api.ts";
import { Cell } from "../../foundation/cell.ts";
import { Live } from "./live.ts";
import { Queue } from "./queue.ts";
import { send } from "./sending.ts";
import { type Doc, type DocPage, type Storage, unfinished } from "./types.ts";

export type Sort = "-created_at" | "filename" | "-size" | "status";

/** What is shown of the documents, and how. */
export interface Shown {
  readonly docs: readonly Doc[];
  readonly total: number;
  readonly storage: Storage | null;
}

/** A document that will be removed when its time to change one's mind is over. */
export interface Leaving {
  readonly doc: Doc;
  /** Until when it can be kept, a time of `Date.now()`. */
  readonly until: number;
}

export const UNDO_MS = 10_000;
const PAGE = 100;
const LOOK_MS = 4000;

/** One user's documents, kept up to date as long as somebody looks. */
export class Shelf {
  readonly shown = new Cell<Shown>({ docs: [], total: 0, storage: null });
  readonly leaving = new Cell<readonly Leaving[]>([]);
  /** What went wrong when a document was to be removed, stopped or read again. */
  readonly trouble = new Cell<Problem | null>(null);
  readonly queue: Queue;
  words = "";
  sort: Sort = "-created_at";
  #api: Api;
  #live: Live;
  #pages = 1;
  #looking = 0;
  #asked = 0;
  #heard = new Map<string, { told: string; at: number }>();
  #timers = new Map<string, number>();

  constructor(api: Api) {
    this.#api = api;
    this.#live = new Live(api, (doc) => this.put(doc), (id) => this.#drop(id));
    this.queue = new Queue(send, () => void this.refresh().catch(() => undefined));
  }

  /** Fetch the list. Raises `Problem`. */
  async refresh(): Promise<void> {
    const asked = ++this.#asked;
    const docs: Doc[] = [];
    let total = 0;
    for (let page = 1; page <= this.#pages; page += 1) {
      const answer = await this.#api.call<DocPage>(`/api/docs${query({ page, page_size: PAGE, q: this.words, sort: this.sort })}`);
      docs.push(...answer.items);
      total = answer.total;
      this.queue.limit = answer.file_limit_bytes;
      if (docs.length >= total) break;
    }
    const usage = await this.#api.call<{ storage: Storage | null }>("/api/usage");
    if (asked !== this.#asked) return;
    for (const doc of docs) this.#hear(doc);
    this.shown.value = { docs, total, storage: usage.storage };
    this.#follow();
  }

  /** Show more of a long list. Raises `Problem`. */
  async more(): Promise<void> {
    this.#pages += 1;
    await this.refresh();
  }

  /** Look for other words, or in another order. Raises `Problem`. */
  async search(words: string, sort: Sort): Promise<void> {
    this.words = words;
    this.sort = sort;
    this.#pages = 1;
    await this.refresh();
  }

  /** Keep the list up to date; the answer ends it. */
  watch(): () => void {
    const look = () => {
      if (document.hidden) this.#live.follow([]);
      else if (this.shown.value.docs.some(unfinished)) void this.refresh().catch((error: unknown) => passed(error));
    };
    const back = () => {
      if (!document.hidden) void this.refresh().catch((error: unknown) => passed(error));
      else this.#live.follow([]);
    };
    const online = () => {
      back();
      this.queue.resume();
    };
    this.#looking = window.setInterval(look, LOOK_MS);
    document.addEventListener("visibilitychange", back);
    addEventListener("online", online);
    return () => {
      clearInterval(this.#looking);
      document.removeEventListener("visibilitychange", back);
      removeEventListener("online", online);
      this.#live.follow([]);
    };
  }

  /** A document as it is now. */
  put(doc: Doc): void {
    this.#hear(doc);
    const docs = this.shown.value.docs.map((each) => (each.document_id === doc.document_id ? doc : each));
    this.shown.update({ docs });
    this.#follow();
  }

  /** For how many ms nothing was heard of a document. */
  silence(doc: Doc): number {
    return Date.now() - (this.#heard.get(doc.document_id)?.at ?? Date.now());
  }

  /** Which one of one's waiting documents this is, from 1: small ones come first. */
  place(doc: Doc): number {
    const waiting = this.shown.value.docs.filter((each) => each.status === "queued");
    const before = (one: Doc) => one.size < doc.size || (one.size === doc.size && one.created_at < doc.created_at);
    return 1 + waiting.filter(before).length;
  }

  /** Remove a document when 10 seconds have passed without `keep`. */
  remove(doc: Doc): void {
    const id = doc.document_id;
    if (this.#timers.has(id)) return;
    this.leaving.value = [...this.leaving.value, { doc, until: Date.now() + UNDO_MS }];
    this.#timers.set(id, window.setTimeout(() => void this.#removed(id), UNDO_MS));
  }

  /** Don't remove it after all. */
  keep(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.leaving.value = this.leaving.value.filter((each) => each.doc.document_id !== id);
  }

  /** Ask something of a document: `stop`, `reprocess`, `ocr` or `password`. Raises `Problem`. */
  async tell(doc: Doc, what: "stop" | "reprocess" | "ocr" | "password", body: object = {}): Promise<void> {
    await this.#api.call(`/api/docs/${encodeURIComponent(doc.document_id)}/${what}`, what === "password" ? { body } : { method: "POST" });
    await this.refresh();
  }

  /** How many answers quote a document; null where that can't be told now. */
  async quoted(doc: Doc): Promise<number | null> {
    try {
      const found = await this.#api.call<{ answers: number }>(`/api/docs/${encodeURIComponent(doc.document_id)}/quoted`);
      return found.answers;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return null;
    }
  }

  async #removed(id: string): Promise<void> {
    try {
      await this.#api.call(`/api/docs/${encodeURIComponent(id)}`, { method: "DELETE" });
      this.#drop(id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 404) this.#drop(id);
      else this.trouble.value = error;
    }
    // Where it failed the document stands in the list again.
    this.keep(id);
    await this.refresh().catch((error: unknown) => passed(error));
  }

  #drop(id: string): void {
    const docs = this.shown.value.docs.filter((each) => each.document_id !== id);
    if (docs.length < this.shown.value.docs.length) this.shown.update({ docs, total: this.shown.value.total - 1 });
    this.#heard.delete(id);
  }

  #hear(doc: Doc): void {
    const told = JSON.stringify([doc.status, doc.progress, doc.chunk_count]);
    if (this.#heard.get(doc.document_id)?.told !== told) this.#heard.set(doc.document_id, { told, at: Date.now() });
  }

  #follow(): void {
    if (document.hidden) return;
    const gone = new Set(this.leaving.value.map((each) => each.doc.document_id));
    const busy = this.shown.value.docs.filter((doc) => (doc.status === "parsing" || doc.status === "embedding") && !gone.has(doc.document_id));
    this.#live.follow(busy.map((doc) => doc.document_id));
  }
}

// What fails in the background is tried again a moment later.
function passed(error: unknown): void {
  if (!(error instanceof Problem)) throw error;
}
