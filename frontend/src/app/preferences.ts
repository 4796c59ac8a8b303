// What somebody chose, kept on this device under fixed names; every page reads it here.

import { Cell } from "../foundation/cell.ts";
import { keep, kept } from "../foundation/kept.ts";

/** Every name that a choice is kept under, with what it may be. */
export interface Preferences {
  /** Colours; `auto` follows the device. */
  readonly theme: "auto" | "light" | "sepia" | "dark";
  /** Size of the book's text, in percent. */
  readonly size: number;
  /** Line height of the book's text; 0 is the face's own. */
  readonly line: number;
  /** How wide a line may be. */
  readonly width: "narrow" | "normal" | "wide";
  /** The face of the book's text. */
  readonly face: "book" | "sans" | "plain";
  /** The face of Urdu book text. */
  readonly urdu: "nastaliq" | "naskh";
  /** Digits of the page in Urdu. */
  readonly digits: "latn" | "arabext";
  /** Whether single letters are shortcuts (WCAG 2.1.4: they can be switched off). */
  readonly keys: boolean;
  /** When screen readers are told an answer: sentence by sentence, when it is done, never. */
  readonly speak: "sentence" | "done" | "off";
}

export type Preference = keyof Preferences;

export const DEFAULTS: Preferences = {
  theme: "auto", size: 100, line: 0, width: "normal", face: "book", urdu: "nastaliq", digits: "latn", keys: true, speak: "done",
};

/** Sizes of the book's text, in percent. */
export const SIZES: readonly number[] = [80, 90, 100, 115, 130, 150, 175, 200];

const cells: { [Name in Preference]?: Cell<Preferences[Name]> } = {};

/** A choice that can be read, set and watched; setting it keeps it on this device. */
export function preference<Name extends Preference>(name: Name): Cell<Preferences[Name]> {
  const known = cells[name] as Cell<Preferences[Name]> | undefined;
  if (known) return known;
  const cell = new Cell(kept<Preferences[Name]>(name, DEFAULTS[name]));
  cell.watch((value) => keep(name, Object.is(value, DEFAULTS[name]) ? undefined : value));
  (cells as Record<Preference, unknown>)[name] = cell;
  return cell;
}

/** Whether single letters are shortcuts now. */
export const singleKeys = (): boolean => preference("keys").value;
