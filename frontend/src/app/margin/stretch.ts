// The part of a long conversation that stands on the page: what is far away costs nothing.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { t } from "../../foundation/strings.ts";
import type { Margin } from "./margin.ts";
import type { Thread } from "./talk.ts";

/** So many threads stand at the end of a conversation, and so many come with each step from it. */
const STEP = 30;
/** No more threads than these are on the page at once. */
const MOST = 2 * STEP;

/** Threads that are shown, and how many there are before and after them. */
export interface Shown {
  readonly shown: readonly Thread[];
  readonly before: number;
  readonly after: number;
}

export class Stretch {
  #margin: Margin;
  // The first thread that is shown; null while the end is.
  #first: string | null = null;

  constructor(margin: Margin) {
    this.#margin = margin;
  }

  /** The part of these threads that is shown. */
  of(all: readonly Thread[]): Shown {
    const from = this.#from(all);
    const shown = all.slice(from, this.#first === null ? undefined : from + MOST);
    return { shown, before: from + (this.#margin.talk?.older.value ?? 0), after: all.length - from - shown.length };
  }

  #from(all: readonly Thread[]): number {
    const at = this.#first === null ? -1 : all.findIndex((thread) => thread.id === this.#first);
    return at < 0 ? Math.max(0, all.length - STEP) : at;
  }

  /** Show the end, with the questions as they come. */
  toEnd(): void {
    this.#first = null;
    this.#margin.requestUpdate();
  }

  /** Have a thread among those that are shown. */
  toThread(id: string): void {
    const all = this.#margin.shown;
    const at = all.findIndex((thread) => thread.id === id);
    if (at >= 0 && !this.of(all).shown.includes(all[at]!)) this.#begin(all, at - STEP);
    this.#margin.requestUpdate();
  }

  #begin(all: readonly Thread[], from: number): void {
    this.#first = all[Math.min(Math.max(0, from), Math.max(0, all.length - MOST))]?.id ?? null;
  }

  /** Show older threads too, fetched where they must be; what one reads stays where it is. */
  async earlier(): Promise<void> {
    const { shown } = this.of(this.#margin.shown);
    const anchor = shown[0]?.id;
    const from = this.#from(this.#margin.shown);
    try {
      const came = from < STEP ? await this.#margin.talk!.more() : 0;
      await this.#stay(anchor, () => this.#begin(this.#margin.shown, from + (this.#margin.here ? 0 : came) - STEP));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      announcer.say(error.message || t("st.server"), { now: true });
    }
  }

  /** Show newer threads too. */
  async later(): Promise<void> {
    const all = this.#margin.shown;
    const from = this.#from(all);
    await this.#stay(all[Math.min(from + MOST, all.length) - 1]?.id, () => this.#begin(all, from + STEP));
  }

  // Exchange what is shown; the thread one was at keeps its height and gets the focus.
  async #stay(id: string | undefined, change: () => void): Promise<void> {
    const find = () => (id === undefined ? null : this.#margin.querySelector<HTMLElement>(`#${id}`));
    const before = find()?.getBoundingClientRect().top;
    change();
    this.#margin.requestUpdate();
    await this.#margin.updateComplete;
    const thread = find();
    const box = thread?.closest<HTMLElement>(".threads");
    if (!thread || !box || before === undefined) return;
    box.scrollTop += thread.getBoundingClientRect().top - before;
    thread.focus({ preventScroll: true });
  }
}
