// Amounts to set, of a person or a role: the default, none, or a number.

import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { t } from "../../foundation/strings.ts";
import { NAMES, type Names } from "./told.ts";

export type AmountName = Names | "budget_cents";
export const AMOUNTS: readonly AmountName[] = [...NAMES, "budget_cents"];
/** A number, or what stands for none. */
export type Amount = number | "unlimited" | "default";
export type Amounts = Record<AmountName, Amount>;

/** What an amount is called, with its period. */
export function amountName(name: AmountName | "guest_questions"): string {
  switch (name) {
    case "questions": return t("ad.perhour", { what: t("us.questions") });
    case "translations": return t("ad.perday", { what: t("us.translations") });
    case "personalizations": return t("ad.perday", { what: t("us.personalizations") });
    case "searches": return t("ad.searches");
    case "guest_questions": return t("ad.guests");
    case "budget_cents": return t("ad.cents");
  }
}

/** The fields; `set` is told of each change. */
export function amountFields(prefix: string, amounts: Amounts, set: (name: AmountName, amount: Amount) => void): TemplateResult {
  return html`${AMOUNTS.map((name) => {
    const amount = amounts[name];
    const kind = typeof amount === "number" ? "own" : amount;
    const id = `${prefix}-${name}`;
    const chosen = (event: Event) => {
      const value = (event.target as HTMLSelectElement).value;
      set(name, value === "own" ? 0 : (value as Amount));
    };
    const typed = (event: Event) => set(name, Math.max(0, Math.min(9_999_999, Math.round(Number((event.target as HTMLInputElement).value) || 0))));
    return html`<div class="field amount"><label for=${id}>${amountName(name)}</label><div class="secret">
      <select id=${id} @change=${chosen}><option value="default" ?selected=${kind === "default"}>${t("ad.asbefore")}</option>
        <option value="unlimited" ?selected=${kind === "unlimited"}>${t("ad.unlimited")}</option>
        <option value="own" ?selected=${kind === "own"}>${t("ad.ownamount")}</option></select>
      ${kind === "own" ? html`<input type="number" min="0" max="9999999" inputmode="numeric" dir="ltr" aria-label=${t("ad.amount", { what: amountName(name) })}
        .value=${live(String(amount))} @input=${typed}>` : html``}</div></div>`;
  })}`;
}

/** Only what differs from before: the rest stays as it is. */
export function changed(before: Amounts, after: Amounts): Partial<Amounts> {
  return Object.fromEntries(AMOUNTS.filter((name) => before[name] !== after[name]).map((name) => [name, after[name]]));
}
