// What a page puts into the window's frame.

import type { TemplateResult } from "lit";
import { Cell } from "../foundation/cell.ts";

export interface Shell {
  /** The way to where one is, in the top bar; null shows the program's name. */
  readonly way: TemplateResult | null;
  /** Buttons in the top bar. */
  readonly tools: TemplateResult | null;
  /** What a phone's bottom bar holds; null shows the rooms. */
  readonly bar: TemplateResult | null;
  /** Leads to the question box, on pages that have one. */
  readonly ask?: () => void;
}

const EMPTY: Shell = { way: null, tools: null, bar: null };

export const shell = new Cell<Shell>(EMPTY);

/** Give the frame back when a page goes. */
export const clearShell = (): void => {
  shell.value = EMPTY;
};
