// An answer as the Margin and the widget show it: sentences, quotes and where they stand.

import { html, nothing, type TemplateResult } from "lit";
import { serverHtml } from "../foundation/html.ts";
import { t } from "../foundation/strings.ts";
import type { Answer, Mark, Sentence, Source } from "../foundation/types.ts";
import "./copy_button.ts";

/** What an answer asks of the page around it. */
export interface AnswerHandlers {
  /** Lead to a quote; `opener` gets the focus back. */
  show(source: Source, opener: HTMLElement): void;
  /** The title of the book or document a source stands in, for what is copied. */
  title(source: Source): string;
  /** The language a source is written in, a BCP 47 tag. */
  language(source: Source): string;
  /** Whether this source is the one marked in the text now. */
  pressed(source: Source): boolean;
  /** The cards opened by their numbers in sentences, and opening one. */
  readonly opened: ReadonlySet<Source>;
  toggle(source: Source): void;
  /** Where a quote stands, if that is another page: then its place is a link to it. */
  link?(source: Source): { readonly address: string; readonly label: string } | null;
  /** What stands below a quote: that its words could not be marked. */
  note?(source: Source): string | null;
  /** That the quote is in another language than the page. */
  origin?(source: Source): string | null;
  /** The pointer or the focus rests on a quote's number; null when it leaves. */
  hint?(source: Source | null): void;
}

/** The marks of a source, one per block it runs through. */
export const marksOf = (source: Source): readonly Mark[] => source.marks ?? [];

/** Where a source stands, for people: chapter, headings and page. */
export function placeOf(source: Source): string {
  const path = source.section ? source.section.split(" > ") : [];
  if (source.title && path[0] !== source.title) path.unshift(source.title);
  return path.join(" › ");
}

/** A checked answer. */
export function answerTemplate(answer: Answer, handlers: AnswerHandlers): TemplateResult {
  if (!answer.grounded) return notGrounded(answer, handlers);
  const body =
    answer.sentences.length > 0
      ? answer.sentences.map((sentence) => sentenceTemplate(sentence, answer.sources, handlers))
      : [html`<p class="sentence" dir="auto">${answer.answer}</p>`, ...answer.sources.map((source, n) => card(source, n + 1, handlers))];
  return html`${body}${verdict(answer)}`;
}

/** What was checked and what was not found, in words. */
export function verdict(answer: Answer): TemplateResult {
  const unsupported = answer.sentences.filter((sentence) => sentence.support === "unsupported").length;
  const quotes = answer.sources.length;
  return html`<p class="verdict">
    ${quotes > 0 ? html`<span class="proven"><span aria-hidden="true">✓</span> ${t("an.ok", { n: quotes })}</span>` : nothing}
    ${unsupported > 0 ? html`<span class="unproven">${t("an.unn", { n: unsupported })}</span>` : nothing}
  </p>`;
}

function notGrounded(answer: Answer, handlers: AnswerHandlers): TemplateResult {
  const nearest = answer.nearest.map((source) => card(source, null, handlers));
  const lead = html`<p class="none" dir="auto">${answer.answer}</p>`;
  if (answer.mode !== "refused" || nearest.length === 0) return html`${lead}${nearest}`;
  return html`${lead}<p class="near">${t("an.near", { n: nearest.length })}</p>${nearest}`;
}

function sentenceTemplate(sentence: Sentence, sources: readonly Source[], handlers: AnswerHandlers): TemplateResult {
  const [only] = sentence.sources;
  const single = only === undefined ? undefined : sources[only];
  if (single !== undefined && sentence.sources.length === 1 && single.quote === sentence.text) {
    return card(single, only! + 1, handlers);
  }
  if (sentence.support === "unsupported") {
    return html`<p class="sentence unsupported" dir="auto">${sentence.text} <span class="tag">${t("an.un")}</span></p>`;
  }
  const found = sentence.sources.flatMap((index) => (sources[index] ? [{ source: sources[index], n: index + 1 }] : []));
  const cards = found.filter(({ source }) => handlers.opened.has(source));
  return html`<p class="sentence" dir="auto">${glued(sentence.text, found, handlers)}</p>${cards.map(({ source, n }) => card(source, n, handlers))}`;
}

