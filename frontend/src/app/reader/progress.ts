// How far one is: chapters that are done, the place where one stopped. On the server for whoever
// is signed in, on this device too.

import { api, Problem, query } from "../../foundation/api.ts";
import { keep, kept } from "../../foundation/kept.ts";
import type { Book, ReadingPlace, ReadingProgress } from "../../foundation/types.ts";
import type { Spot } from "./where.ts";

/** What is known of one's reading of a book. */
export interface Known {
  readonly done: ReadonlySet<string>;
  readonly place: ReadingPlace | null;
}

/** Fetch it; for guests what this device kept. Nothing of it is worth an error on the page. */
export async function known(book: string, signedIn: boolean): Promise<Known> {
  const own = { done: new Set(kept<readonly string[]>(`done.${book}`, [])), place: kept<ReadingPlace | null>(`place.${book}`, null) };
  if (!signedIn) return own;
  try {
    const [progress, place] = await Promise.all([
      api.call<ReadingProgress>("/api/user/progress"),
      api.call<{ place: ReadingPlace | null }>(`/api/user/progress/place${query({ book_id: book })}`),
    ]);
    const done = progress.chapters_read.filter((row) => row.book_id === book && row.completed).map((row) => row.chapter_id);
    return { done: new Set(done), place: place.place ?? own.place };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return own;
  }
}

/** Note that a chapter was opened. */
export async function opened(book: string, chapter: string): Promise<void> {
  await quietly(api.send("/api/user/progress/open", { body: { book_id: book, chapter_id: chapter } }));
}

/** Mark a chapter as done, or not. Raises `Problem`. */
export async function mark(book: string, chapter: string, completed: boolean, signedIn: boolean): Promise<void> {
  if (signedIn) await api.send("/api/user/progress/mark", { body: { book_id: book, chapter_id: chapter, completed } });
  else {
    const others = kept<readonly string[]>(`done.${book}`, []).filter((id) => id !== chapter);
    keep(`done.${book}`, completed ? [...others, chapter] : others);
  }
}

/** Keep where one reads. */
export async function place(book: string, chapter: string, spot: Spot, signedIn: boolean, leaving = false): Promise<void> {
  const body = { book_id: book, chapter_id: chapter, block_id: spot.block, offset: Math.round(spot.offset * 1000) / 1000 };
  keep(`place.${book}`, { ...body, at: new Date().toISOString() });
  if (signedIn) await quietly(api.send("/api/user/progress/place", { method: "PUT", body, keepalive: leaving }));
}

async function quietly(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}

/** Per cent of the whole book, when `share` (0 to 1) of a chapter is read. */
export function bookShare(book: Book, chapter: string, share: number): number {
  let before = 0;
  let all = 0;
  let reached = false;
  for (const row of book.chapters) {
    if (row.chapter_id === chapter) {
      before += row.words * share;
      reached = true;
    } else if (!reached) before += row.words;
    all += row.words;
  }
  return all === 0 ? 0 : Math.round((100 * before) / all);
}
