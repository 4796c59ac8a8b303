// Questions that wait for a connection: kept on the device, at most five.

import { keep, kept } from "../../foundation/kept.ts";
import type { About } from "./talk.ts";

export const MOST = 5;
/** Older ones are sent only after asking. */
const FRESH_MS = 10 * 60_000;

export interface Waiting {
  readonly book: string;
  readonly question: string;
  readonly about: About | null;
  readonly chapter: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The questions of a book that wait, oldest first. */
export const waiting = (book: string): readonly Waiting[] => all().filter((item) => item.book === book);

const all = (): readonly Waiting[] => kept<readonly Waiting[]>("outbox", []);

/** Keep a question; false where five wait already. */
export function wait(item: Waiting): boolean {
  const items = all();
  if (items.length >= MOST) return false;
  keep("outbox", [...items, item]);
  return true;
}

/** The question was sent, or given up. */
export function sent(book: string, question: string): void {
  const items = [...all()];
  const at = items.findIndex((item) => item.book === book && item.question === question);
  if (at >= 0) items.splice(at, 1);
  keep("outbox", items.length > 0 ? items : undefined);
}

/** Whether all of them are so new that nobody needs to be asked. */
export const fresh = (items: readonly Waiting[], now = Date.now()): boolean => items.every((item) => now - item.at < FRESH_MS);
