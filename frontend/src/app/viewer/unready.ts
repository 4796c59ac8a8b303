// What a document says that isn't ready: it is being read, is locked, or could not be read.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../foundation/strings.ts";
import { stateOf } from "../documents/state.ts";
import { type Doc, unfinished } from "../documents/types.ts";

export type Wish = "ocr" | "reprocess" | "password";

/** The document's state in words. */
export const words = (doc: Doc): string => stateOf(doc, 1, 0).words;

/** The state and what can be done; `trouble` says what was wrong with the last try. */
export function unready(doc: Doc, trouble: string | null, ask: (what: Wish, body?: object) => void): TemplateResult {
  if (doc.reason === "password") return locked((password) => ask("password", { password }), trouble);
  const state = stateOf(doc, 1, 0);
  const said = unfinished(doc) ? t("vw.still", { words: state.words }) : [state.words, ...state.details].join(" ");
  const again = doc.reason === "scan" ? "ocr" : unfinished(doc) ? null : "reprocess";
  return html`<div class="viewer-state" data-kind=${state.kind}><p dir="auto">${said}</p>
    ${trouble ? html`<p dir="auto">${trouble}</p>` : nothing}
    ${again ? html`<p><button type="button" @click=${() => ask(again)}>${t(again === "ocr" ? "dc.ocr" : "st.retry")}</button></p>` : nothing}</div>`;
}

function locked(open: (password: string) => void, trouble: string | null): TemplateResult {
  const sent = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).querySelector("input")!;
    if (field.value !== "") open(field.value);
    field.value = "";
  };
  return html`<form class="viewer-state file-lock" data-kind="needs" @submit=${sent}>
    <p>${t("dc.lock")}</p>
    <label for="glossator-password">${t("dc.lock.label")}</label>
    <input id="glossator-password" type="password" autocomplete="off" maxlength="500" required aria-describedby=${trouble ? "glossator-trouble" : nothing} aria-invalid=${trouble ? "true" : nothing}>
    ${trouble ? html`<p id="glossator-trouble" class="file-trouble" dir="auto">${trouble}</p>` : nothing}
    <button type="submit">${t("dc.lock.open")}</button></form>`;
}
