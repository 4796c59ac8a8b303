// A conversation about one book: threads, and what becomes of them. Knows nothing of the page.

import { Api, Problem, query } from "../../foundation/api.ts";
import { Cell } from "../../foundation/cell.ts";
import { parts } from "../../foundation/event_stream.ts";
import type { Answer, Message, Page, Source } from "../../foundation/types.ts";
import { Tail } from "./tail.ts";

/** What a question is about, besides the book: words marked in a chapter. */
export interface About {
  readonly text: string;
  readonly chapter: string;
  /** Nothing but these words may prove the answer. */
  readonly only: boolean;
}

/** In what form the open chapter is shown. */
export interface Form {
  readonly language: string | null;
  readonly level: string | null;
  readonly hardware: string | null;
}

/** One question and what came of it. */
export interface Thread {
  readonly id: string;
  readonly question: string;
  readonly about: About | null;
  /** The chapter that was open when it was asked; null where that isn't known any more. */
  readonly chapter: string | null;
  readonly state: "queued" | "asking" | "done" | "stopped" | "failed";
  /** What has arrived and isn't checked yet. */
  readonly tail: string;
  /** Quotes proven by now. */
  readonly proven: number;
  readonly answer: Answer | null;
  readonly problem: Problem | null;
  readonly rating: "up" | "down" | null;
}

/** Why and until when no question can be asked. */
export interface Spent {
  readonly until: Date;
  readonly words: string;
}

let numbers = 0;

/** Messages of a conversation that are fetched at once; the server gives no more. */
const PAGE = 100;

/** Questions to one book. */
export class Talk {
  readonly threads = new Cell<readonly Thread[]>([]);
  readonly session = new Cell<string | null>(null);
  readonly spent = new Cell<Spent | null>(null);
  /** How many messages before the first thread the server still holds. */
  readonly older = new Cell(0);
  /** The id of the thread that is being answered. */
  readonly running = new Cell<string | null>(null);
  readonly book: string;
  #api: Api;
  #scope: object;
  #stop: AbortController | null = null;
  #renewal = 0;
  /** The form in which the open chapter is shown, told with what was marked in it. */
  form: Form | null = null;

  /** `scope` names what is asked, where that isn't the book: `{document_ids: […]}`. */
  constructor(api: Api, book: string, scope: object = { book_id: book }) {
    this.#api = api;
    this.book = book;
    this.#scope = scope;
  }

  /** The sources of all answers. */
  get sources(): readonly Source[] {
    return this.threads.value.flatMap((thread) => thread.answer?.sources ?? []);
  }

  thread(id: string): Thread | undefined {
    return this.threads.value.find((thread) => thread.id === id);
  }

  /** Put a question; `queued` only keeps it. Gives the thread's id. */
  add(question: string, about: About | null, chapter: string | null, state: "asking" | "queued" = "asking"): string {
    const id = `t${++numbers}`;
    const empty = { tail: "", proven: 0, answer: null, problem: null, rating: null };
    this.threads.value = [...this.threads.value, { id, question, about, chapter, state, ...empty }];
    return id;
  }

  /** Ask the server; what went wrong stands in the thread. */
  async run(id: string): Promise<void> {
    const thread = this.thread(id);
    if (thread === undefined || this.running.value !== null) return;
    const stop = (this.#stop = new AbortController());
    this.running.value = id;
    this.#change(id, { state: "asking", tail: "", proven: 0, answer: null, problem: null });
    const tail = new Tail((words) => this.#change(id, { tail: words }));
    try {
      const answer = await this.#listen(thread, stop.signal, tail);
      this.session.value = answer.session_id;
      this.#change(id, { state: "done", answer, tail: "" });
    } catch (error) {
      tail.end();
      this.#failed(id, error);
    } finally {
      tail.close();
      if (this.#stop === stop) this.#stop = null;
      if (this.running.value === id) this.running.value = null;
    }
  }

  async #listen(thread: Thread, signal: AbortSignal, tail: Tail): Promise<Answer> {
    const response = await this.#api.send("/api/chat/ask", { body: this.#body(thread), signal });
    if (!response.headers.get("content-type")?.includes("text/event-stream")) return (await response.json()) as Answer;
    let answer: Answer | null = null;
    let proven = 0;
    for await (const part of parts(response)) {
      if (part.type === "text-delta") tail.add(String(part["delta"]));
      else if (part.type === "data-retracted") tail.clear();
      else if (part.type === "data-source") this.#change(thread.id, { proven: ++proven });
      else if (part.type === "data-answer") answer = part["data"] as Answer;
      else if (part.type === "error") throw new Problem(503, { detail: part["errorText"] });
    }
    if (answer === null) throw new Problem(0, null);
    return answer;
  }

  #body(thread: Thread): object {
    const about = thread.about;
    const form = about !== null && this.form !== null ? given({ ...this.form }) : {};
    return {
      question: thread.question,
      ...this.#scope,
      stream: true,
      ...given({ session_id: this.session.value, from_chapter: thread.chapter }),
      ...(about === null ? {} : { selected_text: about.text, ...given({ chapter_id: about.chapter }), ...form }),
      ...(about?.only ? { only_selection: true } : {}),
    };
  }

  #failed(id: string, error: unknown): void {
    if (error instanceof DOMException && error.name === "AbortError") {
      this.#change(id, { state: "stopped" });
      return;
    }
    if (!(error instanceof Problem)) throw error;
    if (error.status === 429) this.#limited(error);
    // A session can have been deleted elsewhere; the next question begins a new one.
    if (error.status === 400) this.session.value = null;
    const nothingCame = this.thread(id)?.tail === "";
    if (error.offline && nothingCame && !navigator.onLine) this.#change(id, { state: "queued" });
    else this.#change(id, { state: "failed", problem: error });
  }

