// The sites whose widgets may ask in one's name, and taking that back.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import { date } from "../../foundation/times.ts";
import type { Page } from "../../foundation/types.ts";
import { banner } from "../../parts/states.ts";

interface Agreement {
  readonly agreement_id: string;
  readonly site: string;
  readonly created_at: string;
  readonly last_seen_at: string;
}

class Sites extends PageElement {
  static override properties = { shown: { state: true }, problem: { state: true } };
  declare shown: readonly Agreement[] | null;
  declare problem: Problem | null;

  constructor() {
    super();
    this.shown = this.problem = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#tried(() => this.#load());
  }

  async #load(): Promise<void> {
    this.shown = (await api.call<Page<Agreement>>("/api/widget/agreements?page_size=100")).items;
  }

  async #withdraw({ agreement_id, site }: Agreement): Promise<void> {
    await api.call(`/api/widget/agreements/${encodeURIComponent(agreement_id)}`, { method: "DELETE" });
    await this.#load();
    announcer.say(t("se.sitegone", { site }));
    await this.updateComplete;
    (this.querySelector<HTMLElement>("button") ?? this.closest("section")?.querySelector<HTMLElement>("h2"))?.focus();
  }

  async #tried(work: () => Promise<void>): Promise<void> {
    try {
      this.problem = null;
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  override render(): TemplateResult {
    return html`<p class="soft">${t("se.sitesnote")}</p>
      ${this.problem ? banner(this.problem, () => void this.#tried(() => this.#load())) : nothing}
      ${this.shown?.length === 0 ? html`<p>${t("se.nosites")}</p>` : nothing}
      <ul class="plain">${(this.shown ?? []).map((row) => html`<li class="actions">
        <span><bdi dir="ltr">${row.site}</bdi> <span class="soft">${t("se.sitesince", { date: date(row.created_at) })}</span></span>
        <button type="button" aria-label=${`${t("se.withdraw")}: ${row.site}`} @click=${() => void this.#tried(() => this.#withdraw(row))}>${t("se.withdraw")}</button></li>`)}</ul>`;
  }
}

customElements.define("gl-sites", Sites);
