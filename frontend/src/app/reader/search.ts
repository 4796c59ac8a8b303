// Search within a book: passages, best first; no model and no question is spent.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import type { Book, Source } from "../../foundation/types.ts";
import { banner } from "../../parts/states.ts";

interface Hit extends Source {
  readonly text: string;
}

const WAIT_MS = 300;
const MOST = 10;

/** Sends `glossator-found` with the passage that was chosen. */
class BookSearch extends PageElement {
  static override properties = { book: { attribute: false }, hits: { state: true }, problem: { state: true } };
  declare book: Book;
  declare hits: readonly Hit[] | null;
  declare problem: Problem | null;
  #timer = 0;
  #asked = 0;

  constructor() {
    super();
    this.hits = this.problem = null;
  }

  /** Open; closing gives the focus back. */
  async open(): Promise<void> {
    await this.updateComplete;
    this.querySelector("dialog")!.showModal();
    this.querySelector("input")!.select();
  }

  override render(): TemplateResult {
    return html`<dialog class="sheet search" aria-labelledby="glossator-search-title">
      <form role="search" @submit=${(event: Event) => (event.preventDefault(), void this.#search())}>
        <h2 id="glossator-search-title">${t("rd.search")}</h2>
        <label class="unseen" for="glossator-search">${t("rd.search")}</label>
        <input id="glossator-search" type="search" maxlength="500" dir="auto" autocomplete="off" @input=${() => this.#typed()}>
        <button type="button" @click=${() => this.querySelector("dialog")!.close()}>${t("nav.close")}</button>
      </form>
      ${this.problem ? banner(this.problem, () => void this.#search()) : nothing}
      ${this.hits === null ? nothing : this.hits.length === 0 ? html`<p>${t("rd.nothing")}</p>`
        : html`<ol class="hits" lang=${this.book.language}>${this.hits.map((hit) => html`<li><button type="button" @click=${() => this.#chosen(hit)}>
          <span class="soft"><bdi>${hit.title}${hit.section ? ` › ${hit.section.split(" > ").at(-1)}` : ""}</bdi></span>
          <span dir="auto">${hit.text.replace(/\s+/g, " ").slice(0, 220)}</span></button></li>`)}</ol>`}
    </dialog>`;
  }

  #typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#search(), WAIT_MS) as unknown as number;
  }

  async #search(): Promise<void> {
    clearTimeout(this.#timer);
    const query = this.querySelector("input")!.value.trim();
    const asked = ++this.#asked;
    if (query === "") {
      this.hits = null;
      return;
    }
    try {
      const answer = await api.call<{ results: readonly Hit[] }>("/api/search", { body: { query, book_id: this.book.book_id, k: MOST } });
      if (asked !== this.#asked) return;
      this.hits = answer.results;
      this.problem = null;
      announcer.say(t("rd.found", { n: answer.results.length }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  #chosen(hit: Hit): void {
    this.querySelector("dialog")!.close();
    this.dispatchEvent(new CustomEvent("glossator-found", { bubbles: true, detail: hit }));
  }
}

customElements.define("gl-search", BookSearch);
