// Books for those who write them: add, see the state, who sees them, what is prepared, remove.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { isolated, number, t } from "../../foundation/strings.ts";
import { money } from "../../foundation/times.ts";
import type { Book, Page } from "../../foundation/types.ts";
import "../../parts/dialog.ts";
import { pager } from "../../parts/pager.ts";
import { banner, empty } from "../../parts/states.ts";
import { field, focusSummary, NO_FAULTS, select, summary, type Faults } from "../accounts/fields.ts";
import { bookAddress } from "../addresses.ts";
import { tongueName } from "../library/shelf.ts";
import { AppPage } from "../page.ts";
import { estimate, prepare, type Estimate, type Form } from "./preparing.ts";
import type { AdminBook, Job } from "./told.ts";

/** How often the state of unfinished jobs is asked for. */
const LOOK_MS = 1500;
const FORMS: readonly (readonly [string, Form])[] = [
  ["ur", { language: "ur" }], ["beginner", { level: "beginner", hardware: "none" }],
  ["intermediate", { level: "intermediate", hardware: "none" }], ["advanced", { level: "advanced", hardware: "none" }],
];

type Open = { readonly kind: "add" } | { readonly kind: "remove" | "prepare"; readonly book: AdminBook } | null;

export class Books extends AppPage<Page<AdminBook>> {
  static override properties = {
    ...AppPage.properties, open: { state: true }, trouble: { state: true }, faults: { state: true }, busy: { state: true },
    form: { state: true }, price: { state: true }, done: { state: true },
  };
  declare open: Open;
  declare trouble: Problem | null;
  declare faults: Faults;
  declare busy: boolean;
  declare form: string;
  declare price: Estimate | null;
  /** Chapters prepared by now; null before it was begun. */
  declare done: number | null;
  #page = 1;
  #looking = 0;
  #work: AbortController | null = null;
  #new = { book_id: "", title: "", url: "", visibility: "public" };

  constructor() {
    super();
    this.open = this.trouble = this.price = this.done = null;
    this.faults = NO_FAULTS;
    this.busy = false;
    this.form = "ur";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#looking);
    this.#work?.abort();
  }