// A chip must never stand alone on a line: it is tied to the last word.
function glued(text: string, found: readonly { source: Source; n: number }[], handlers: AnswerHandlers): unknown {
  if (found.length === 0) return text;
  const at = text.lastIndexOf(" ") + 1;
  return html`${text.slice(0, at)}<span class="glued">${text.slice(at)}\u00a0${found.map(({ source, n }) => chip(source, n, handlers))}</span>`;
}

function chip(source: Source, n: number, handlers: AnswerHandlers): TemplateResult {
  return html`<button type="button" class="chip" data-source=${n - 1} aria-expanded=${handlers.opened.has(source)}
    aria-label=${t("ct.name", { n, place: placeOf(source) })} @click=${() => handlers.toggle(source)}
    @keydown=${(event: KeyboardEvent) => chipKey(event, source, handlers)}
    @pointerenter=${() => handlers.hint?.(source)} @pointerleave=${() => handlers.hint?.(null)}
    @focus=${() => handlers.hint?.(source)} @blur=${() => handlers.hint?.(null)}>${n}</button>`;
}

// `o` shows the quote in the book, the arrows lead to the chips before and after.
function chipKey(event: KeyboardEvent, source: Source, handlers: AnswerHandlers): void {
  const here = event.currentTarget as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "o") handlers.show(source, here);
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const chips = [...here.closest(".answer, .thread")!.querySelectorAll<HTMLElement>("button.chip")];
    const ahead = (event.key === "ArrowRight") === (getComputedStyle(here).direction === "ltr");
    chips[chips.indexOf(here) + (ahead ? 1 : -1)]?.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

/** A quote with its place; `number` is null for a passage that proves nothing. */
export function card(source: Source, number: number | null, handlers: AnswerHandlers): TemplateResult {
  const place = placeOf(source);
  const shown = marksOf(source).map((mark) => mark.html).filter(Boolean).join("\n");
  const label = number === null ? t("ct.near", { place }) : t("ct.name", { n: number, place });
  const note = handlers.note?.(source) ?? null;
  const language = handlers.language(source);
  const origin = handlers.origin?.(source) ?? null;
  const inside = html`${number === null ? nothing : html`<span class="chip" aria-hidden="true">${number}</span>`}
    <span class="place"><bdi>${place}</bdi>${origin === null ? nothing : html` <span class="origin">${origin}</span>`}</span>`;
  return html`<figure class=${number === null ? "quote near" : "quote"}>
    ${shown
      ? html`<blockquote lang=${language} dir="auto" ${serverHtml(shown)}></blockquote>`
      : html`<blockquote lang=${language} dir="auto">${source.quote}</blockquote>`}
    <figcaption>
      ${citation(source, number, label, inside, handlers)}
      <gl-copy .words=${() => cited(source, handlers)} .label=${t("ct.copy")}></gl-copy>
    </figcaption>
    ${note === null ? nothing : html`<p class="tiny moved">${note}</p>`}
  </figure>`;
}

function citation(source: Source, number: number | null, label: string, inside: TemplateResult, handlers: AnswerHandlers): TemplateResult {
  const link = handlers.link?.(source) ?? null;
  const show = (event: Event) => handlers.show(source, event.currentTarget as HTMLElement);
  if (link === null) {
    return html`<button type="button" class="cite" data-source=${number === null ? nothing : number - 1} aria-label=${`${label}. ${t("ct.show")}`} aria-pressed=${handlers.pressed(source)} @click=${show}>${inside}</button>`;
  }
  // A plain click is ours; whoever wants another window gets what the browser does with a link.
  const pressed = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(event);
  };
  return html`<a class="cite" href=${link.address} aria-label=${`${label}. ${link.label}`} @click=${pressed}>${inside}</a>`;
}

function cited(source: Source, handlers: AnswerHandlers): string {
  const words = marksOf(source).map((mark) => mark.text).join("\n") || source.quote;
  return `“${words}” (${handlers.title(source)}, ${placeOf(source)}) ${new URL(source.url, location.href).href}`;
}
