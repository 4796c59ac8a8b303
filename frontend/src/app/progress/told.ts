// What the progress page shows, from three answers of the server.

import type { Book } from "../../foundation/types.ts";
import type { Progress } from "../library/shelf.ts";

/** `GET /api/chat/asked`. */
export interface Asked {
  readonly questions: number;
  readonly chapters: readonly { book_id: string; chapter_id: string; title: string; questions: number; last_asked_at: string }[];
  readonly words: readonly { word: string; questions: number }[];
}

export type State = "read" | "begun" | "notyet";

export interface Step {
  readonly chapter_id: string;
  readonly title: string;
  readonly state: State;
  readonly questions: number;
}

export interface Told {
  readonly book_id: string;
  readonly title: string;
  readonly language: string;
  readonly percent: number;
  readonly next: { readonly chapter_id: string; readonly title: string } | null;
  readonly steps: readonly Step[];
}

/** So often one asks about a chapter before it is worth reading again. */
export const AGAIN = 2;

/** The books somebody reads, with each chapter's state and how often they asked there. */
export function told(progress: Progress, books: ReadonlyMap<string, Book>, asked: Asked): readonly Told[] {
  const done = new Map(progress.chapters_read.map((row) => [`${row.book_id}\n${row.chapter_id}`, row.completed]));
  const counts = new Map(asked.chapters.map((row) => [`${row.book_id}\n${row.chapter_id}`, row.questions]));
  return progress.books.map((row) => {
    const book = books.get(row.book_id);
    const steps = (book?.chapters ?? []).map(({ chapter_id, title }) => {
      const key = `${row.book_id}\n${chapter_id}`;
      const completed = done.get(key);
      const state: State = completed === undefined ? "notyet" : completed ? "read" : "begun";
      return { chapter_id, title, state, questions: counts.get(key) ?? 0 };
    });
    return { book_id: row.book_id, title: row.title, language: book?.language ?? "", percent: row.percent, next: row.continue, steps };
  });
}

/** Chapters opened since a moment. */
export const openedSince = (progress: Progress, since: Date | null): number =>
  progress.chapters_read.filter((row) => since === null || new Date(row.last_accessed) >= since).length;

/** One's progress as a table: a row for each chapter. */
export function asCsv(all: readonly Told[]): string {
  const cell = (value: string | number) => {
    const text = String(value);
    // A cell that begins like a formula would be one in a spreadsheet.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const rows = all.flatMap((book) => book.steps.map((step) => [book.book_id, book.title, step.chapter_id, step.title, step.state, step.questions]));
  return [["book_id", "book", "chapter_id", "chapter", "state", "questions"], ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
