// A file as a row of the list; on a phone a card.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../foundation/strings.ts";
import { documentAddress } from "../addresses.ts";
import { clean, isolated } from "./names.ts";
import type { Sending } from "./queue.ts";
import type { Kind, State } from "./state.ts";
import type { Doc } from "./types.ts";

/** What a row asks of its page. */
export interface RowHandlers {
  stop(doc: Doc): void;
  again(doc: Doc): void;
  ocr(doc: Doc): void;
  unlock(doc: Doc, password: string): void;
  remove(doc: Doc, opener: HTMLElement): void;
  /** What went wrong with a document when it was told something. */
  trouble(doc: Doc): string | null;
}

const MOVING: ReadonlySet<Kind> = new Set(["sending", "checking", "reading", "finding"]);

/** The row of a document. */
export function docRow(doc: Doc, state: State, handlers: RowHandlers): TemplateResult {
  const name = clean(doc.filename);
  const trouble = handlers.trouble(doc);
  return html`<li class="file" data-kind=${state.kind} data-id=${doc.document_id}>
    <p class="file-name"><a href=${documentAddress(doc.document_id)}><bdi>${name}</bdi></a></p>
    <div class="file-state">
      ${stateLines(state, name)}
      ${trouble === null ? nothing : html`<p class="file-trouble" dir="auto">${trouble}</p>`}
      ${state.kind === "ready" ? doc.notes.map((note) => html`<p class="tiny" lang="en" dir="auto">${note}</p>`) : nothing}
      ${actions(doc, state, handlers)}
      ${state.kind === "failed" ? html`<p class="tiny">${t("st.code", { id: doc.document_id })}</p>` : nothing}
    </div>
    <p class="file-pages">${doc.pages === null || state.kind === "ready" ? nothing : t("dc.pages", { n: doc.pages })}</p>
    ${menu(doc, state, handlers)}
  </li>`;
}

function stateLines(state: State, name: string): TemplateResult {
  const moving = MOVING.has(state.kind);
  return html`<p class="file-words">${badge(state.kind)}${state.words}</p>
    ${moving ? html`<progress max="1" value=${state.share ?? nothing} aria-label=${isolated(name)} aria-valuetext=${state.words}></progress>` : nothing}
    ${state.details.map((line) => html`<p class="file-detail" dir="auto">${line}</p>`)}`;
}

const SIGNS: Partial<Record<Kind, string>> = { ready: "✓", needs: "!", failed: "!", stopped: "–" };

function badge(kind: Kind): TemplateResult | typeof nothing {
  return SIGNS[kind] ? html`<span class="sign" aria-hidden="true">${SIGNS[kind]}</span> ` : nothing;
}

function actions(doc: Doc, state: State, handlers: RowHandlers): TemplateResult | typeof nothing {
  if (state.kind === "waiting" || MOVING.has(state.kind)) {
    return buttons(html`<button type="button" aria-label=${`${t("dc.stop")}: ${isolated(doc.filename)}`} @click=${() => handlers.stop(doc)}>${t("dc.stop")}</button>`);
  }
  if (doc.reason === "password") return locked(doc, handlers);
  const remove = html`<button type="button" class="quiet" @click=${(event: Event) => handlers.remove(doc, event.currentTarget as HTMLElement)}>${t("dc.remove")}</button>`;
  if (doc.reason === "scan") return buttons(html`<button type="button" @click=${() => handlers.ocr(doc)}>${t("dc.ocr")}</button>${remove}`);
  if (state.kind === "failed" || state.kind === "stopped") {
    return buttons(html`<button type="button" @click=${() => handlers.again(doc)}>${t("st.retry")}</button>${remove}`);
  }
  return nothing;
}

const buttons = (inside: TemplateResult): TemplateResult => html`<p class="file-buttons">${inside}</p>`;

function locked(doc: Doc, handlers: RowHandlers): TemplateResult {
  const id = `password-${doc.document_id}`;
  const sent = (event: SubmitEvent) => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).querySelector("input")!;
    if (field.value !== "") handlers.unlock(doc, field.value);
    field.value = "";
  };
  return html`<form class="file-lock" @submit=${sent}>
    <label for=${id}>${t("dc.lock.label")}</label>
    <input id=${id} type="password" autocomplete="off" maxlength="500" required>
    <button type="submit">${t("dc.lock.open")}</button>
  </form>`;
}

function menu(doc: Doc, state: State, handlers: RowHandlers): TemplateResult {
  const close = (event: Event) => (event.currentTarget as Element).closest("details")!.removeAttribute("open");
  const remove = (event: Event) => handlers.remove(doc, (event.currentTarget as Element).closest("details")!.querySelector("summary")!);
  return html`<details class="menu file-more">
    <summary aria-label=${t("dc.more", { name: isolated(doc.filename) })}>⋯</summary>
    <div class="menu-list" @click=${close}>
      <a href=${documentAddress(doc.document_id)}>${t("dc.open")}</a>
      <a href=${doc.raw_url} download>${t("dc.download")}</a>
      ${state.kind === "ready" ? html`<button type="button" @click=${() => handlers.again(doc)}>${t("dc.reread")}</button>` : nothing}
      <button type="button" @click=${remove}>${t("dc.remove")}</button>
    </div>
  </details>`;
}

/** What the row of a file on its way asks of its page. */
export interface SendingHandlers {
  stop(key: string): void;
  again(key: string): void;
  drop(key: string): void;
}

/** The row of a file on its way. */
export function sendingRow(sending: Sending, state: State, handlers: SendingHandlers): TemplateResult {
  const moving = sending.phase === "waiting" || sending.phase === "sending" || sending.phase === "checking";
  const again = sending.phase === "stopped" || sending.why === "offline" || sending.why === "other" || sending.why === "full" || sending.why === "login";
  return html`<li class="file" data-kind=${state.kind} data-id=${sending.key}>
    <p class="file-name" tabindex="-1"><bdi>${sending.name}</bdi></p>
    <div class="file-state">
      ${stateLines(state, sending.name)}
      ${buttons(html`
        ${moving ? html`<button type="button" aria-label=${`${t("dc.stop")}: ${isolated(sending.name)}`} @click=${() => handlers.stop(sending.key)}>${t("dc.stop")}</button>` : nothing}
        ${again ? html`<button type="button" @click=${() => handlers.again(sending.key)}>${t("st.retry")}</button>` : nothing}
        ${sending.same ? html`<a class="button" href=${documentAddress(sending.same.document_id)}>${t("dc.open")}</a>` : nothing}
        ${moving ? nothing : html`<button type="button" class="quiet" @click=${() => handlers.drop(sending.key)}>${t("dc.remove")}</button>`}`)}
    </div>
  </li>`;
}
