// What everybody may ask for and spend, and the amounts of roles.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { number, t } from "../../foundation/strings.ts";
import { money } from "../../foundation/times.ts";
import "../../parts/dialog.ts";
import { banner } from "../../parts/states.ts";
import { AppPage } from "../page.ts";
import { amountFields, amountName, AMOUNTS, changed, type AmountName, type Amounts } from "./amounts.ts";
import { ROLES, type Limits, type Role } from "./told.ts";

const SHOWN: readonly (AmountName | "guest_questions")[] = ["questions", "guest_questions", "translations", "personalizations", "searches", "budget_cents"];

export class LimitsPage extends AppPage<Limits> {
  static override properties = { ...AppPage.properties, role: { state: true }, trouble: { state: true }, amounts: { state: true } };
  declare role: Role | null;
  declare trouble: Problem | null;
  declare amounts: Amounts | null;
  #before: Amounts | null = null;

  constructor() {
    super();
    this.role = this.trouble = this.amounts = null;
  }

  protected override load(): Promise<Limits> {
    return api.call<Limits>("/api/admin/limits");
  }

  protected override titles(): readonly string[] {
    return [t("ad.limits"), t("nav.admin")];
  }

  protected override content(limits: Limits): TemplateResult {
    const amount = (value: number | null) => (value === null ? t("ad.unlimited") : number(value));
    return html`<h1 tabindex="-1">${t("ad.limits")}</h1>
      <p>${limits.budget_usd_per_day === null ? t("ad.sitefree") : t("ad.site", { x: money(limits.budget_usd_per_day) })}</p>
      <section aria-labelledby="limits-all"><h2 id="limits-all">${t("ad.defaults")}</h2>
        <table><thead><tr><th scope="col">${t("ad.whatis")}</th><th scope="col" class="n">${t("ad.howmuch")}</th></tr></thead>
        <tbody>${SHOWN.map((name) => html`<tr><th scope="row">${amountName(name)}</th><td class="n">${amount(limits.settings[name])}</td></tr>`)}</tbody></table></section>
      <section aria-labelledby="limits-roles"><h2 id="limits-roles">${t("ad.roles")}</h2>
        <table class="stack"><thead><tr><th scope="col">${t("ad.role")}</th><th scope="col">${t("ad.howmuch")}</th><th scope="col"><span class="unseen">${t("ad.change")}</span></th></tr></thead>
        <tbody>${ROLES.map((role) => {
          const own = AMOUNTS.filter((name) => name in limits.roles[role]);
          return html`<tr><th scope="row">${t(`ad.r.${role}`)}</th>
            <td>${own.length === 0 ? t("ad.asbefore") : html`<ul class="plain">${own.map((name) => html`<li>${amountName(name)}: ${amount(limits.roles[role][name]!)}</li>`)}</ul>`}</td>
            <td><button type="button" aria-label=${t("ad.changeof", { name: t(`ad.r.${role}`) })} @click=${() => this.#open(role, limits)}>${t("ad.change")}</button></td></tr>`;
        })}</tbody></table></section>
      <gl-dialog .heading=${this.role ? t("ad.changeof", { name: t(`ad.r.${this.role}`) }) : ""} .content=${this.role ? this.#form(this.role) : null} @closed=${() => (this.role = null)}></gl-dialog>`;
  }

  #open(role: Role, limits: Limits): void {
    const own = limits.roles[role];
    this.trouble = null;
    this.#before = this.amounts = Object.fromEntries(AMOUNTS.map((name) => [name, name in own ? (own[name] ?? "unlimited") : "default"])) as Amounts;
    this.role = role;
  }

  #form(role: Role): TemplateResult {
    const set = (name: AmountName, value: Amounts[AmountName]) => (this.amounts = { ...this.amounts!, [name]: value });
    return html`${this.trouble ? banner(this.trouble, null) : nothing}
      <form @submit=${(event: Event) => void this.#save(event, role)}>${amountFields("role", this.amounts!, set)}
        <div class="actions end"><button type="button" @click=${() => (this.role = null)}>${t("se.cancel")}</button><button type="submit" class="send">${t("se.save")}</button></div></form>`;
  }

  async #save(event: Event, role: Role): Promise<void> {
    event.preventDefault();
    try {
      this.loaded = await api.call<Limits>(`/api/admin/roles/${role}`, { method: "PATCH", body: changed(this.#before!, this.amounts!) });
      this.role = null;
      announcer.say(t("ad.saved2"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.trouble = error;
    }
  }
}

customElements.define("gl-admin-limits", LimitsPage);
