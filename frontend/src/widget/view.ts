// What the panel shows.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../foundation/strings.ts";
import type { Panel, Thread } from "./panel.ts";

/** As much of the words asked about is shown again. */
const SHOWN = 80;

export function view(panel: Panel): TemplateResult {
  return html`${selection(panel)}${panel.shown ? opened(panel) : nothing}`;
}

function selection(panel: Panel): TemplateResult | typeof nothing {
  const place = panel.selectionPlace;
  if (panel.selected === null || place === null) return nothing;
  // Beside the words for a mouse; a finger's own menu stands there, so ours keeps to the foot.
  const fine = matchMedia("(hover: hover)").matches;
  const above = place.top > 60 ? place.top - 52 : place.bottom + 8;
  return html`<button type="button" class="about" .style=${fine ? `inset-block-start:${above}px;left:${Math.max(8, place.left)}px` : ""}
    @pointerdown=${(event: Event) => event.preventDefault()} @click=${() => panel.askAboutSelection()}>${t("sl.ask")}</button>`;
}

function opened(panel: Panel): TemplateResult {
  const title = panel.chapter ? t("wd.page", { title: panel.chapter.title }) : panel.book?.title;
  const inside = html`<header>
      <h2>${t("wd.title")}</h2>
      <button type="button" class="quiet grip" @click=${() => resize(panel)}>${t(panel.stop === "full" ? "mg.smaller" : "mg.bigger")}</button>
      <button type="button" class="quiet" aria-label=${t("nav.close")} @click=${() => panel.toggle(false)}><span aria-hidden="true">✕</span></button>
      ${title ? html`<p class="tiny"><bdi>${title}</bdi></p>` : nothing}
      ${panel.chapter && panel.retold ? panel.retold.controls() : nothing}
    </header>
    <div class="threads" tabindex="0" role="region" aria-label=${t("wd.title")} aria-busy=${panel.busy}>
      ${navigator.onLine ? nothing : html`<p class="banner">${t("wd.away")}</p>`}
      ${panel.trouble ? trouble(panel) : panel.threads.length === 0 ? greeting(panel) : nothing}
      ${panel.threads.map((thread) => threadTemplate(panel, thread))}
      ${panel.note ? html`<p class="tiny">${panel.note}</p>` : nothing}
    </div>
    ${composer(panel)}`;
  return panel.phone
    ? html`<dialog class="panel" aria-label=${t("wd.title")} data-stop=${panel.stop} @cancel=${() => panel.toggle(false)}>${inside}</dialog>`
    : html`<section class="panel" role="complementary" aria-label=${t("wd.title")}>${inside}</section>`;
}

function greeting(panel: Panel): TemplateResult {
  const guest = panel.tutor.name === null;
  return html`<p class="hint">${t("mg.hello")}</p>${guest ? html`<button type="button" class="quiet" @click=${() => panel.signIn()}>${t("au.login")}</button>` : nothing}`;
}

function resize(panel: Panel): void {
  panel.stop = panel.stop === "full" ? "half" : panel.stop === "half" ? "full" : "half";
  panel.render();
}

function trouble(panel: Panel): TemplateResult {
  const problem = panel.trouble!;
  if (problem.kind === "origin-refused") return html`<p class="banner">${t("wd.origin")}</p>`;
  const hidden = problem.kind === "unknown-reference";
  return html`<div class="banner"><p>${problem.message || t("st.server")}</p>
    ${hidden ? loginButton(panel) : html`<button type="button" @click=${() => panel.toggle(true)}>${t("st.retry")}</button>`}</div>`;
}

function threadTemplate(panel: Panel, thread: Thread): TemplateResult {
  return html`<article class="thread">
    <p class="question" dir="auto">${thread.question}</p>
    ${thread.answer ? panel.citing?.answer(thread.answer) : pending(thread)}
    ${thread.problem ? failed(panel, thread) : nothing}
  </article>`;
}

function pending(thread: Thread): TemplateResult | typeof nothing {
  if (thread.stopped) return html`${thread.tail ? html`<p class="tail" dir="auto">${thread.tail}</p>` : nothing}<p class="tiny">${t("an.stopped")}</p>`;
  if (thread.problem) return nothing;
  return html`<p class="tail" dir="auto">${thread.tail || t("an.looking")}</p>`;
}

function failed(panel: Panel, thread: Thread): TemplateResult {
  const problem = thread.problem!;
  const spent = problem.status === 429;
  const words = problem.kind === "origin-refused" ? t("wd.origin") : problem.message || t("st.server");
  return html`<div class="banner"><p>${words}</p>
    ${spent && panel.tutor.name === null ? loginButton(panel) : html`<button type="button" @click=${() => panel.again(thread)}>${t("st.retry")}</button>`}
    ${spent ? html`<p class="tiny">${t("lm.still")}</p>` : nothing}</div>`;
}

const loginButton = (panel: Panel) => html`<button type="button" @click=${() => panel.signIn()}>${t("wd.login")}</button>`;

function composer(panel: Panel): TemplateResult {
  const send = (field: HTMLTextAreaElement | null) => {
    if (!field) return;
    const question = field.value;
    if (question.trim() === "" || panel.busy) return;
    field.value = "";
    void panel.ask(question);
  };
  const fieldOf = (event: Event) => (event.currentTarget as Element).closest("form")!.querySelector("textarea");
  const submit = (event: Event) => {
    event.preventDefault();
    if (panel.busy) panel.halt();
    else send(fieldOf(event));
  };
  const key = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send(event.target as HTMLTextAreaElement);
  };
  const about = panel.about;
  const drop = () => {
    panel.about = null;
    panel.render();
  };
  return html`<form class="composer" @submit=${submit}>
    ${about === null ? nothing : html`<p class="chosen"><bdi>${t("mg.about", { q: about.length > SHOWN ? `${about.slice(0, SHOWN)}…` : about })}</bdi>
      <button type="button" class="quiet" aria-label=${t("nav.close")} @click=${drop}><span aria-hidden="true">✕</span></button></p>`}
    <textarea dir="auto" rows="1" maxlength="2000" aria-label=${t("mg.label")} placeholder=${t("mg.label")} @keydown=${key}></textarea>
    <button class="send">${t(panel.busy ? "mg.stop" : "mg.send")}</button>
    ${panel.tutor.name === null ? nothing : html`<p class="tiny"><bdi>${t("wd.as", { name: panel.tutor.name })}</bdi>
      <button type="button" class="quiet" @click=${() => panel.signOut()}>${t("au.logout")}</button></p>`}
  </form>`;
}