  #limited(problem: Problem): void {
    const renews = typeof problem.body["renews_at"] === "string" ? Date.parse(problem.body["renews_at"]) : NaN;
    const until = Number.isFinite(renews) ? renews : Date.now() + 1000 * (problem.retryAfter ?? 60);
    this.spent.value = { until: new Date(until), words: problem.message };
    clearInterval(this.#renewal);
    // Not one long timer: a computer that sleeps in between would come back late.
    this.#renewal = window.setInterval(() => {
      if (Date.now() < until) return;
      clearInterval(this.#renewal);
      this.spent.value = null;
    }, 1000);
  }

  /** Stop the answer that is on its way; what has arrived stays. */
  stop(): void {
    this.#stop?.abort();
  }

  /** Take a thread out of the page. */
  drop(id: string): void {
    this.threads.value = this.threads.value.filter((thread) => thread.id !== id);
  }

  /** What arrived is enough: the failure is forgotten. */
  keepPart(id: string): void {
    this.#change(id, { state: "stopped", problem: null });
  }

  /** Say whether an answer helped. Raises `Problem`. */
  async rate(id: string, rating: "up" | "down", comment?: string): Promise<void> {
    const message = this.thread(id)?.answer?.message_id;
    if (!message) return;
    await this.#api.call(`/api/chat/messages/${encodeURIComponent(message)}/feedback`, { body: { rating, ...given({ comment }) } });
    this.#change(id, { rating });
  }

  /** Begin anew; the old conversation stays on the server. */
  reset(): void {
    this.stop();
    this.session.value = null;
    this.older.value = 0;
    this.threads.value = [];
  }

  /** Show the end of a conversation that the server kept; `more` brings what was before. Raises `Problem`. */
  async open(session: string): Promise<void> {
    const first = await this.#messages(session, 1);
    const last = Math.max(1, Math.ceil(first.total / PAGE));
    // The last page can hold a single message, so the one before it comes too.
    const from = Math.max(1, last - 1);
    const numbered = Array.from({ length: last - from + 1 }, (_, n) => from + n);
    const pages = await Promise.all(numbered.map((page) => (page === 1 ? first : this.#messages(session, page))));
    this.stop();
    this.session.value = session;
    this.older.value = (from - 1) * PAGE;
    this.threads.value = pages.flatMap(({ items }) => items.map(kept));
  }

  /** Bring the messages before the first thread, where there are any; how many came. Raises `Problem`. */
  async more(): Promise<number> {
    const session = this.session.value;
    const before = this.older.value;
    if (session === null || before === 0) return 0;
    const { items } = await this.#messages(session, before / PAGE);
    if (this.session.value !== session || this.older.value !== before) return 0;
    this.older.value = before - PAGE;
    this.threads.value = [...items.map(kept), ...this.threads.value];
    return items.length;
  }

  #messages(session: string, page: number): Promise<Page<Message>> {
    return this.#api.call(`/api/chat/sessions/${encodeURIComponent(session)}/messages${query({ page, page_size: PAGE })}`);
  }

  /** End the timers. */
  close(): void {
    this.stop();
    clearInterval(this.#renewal);
  }

  #change(id: string, changes: Partial<Thread>): void {
    this.threads.value = this.threads.value.map((thread) => (thread.id === id ? { ...thread, ...changes } : thread));
  }
}

function kept(message: Message): Thread {
  const about = message.selected_text === null ? null : { text: message.selected_text, chapter: "", only: false };
  return {
    id: `t${++numbers}`, question: message.question, about, chapter: null, state: "done",
    tail: "", proven: 0, answer: message, problem: null, rating: message.rating,
  };
}

/** The fields that have a value. */
function given(fields: Readonly<Record<string, string | null | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, string] => Boolean(field[1])));
}
