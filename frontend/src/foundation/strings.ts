// What the page says, in the reader's language: keys, `{arguments}` and plurals.

import type en from "../strings/en.json";

export type Key = keyof typeof en;
export type Language = "en" | "ur";
type Phrase = string | { readonly one: string; readonly other: string };
export type Phrases = Readonly<Record<Key, Phrase>>;
type Arguments = Readonly<Record<string, string | number>>;

export const LANGUAGES: readonly Language[] = ["en", "ur"];

let phrases: Partial<Phrases> = {};
let language: Language = "en";
let numbers = new Intl.NumberFormat("en");
let plurals = new Intl.PluralRules("en");

/** Set what is said; `digits` chooses ۱۲۳ for Urdu. */
export function speak(tongue: Language, words: Phrases, digits: "latn" | "arabext" = "latn"): void {
  language = tongue;
  phrases = words;
  plurals = new Intl.PluralRules(tongue);
  numbers = new Intl.NumberFormat(locale(tongue, digits));
}

/** More words of the language that is spoken; they stay until another is. */
export function speakMore(words: Partial<Phrases>): void {
  phrases = { ...phrases, ...words };
}

const locale = (tongue: Language, digits: "latn" | "arabext") => (tongue === "ur" ? `ur-PK-u-nu-${digits}` : tongue);

/** The language of the page, a BCP 47 tag. */
export const spoken = (): Language => language;

/** The locale of numbers and dates. */
export const numbersLocale = (): string => numbers.resolvedOptions().locale;

/** A number in the page's digits. */
export const number = (value: number): string => numbers.format(value);

/** The words of a key. Where a phrase has forms for one and for more, the argument `n` chooses. */
export function t(key: Key, values: Arguments = {}): string {
  const phrase: Phrase | undefined = phrases[key];
  if (phrase === undefined) return key;
  const form = typeof phrase === "string" ? phrase : phrase[plurals.select(Number(values["n"])) === "one" ? "one" : "other"];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** What somebody typed, within a sentence: its direction reaches no further than its own end. */
export const isolated = (typed: string): string => `\u2068${typed.replace(/[\u202a-\u202e\u2066-\u2069]/g, "")}\u2069`;

/** `rtl` or `ltr` for a language of the page. */
export const directionOf = (tongue: string): "rtl" | "ltr" => (/^(ar|fa|he|ps|sd|ug|ur|yi)\b/.test(tongue) ? "rtl" : "ltr");
