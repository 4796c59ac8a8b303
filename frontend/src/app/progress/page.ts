// How far one is, where one asked, and what to read again.

import { html, nothing, type TemplateResult } from "lit";
import { api } from "../../foundation/api.ts";
import { keep, kept } from "../../foundation/kept.ts";
import { remembered } from "../../foundation/remembered.ts";
import { t } from "../../foundation/strings.ts";
import { clock } from "../../foundation/times.ts";
import type { Book } from "../../foundation/types.ts";
import { oneStop, rove } from "../../parts/roving.ts";
import { banner, empty } from "../../parts/states.ts";
import { bookAddress } from "../addresses.ts";
import type { Progress } from "../library/shelf.ts";
import { AppPage } from "../page.ts";
import { member } from "../who.ts";
import { AGAIN, asCsv, openedSince, told, type Asked, type Told } from "./told.ts";

type Period = "week" | "all";
const WEEK = 7;

interface Loaded {
  readonly progress: Progress;
  readonly asked: Asked;
  readonly all: readonly Told[];
  readonly from: string | null;
  readonly problem: Error | null;
}

export class ProgressPage extends AppPage<Loaded> {
  static override properties = { ...AppPage.properties, period: { state: true } };
  declare period: Period;

  constructor() {
    super();
    this.period = kept<Period>("progress.period", "week");
  }

  protected override async load(): Promise<Loaded> {
    await member();
    const { data, from, problem } = await remembered(`progress.${this.period}`, async () => {
      const [progress, whole, lately] = await Promise.all([
        api.call<Progress>("/api/user/progress"),
        api.call<Asked>("/api/chat/asked"),
        this.period === "week" ? api.call<Asked>(`/api/chat/asked?days=${WEEK}`) : null,
      ]);
      const books = await Promise.all(progress.books.map((row) => api.call<Book>(`/api/books/${encodeURIComponent(row.book_id)}`)));
      return { progress, asked: lately ?? whole, all: told(progress, new Map(books.map((book) => [book.book_id, book])), whole) };
    });
    return { ...data, from, problem };
  }

  protected override titles(): readonly string[] {
    return [t("nav.progress")];
  }

  protected override updated(): void {
    for (const map of this.querySelectorAll(".map")) oneStop([...map.querySelectorAll<HTMLElement>("a")]);
  }

  protected override content(loaded: Loaded): TemplateResult {
    const { progress, asked, all } = loaded;
    const since = this.period === "week" ? new Date(Date.now() - WEEK * 86_400_000) : null;
    const opened = openedSince(progress, since);
    const nothingYet = progress.books.length === 0 && progress.questions_asked === 0;
    return html`<div class="page">
      <h1 tabindex="-1">${t("nav.progress")}</h1>
      ${loaded.problem ? html`${banner(loaded.problem as never, () => void this.reload())}<p class="soft">${t("pg.old", { when: clock(loaded.from!) })}</p>` : nothing}
      ${nothingYet ? empty(t("pg.empty"), html`<a class="button" href="/">${t("nav.toLibrary")}</a>`) : html`
        <div class="choice" role="group" aria-label=${t("pg.period")}>${(["week", "all"] as const).map((period) => html`
          <button type="button" aria-pressed=${this.period === period} @click=${() => this.#show(period)}>${t(period === "week" ? "pg.week" : "pg.all")}</button>`)}</div>
        <p class="sum">${opened === 0 && asked.questions === 0 ? t("pg.none") : html`${t("pg.chapters", { n: opened })} · ${t("pg.questions", { n: asked.questions })}`}</p>
        ${all.map((book) => this.#book(book))}
        ${this.#again(all)}
        ${asked.words.length > 0 ? html`<section aria-labelledby="progress-words"><h2 id="progress-words">${t("pg.words")}</h2>
          <ul class="words">${asked.words.map(({ word, questions }) => html`<li><bdi>${word}</bdi> <span class="soft">${t("pg.asked", { n: questions })}</span></li>`)}</ul></section>` : nothing}
        <section aria-labelledby="progress-export"><h2 id="progress-export">${t("pg.export")}</h2>
          <p class="actions"><button type="button" @click=${() => save("csv", asCsv(all))}>CSV</button>
          <button type="button" @click=${() => save("json", JSON.stringify({ ...progress, asked: asked.chapters }, null, 2))}>JSON</button></p></section>`}
    </div>`;
  }

  #show(period: Period): void {
    this.period = period;
    keep("progress.period", period);
    void this.reload();
  }

  #book(book: Told): TemplateResult {
    const id = `progress-${book.book_id}`;
    const words = t("lib.percent", { n: book.percent });
    return html`<section class="told" aria-labelledby=${id}>
      <div class="head"><h2 id=${id}><bdi lang=${book.language || nothing}>${book.title}</bdi></h2><span>${words}</span></div>
      <progress max="100" value=${book.percent} aria-label=${words}></progress>
      <ol class="map" aria-label=${t("pg.map", { title: book.title })} @keydown=${(event: KeyboardEvent) => rove(event, [...(event.currentTarget as Element).querySelectorAll("a")])}>
        ${book.steps.map((step) => {
          const state = t(`pg.${step.state}`);
          const name = `${step.title}, ${state}${step.questions > 0 ? `, ${t("pg.questions", { n: step.questions })}` : ""}`;
          return html`<li><a href=${bookAddress(book.book_id, step.chapter_id)} data-state=${step.state} aria-label=${name} title=${step.title}>${step.questions > 0 ? html`<i></i>` : nothing}</a></li>`;
        })}</ol>
      <p class="soft key">${t("pg.key")}</p>
      ${book.next
        ? html`<p><a class="button" href=${bookAddress(book.book_id, book.next.chapter_id)}>${t("lib.continue")}</a> <bdi class="soft">${book.next.title}</bdi></p>`
        : html`<p class="soft">${t("pg.whole")}</p>`}
    </section>`;
  }

  #again(all: readonly Told[]): TemplateResult | typeof nothing {
    const rows = all.flatMap((book) => book.steps.filter((step) => step.questions >= AGAIN).map((step) => ({ book, step })));
    if (rows.length === 0) return nothing;
    rows.sort((one, other) => other.step.questions - one.step.questions);
    return html`<section aria-labelledby="progress-again"><h2 id="progress-again">${t("pg.again")}</h2>
      <ul class="plain">${rows.slice(0, 10).map(({ book, step }) => html`<li><a href=${bookAddress(book.book_id, step.chapter_id)}><bdi>${step.title}</bdi></a>
        <span class="soft">${t("pg.asked", { n: step.questions })}</span></li>`)}</ul></section>`;
  }
}

/** Hand a file to the reader, made here. */
function save(ending: "csv" | "json", text: string): void {
  const type = ending === "csv" ? "text/csv;charset=utf-8" : "application/json";
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `glossator-progress.${ending}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

customElements.define("gl-progress", ProgressPage);
