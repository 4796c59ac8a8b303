// Chapters made in another form before anybody asks: the price first, then one after the other.

import { api, Problem } from "../../foundation/api.ts";
import type { Book } from "../../foundation/types.ts";

export type Form = { readonly language: string } | { readonly level: string; readonly hardware: string };

export interface Estimate {
  /** Chapters that aren't kept in this form yet. */
  readonly chapters: readonly string[];
  /** US dollars; null where a price isn't known. */
  readonly usd: number | null;
  /** Whether a model is set that could make them. */
  readonly model: boolean;
}

interface Price {
  readonly calls: number;
  readonly usd: number | null;
  readonly model: string | null;
}

const ADDRESS = { language: "/api/translate/chapter", level: "/api/personalize/chapter" } as const;

const ask = <T>(form: Form, bookId: string, chapter: string, more: object, signal?: AbortSignal): Promise<T> =>
  api.call<T>("language" in form ? ADDRESS.language : ADDRESS.level, { body: { book_id: bookId, chapter_id: chapter, ...form, ...more }, signal });

/** What is still to be made, and what that would cost by the server's estimate. Raises `Problem`. */
export async function estimate(book: Book, form: Form): Promise<Estimate> {
  const missing: string[] = [];
  let usd: number | null = 0;
  let model = true;
  for (const { chapter_id } of book.chapters) {
    const price = await ask<Price>(form, book.book_id, chapter_id, { dry_run: true });
    if (price.calls === 0) continue;
    missing.push(chapter_id);
    model &&= price.model !== null;
    usd = usd === null || price.usd === null ? null : usd + price.usd;
  }
  return { chapters: missing, usd, model };
}

/** Make them; `told` hears how many are done. Ends at the first failure. Raises `Problem`. */
export async function prepare(bookId: string, form: Form, chapters: readonly string[], told: (done: number) => void, signal: AbortSignal): Promise<void> {
  for (const [n, chapter] of chapters.entries()) {
    if (signal.aborted) throw new Problem(0, null);
    await ask(form, bookId, chapter, {}, signal);
    told(n + 1);
  }
}
