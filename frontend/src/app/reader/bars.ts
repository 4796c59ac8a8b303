// The bars of the reader: where one is, level, language, text settings, and a phone's bar.

import { html, nothing, type TemplateResult } from "lit";
import { t, type Key } from "../../foundation/strings.ts";
import type { Book, Chapter } from "../../foundation/types.ts";
import { bookAddress } from "../addresses.ts";
import type { Shell } from "../shell.ts";
import { LEVELS, type Wanted } from "./forms.ts";

/** What the bars ask of the page. */
export interface BarHandlers {
  choose(wanted: Wanted): void;
  contents(opener: HTMLElement): void;
  ask(opener: HTMLElement | null): void;
  search(): void;
  print(): void;
  copyLink(): void;
  bookmark(): void;
  report(): void;
  both(shown: boolean): void;
  diff(shown: boolean): void;
  settings(): TemplateResult;
}

/** What the bars show. */
export interface BarState {
  readonly book: Book;
  readonly chapter: Chapter | null;
  readonly wanted: Wanted;
  readonly making: boolean;
  readonly both: boolean;
  readonly diff: boolean;
  readonly asking: boolean;
}

const NAMES: Readonly<Record<string, string>> = { ur: "اردو", en: "English" };
const LEVEL_KEYS: readonly Key[] = ["lv.1", "lv.2", "lv.3"];

/** The language that one tap leads to: Urdu, or for a book in Urdu, English. */
export const otherLanguage = (book: Book): string => (book.language.split("-")[0] === "ur" ? "en" : "ur");

/** What the page puts into the window's bars. */
export function bars(state: BarState, handlers: BarHandlers): Shell {
  const { book, chapter } = state;
  return {
    way: html`<a href="/">${t("nav.library")}</a><a href=${bookAddress(book.book_id)} dir="auto"><bdi>${book.title}</bdi></a>${
      chapter ? html`<span class="here" dir="auto"><bdi>${chapter.title}</bdi></span>` : nothing}`,
    tools: html`<div class="tools">
      ${button("contents-open", "rd.contents", (opener) => handlers.contents(opener))}
      ${chapter ? html`${level(state, handlers)}${language(state, handlers)}${aa(handlers)}` : nothing}
      ${more(state, handlers)}
      <button type="button" class="ask-open" aria-expanded=${state.asking} @click=${(event: Event) => handlers.ask(event.currentTarget as HTMLElement)}>${t("mg.send")}</button>
    </div>`,
    bar: html`${button("", "rd.contents", (opener) => handlers.contents(opener))}${button("", "mg.send", (opener) => handlers.ask(opener))}`,
    ask: () => handlers.ask(null),
  };
}

function button(name: string, key: Key, act: (opener: HTMLElement) => void): TemplateResult {
  return html`<button type="button" class=${name} @click=${(event: Event) => act(event.currentTarget as HTMLElement)}>${t(key)}</button>`;
}

function level({ wanted, making, diff }: BarState, handlers: BarHandlers): TemplateResult {
  const now = wanted.level === null ? t("lv.0") : t(LEVEL_KEYS[LEVELS.indexOf(wanted.level as (typeof LEVELS)[number])]!);
  const option = (value: string | null, key: Key) => html`<label><input type="radio" name="glossator-level" value=${value ?? ""} .checked=${wanted.level === value}
    @change=${() => handlers.choose({ language: null, level: value })}><span>${t(key)}</span></label>`;
  return html`<details class="menu level"><summary aria-label=${`${t("lv.title")}: ${now}`}><span aria-hidden="true">${t("lv.title")}</span></summary>
    <div class="menu-list panel" role="radiogroup" aria-label=${t("lv.title")} aria-busy=${making ? "true" : nothing}>
      ${option(null, "lv.0")}${LEVELS.map((name, n) => option(name, LEVEL_KEYS[n]!))}
      <p class="tiny">${t("lv.note")}</p>
      ${wanted.level ? html`<label class="switch"><input type="checkbox" role="switch" .checked=${diff}
        @change=${(event: Event) => handlers.diff((event.target as HTMLInputElement).checked)}> ${t("lv.diff")}</label>` : nothing}
    </div></details>`;
}

function language({ book, wanted }: BarState, handlers: BarHandlers): TemplateResult {
  const other = otherLanguage(book);
  const to = wanted.language === null ? other : book.language.split("-")[0]!;
  const go = () => handlers.choose({ language: wanted.language === null ? other : null, level: null });
  return html`<button type="button" class="chapter-tongue" lang=${to} aria-label=${`${t("tr.switch")}: ${NAMES[to] ?? to}`} @click=${go}>${NAMES[to] ?? to}</button>`;
}

function aa(handlers: BarHandlers): TemplateResult {
  return html`<details class="menu aa"><summary aria-label=${t("aa.title")}><span aria-hidden="true">Aa</span></summary>
    <div class="menu-list">${handlers.settings()}</div></details>`;
}

function more({ chapter, wanted, both }: BarState, handlers: BarHandlers): TemplateResult {
  return html`<details class="menu more"><summary aria-label=${t("nav.more")}><span aria-hidden="true">⋯</span></summary>
    <div class="menu-list" @click=${closeMenu}>
      <button type="button" @click=${() => handlers.search()}>${t("rd.search")}</button>
      ${wanted.language ? html`<button type="button" aria-pressed=${both} @click=${() => handlers.both(!both)}>${t("tr.both")}</button>` : nothing}
      ${chapter ? html`<button type="button" @click=${() => handlers.bookmark()}>${t("rd.bookmark")}</button>
        <button type="button" @click=${() => handlers.print()}>${t("rd.print")}</button>
        <button type="button" @click=${() => handlers.copyLink()}>${t("rd.link")}</button>
        <button type="button" @click=${() => handlers.report()}>${t("sl.report")}</button>` : nothing}
    </div></details>`;
}

function closeMenu(event: Event): void {
  if (event.target instanceof HTMLButtonElement) (event.currentTarget as Element).closest("details")!.open = false;
}
