// Moments and money in words, in the page's language and digits.

import { number, numbersLocale, spoken } from "./strings.ts";

/** The clock time of a moment, and its day where that is another one: `14:00`, `22 Nov, 00:00`. */
export function clock(iso: string, now: Date = new Date()): string {
  const at = new Date(iso);
  const day: Intl.DateTimeFormatOptions = at.toDateString() === now.toDateString() ? {} : { day: "numeric", month: "short" };
  return at.toLocaleString(numbersLocale(), { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
}

/** A day: `21 November 2026`. A day without a time is that day everywhere. */
export function date(iso: string, month: "long" | "short" = "long"): string {
  const zone = /^\d{4}-\d\d-\d\d$/.test(iso) ? { timeZone: "UTC" } : {};
  return new Date(iso).toLocaleDateString(numbersLocale(), { day: "numeric", month, year: "numeric", ...zone });
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];

/** How far a moment is: `in 6 hours`, `3 minutes ago`. */
export function distance(iso: string, now: Date = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const [unit, length] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? (["minute", 60] as const);
  return new Intl.RelativeTimeFormat(numbersLocale(), { numeric: "auto" }).format(Math.trunc(seconds / length), unit);
}

/** A number with its unit keeps its own order within a sentence from right to left. */
const isolated = (words: string): string => (spoken() === "ur" ? `\u2066${words}\u2069` : words);

/** US dollars; below a cent with as many digits as tell it apart from nothing. */
export function money(dollars: number): string {
  const small = dollars > 0 && dollars < 0.01;
  const digits = small ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return isolated(new Intl.NumberFormat(numbersLocale(), { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol", ...digits }).format(dollars));
}

/** Bytes as megabytes. */
export const megabytes = (bytes: number): string => isolated(`${number(Math.round(bytes / 100_000) / 10)}\u00a0MB`);
