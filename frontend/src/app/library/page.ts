// The library: where one was reading, the books, and one's own files.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api } from "../../foundation/api.ts";
import { keep, kept } from "../../foundation/kept.ts";
import { remembered } from "../../foundation/remembered.ts";
import { directionOf, t } from "../../foundation/strings.ts";
import { clock } from "../../foundation/times.ts";
import type { Book, Page } from "../../foundation/types.ts";
import { oneStop, rove } from "../../parts/roving.ts";
import { banner, empty } from "../../parts/states.ts";
import { bookAddress, documentAddress, router } from "../addresses.ts";
import { brought } from "../margin/brought.ts";
import { AppPage } from "../page.ts";
import { chosen } from "../preferences.ts";
import { known } from "../who.ts";
import { readyQuestions } from "./ready.ts";
import { cards, colour, found, keptBooks, onDevice, tongueName, type Card, type Progress } from "./shelf.ts";

/** From so many books on they can be searched. */
const SEARCHED = 30;
const PAGE = 100;
const FILES = 5;

interface File {
  readonly document_id: string;
  readonly title: string;
  readonly filename: string;
  readonly status: string;
}

interface Shelf {
  readonly cards: readonly Card[];
  readonly files: readonly File[];
  readonly from: string | null;
  readonly problem: Error | null;
  readonly offline: ReadonlySet<string> | null;
  readonly guest: boolean;
}

export class Library extends AppPage<Shelf> {
  static override properties = { ...AppPage.properties, words: { state: true }, order: { state: true } };
  declare words: string;
  declare order: "recent" | "title";
  #keys = (event: KeyboardEvent) => this.#pressed(event);

  constructor() {
    super();
    this.words = kept("library.words", "");
    this.order = kept("library.order", "recent");
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#keys);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("keydown", this.#keys);
  }

  protected override async load(): Promise<Shelf> {
    const me = await known();
    const { data, from, problem } = await remembered("library", async () => {
      const [books, progress, files] = await Promise.all([
        everyBook(),
        me ? api.call<Progress>("/api/user/progress") : null,
        me ? api.call<Page<File>>(`/api/docs?page_size=${FILES}`) : null,
      ]);
      const shown = (files?.items ?? []).map(({ document_id, title, filename, status }) => ({ document_id, title, filename, status }));
      return { cards: cards(books, progress ?? onDevice(books)), files: shown };
    });
    const offline = problem?.offline ? await keptBooks() : null;
    return { ...data, from, problem, offline, guest: me === null };
  }

  protected override titles(): readonly string[] {
    return [t("lib.title")];
  }

  protected override content(shelf: Shelf): TemplateResult {
    return html`<div class="library">
      <h1 tabindex="-1">${t("lib.title")}</h1>
      ${shelf.problem ? html`${banner(shelf.problem as never, () => void this.reload())}<p class="soft">${t("lib.old", { when: clock(shelf.from!) })}</p>` : nothing}
      ${shelf.cards.length > SEARCHED ? this.#search(shelf) : nothing}
      ${this.#first(shelf)}
      ${this.#books(shelf)}
      ${this.#files(shelf)}
    </div>`;
  }

  protected override updated(): void {
    oneStop(this.#links());
  }

  #search(shelf: Shelf): TemplateResult {
    return html`<search><form role="search" class="find" @submit=${(event: Event) => event.preventDefault()}>
      <label for="library-find">${t("lib.search")}</label>
      <input id="library-find" type="search" dir="auto" autocomplete="off" .value=${this.words}
        @input=${(event: Event) => this.#searched(shelf, (event.target as HTMLInputElement).value)}></form></search>`;
  }

