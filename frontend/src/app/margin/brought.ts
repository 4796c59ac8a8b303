// A question that another page brings along: it is asked as soon as the Margin is there.

import { Cell } from "../../foundation/cell.ts";

export const brought = new Cell<string | null>(null);

/** The question, which nobody else gets then. */
export function taken(): string | null {
  const question = brought.value;
  brought.value = null;
  return question;
}
