// The tutor's server as a widget may call it: with a token of minutes that stays in this module.

import { Api, Problem, query, segments, type Call } from "../foundation/api.ts";
import type { Book, Chapter } from "../foundation/types.ts";

interface Given {
  readonly token: string;
  readonly expires_in: number;
}

/** Renewed so many milliseconds before it ends. */
const AHEAD = 60_000;

/** One book on one server. Everything may raise `Problem`. */
export class Tutor {
  readonly book: string;
  /** The name of who agreed to ask through this site; null for a guest. */
  name: string | null = null;
  #base: string;
  #api: Api;
  #token: string | null = null;
  #until = 0;
  #asking: Promise<void> | null = null;
  // A guest's conversations belong to this word, which the server gives with the first answer.
  #guest: string | null = null;

  constructor(base: string, book: string) {
    this.book = book;
    this.#base = base;
    this.#api = new Api(base, () => this.#proof());
  }

  /** Ask in the name of a user, by what our own window has handed over. */
  become(name: string | null, given: Given | null): void {
    this.name = name;
    this.#guest = null;
    this.#token = null;
    if (given) this.#take(given);
  }

  async about(): Promise<Book> {
    return this.#api.call(`/api/books/${encodeURIComponent(this.book)}`);
  }

  /** A question, and its answer as a stream; in a session, while who began it still asks. */
  async ask(question: object, session: string | null, signal: AbortSignal): Promise<Response> {
    const path = "selected_text" in question ? "/api/chat/selected-text" : "/api/chat/ask";
    const body = { ...question, book_id: this.book, stream: true };
    const inSession = session ? { ...body, session_id: session } : body;
    const response = await this.#send(path, { body: inSession, signal }, { body, signal });
    this.#guest = response.headers.get("x-glossator-guest") ?? this.#guest;
    return response;
  }

  /** A chapter in another form, to be shown; only what is kept. */
  async chapter(id: string, form: Readonly<Record<string, string>>): Promise<Chapter> {
    const response = await this.#send(`/api/chapters/${segments(id)}${query({ book_id: this.book, html: true, ...form })}`, {});
    return (await response.json()) as Chapter;
  }

  /** Have a chapter made in another form, for a user; its progress as a stream. */
  async make(id: string, form: Readonly<Record<string, string>>): Promise<Response> {
    const path = form["language"] ? "/api/translate/chapter" : "/api/personalize/chapter";
    return this.#send(path, { body: { chapter_id: id, book_id: this.book, stream: true, ...form } });
  }

  async #send(path: string, call: Call, afterwards: Call = call): Promise<Response> {
    try {
      return await this.#api.send(path, call);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      // The token has ended, or what a user agreed to: once more, as a guest if need be.
      this.become(null, null);
      return this.#api.send(path, afterwards);
    }
  }

  async #proof(): Promise<Record<string, string>> {
    if (Date.now() > this.#until - AHEAD || this.#token === null) await (this.#asking ??= this.#fetch());
    return { authorization: `Widget ${this.#token}`, ...(this.#guest ? { "x-glossator-guest": this.#guest } : {}) };
  }

  async #fetch(): Promise<void> {
    try {
      this.#take(await this.#issued(this.#token));
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401 || this.#token === null) throw error;
      this.become(null, null);
      this.#take(await this.#issued(null));
    } finally {
      this.#asking = null;
    }
  }

  #issued(old: string | null): Promise<Given> {
    const headers = old === null ? {} : { authorization: `Widget ${old}` };
    return new Api(this.#base, () => ({})).call<Given>("/api/widget/token", { body: { book_id: this.book }, headers });
  }

  #take({ token, expires_in }: Given): void {
    this.#token = token;
    this.#until = Date.now() + expires_in * 1000;
  }
}
