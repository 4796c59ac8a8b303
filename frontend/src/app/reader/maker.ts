// Choosing the form of a chapter: what is kept is shown at once, what isn't is made while one reads.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { Cell } from "../../foundation/cell.ts";
import { t } from "../../foundation/strings.ts";
import { router } from "../addresses.ts";
import { who } from "../who.ts";
import { addressOf, isOriginal, keptForm, makeForm, same, type Wanted } from "./forms.ts";
import type { ReadingPage } from "./page.ts";

/** A form on its way, or why there is none. */
export interface Making {
  readonly wanted: Wanted;
  readonly done: number;
  readonly total: number;
  readonly problem: Problem | null;
  /** A guest can't have anything made. */
  readonly login: boolean;
}

export class Maker {
  readonly state = new Cell<Making | null>(null);
  #page: ReadingPage;
  #stop: AbortController | null = null;

  constructor(page: ReadingPage) {
    this.#page = page;
    this.state.watch(() => page.requestUpdate());
    page.addController({ hostDisconnected: () => this.end() });
  }

  /** Read the open chapter in a form. */
  async choose(wanted: Wanted): Promise<void> {
    const now = this.#page.loaded;
    if (!now?.chapter) return;
    this.end();
    this.#page.holding(true);
    if (isOriginal(wanted) || same(wanted, now.wanted)) return this.#shown(wanted);
    try {
      const kept = await keptForm(now.book.book_id, now.chapter.chapter_id, wanted, who.value?.hardware ?? "none");
      if (kept !== null) return this.#shown(wanted);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.state.value = { wanted, done: 0, total: 0, problem: error, login: false };
      return;
    }
    if (!who.value) this.state.value = { wanted, done: 0, total: 0, problem: null, login: true };
    else await this.make(wanted);
  }

  // The address says which form is read; the page loads it and holds what one reads in its place.
  #shown(wanted: Wanted): void {
    this.state.value = null;
    router.go(addressOf(this.#page.place.url, wanted), { replace: true });
  }

  /** Have a form made; blocks come into the text as they are finished. */
  async make(wanted: Wanted): Promise<void> {
    const now = this.#page.loaded!;
    const stop = (this.#stop = new AbortController());
    this.state.value = { wanted, done: 0, total: 0, problem: null, login: false };
    announcer.say(t("tr.begun"));
    try {
      await makeForm(now.book.book_id, now.chapter!.chapter_id, wanted, {
        progress: (done, total) => this.#stop === stop && this.state.update({ done, total }),
        blocks: (blocks) => this.#stop === stop && this.#page.arrive(blocks),
      }, stop.signal);
      if (this.#stop !== stop) return;
      announcer.say(t("tr.ended"));
      this.#shown(wanted);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      if (!(error instanceof Problem)) throw error;
      if (this.#stop !== stop) return;
      this.state.value = { ...this.state.value!, problem: error };
      announcer.say(error.message || t("st.server"), { now: true });
    }
  }

  /** Stop making; what is finished is kept on the server, the page shows the author's text again. */
  end(): void {
    this.#stop?.abort();
    this.#stop = null;
    if (this.state.value === null) return;
    this.state.value = null;
    this.#page.text?.restore();
  }
}
