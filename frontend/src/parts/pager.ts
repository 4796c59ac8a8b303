// Earlier and later pages of a list.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../foundation/strings.ts";
import type { Page } from "../foundation/types.ts";

/** Nothing where all of it is on one page. */
export function pager(list: Page<unknown>, label: string, go: (page: number) => void): TemplateResult | typeof nothing {
  const pages = Math.ceil(list.total / list.page_size);
  if (pages <= 1) return nothing;
  return html`<nav class="pager" aria-label=${label}>
    <button type="button" ?disabled=${list.page <= 1} @click=${() => go(list.page - 1)}>${t("nav.earlier")}</button>
    <span>${t("nav.page", { a: list.page, b: pages })}</span>
    <button type="button" ?disabled=${list.page >= pages} @click=${() => go(list.page + 1)}>${t("nav.later")}</button>
  </nav>`;
}
