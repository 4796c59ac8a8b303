// The states that every page shows in the same way: trouble, nothing there, offline.

import { html, nothing, type TemplateResult } from "lit";
import type { Problem } from "../foundation/api.ts";
import { t } from "../foundation/strings.ts";

/** What went wrong, in words, and one thing to do. */
export function banner(problem: Problem, retry: (() => void) | null): TemplateResult {
  const words = problem.offline && !navigator.onLine ? t("st.away") : problem.message || t("st.server");
  return html`<div class="banner">
    <p>${words}</p>
    ${retry ? html`<button type="button" @click=${retry}>${t("st.retry")}</button>` : nothing}
    ${problem.requestId ? html`<p class="tiny">${t("st.code", { id: problem.requestId })}</p>` : nothing}
  </div>`;
}

/** Nothing is there yet: one sentence what will be, and one thing to do. */
export function empty(words: string, action: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<div class="empty"><p>${words}</p>${action}</div>`;
}
