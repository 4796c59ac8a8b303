// What readers found wrong in the books, until it is mended.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import { distance } from "../../foundation/times.ts";
import type { Page } from "../../foundation/types.ts";
import { pager } from "../../parts/pager.ts";
import { banner } from "../../parts/states.ts";
import { bookAddress } from "../addresses.ts";
import type { ToldMistake } from "./told.ts";

export class Mistakes extends PageElement {
  static override properties = { list: { state: true }, problem: { state: true } };
  declare list: Page<ToldMistake> | null;
  declare problem: Problem | null;

  constructor() {
    super();
    this.list = this.problem = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load(1);
  }

  async #load(page: number): Promise<void> {
    await this.#try(async () => {
      this.list = await api.call<Page<ToldMistake>>(`/api/admin/mistakes?page=${page}&page_size=20`);
    });
  }

  async #mended(row: ToldMistake): Promise<void> {
    await this.#try(async () => {
      await api.call(`/api/admin/mistakes/${row.mistake_id}`, { method: "DELETE" });
      await this.#load(this.list!.items.length > 1 ? this.list!.page : Math.max(1, this.list!.page - 1));
      announcer.say(t("ad.mended"));
      await this.updateComplete;
      this.querySelector<HTMLElement>("h2")?.focus();
    });
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  override render(): TemplateResult {
    const { list } = this;
    return html`<section class="mistakes" aria-labelledby="mistakes-heading"><h2 id="mistakes-heading" tabindex="-1">${t("ad.mistakes")}</h2>
      ${this.problem ? banner(this.problem, () => void this.#load(1)) : nothing}
      ${list === null ? nothing : list.total === 0 ? html`<p class="soft">${t("ad.nomistakes")}</p>`
        : html`<ul class="gaps">${list.items.map((row) => this.#row(row))}</ul>${pager(list, t("ad.mistakes"), (page) => void this.#load(page))}`}
    </section>`;
  }

  #row(row: ToldMistake): TemplateResult {
    const address = `${bookAddress(row.book_id, row.chapter_id)}${row.block_id ? `#${encodeURIComponent(row.block_id)}` : ""}`;
    return html`<li><p><a href=${address}><bdi dir="auto">${row.title}</bdi></a> <span class="soft">${distance(row.told_at)}</span></p>
      <blockquote dir="auto">${row.words}</blockquote>
      ${row.comment ? html`<p dir="auto">${row.comment}</p>` : nothing}
      <p class="actions"><button type="button" aria-label=${`${t("ad.mend")}: ${row.words.slice(0, 60)}`} @click=${() => void this.#mended(row)}>${t("ad.mend")}</button></p></li>`;
  }
}

customElements.define("gl-admin-mistakes", Mistakes);
