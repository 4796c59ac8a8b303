import type {
  AllowancesLeft, Answer, AskBody, BookPage, Calls, FoundPassages, ListedBook, ReadChapter, SearchBody,
} from "./api.js";
import { ApiError, GlossatorFault, Unreached } from "./errors.js";
import { parts, type Part } from "./stream.js";

export type * from "./api.js";
export { ApiError, GlossatorFault, Unreached, type Part };

export interface Options {
  /** A user's token, for what guests don't see. */
  token?: string;
  /** In place of the platform's own `fetch`. */
  fetch?: typeof fetch;
}

/** A question; without ids, to all books that one may see. `own` asks one's own documents too. */
export type Asked = Omit<AskBody, "stream" | "id" | "messages" | "trigger" | "messageId" | "question"> & {
  question: string;
  own?: boolean;
};

/** A conversation. */
export interface Session {
  session_id: string;
  title: string;
  created_at: string;
  updated_at: string;
}

/** A kept question with its answer. */
export interface Message extends Answer {
  question: string;
  asked_at: string;
  rating: "up" | "down" | null;
  comment: string | null;
}

/** A page of a list. */
export interface Page<Item> {
  items: Item[];
  page: number;
  page_size: number;
  total: number;
}

interface Sent {
  body?: unknown;
  query?: Record<string, string | number | boolean | null | undefined>;
  signal?: AbortSignal;
}

/** A server's library; every method throws `ApiError` where it refuses, `Unreached` where none answers. */
export class Glossator {
  readonly url: string;
  #token: string | undefined;
  readonly #fetch: typeof fetch;

  constructor(url: string, options: Options = {}) {
    this.url = url.replace(/\/+$/, "");
    this.#token = options.token;
    this.#fetch = options.fetch ?? ((...given) => fetch(...given));
  }

  /** Sign in: later calls are the user's. Gives the token. */
  async logIn(email: string, password: string): Promise<string> {
    const body: Calls["POST /api/auth/login"]["body"] = { email, password };
    const found = await this.request<{ access_token: string }>("POST", "/api/auth/login", { body });
    this.#token = found.access_token;
    return found.access_token;
  }

  /** The books that one may see, with their chapters in reading order. */
  books(page = 1): Promise<BookPage> {
    return this.request("GET", "/api/books", { query: { page, page_size: 100 } });
  }

  /** One book. */
  book(bookId: string): Promise<ListedBook> {
    return this.request("GET", `/api/books/${encodeURIComponent(bookId)}`);
  }

  /** A chapter's text; in another language or for a level where that is kept. */
  chapter(
    chapterId: string,
    more: { book_id?: string; language?: string; level?: string; hardware?: string; html?: boolean } = {},
  ): Promise<ReadChapter> {
    const path = chapterId.split("/").map(encodeURIComponent).join("/");
    return this.request("GET", `/api/chapters/${path}`, { query: more });
  }

  /** The passages that come nearest. */
  search(body: SearchBody): Promise<FoundPassages> {
    return this.request("POST", "/api/search", { body });
  }

  /** An answer with its citations; `session_id` goes on with a conversation. */
  ask({ own, ...body }: Asked): Promise<Answer> {
    return this.request("POST", own ? "/api/ask" : "/api/chat/ask", { body });
  }

  /** As `ask`, in parts while it comes about. Who stops listening stops the model. */
  async *stream({ own, ...body }: Asked, signal?: AbortSignal): AsyncGenerator<Part, void, undefined> {
    const sent = { body: { ...body, stream: true }, ...(signal && { signal }) };
    const answer = await this.#send("POST", own ? "/api/ask" : "/api/chat/ask", sent);
    if (!answer.body) throw new GlossatorFault("The server's answer has no body.");
    yield* parts(answer.body);
  }

  /** One's conversations, the last used first. */
  sessions(page = 1): Promise<Page<Session>> {
    return this.request("GET", "/api/chat/sessions", { query: { page } });
  }

  /** A conversation's questions with their answers, oldest first. */
  messages(sessionId: string, page = 1): Promise<Page<Message>> {
    const path = `/api/chat/sessions/${encodeURIComponent(sessionId)}/messages`;
    return this.request("GET", path, { query: { page } });
  }

  /** Delete a conversation. */
  async deleteSession(sessionId: string): Promise<void> {
    await this.request("DELETE", `/api/chat/sessions/${encodeURIComponent(sessionId)}`);
  }

  /** Say whether an answer helped. */
  async rate(messageId: string, rating: "up" | "down", comment?: string): Promise<void> {
    const path = `/api/chat/messages/${encodeURIComponent(messageId)}/feedback`;
    await this.request("POST", path, { body: { rating, ...(comment !== undefined && { comment }) } });
  }

  /** What is left of one's allowances. */
  usage(): Promise<AllowancesLeft> {
    return this.request("GET", "/api/usage");
  }

  /** Any call of the API: its JSON, or undefined where there is none. */
  async request<Result>(method: string, path: string, sent: Sent = {}): Promise<Result> {
    const answer = await this.#send(method, path, sent);
    const text = await answer.text();
    try {
      return (text ? JSON.parse(text) : undefined) as Result;
    } catch {
      throw new GlossatorFault(`The server answered ${answer.status}, but not with JSON. Is it Glossator?`);
    }
  }

  async #send(method: string, path: string, { body, query, signal }: Sent): Promise<Response> {
    const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null);
    const asked = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
    const headers: Record<string, string> = {};
    if (this.#token) headers["authorization"] = `Bearer ${this.#token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    let answer: Response;
    try {
      answer = await this.#fetch(`${this.url}${path}${given.length ? `?${asked}` : ""}`, {
        method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...(signal && { signal }),
      });
    } catch (reason) {
      if (signal?.aborted) throw reason;
      throw new Unreached(`No answer from ${this.url}. Is the server running there?`, { cause: reason });
    }
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as Record<string, never>;
    const wait = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
    throw new ApiError(answer.status, problem, Number.isNaN(wait) ? undefined : wait);
  }
}
