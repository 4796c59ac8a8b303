// A document's text: what its answers quote, word for word.

import { html, type TemplateResult } from "lit";
import { PageElement } from "../../foundation/element.ts";
import { serverHtml } from "../../foundation/html.ts";
import { ACTIVE, Painter, QUOTES, rangeOf } from "../../foundation/marks.ts";
import { typeset } from "../../foundation/maths.ts";
import { t } from "../../foundation/strings.ts";
import type { Source } from "../../foundation/types.ts";
import { marksOf } from "../../parts/answer.ts";
import type { Reading } from "./types.ts";

/** Formulas are typeset and tables reachable by keyboard; quotes are marked exactly. */
export class DocumentText extends PageElement {
  static override properties = { reading: { attribute: false } };
  declare reading: Reading;
  #painter: Painter | null = null;

  override render(): TemplateResult {
    const { language, direction, html: clean } = this.reading;
    return html`<article class="book document-text" lang=${language} dir=${direction}>
      <div class="text" ${serverHtml(clean, (element) => this.#filled(element as HTMLElement))}></div></article>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#painter?.end();
    this.#painter = null;
  }

  #filled(text: HTMLElement): void {
    // What scrolls by itself has to be reached without a pointer.
    for (const box of text.querySelectorAll<HTMLElement>("pre, .table, .math.display")) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", t("rd.scroll"));
    }
    this.#painter?.end();
    this.#painter = new Painter(text);
    void typeset(text);
  }

  get #text(): HTMLElement {
    return this.querySelector<HTMLElement>(".text")!;
  }

  /** Mark what answers quote, and the one that was asked for; false where that one isn't found. */
  mark(sources: readonly Source[], active: Source | null): boolean {
    const ranges = (source: Source) => marksOf(source).flatMap((mark) => rangeOf(this.#text, mark) ?? []);
    const found = active === null ? [] : ranges(active);
    this.#painter?.paint(QUOTES, sources.flatMap(ranges));
    this.#painter?.paint(ACTIVE, found);
    const [first] = found;
    if (first) {
      const box = first.getBoundingClientRect();
      scrollTo({ top: scrollY + box.top - 0.35 * innerHeight, behavior: "instant" });
    }
    return found.length > 0 || active === null;
  }
}

customElements.define("gl-document-text", DocumentText);
