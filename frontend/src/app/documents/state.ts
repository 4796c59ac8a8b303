// In which state a file is, in words; pure.

import { number, numbersLocale, t, type Key } from "../../foundation/strings.ts";
import { isolated } from "./names.ts";
import type { Sending } from "./queue.ts";
import { type Doc, unfinished } from "./types.ts";

export type Kind = "waiting" | "sending" | "checking" | "reading" | "finding" | "ready" | "needs" | "failed" | "stopped";

export interface State {
  readonly kind: Kind;
  readonly words: string;
  /** More lines below it. */
  readonly details: readonly string[];
  /** How far it is, from 0 to below 1; null where nobody knows. */
  readonly share: number | null;
}

const SLOW_MS = 60_000;
/** Nothing is whole before it is ready. */
const NEARLY = 0.99;
const READING: Readonly<Record<string, Key>> = { pages: "dc.reading", slides: "dc.reading.slide", parts: "dc.reading.part" };

/** How far `done` of `total` is; null where there is no total. */
export function share(done: number, total: number): number | null {
  const found = done / total;
  return Number.isFinite(found) ? Math.min(Math.max(found, 0), NEARLY) : null;
}

/** The state of a document; `place` in its queue, and for how long nothing was heard of it. */
export function stateOf(doc: Doc, place: number, silent: number): State {
  const state = plain(doc, place);
  const slow = unfinished(doc) && state.kind !== "waiting" && silent >= SLOW_MS;
  return slow ? { ...state, details: [t("dc.slow"), ...state.details] } : state;
}

function plain(doc: Doc, place: number): State {
  const { done, total, unit } = doc.progress;
  const far = { details: [] as readonly string[], share: share(done, total) };
  switch (doc.status) {
    case "queued": return { ...far, kind: "waiting", words: t("dc.queue", { n: place }), share: null };
    case "parsing":
      if (total > 0 && READING[unit]) return { ...far, kind: "reading", words: t(READING[unit], { a: done, b: total }) };
      return { ...far, kind: "reading", words: done > 0 ? t("dc.reading.page", { a: done }) : t("dc.reading.now"), share: null };
    case "embedding": {
      const asked = doc.pages && doc.pages_searchable ? [t("dc.part", { a: doc.pages_searchable, b: doc.pages })] : [];
      return { kind: "finding", words: total > 0 ? t("dc.finding.of", { a: done, b: total }) : t("dc.finding"), details: asked, share: far.share };
    }
    case "ready": return { kind: "ready", words: t("dc.ready"), details: [facts(doc)], share: null };
    case "failed": return failed(doc);
  }
}

function failed(doc: Doc): State {
  const state = { details: doc.error ? [doc.error] : [], share: null };
  if (doc.reason === "password") return { ...state, kind: "needs", words: t("dc.locked"), details: [t("dc.lock")] };
  if (doc.reason === "scan") return { ...state, kind: "needs", words: t("dc.notext"), details: [] };
  if (doc.reason === "stopped") return { ...state, kind: "stopped", words: t("dc.stopped"), details: doc.chunk_count > 0 ? [t("dc.stopped.part")] : [] };
  return { ...state, kind: "failed", words: t("dc.failed") };
}

/** Pages, passages, and when it became ready. */
function facts(doc: Doc): string {
  const pages = doc.pages === null ? [] : [t("dc.pages", { n: doc.pages })];
  return [...pages, t("dc.passages", { n: doc.chunk_count }), ago(doc.last_processed_at ?? doc.created_at)].join(" · ");
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [["minute", 60], ["hour", 3600], ["day", 86_400]];

/** "3 minutes ago"; older than a month, its date. */
export function ago(moment: string, now = Date.now()): string {
  const then = Date.parse(moment);
  const seconds = Math.max(0, (now - then) / 1000);
  if (seconds < 60) return t("dc.now");
  if (seconds > 30 * 86_400) return new Intl.DateTimeFormat(numbersLocale(), { dateStyle: "medium" }).format(then);
  const [unit, size] = [...STEPS].reverse().find(([, each]) => seconds >= each)!;
  return new Intl.RelativeTimeFormat(numbersLocale(), { numeric: "auto" }).format(-Math.floor(seconds / size), unit);
}

/** Bytes as megabytes, as precise as it makes sense. */
export function megabytes(bytes: number): string {
  const size = bytes / 1_000_000;
  return number(size >= 10 ? Math.round(size) : Math.max(0.1, Math.round(size * 10) / 10));
}

/** The state of a file on its way; `place` in the queue, `limit` in bytes. */
export function stateOfSending(sending: Sending, place: number, limit: number | null, now = Date.now()): State {
  const none = { details: [] as readonly string[], share: null };
  switch (sending.phase) {
    case "waiting": return { ...none, kind: "waiting", words: t("dc.queue", { n: place }) };
    case "checking": return { ...none, kind: "checking", words: t("dc.checking"), details: slow(sending, now) };
    case "stopped": return { ...none, kind: "stopped", words: t("dc.stopped") };
    case "refused": return refused(sending, limit);
    case "sending": {
      const far = t("dc.sending.of", { a: megabytes(sending.sent), b: megabytes(sending.size) });
      const fast = sending.speed === null ? [] : [t("dc.sending.speed", { n: megabytes(sending.speed) })];
      return { kind: "sending", words: [t("dc.sending"), far, ...fast].join(" · "), details: slow(sending, now), share: share(sending.sent, sending.size) };
    }
  }
}

const slow = (sending: Sending, now: number): readonly string[] => (now - sending.heard >= SLOW_MS ? [t("dc.slow")] : []);

function refused(sending: Sending, limit: number | null): State {
  const state = { kind: "needs" as Kind, details: sending.words ? [sending.words] : [], share: null };
  switch (sending.why) {
    case "big": return { ...state, words: limit === null ? t("dc.full.file") : t("dc.big", { a: megabytes(sending.size), b: megabytes(limit) }), details: [] };
    case "type": return { ...state, words: t("dc.type") };
    case "empty": return { ...state, words: t("dc.none") };
    case "full": return { ...state, words: t("dc.full.file") };
    case "duplicate": return { ...state, words: t("dc.dup", { name: isolated(sending.same?.filename ?? sending.name) }) };
    case "login": return { ...state, words: t("dc.login") };
    case "offline": return { ...state, kind: "failed", words: t("dc.cut"), details: [] };
    default: return { ...state, kind: "failed", words: t("dc.failed") };
  }
}
