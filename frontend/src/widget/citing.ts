// Answers with their quotes, and the ways to them; fetched with the first question.

import type { TemplateResult } from "lit";
import { parts, type Part } from "../foundation/event_stream.ts";
import { t } from "../foundation/strings.ts";
import type { Answer, Source } from "../foundation/types.ts";
import { answerTemplate, placeOf, type AnswerHandlers } from "../parts/answer.ts";
import answers from "../styles/parts.css";
import { follow, tidy } from "./host.ts";
import { Marking, ranges, wordsOf, type Waiting } from "./marking.ts";
import { WAITING } from "./options.ts";
import type { Panel } from "./panel.ts";
import { sheet } from "./sheets.ts";

/** How long words may take to appear on a page that has just changed. */
const PATIENCE_MS = 4000;

/** One panel's answers, and the quotes marked on its page. */
export class Citing {
  #panel: Panel;
  #marking: Marking;
  #marked: Source | null = null;
  #lost = new Set<Source>();
  #opened = new Set<Source>();

  constructor(panel: Panel) {
    this.#panel = panel;
    const { shadow } = panel.carrier;
    this.#marking = new Marking(shadow);
    // Below the panel's own, which know better where they differ.
    const [launcher, ...own] = shadow.adoptedStyleSheets;
    shadow.adoptedStyleSheets = [launcher!, sheet(answers), ...own];
  }

  parts(response: Response): AsyncIterable<Part> {
    return parts(response);
  }

  answer(answer: Answer): TemplateResult {
    return answerTemplate(answer, this.#handlers());
  }

  clear(): void {
    this.#marking.clear();
    this.#marked = null;
  }

  /** The page is another one. */
  forget(): void {
    this.clear();
    this.#lost.clear();
  }

  end(): void {
    this.clear();
  }

  /** Mark the quote that waits for this page; its words may still be on their way. */
  async arrive(): Promise<void> {
    const waiting = taken();
    if (waiting === null || waiting.path !== tidy(location.pathname)) return;
    for (const began = performance.now(); performance.now() - began < PATIENCE_MS; ) {
      const found = ranges(this.#panel.article, waiting.words, waiting.anchor);
      if (found.length > 0) return this.#mark(found);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Lead to a quote: on this page, or on its own. */
  async #show(source: Source): Promise<void> {
    const panel = this.#panel;
    const address = this.#addressOf(source);
    const words = wordsOf(source);
    if (this.#elsewhere(source)) {
      wait({ path: tidy(address.pathname), anchor: anchorOf(address), words });
      follow(address);
      return;
    }
    panel.retold?.end();
    const found = ranges(panel.article, words, anchorOf(address));
    if (found.length === 0) {
      this.#lost.add(source);
      panel.announcer.say(t("wd.changed"));
    } else {
      this.#marked = source;
      panel.announcer.say(t("ct.found", { place: source.section }));
      await this.#mark(found);
    }
    panel.render();
  }

  async #mark(found: readonly Range[]): Promise<void> {
    // The sheet is low before it is measured what it covers.
    this.#panel.stop = "peek";
    this.#panel.render();
    const covered = this.#panel.covered();
    await this.#marking.show(found, covered);
    // What is left of a phone's sheet shows the quote's card.
    const card = this.#panel.place.querySelector<HTMLElement>(".quote:has([aria-pressed=true])");
    if (covered > 0 && card) card.closest(".threads")!.scrollTop = card.offsetTop;
  }

  #addressOf(source: Source): URL {
    return new URL(source.url, this.#panel.carrier.options.api);
  }

  #elsewhere(source: Source): boolean {
    const { chapter } = this.#panel;
    if (chapter !== null) return source.chapter_id !== chapter.chapter_id;
    return tidy(this.#addressOf(source).pathname) !== tidy(location.pathname);
  }

  #handlers(): AnswerHandlers {
    const panel = this.#panel;
    return {
      show: (source) => void this.#show(source),
      link: (source) => (this.#elsewhere(source) ? { address: this.#addressOf(source).href, label: t("wd.other", { place: placeOf(source) }) } : null),
      title: () => panel.book?.title ?? "",
      language: (source) => source.language ?? panel.book?.language ?? "",
      pressed: (source) => this.#marked === source,
      opened: this.#opened,
      toggle: (source) => {
        if (!this.#opened.delete(source)) this.#opened.add(source);
        panel.render();
      },
      note: (source) => (this.#lost.has(source) ? t("wd.changed") : null),
    };
  }
}

const anchorOf = (address: URL) => decodeURIComponent(address.hash.slice(1).split(":~:")[0]!);

function wait(waiting: Waiting): void {
  try {
    sessionStorage.setItem(WAITING, JSON.stringify(waiting));
  } catch {
    return; // Then the browser's own text fragment has to do.
  }
}

function taken(): Waiting | null {
  try {
    const waiting = sessionStorage.getItem(WAITING);
    sessionStorage.removeItem(WAITING);
    return waiting === null ? null : (JSON.parse(waiting) as Waiting);
  } catch {
    return null;
  }
}
