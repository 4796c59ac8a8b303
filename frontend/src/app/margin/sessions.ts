// Earlier conversations: open, rename, delete.

import { html, nothing, type TemplateResult } from "lit";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { numbersLocale, t } from "../../foundation/strings.ts";
import type { Page, Session } from "../../foundation/types.ts";
import { banner, empty } from "../../parts/states.ts";

/** So long a deleted one can be brought back: the server is told only then. */
const UNDO_MS = 10_000;
const address = (id: string) => `/api/chat/sessions/${encodeURIComponent(id)}`;

/** Sends `glossator-session` with the id of the one to open; `glossator-deleted` when one is gone. */
class Sessions extends PageElement {
  static override properties = {
    rows: { state: true }, more: { state: true }, problem: { state: true }, renaming: { state: true }, going: { state: true },
    current: { attribute: false },
  };
  declare rows: readonly Session[] | null;
  declare more: boolean;
  declare problem: Problem | null;
  declare renaming: string | null;
  /** Deleted on the page, not yet on the server. */
  declare going: ReadonlyMap<string, number>;
  declare current: string | null;
  #page = 0;
  #flush = () => this.#deleteAll(true);

  constructor() {
    super();
    this.rows = this.problem = this.renaming = this.current = null;
    this.more = false;
    this.going = new Map();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("pagehide", this.#flush);
    void this.#load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("pagehide", this.#flush);
    this.#deleteAll(false);
  }

  async #load(): Promise<void> {
    try {
      const answer = await api.call<Page<Session>>(`/api/chat/sessions?page=${this.#page + 1}&page_size=30`);
      this.#page = answer.page;
      this.rows = [...(this.rows ?? []), ...answer.items];
      this.more = this.rows.length < answer.total;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // A guest who has asked nothing has no key, and so no list.
      if (error.status === 401) this.rows = [];
      else this.problem = error;
    }
  }

  override render(): TemplateResult {
    if (this.problem) return banner(this.problem, () => void this.#load());
    if (this.rows === null) return html`<p class="soft" aria-busy="true">${t("st.loading")}</p>`;
    if (this.rows.length === 0) return empty(t("mg.nosessions"));
    return html`<ul class="sessions">${this.rows.map((row) => html`<li>${this.#row(row)}</li>`)}</ul>
      ${this.more ? html`<button type="button" @click=${() => void this.#load()}>${t("mg.older")}</button>` : nothing}`;
  }

  #row(row: Session): TemplateResult {
    if (this.going.has(row.session_id)) return html`<span class="soft">${t("mg.deleted")}</span>
      <button type="button" class="quiet undo" @click=${() => this.#undo(row)}>${t("mg.undo")}</button>`;
    if (this.renaming === row.session_id) return html`<form @submit=${(event: Event) => void this.#rename(event, row)}>
      <label class="unseen" for="glossator-title">${t("mg.title2")}</label>
      <input id="glossator-title" name="title" maxlength="200" dir="auto" .value=${row.title} required>
      <button type="submit">${t("mg.save")}</button>
      <button type="button" class="quiet" @click=${() => this.#renameEnds(row)}>${t("mg.cancel")}</button></form>`;
    const when = new Intl.DateTimeFormat(numbersLocale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(row.updated_at));
    return html`<button type="button" class="session" aria-current=${row.session_id === this.current ? "true" : nothing}
        @click=${() => this.dispatchEvent(new CustomEvent("glossator-session", { bubbles: true, detail: row.session_id }))}>
        <bdi>${row.title}</bdi> <span class="soft">${when}</span></button>
      <button type="button" class="quiet rename" aria-label=${`${t("mg.rename")}: ${row.title}`} @click=${() => void this.#renameBegins(row)}>${t("mg.rename")}</button>
      <button type="button" class="quiet delete" aria-label=${`${t("mg.delete")}: ${row.title}`} @click=${() => this.#delete(row)}>${t("mg.delete")}</button>`;
  }

  async #renameBegins(row: Session): Promise<void> {
    this.renaming = row.session_id;
    await this.updateComplete;
    this.querySelector<HTMLInputElement>("#glossator-title")?.select();
  }

  #renameEnds(row: Session): void {
    this.renaming = null;
    const at = this.rows?.indexOf(row) ?? 0;
    void this.updateComplete.then(() => this.querySelectorAll<HTMLElement>(".rename")[at]?.focus());
  }

  async #rename(event: Event, row: Session): Promise<void> {
    event.preventDefault();
    const title = new FormData(event.target as HTMLFormElement).get("title") as string;
    try {
      const told = await api.call<Session>(address(row.session_id), { method: "PATCH", body: { title } });
      this.rows = this.rows!.map((other) => (other === row ? told : other));
      this.#renameEnds(told);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  #delete(row: Session): void {
    const timer = window.setTimeout(() => void this.#gone(row.session_id, false), UNDO_MS);
    this.going = new Map([...this.going, [row.session_id, timer]]);
    const at = this.rows!.indexOf(row);
    void this.updateComplete.then(() => this.querySelectorAll("li")[at]?.querySelector<HTMLElement>(".undo")?.focus());
  }

  #undo(row: Session): void {
    clearTimeout(this.going.get(row.session_id));
    this.going = new Map([...this.going].filter(([id]) => id !== row.session_id));
    const at = this.rows!.indexOf(row);
    void this.updateComplete.then(() => this.querySelectorAll("li")[at]?.querySelector<HTMLElement>(".delete")?.focus());
  }

  async #gone(id: string, leaving: boolean): Promise<void> {
    clearTimeout(this.going.get(id));
    this.going = new Map([...this.going].filter(([other]) => other !== id));
    this.rows = this.rows!.filter((row) => row.session_id !== id);
    this.dispatchEvent(new CustomEvent("glossator-deleted", { bubbles: true, detail: id }));
    try {
      await api.send(address(id), { method: "DELETE", keepalive: leaving });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status !== 404) this.problem = error;
    }
  }

  #deleteAll(leaving: boolean): void {
    for (const id of [...this.going.keys()]) void this.#gone(id, leaving);
  }
}

customElements.define("gl-sessions", Sessions);