  #searched(shelf: Shelf, words: string): void {
    this.words = words;
    keep("library.words", words || undefined);
    announcer.say(t("lib.results", { n: found(shelf.cards, words).length }));
  }

  /** Where one was reading; in the first minute the book to begin with. */
  #first(shelf: Shelf): TemplateResult | typeof nothing {
    const reading = shelf.cards.find((card) => card.percent !== null && card.next !== null);
    if (reading?.next) {
      return html`<section class="lead" aria-labelledby="library-now">
        <h2 id="library-now">${t("lib.now")}</h2>
        ${lead(reading, html`<p>${t("lib.next", { t: "" })}<bdi lang=${reading.language}>${reading.next.title}</bdi> · ${t("lib.percent", { n: reading.percent! })}</p>
          <progress max="100" value=${reading.percent!} aria-label=${t("lib.percent", { n: reading.percent! })}></progress>
          <p><a class="button" data-continue href=${bookAddress(reading.id, reading.next.chapter_id)}>${t("lib.continue")}</a></p>`)}
      </section>`;
    }
    const [first] = shelf.cards;
    if (!first || shelf.cards.some((card) => card.percent !== null)) return nothing;
    return html`<section class="lead" aria-labelledby="library-first">
      <h2 id="library-first">${t("lib.empty")}</h2>
      ${lead(first, html`<p class="soft">${t("lib.chapters", { n: first.chapters })} · ${t("lib.minutes", { n: first.minutes })}</p>
        <p><a class="button" data-continue href=${bookAddress(first.id)}>${t("rd.start")}</a>
        <a class="quiet-link" href="/files">${t("lib.own")}</a></p>`)}
      ${this.#ready(first)}
    </section>`;
  }

  // Questions whose answers stand in the book: one click to the first of them.
  #ready(first: Card): TemplateResult | typeof nothing {
    const ready = readyQuestions(first.id, () => this.requestUpdate());
    if (ready === null) return nothing;
    const ask = (question: string) => {
      brought.value = question;
      router.go(bookAddress(first.id, ready.chapter));
    };
    return html`<h3 class="try" id="library-try">${t("mg.try")}</h3>
      <ul class="suggestions" aria-labelledby="library-try">${ready.questions.map((question) =>
        html`<li><button type="button" lang=${first.language} dir="auto" @click=${() => ask(question)}>${question}</button></li>`)}</ul>`;
  }

  #books(shelf: Shelf): TemplateResult {
    if (shelf.cards.length === 0) return empty(t("lib.none"), html`<a href="/files">${t("lib.own")}</a>`);
    const shown = found(shelf.cards, shelf.cards.length > SEARCHED ? this.words : "");
    const ordered = this.order === "title" ? [...shown].sort((one, other) => one.title.localeCompare(other.title)) : shown;
    const mine = ordered.filter((card) => card.percent !== null);
    const others = ordered.filter((card) => card.percent === null);
    return html`
      ${shown.length === 0 ? html`<p>${t("lib.nothing")}</p>` : nothing}
      ${mine.length > 0 ? this.#group("mine", t("lib.mine"), mine, shelf) : nothing}
      ${others.length > 0 ? this.#group("others", t(mine.length > 0 ? "lib.more" : "lib.all"), others, shelf) : nothing}`;
  }

  #group(name: string, words: string, group: readonly Card[], shelf: Shelf): TemplateResult {
    const order = (value: "recent" | "title") => () => {
      this.order = value;
      keep("library.order", value);
    };
    return html`<section aria-labelledby="library-${name}">
      <div class="head"><h2 id="library-${name}">${words}</h2>
        ${name === "mine" && group.length > 1
          ? html`<div class="choice" role="group" aria-label=${t("lib.sort")}>
              <button type="button" aria-pressed=${this.order === "recent"} @click=${order("recent")}>${t("lib.recent")}</button>
              <button type="button" aria-pressed=${this.order === "title"} @click=${order("title")}>${t("lib.bytitle")}</button></div>`
          : nothing}</div>
      <ul class="cards" @keydown=${(event: KeyboardEvent) => rove(event, this.#links())}>
        ${group.map((card) => html`<li>${this.#card(card, shelf)}</li>`)}</ul></section>`;
  }

  #card(card: Card, shelf: Shelf): TemplateResult {
    const away = shelf.offline !== null && !shelf.offline.has(card.id);
    const tongues = card.languages.map(tongueName).join(" · ");
    return html`<a class="card" ?data-away=${away} href=${bookAddress(card.id)}>
      ${cover(card)}
      <span class="about">
        <span class="name"><bdi lang=${card.language}>${card.title}</bdi></span>
        ${card.percent === null
          ? html`<span class="soft">${t("lib.chapters", { n: card.chapters })}</span>`
          : html`<span class="soft">${t("lib.percent", { n: card.percent })}</span><progress max="100" value=${card.percent} aria-hidden="true"></progress>`}
        <span class="soft tongues"><span class="unseen">${t("lib.languages", { list: tongues })}</span><bdi aria-hidden="true">${tongues}</bdi></span>
        ${away ? html`<span class="away">${t("lib.offline")}</span>` : nothing}
      </span></a>`;
  }

  #files(shelf: Shelf): TemplateResult | typeof nothing {
    if (shelf.guest || shelf.files.length === 0) return nothing;
    return html`<section aria-labelledby="library-files">
      <div class="head"><h2 id="library-files">${t("lib.docs")}</h2><a href="/files">${t("lib.alldocs")}</a></div>
      <ul class="plain">${shelf.files.map((file) => html`<li><a href=${documentAddress(file.document_id)}><bdi>${file.title || file.filename}</bdi></a></li>`)}</ul>
    </section>`;
  }

  #links(): HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".cards a")];
  }

  #pressed(event: KeyboardEvent): void {
    const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
    if (event.key !== "c" || typing || event.altKey || event.ctrlKey || event.metaKey || !chosen("keys")) return;
    const link = this.querySelector<HTMLAnchorElement>("[data-continue]");
    if (link) router.go(link.href);
  }
}

async function everyBook(): Promise<readonly Book[]> {
  const first = await api.call<Page<Book>>(`/api/books?page_size=${PAGE}`);
  const more = Array.from({ length: Math.ceil(first.total / PAGE) - 1 }, (_, n) => api.call<Page<Book>>(`/api/books?page_size=${PAGE}&page=${n + 2}`));
  return [first, ...(await Promise.all(more))].flatMap((page) => page.items);
}

/** A cover made of the title alone; a link beside it says the same. */
function cover(card: Card): TemplateResult {
  return html`<span class="cover" aria-hidden="true" data-colour=${colour(card.id)} lang=${card.language} dir=${directionOf(card.language)}>${card.title}</span>`;
}

function lead(card: Card, facts: TemplateResult): TemplateResult {
  return html`<div class="leading">${cover(card)}<div><p class="name"><a href=${bookAddress(card.id)}><bdi lang=${card.language}>${card.title}</bdi></a></p>${facts}</div></div>`;
}

customElements.define("gl-library", Library);
