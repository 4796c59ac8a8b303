// Fields with their labels, hints and faults; and a summary of all that is wrong with a form.

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { t } from "../../foundation/strings.ts";

/** What is wrong with which field: its id, and a sentence. The id "" is the form as a whole. */
export type Faults = ReadonlyMap<string, string>;

export const NO_FAULTS: Faults = new Map();

export interface Field {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly type?: "text" | "email" | "password" | "number" | "url";
  readonly autocomplete?: string;
  readonly hint?: string;
  readonly direction?: "ltr" | "auto";
  readonly required?: boolean;
  readonly set: (value: string) => void;
}

/** A field that says what it is for, how it is filled, and what is wrong with it. */
export function field(of: Field, faults: Faults, after: TemplateResult | typeof nothing = nothing): TemplateResult {
  const wrong = faults.get(of.id);
  const described = [of.hint ? `${of.id}-hint` : "", wrong ? `${of.id}-wrong` : ""].filter(Boolean).join(" ");
  const input = html`<input id=${of.id} name=${of.id} type=${of.type ?? "text"} dir=${of.direction ?? "auto"} autocomplete=${of.autocomplete ?? "off"}
    ?required=${of.required ?? false} aria-invalid=${wrong ? "true" : nothing} aria-describedby=${described || nothing}
    inputmode=${of.type === "number" ? "numeric" : nothing} autocapitalize=${of.direction === "ltr" ? "none" : nothing} spellcheck=${of.direction === "ltr" ? "false" : nothing}
    .value=${live(of.value)} @input=${(event: Event) => of.set((event.target as HTMLInputElement).value)}>`;
  return html`<div class="field"><label for=${of.id}>${of.label}</label>
    ${of.hint ? html`<p class="hint" id="${of.id}-hint">${of.hint}</p>` : nothing}
    ${after === nothing ? input : html`<div class="secret">${input}${after}</div>`}
    ${wrong ? html`<p class="wrong" id="${of.id}-wrong">${wrong}</p>` : nothing}</div>`;
}

/** All that is wrong, with links to the fields; `focusSummary` brings the reader here. */
export function summary(faults: Faults): TemplateResult | typeof nothing {
  if (faults.size === 0) return nothing;
  const lead = (id: string) => (event: Event) => {
    event.preventDefault();
    document.getElementById(id)?.focus();
  };
  const whole = faults.get("");
  const others = [...faults].filter(([id]) => id !== "");
  return html`<div class="summary" role="alert" tabindex="-1"><h2>${t("au.check")}</h2>
    ${whole ? html`<p dir="auto">${whole}</p>` : nothing}
    ${others.length > 0 ? html`<ul>${others.map(([id, words]) => html`<li><a href="#${id}" @click=${lead(id)}>${words}</a></li>`)}</ul>` : nothing}</div>`;
}

/** Bring the focus to the summary of a form, once it is there. */
export const focusSummary = (page: Element): void => page.querySelector<HTMLElement>(".summary")?.focus();

/** One of a few, as buttons to tick. */
export function picks<T extends string>(
  name: string, label: string, values: readonly (readonly [T, string])[], chosen: T, set: (value: T) => void, hint: string = "",
): TemplateResult {
  return html`<fieldset aria-describedby=${hint ? `${name}-hint` : nothing}><legend>${label}</legend>
    ${hint ? html`<p class="hint soft" id="${name}-hint">${hint}</p>` : nothing}
    <div class="picks">${values.map(([value, words]) => html`<label class="pick"><input type="radio" name=${name} value=${value}
      .checked=${live(value === chosen)} @change=${() => set(value)}>${words}</label>`)}</div></fieldset>`;
}

/** One of a few, as a list that opens. */
export function select<T extends string>(
  id: string, label: string, values: readonly (readonly [T, string])[], chosen: T, set: (value: T) => void,
): TemplateResult {
  return html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} @change=${(event: Event) => set((event.target as HTMLSelectElement).value as T)}>
      ${values.map(([value, words]) => html`<option value=${value} ?selected=${value === chosen}>${words}</option>`)}</select></div>`;
}

/** A section with a heading that can be led to. */
export function section(id: string, heading: string, body: TemplateResult): TemplateResult {
  return html`<section id=${id} aria-labelledby="${id}-heading"><h2 id="${id}-heading" tabindex="-1">${heading}</h2>${body}</section>`;
}
