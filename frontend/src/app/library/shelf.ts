// What the library shows, made from what the server tells.

import { kept } from "../../foundation/kept.ts";
import type { Book } from "../../foundation/types.ts";

/** How far somebody is in a book, as `GET /api/user/progress` tells. */
export interface BookProgress {
  readonly book_id: string;
  readonly title: string;
  readonly percent: number;
  readonly chapters: number;
  readonly completed: number;
  readonly continue: { readonly chapter_id: string; readonly title: string } | null;
}

export interface Progress {
  readonly chapters_read: readonly { chapter_id: string; book_id: string; completed: boolean; last_accessed: string }[];
  readonly questions_asked: number;
  readonly books: readonly BookProgress[];
}

/** Where a guest was reading, as the reader keeps it on this device: `place.<book>` and `done.<book>`. */
export function onDevice(books: readonly Book[]): Progress {
  const rows = books.flatMap((book) => {
    const place = kept<{ chapter_id: string; at: string } | null>(`place.${book.book_id}`, null);
    const done = new Set(kept<readonly string[]>(`done.${book.book_id}`, []));
    const at = book.chapters.findIndex((chapter) => chapter.chapter_id === place?.chapter_id);
    const completed = book.chapters.filter((chapter) => done.has(chapter.chapter_id)).length;
    if (at < 0 && completed === 0) return [];
    const onwards = [...book.chapters.slice(Math.max(0, at)), ...book.chapters.slice(0, Math.max(0, at))];
    const next = onwards.find((chapter) => !done.has(chapter.chapter_id)) ?? null;
    const percent = Math.floor((100 * completed) / book.chapters.length);
    return [{ at: place?.at ?? "", row: { book_id: book.book_id, title: book.title, percent, chapters: book.chapters.length, completed, continue: next } }];
  });
  rows.sort((one, other) => other.at.localeCompare(one.at));
  return { chapters_read: [], questions_asked: 0, books: rows.map(({ row }) => row) };
}

/** A book's card. */
export interface Card {
  readonly id: string;
  readonly title: string;
  readonly language: string;
  readonly chapters: number;
  readonly minutes: number;
  /** BCP 47 tags its chapters are there in, its own first. */
  readonly languages: readonly string[];
  /** Null for a book that was never opened. */
  readonly percent: number | null;
  readonly next: { readonly chapter_id: string; readonly title: string } | null;
}

/** How many colours a cover may have; `library.css` has them. */
export const COLOURS = 10;

/** The colour of a book's cover: the same on every visit and device. */
export function colour(id: string): number {
  let hash = 0x811c9dc5;
  for (const unit of id) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193) >>> 0;
  return hash % COLOURS;
}

/** The cards of all books, those read last first, then the others by title. */
export function cards(books: readonly Book[], progress: Progress | null): readonly Card[] {
  const read = new Map((progress?.books ?? []).map((row, n) => [row.book_id, { row, n }]));
  return books
    .map((book) => ({ card: card(book, read.get(book.book_id)?.row), place: read.get(book.book_id)?.n ?? Infinity }))
    .sort((one, other) => (one.place === other.place ? one.card.title.localeCompare(other.card.title) : one.place - other.place))
    .map(({ card }) => card);
}

function card(book: Book, read: BookProgress | undefined): Card {
  const tongues = new Set([book.language, ...book.chapters.flatMap((chapter) => chapter.languages)]);
  return {
    id: book.book_id,
    title: book.title,
    language: book.language,
    chapters: book.chapters.length,
    minutes: book.chapters.reduce((sum, chapter) => sum + chapter.minutes, 0),
    languages: [...tongues],
    percent: read?.percent ?? null,
    next: read?.continue ?? null,
  };
}

/** Cards with all words of the search in their titles, whatever case and accents they have. */
export function found(all: readonly Card[], words: string): readonly Card[] {
  const plain = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return all.filter((each) => wanted.every((word) => plain(each.title).includes(word)));
}

const NAMES: Readonly<Record<string, string>> = { ur: "اردو", ar: "العربية", fa: "فارسی" };

/** A language in a word on a card. */
export const tongueName = (tag: string): string => NAMES[tag.split("-")[0]!] ?? tag.toLocaleUpperCase();

/** The books of which a chapter is kept on this device, whoever keeps it. */
export async function keptBooks(): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  if (!("caches" in globalThis)) return ids;
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      const url = new URL(request.url);
      const id = url.searchParams.get("book_id");
      if (id !== null && url.pathname.startsWith("/api/chapters/")) ids.add(id);
    }
  }
  return ids;
}
