// A password's field, which can show what is typed.

import { html, type TemplateResult } from "lit";
import { t } from "../../foundation/strings.ts";
import { field, type Faults, type Field } from "./fields.ts";

/** The shortest password that the server takes (docs/guide/accounts.md). */
export const SHORTEST = 10;

/** A password's field with a button that shows it. */
export function secretField(of: Omit<Field, "type" | "direction">, faults: Faults, shown: boolean, show: (shown: boolean) => void): TemplateResult {
  const words = t("au.show");
  return field({ ...of, type: shown ? "text" : "password", direction: "ltr" }, faults,
    html`<button type="button" aria-pressed=${shown} aria-label=${words} @click=${() => show(!shown)}>${shown ? t("au.hide") : words}</button>`);
}
