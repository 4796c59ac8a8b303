// A thread as the Margin shows it: the question, what comes, and what can be done with it.

import { html, nothing, type TemplateResult } from "lit";
import { Problem } from "../../foundation/api.ts";
import { t, type Key } from "../../foundation/strings.ts";
import type { Answer } from "../../foundation/types.ts";
import { answerTemplate, type AnswerHandlers } from "../../parts/answer.ts";
import { banner } from "../../parts/states.ts";
import type { Thread } from "./talk.ts";

/** What a thread asks of the Margin. */
export interface ThreadHandlers {
  readonly answer: AnswerHandlers;
  /** Words to copy: the question, its answer and the quotes with their places. */
  words(thread: Thread): string;
  retry(thread: Thread): void;
  keepPart(thread: Thread): void;
  drop(thread: Thread): void;
  again(thread: Thread): void;
  rate(thread: Thread, rating: "up" | "down"): void;
  tell(thread: Thread): void;
  /** Whether the author can be told: the message is kept, and it is the caller's. */
  readonly blocked: boolean;
}

/** The whole thread. */
export function threadTemplate(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  return html`<section class="thread" id=${thread.id} tabindex="-1">
    ${thread.about ? html`<p class="about"><bdi>${t("mg.about", { q: short(thread.about.text) })}</bdi></p>` : nothing}
    <h3 class="question" dir="auto">${thread.question}</h3>
    <div class="answer" aria-busy=${thread.state === "asking" ? "true" : nothing}>${body(thread, handlers)}</div>
  </section>`;
}

/** The beginning of a selection. */
export function short(text: string, most = 60): string {
  const line = text.split(/\s+/).join(" ").trim();
  return line.length <= most ? line : `${line.slice(0, most).trimEnd()}…`;
}

function body(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  switch (thread.state) {
    case "queued": return html`<p class="waiting">${t("st.offline")}</p>
      <p class="doing"><button type="button" class="quiet" @click=${() => handlers.drop(thread)}>${t("mg.drop")}</button></p>`;
    case "asking": return html`${step(thread)}${tail(thread)}`;
    case "stopped": return html`${tail(thread)}<p class="soft stopped">${t(thread.tail ? "an.stopped" : "an.stopped0")}</p>
      <p class="doing">${button("st.retry", () => handlers.retry(thread))}${button("mg.drop", () => handlers.drop(thread))}</p>`;
    case "failed": return html`${tail(thread)}${failed(thread, handlers)}`;
    case "done": return done(thread, handlers);
  }
}

// Before the first words: what is being done. It keeps its place when words come.
function step(thread: Thread): TemplateResult {
  const words = thread.proven > 0 ? t("an.proven", { n: thread.proven }) : thread.tail ? t("an.writing") : t("an.looking");
  return html`<p class="step soft">${words}</p>`;
}

const tail = (thread: Thread): TemplateResult | typeof nothing =>
  thread.tail === "" ? nothing : html`<p class="tail" dir="auto">${thread.tail}</p>`;

function failed(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  const problem = thread.problem ?? new Problem(0, null);
  if (thread.tail !== "") {
    return html`<div class="banner"><p>${t("st.err")}</p>${problem.message ? html`<p class="tiny">${problem.message}</p>` : nothing}
      <p class="doing">${button("st.retry", () => handlers.retry(thread))}${button("st.keep", () => handlers.keepPart(thread))}</p></div>`;
  }
  if (problem.status === 429) return html`<p class="soft">${t("lm.kept")}</p>
    <p class="doing">${handlers.blocked ? nothing : button("st.retry", () => handlers.retry(thread))}${button("mg.drop", () => handlers.drop(thread))}</p>`;
  return html`${banner(problem, () => handlers.retry(thread))}`;
}

function done(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  const answer = thread.answer!;
  return html`${answerTemplate(answer, handlers.answer)}${degraded(answer)}
    ${answer.grounded ? nothing : missing(thread, handlers)}
    <div class="doing">
      <gl-copy .words=${() => handlers.words(thread)} .label=${t("mg.copy")}></gl-copy>
      <button type="button" class="quiet" @click=${() => handlers.again(thread)}>${t("mg.more")}</button>
      ${answer.message_id ? rating(thread, handlers) : nothing}
    </div>`;
}

function degraded(answer: Answer): TemplateResult | typeof nothing {
  const words: Readonly<Record<string, Key>> = { budget: "lm.site", no_model: "an.nomodel", provider: "an.nomodel" };
  const key = answer.degraded && answer.grounded ? words[answer.degraded] : undefined;
  return key ? html`<p class="tiny degraded">${t(key)}</p>` : nothing;
}

function missing(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  return html`<p class="doing">
    <button type="button" @click=${() => handlers.again(thread)}>${t("nf.again")}</button>
    ${thread.answer?.message_id && thread.rating === null
      ? html`<button type="button" class="tell" @click=${() => handlers.tell(thread)}>${t("nf.tell")}</button>` : nothing}
  </p>`;
}

function rating(thread: Thread, handlers: ThreadHandlers): TemplateResult {
  if (thread.rating !== null) return html`<span class="soft rated">${t("an.thanks")}</span>`;
  return html`<span class="rating" role="group" aria-label=${t("an.right")}><span class="soft">${t("an.right")}</span>
    <button type="button" class="quiet" @click=${() => handlers.rate(thread, "up")}>${t("an.yes")}</button>
    <button type="button" class="quiet" @click=${() => handlers.rate(thread, "down")}>${t("an.no")}</button></span>`;
}

function button(key: Key, act: () => void): TemplateResult {
  return html`<button type="button" @click=${act}>${t(key)}</button>`;
}