  protected override async load(): Promise<Page<AdminBook>> {
    const list = await api.call<Page<AdminBook>>(`/api/admin/books?page=${this.#page}&page_size=50`);
    clearTimeout(this.#looking);
    if (list.items.some((book) => unfinished(book.job)) && this.isConnected) this.#looking = window.setTimeout(() => void this.#look(), LOOK_MS);
    return list;
  }

  protected override titles(): readonly string[] {
    return [t("ad.books"), t("nav.admin")];
  }

  protected override content(list: Page<AdminBook>): TemplateResult {
    return html`<h1 tabindex="-1">${t("ad.books")}</h1>
      ${this.trouble && this.open === null ? banner(this.trouble, null) : nothing}
      <p><button type="button" class="send" @click=${() => this.#show({ kind: "add" })}>${t("ad.addbook")}</button></p>
      ${list.total === 0 ? empty(t("ad.nobooks")) : html`<div class="scrolls" tabindex="0" role="region" aria-label=${t("ad.books")}>
        <table class="stack"><thead><tr><th scope="col">${t("ad.book")}</th><th scope="col">${t("ad.state")}</th><th scope="col">${t("ad.vis")}</th>
          <th scope="col">${t("ad.prepared")}</th><th scope="col"><span class="unseen">${t("ad.change")}</span></th></tr></thead>
        <tbody>${list.items.map((book) => this.#row(book))}</tbody></table></div>`}
      ${pager(list, t("ad.books"), (page) => this.#go(page))}
      <gl-dialog ?alert=${this.open?.kind === "remove"} .heading=${this.#heading()} .content=${this.open && this.#dialog(this.open)} @closed=${() => this.#close()}></gl-dialog>`;
  }

  #row(book: AdminBook): TemplateResult {
    const title = book.title ?? book.book_id;
    const there = book.language !== null;
    return html`<tr><th scope="row">${there ? html`<a href=${bookAddress(book.book_id)}><bdi lang=${book.language!}>${title}</bdi></a>` : html`<bdi>${title}</bdi>`}<br>
        <span class="soft"><bdi dir="ltr">${book.book_id}</bdi> · ${t("lib.chapters", { n: book.chapters })}</span></th>
      <td data-label=${t("ad.state")}>${jobState(book)}</td>
      <td data-label=${t("ad.vis")}>${there ? html`<select aria-label=${t("ad.visof", { title })} @change=${(event: Event) => void this.#visibility(book, event.target as HTMLSelectElement)}>
        ${(["public", "members"] as const).map((each) => html`<option value=${each} ?selected=${each === book.visibility}>${t(`ad.v.${each}`)}</option>`)}</select>` : nothing}</td>
      <td data-label=${t("ad.prepared")}>${book.prepared.length === 0 ? "–" : html`<ul class="plain tight">${book.prepared.map((form) => html`<li><bdi>${form.language ? tongueName(form.language) : levelName(form.level)}</bdi>: ${t("ad.donetotal", { a: form.chapters, b: book.chapters })}</li>`)}</ul>`}</td>
      <td>${there ? html`<div class="actions"><button type="button" aria-label=${t("ad.prepof", { title })} @click=${() => this.#show({ kind: "prepare", book })}>${t("ad.prep")}</button>
        <button type="button" class="danger" @click=${() => this.#show({ kind: "remove", book })}>${t("ad.remove")}<span class="unseen"> ${title}</span></button></div>` : nothing}</td></tr>`;
  }

  #heading(): string {
    if (this.open === null) return "";
    if (this.open.kind === "add") return t("ad.addbook");
    const title = isolated(this.open.book.title ?? this.open.book.book_id);
    return t(this.open.kind === "remove" ? "ad.removeof" : "ad.prepof", { title });
  }

  #dialog(open: NonNullable<Open>): TemplateResult {
    const trouble = this.trouble ? banner(this.trouble, null) : nothing;
    if (open.kind === "add") return html`${trouble}${summary(this.faults)}${this.#addForm()}`;
    if (open.kind === "prepare") return html`${trouble}${this.#prepareForm(open.book)}`;
    return html`${trouble}<p>${t("ad.removeq")}</p><div class="actions end">${this.#cancel()}
      <button type="button" class="danger" @click=${() => void this.#remove(open.book)}>${t("ad.remove")}</button></div>`;
  }

  #cancel(): TemplateResult {
    return html`<button type="button" @click=${() => this.#close()}>${t("se.cancel")}</button>`;
  }

  #addForm(): TemplateResult {
    const typed = this.#new;
    return html`<form novalidate @submit=${(event: Event) => void this.#add(event)}>
      <div class="field"><label for="book-files">${t("ad.files")}</label><input id="book-files" type="file" multiple aria-invalid=${this.faults.has("book-files") ? "true" : nothing}></div>
      ${field({ id: "book-id", label: t("ad.bookid"), hint: t("ad.idhint"), direction: "ltr", value: typed.book_id, set: (value) => (typed.book_id = value) }, this.faults)}
      ${field({ id: "book-title", label: t("ad.fromfile"), value: typed.title, set: (value) => (typed.title = value) }, this.faults)}
      ${field({ id: "book-url", label: t("ad.url"), type: "url", direction: "ltr", value: typed.url, set: (value) => (typed.url = value) }, this.faults)}
      ${select("book-vis", t("ad.vis"), [["public", t("ad.v.public")], ["members", t("ad.v.members")]], typed.visibility, (value) => (typed.visibility = value))}
      <div class="actions end">${this.#cancel()}<button type="submit" class="send" aria-disabled=${this.busy ? "true" : nothing}>${this.busy ? t("dc.sending") : t("ad.addbook")}</button></div></form>`;
  }

  #prepareForm(book: AdminBook): TemplateResult {
    const { price, done } = this;
    const running = done !== null && price !== null && done < price.chapters.length && this.busy;
    const words = (name: string) => (name === "ur" ? "اردو" : levelName(name));
    const chosen = (name: string) => {
      this.form = name;
      this.price = this.done = null;
    };
    return html`
      <fieldset ?disabled=${this.busy}>${select("prepare-form", t("ad.form"), FORMS.map(([name]) => [name, words(name)] as const), this.form, chosen)}</fieldset>
      ${price === null ? nothing : html`<p>${estimateWords(price, done)}</p>`}
      ${running ? html`<progress max=${price.chapters.length} value=${done} aria-label=${t("ad.prepared")}></progress>` : nothing}
      <div class="actions end">${this.#cancel()}
        ${price === null
          ? html`<button type="button" class="send" aria-disabled=${this.busy ? "true" : nothing} @click=${() => void this.#estimate(book)}>${this.busy ? t("st.loading") : t("ad.estimate")}</button>`
          : price.chapters.length > 0 && price.model && done === null
            ? html`<button type="button" class="send" @click=${() => void this.#prepare(book, price)}>${t("ad.start")}</button>`
            : nothing}</div>`;
  }

  get #chosen(): Form {
    return FORMS.find(([name]) => name === this.form)![1];
  }

  async #estimate(book: AdminBook): Promise<void> {
    if (this.busy) return;
    await this.#try(async () => {
      this.price = await estimate(await api.call<Book>(`/api/books/${encodeURIComponent(book.book_id)}`), this.#chosen);
      announcer.say(estimateWords(this.price, null));
    });
  }

  async #prepare(book: AdminBook, price: Estimate): Promise<void> {
    this.#work = new AbortController();
    this.done = 0;
    await this.#try(async () => {
      await prepare(book.book_id, this.#chosen, price.chapters, (done) => (this.done = done), this.#work!.signal);
      announcer.say(t("ad.prepdone"));
    });
    void this.reload();
  }

  async #add(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const files = this.querySelector<HTMLInputElement>("#book-files")!.files!;
    if (files.length === 0) return this.#wrong(new Map([["book-files", t("ad.nofile")]]));
    const body = new FormData();
    for (const file of files) body.append("files", file);
    for (const [name, value] of Object.entries(this.#new)) if (value.trim()) body.append(name, value.trim());
    await this.#try(async () => {
      await api.call("/api/books", { body });
      this.#new = { book_id: "", title: "", url: "", visibility: "public" };
      this.open = null;
      announcer.say(t("ad.s.queued"));
      await this.reload();
    });
  }

  #wrong(faults: Faults): void {
    this.faults = faults;
    void this.updateComplete.then(() => focusSummary(this));
  }

  async #visibility(book: AdminBook, choice: HTMLSelectElement): Promise<void> {
    await this.#try(async () => {
      await api.call(`/api/books/${encodeURIComponent(book.book_id)}`, { method: "PATCH", body: { visibility: choice.value } });
      announcer.say(t("ad.saved2"));
    });
    if (this.trouble) choice.value = book.visibility;
    else await this.reload();
  }

  async #remove(book: AdminBook): Promise<void> {
    await this.#try(async () => {
      await api.call(`/api/books/${encodeURIComponent(book.book_id)}`, { method: "DELETE" });
      this.open = null;
      await this.reload();
    });
  }

  async #look(): Promise<void> {
    const before = new Map(this.loaded?.items.map((book) => [book.book_id, book.job?.status]));
    await this.reload();
    for (const book of this.loaded?.items ?? []) {
      const state = book.job?.status;
      if (state && state !== before.get(book.book_id)) announcer.say(`${book.title ?? book.book_id}: ${t(`ad.s.${state}`)}`);
    }
  }

  #show(open: NonNullable<Open>): void {
    this.trouble = this.price = this.done = null;
    this.faults = NO_FAULTS;
    this.open = open;
  }

  #close(): void {
    this.#work?.abort();
    this.open = null;
  }

  #go(page: number): void {
    this.#page = page;
    void this.reload();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.trouble = null;
    this.busy = true;
    try {
      await work();
    } catch (error) {
      // Closing the dialog ends what it began.
      if (error instanceof DOMException && error.name === "AbortError") return;
      if (!(error instanceof Problem)) throw error;
      if (this.#work?.signal.aborted && error.offline) return;
      this.trouble = error;
      announcer.say(error.message || t("st.server"), { now: true });
    } finally {
      this.busy = false;
    }
  }
}

const unfinished = (job: Job | null): boolean => job !== null && job.status !== "ready" && job.status !== "failed";

function levelName(level: string): string {
  const n = ["beginner", "intermediate", "advanced"].indexOf(level) + 1;
  return n === 0 ? level : t(`lv.${n as 1 | 2 | 3}`);
}

function jobState({ job, chapters }: AdminBook): TemplateResult {
  const state = job?.status ?? (chapters > 0 ? "ready" : "queued");
  const { done, total } = job?.progress ?? { done: 0, total: 0 };
  return html`${t(`ad.s.${state}`)}${unfinished(job) && total > 0 ? html` · ${t("ad.donetotal", { a: number(done), b: number(total) })}<br><progress max=${total} value=${done} aria-label=${t(`ad.s.${state}`)}></progress>` : nothing}
    ${job?.error ? html`<br><span class="wrong" dir="auto">${job.error}</span>` : nothing}`;
}

function estimateWords(price: Estimate, done: number | null): string {
  if (price.chapters.length === 0) return t("ad.allthere");
  if (!price.model) return t("ad.nomodel");
  if (done === price.chapters.length) return t("ad.prepdone");
  if (done !== null) return t("ad.preparing", { a: done, b: price.chapters.length });
  return price.usd === null ? t("ad.noprice") : t("ad.chapn", { n: price.chapters.length, x: money(price.usd) });
}

customElements.define("gl-admin-books", Books);
