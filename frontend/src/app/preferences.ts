// What somebody chose, kept on this device: every name, what it may be, and what holds without it.

import { Cell } from "../foundation/cell.ts";
import { keep, kept } from "../foundation/kept.ts";

/** How the book's text looks; kept under `text`. */
export interface TextSettings {
  /** Per cent of the usual size. */
  readonly size: number;
  /** How far lines stand apart: -1, 0 or 1 to 2 steps. */
  readonly line: number;
  readonly width: "narrow" | "normal" | "wide";
  readonly face: "book" | "sans";
  readonly urdu: "nastaliq" | "naskh";
}

/** Choices that are read where they are needed, each kept under its own name. */
export interface Choices {
  /** Colours; `auto` follows the device. Whoever changes them sends the event `glossator-theme`. */
  readonly theme: "auto" | "light" | "sepia" | "dark";
  /** Digits of the page in Urdu. */
  readonly digits: "latn" | "arabext";
  /** Whether single letters are shortcuts (WCAG 2.1.4: they can be switched off). */
  readonly keys: boolean;
  /** When screen readers are told an answer: sentence by sentence, when it is done, never. */
  readonly speak: "sentence" | "done" | "off";
}

export const SIZES: readonly number[] = [80, 90, 100, 110, 125, 150, 175, 200];
export const LINES: readonly number[] = [-1, 0, 1, 2];
export const USUAL_TEXT: TextSettings = { size: 100, line: 0, width: "normal", face: "book", urdu: "nastaliq" };
export const USUAL: Choices = { theme: "auto", digits: "latn", keys: true, speak: "done" };

/** How the book's text looks on this device; setting it keeps it. */
export const text = new Cell<TextSettings>({ ...USUAL_TEXT, ...kept<Partial<TextSettings>>("text", {}) });
text.watch((value) => keep("text", value));

/** What was chosen under a name. */
export const chosen = <Name extends keyof Choices>(name: Name): Choices[Name] => kept<Choices[Name]>(name, USUAL[name]);

/** Choose. The page takes up new colours at once. */
export function choose<Name extends keyof Choices>(name: Name, value: Choices[Name]): void {
  keep(name, value);
  if (name === "theme") dispatchEvent(new Event("glossator-theme"));
}

/** What isn't of a person and stays when they log out. */
export const OF_THE_DEVICE: readonly string[] = ["language", "text", "nastaliq", ...Object.keys(USUAL)];
