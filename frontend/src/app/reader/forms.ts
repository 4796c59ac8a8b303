// A chapter in another form: kept on the server, or made while one reads.

import { api, Problem, query, segments } from "../../foundation/api.ts";
import { parts } from "../../foundation/event_stream.ts";
import type { Chapter } from "../../foundation/types.ts";
import type { MadeBlock } from "./text.ts";

/** In which form a chapter is read: a language, or a level; neither is the author's own text. */
export interface Wanted {
  readonly language: string | null;
  readonly level: string | null;
}

export const ORIGINAL: Wanted = { language: null, level: null };
export const LEVELS = ["beginner", "intermediate", "advanced"] as const;

export const isOriginal = (wanted: Wanted): boolean => wanted.language === null && wanted.level === null;
export const same = (one: Wanted, other: Wanted): boolean => one.language === other.language && one.level === other.level;

/** What an address asks for. */
export function wantedBy(url: URL): Wanted {
  const level = url.searchParams.get("level");
  return { language: url.searchParams.get("lang"), level: (LEVELS as readonly (string | null)[]).includes(level) ? level : null };
}

/** The same address asking for another form. */
export function addressOf(url: URL, wanted: Wanted): URL {
  const next = new URL(url);
  next.searchParams.delete("lang");
  next.searchParams.delete("level");
  if (wanted.language) next.searchParams.set("lang", wanted.language);
  if (wanted.level) next.searchParams.set("level", wanted.level);
  return next;
}

/** A chapter as the author wrote it. Raises `Problem`. */
export const chapter = (book: string, id: string): Promise<Chapter> =>
  api.call<Chapter>(`/api/chapters/${segments(id)}${query({ book_id: book, html: true })}`);

/** The form that the server keeps; null where it keeps none. Raises `Problem`. */
export async function keptForm(book: string, id: string, wanted: Wanted, hardware: string): Promise<Chapter | null> {
  try {
    const fields = { book_id: book, html: true, language: wanted.language, level: wanted.level, hardware: wanted.level ? hardware : null };
    return await api.call<Chapter>(`/api/chapters/${segments(id)}${query(fields)}`);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** What is heard while a form is made. */
export interface Making {
  progress(done: number, total: number): void;
  blocks(blocks: readonly MadeBlock[]): void;
}

function call(wanted: Wanted): [string, Record<string, string>] {
  if (wanted.level) return ["/api/personalize/chapter", { level: wanted.level }];
  return ["/api/translate/chapter", { language: wanted.language! }];
}

/** Have a form made. Raises `Problem`, and `AbortError` where stopped. */
export async function makeForm(book: string, id: string, wanted: Wanted, heard: Making, signal: AbortSignal): Promise<void> {
  const [path, fields] = call(wanted);
  const response = await api.send(path, { body: { chapter_id: id, book_id: book, stream: true, html: true, ...fields }, signal });
  for await (const part of parts(response)) {
    if (part.type === "data-progress") {
      const { done, total } = part["data"] as { done: number; total: number };
      heard.progress(done, total);
    } else if (part.type === "data-blocks") heard.blocks(part["data"] as readonly MadeBlock[]);
    else if (part.type === "error") throw new Problem(503, { detail: part["errorText"] });
  }
}

/** Some blocks of a chapter in another form: a passage explained more simply, or translated. */
export async function makePassage(book: string, id: string, blocks: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<readonly MadeBlock[]> {
  const [path, fields] = call(wanted);
  const body = { chapter_id: id, book_id: book, block_ids: blocks, html: true, ...fields };
  const told = await api.call<{ html_blocks: readonly MadeBlock[] }>(path, { body, signal });
  return told.html_blocks;
}
