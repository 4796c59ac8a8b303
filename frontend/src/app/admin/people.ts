// Who has an account: their roles, their own amounts and periods, and what they spend.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem, query } from "../../foundation/api.ts";
import { isolated, t } from "../../foundation/strings.ts";
import { clock, distance, money } from "../../foundation/times.ts";
import type { Page } from "../../foundation/types.ts";
import "../../parts/copy_button.ts";
import "../../parts/dialog.ts";
import { pager } from "../../parts/pager.ts";
import { banner } from "../../parts/states.ts";
import { field, NO_FAULTS } from "../accounts/fields.ts";
import { AppPage } from "../page.ts";
import { amountFields, changed, type Amounts } from "./amounts.ts";
import { NAMES, ROLES, type Person, type Role } from "./told.ts";

const PAGE = 50;
const TYPING_MS = 250;

type Open = { readonly kind: "amounts" | "shut"; readonly person: Person } | { readonly kind: "invite" } | null;

export class People extends AppPage<Page<Person>> {
  static override properties = { ...AppPage.properties, open: { state: true }, trouble: { state: true }, link: { state: true }, amounts: { state: true } };
  declare open: Open;
  declare trouble: Problem | null;
  declare link: string;
  declare amounts: Amounts | null;
  #words = "";
  #page = 1;
  #typing = 0;
  #before: Amounts | null = null;
  #invitation = { uses: "1", note: "" };

  constructor() {
    super();
    this.open = this.trouble = this.amounts = null;
    this.link = "";
  }

  protected override load(): Promise<Page<Person>> {
    return api.call<Page<Person>>(`/api/admin/users${query({ page: this.#page, page_size: PAGE, q: this.#words })}`);
  }

  protected override titles(): readonly string[] {
    return [t("ad.people"), t("nav.admin")];
  }

  protected override content(list: Page<Person>): TemplateResult {
    return html`<h1 tabindex="-1">${t("ad.people")}</h1>
      ${this.trouble ? banner(this.trouble, null) : nothing}
      <div class="tools"><search><form role="search" class="find" @submit=${(event: Event) => event.preventDefault()}><label for="people-find">${t("ad.find")}</label>
        <input id="people-find" type="search" dir="auto" autocomplete="off" .value=${this.#words} @input=${(event: Event) => this.#find((event.target as HTMLInputElement).value)}></form></search>
        <button type="button" class="send" @click=${() => this.#invite()}>${t("ad.invite")}</button></div>
      <p class="soft">${t("ad.found", { n: list.total })}</p>
      <div class="scrolls" tabindex="0" role="region" aria-label=${t("ad.people")}><table class="stack people"><thead><tr><th scope="col">${t("ad.who")}</th><th scope="col">${t("ad.role")}</th>
        <th scope="col">${t("ad.qhour")}</th><th scope="col">${t("ad.today$")}</th><th scope="col">${t("ad.seen")}</th><th scope="col"><span class="unseen">${t("ad.change")}</span></th></tr></thead>
        <tbody>${list.items.map((person) => this.#row(person))}</tbody></table></div>
      ${pager(list, t("ad.people"), (page) => this.#go(page))}
      <gl-dialog ?alert=${this.open?.kind === "shut"} .heading=${this.#heading()} .content=${this.open && this.#dialog(this.open)} @closed=${() => (this.open = null)}></gl-dialog>`;
  }

