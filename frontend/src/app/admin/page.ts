// The page of administrators and authors: sections, each with an address of its own.

import { html, nothing, type TemplateResult } from "lit";
import { t, type Key } from "../../foundation/strings.ts";
import type { Me } from "../../foundation/types.ts";
import { Problem } from "../../foundation/api.ts";
import { router } from "../addresses.ts";
import { arrived } from "../arrival.ts";
import { AppPage } from "../page.ts";
import { member } from "../who.ts";
import "./books.ts";
import "./jobs.ts";
import "./limits.ts";
import "./missing.ts";
import "./overview.ts";
import "./people.ts";

const TABS = ["overview", "people", "books", "missing", "limits", "jobs"] as const;
type Tab = (typeof TABS)[number];
const OF_AUTHORS: readonly Tab[] = ["books", "missing"];

export class Admin extends AppPage<Me> {
  /** Whoever isn't a teacher gets a sentence; nothing is fetched for them. */
  protected override async load(): Promise<Me> {
    const me = await member();
    if (me.role === "user") throw new Problem(403, { detail: t("st.denied") });
    return me;
  }

  protected override titles(): readonly string[] {
    return [t("nav.admin")];
  }

  override async reload({ arrive = false } = {}): Promise<void> {
    await super.reload();
    // Else the section itself tells that one has arrived.
    if (arrive && this.problem) void this.updateComplete.then(() => arrived(this, t("nav.admin")));
  }

  protected override content(me: Me): TemplateResult {
    const tabs = me.role === "admin" ? TABS : OF_AUTHORS;
    const wanted = this.place.params["tab"] as Tab | undefined;
    const tab = wanted && tabs.includes(wanted) ? wanted : wanted ? null : tabs[0]!;
    const words = (each: Tab) => t(`ad.${each}` satisfies Key);
    const go = (event: Event) => router.go(`/admin/${(event.target as HTMLSelectElement).value}`);
    return html`<div class="page admin">
      <nav class="ways" aria-label=${t("ad.tabs")}>${tabs.map((each) => html`<a href="/admin/${each}" aria-current=${each === tab ? "page" : nothing}>${words(each)}</a>`)}</nav>
      <div class="jump"><label for="admin-jump">${t("ad.tabs")}</label><select id="admin-jump" @change=${go}>
        ${tabs.map((each) => html`<option value=${each} ?selected=${each === tab}>${words(each)}</option>`)}</select></div>
      ${this.#section(tab)}</div>`;
  }

  #section(tab: Tab | null): TemplateResult {
    const place = this.place;
    switch (tab) {
      case "overview": return html`<gl-admin-overview .place=${place}></gl-admin-overview>`;
      case "people": return html`<gl-admin-people .place=${place}></gl-admin-people>`;
      case "books": return html`<gl-admin-books .place=${place}></gl-admin-books>`;
      case "missing": return html`<gl-admin-missing .place=${place}></gl-admin-missing>`;
      case "limits": return html`<gl-admin-limits .place=${place}></gl-admin-limits>`;
      case "jobs": return html`<gl-admin-jobs .place=${place}></gl-admin-jobs>`;
      case null: return html`<h1 tabindex="-1">${TABS.includes(this.place.params["tab"] as Tab) ? t("st.denied") : t("st.404")}</h1>`;
    }
  }
}

customElements.define("gl-admin", Admin);
