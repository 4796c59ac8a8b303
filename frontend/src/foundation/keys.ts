// Single keys that do something where no field has the focus; people can switch them off.

import { Cell } from "./cell.ts";
import { kept } from "./kept.ts";
import type { Key } from "./strings.ts";

/** What keys do: `"j"`, or one after the other: `"g l"`. `false` leaves the key to the browser. */
export interface Shortcut {
  readonly keys: string;
  readonly says: Key;
  readonly act: () => unknown;
}

/** Shortcuts that belong together. */
export interface ShortcutSet {
  readonly title: Key;
  readonly shortcuts: readonly Shortcut[];
}

/** The second key of a pair comes within so long. */
const PAIR_MS = 1200;
const FIELDS = "input:not([type='checkbox']), textarea, select, [contenteditable]";

/** Whether single keys are wanted; the settings keep it under this name. */
export const keysWanted = (): boolean => kept("keys", true);

/** Listens for keys and finds who wants them; the set added last comes first. */
export class Shortcuts {
  readonly sets = new Cell<readonly ShortcutSet[]>([]);
  #first = "";
  #at = 0;
  #wanted: () => boolean;

  constructor(target: EventTarget = document, wanted: () => boolean = keysWanted) {
    this.#wanted = wanted;
    target.addEventListener("keydown", (event) => this.#pressed(event as KeyboardEvent));
  }

  /** Add a set; the answer takes it away. */
  add(set: ShortcutSet): () => void {
    this.sets.value = [...this.sets.value, set];
    return () => (this.sets.value = this.sets.value.filter((other) => other !== set));
  }

  #pressed(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length !== 1 && event.key !== "Backspace") return;
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest(FIELDS) || document.querySelector("dialog:modal") || !this.#wanted()) return;
    const pair = event.timeStamp - this.#at < PAIR_MS ? `${this.#first} ${event.key}` : "";
    const found = this.#find(pair) ?? this.#find(event.key);
    this.#first = found ? "" : event.key;
    this.#at = event.timeStamp;
    if (found && found.act() !== false) event.preventDefault();
  }

  #find(keys: string): Shortcut | undefined {
    for (const set of [...this.sets.value].reverse()) {
      const found = set.shortcuts.find((shortcut) => shortcut.keys === keys);
      if (found) return found;
    }
    return undefined;
  }
}

/** The app's shortcuts. */
export const shortcuts = new Shortcuts();