  #row(person: Person): TemplateResult {
    const { questions } = person.allowances;
    const { budget } = person;
    const limit = questions.limit === null ? t("us.free1", { a: questions.used }) : t("us.used", { a: questions.used, b: questions.limit });
    const share = budget.share_usd === null ? t("us.free1", { a: money(budget.spent_today_usd) }) : t("us.used", { a: money(budget.spent_today_usd), b: money(budget.share_usd) });
    return html`<tr>
      <th scope="row"><bdi>${person.name}</bdi><br><bdi class="soft" dir="ltr">${person.email}</bdi>${person.disabled ? html` <span class="tag">${t("ad.isout")}</span>` : nothing}</th>
      <td data-label=${t("ad.role")}><select aria-label=${t("ad.roleof", { name: person.name })} @change=${(event: Event) => void this.#role(person, event.target as HTMLSelectElement)}>
        ${ROLES.map((role) => html`<option value=${role} ?selected=${role === person.role}>${t(`ad.r.${role}`)}</option>`)}</select></td>
      <td data-label=${t("ad.qhour")}>${limit}<br><span class="soft">${t(`ad.by.${questions.set_by}`)} · ${t("us.from", { when: clock(questions.resets_at) })}</span></td>
      <td data-label=${t("ad.today$")}><bdi>${share}</bdi><br><span class="soft">${t(`ad.by.${budget.set_by}`)} · ${t("us.from", { when: clock(budget.resets_at) })}</span></td>
      <td data-label=${t("ad.seen")}>${person.last_seen_at ? distance(person.last_seen_at) : t("ad.never")}</td>
      <td><div class="actions"><button type="button" aria-label=${t("ad.changeof", { name: person.name })} @click=${() => this.#amounts(person)}>${t("ad.change")}</button>
        <button type="button" @click=${() => this.#shut(person)}>${person.disabled ? t("ad.letin") : t("ad.shut")}<span class="unseen"> ${person.name}</span></button></div></td></tr>`;
  }

  #heading(): string {
    if (this.open === null) return "";
    if (this.open.kind === "invite") return t("ad.invite");
    return this.open.kind === "shut" ? `${t("ad.shut")}: ${isolated(this.open.person.name)}` : t("ad.changeof", { name: isolated(this.open.person.name) });
  }

  #dialog(open: NonNullable<Open>): TemplateResult {
    const trouble = this.trouble ? banner(this.trouble, null) : nothing;
    const cancel = html`<button type="button" @click=${() => (this.open = null)}>${t("se.cancel")}</button>`;
    if (open.kind === "invite") return html`${trouble}${this.#invitationForm(cancel)}`;
    const { person } = open;
    if (open.kind === "shut") {
      return html`${trouble}<p>${t("ad.shutq", { name: isolated(person.name) })}</p><div class="actions end">${cancel}
        <button type="button" class="danger" @click=${() => void this.#change(person, { disabled: true })}>${t("ad.shut")}</button></div>`;
    }
    const set = (name: keyof Amounts, amount: Amounts[keyof Amounts]) => (this.amounts = { ...this.amounts!, [name]: amount });
    const save = (event: Event) => {
      event.preventDefault();
      void this.#change(person, changed(this.#before!, this.amounts!));
    };
    return html`${trouble}<form @submit=${save}>${amountFields("person", this.amounts!, set)}
      <div class="actions end">${cancel}<button type="submit" class="send">${t("se.save")}</button></div></form>`;
  }

  #invitationForm(cancel: TemplateResult): TemplateResult {
    if (this.link) {
      return html`<p>${t("ad.link")}</p><p class="linked"><code dir="ltr">${this.link}</code></p>
        <div class="actions end"><gl-copy .words=${() => this.link} .label=${t("ad.copylink")}></gl-copy></div>`;
    }
    const make = async (event: Event) => {
      event.preventDefault();
      const uses = Math.max(1, Math.min(100_000, Math.round(Number(this.#invitation.uses)) || 1));
      await this.#try(async () => {
        const made = await api.call<{ path: string }>("/api/admin/invitations", { body: { uses, note: this.#invitation.note } });
        this.link = new URL(made.path, location.origin).href;
      });
    };
    return html`<form @submit=${(event: Event) => void make(event)}>
      ${field({ id: "invite-uses", label: t("ad.uses"), type: "number", direction: "ltr", value: this.#invitation.uses, set: (value) => (this.#invitation.uses = value) }, NO_FAULTS)}
      ${field({ id: "invite-note", label: t("ad.note"), value: this.#invitation.note, set: (value) => (this.#invitation.note = value) }, NO_FAULTS)}
      <div class="actions end">${cancel}<button type="submit" class="send">${t("ad.makelink")}</button></div></form>`;
  }

  #find(words: string): void {
    this.#words = words;
    clearTimeout(this.#typing);
    this.#typing = window.setTimeout(() => {
      this.#page = 1;
      void this.reload().then(() => this.loaded && announcer.say(t("ad.found", { n: this.loaded.total })));
    }, TYPING_MS);
  }

  #go(page: number): void {
    this.#page = page;
    void this.reload();
  }

  #invite(): void {
    this.trouble = null;
    this.link = "";
    this.#invitation = { uses: "1", note: "" };
    this.open = { kind: "invite" };
  }

  #amounts(person: Person): void {
    this.trouble = null;
    const own = (row: { limit: number | null; set_by: string }) => (row.set_by !== "user" ? "default" : (row.limit ?? "unlimited"));
    const { budget } = person;
    const cents = budget.share_usd === null ? null : Math.round(budget.share_usd * 100);
    this.#before = this.amounts = {
      ...(Object.fromEntries(NAMES.map((name) => [name, own(person.allowances[name])])) as Omit<Amounts, "budget_cents">),
      budget_cents: own({ limit: cents, set_by: budget.set_by }),
    };
    this.open = { kind: "amounts", person };
  }

  #shut(person: Person): void {
    this.trouble = null;
    if (person.disabled) void this.#change(person, { disabled: false });
    else this.open = { kind: "shut", person };
  }

  async #role(person: Person, choice: HTMLSelectElement): Promise<void> {
    await this.#change(person, { role: choice.value as Role });
    // Where it was refused the old one stands there again.
    const now = this.loaded?.items.find((each) => each.id === person.id);
    if (now) choice.value = now.role;
  }

  async #change(person: Person, changes: object): Promise<void> {
    await this.#try(async () => {
      const now = await api.call<Person>(`/api/admin/users/${person.id}`, { method: "PATCH", body: changes });
      const list = this.loaded!;
      this.loaded = { ...list, items: list.items.map((each) => (each.id === now.id ? now : each)) };
      this.open = null;
      announcer.say(t("ad.saved2"));
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.trouble = null;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.trouble = error;
      announcer.say(error.message || t("st.server"), { now: true });
    }
  }
}

customElements.define("gl-admin-people", People);
