// The Margin: questions beside the text. On a phone it is a sheet with three heights.

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { Watch } from "../../foundation/cell.ts";
import { PageElement } from "../../foundation/element.ts";
import { keep, kept } from "../../foundation/kept.ts";
import { typeset } from "../../foundation/maths.ts";
import { numbersLocale, t } from "../../foundation/strings.ts";
import type { Book, Chapter, Source } from "../../foundation/types.ts";
import { banner } from "../../parts/states.ts";
import "./composer.ts";
import type { Composer, Marked } from "./composer.ts";
import { taken } from "./brought.ts";
import { handlersOf } from "./handlers.ts";
import { Post } from "./post.ts";
import { phone, setStop, stop, wasOpen } from "./sheet.ts";
import { said, words } from "./speaking.ts";
import { Talk, type About, type Thread } from "./talk.ts";
import { threadTemplate } from "./thread.ts";
import { Stretch } from "./stretch.ts";

/** What the Margin asks of the text beside it. */
export interface Desk {
  /** Lead to a quote. */
  show(source: Source, opener: HTMLElement): void;
  /** The pointer or the focus rests on a quote; null when it leaves. */
  hint(source: Source | null): void;
  /** The quote that is marked in the text now. */
  pressed(source: Source): boolean;
  note(source: Source): string | null;
  /** The Margin was closed: what was marked is forgotten. */
  closed(): void;
  /** Esc: true where a mark was taken away by it. */
  escape(): boolean;
}


export class Margin extends PageElement {
  static override properties = {
    book: { attribute: false }, file: { attribute: false }, chapter: { attribute: false }, desk: { attribute: false }, suggestions: { attribute: false },
    label: { attribute: false }, view: { state: true }, here: { state: true }, opened: { state: true }, marked: { state: true },
    problem: { state: true },
  };
  declare book: Book;
  /** The id of one's own document that is asked in the book's place. */
  declare file: string | null;
  declare chapter: Chapter | null;
  declare desk: Desk;
  declare suggestions: readonly string[];
  declare label: string;
  declare view: "talk" | "sessions";
  /** Only threads of the open chapter. */
  declare here: boolean;
  declare opened: ReadonlySet<Source>;
  declare marked: Marked | null;
  declare problem: Problem | null;
  talk: Talk | null = null;
  #opener: HTMLElement | null = null;
  #ends: (() => void)[] = [];
  readonly post = new Post(this);
  readonly stretch = new Stretch(this);

  constructor() {
    super();
    this.chapter = this.problem = this.marked = this.file = null;
    this.suggestions = [];
    this.label = "";
    this.view = "talk";
    this.here = false;
    this.opened = new Set();
    new Watch(this, stop);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    setStop(!phone.matches && wasOpen() ? "half" : "closed");
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends) end();
    this.talk?.close();
    this.talk = null;
    stop.value = "closed";
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("book") && this.book && this.talk?.book !== this.book.book_id) this.#begin();
  }

  protected override updated(): void {
    void typeset(this);
    if (this.chapter === null || this.talk?.running.value !== null) return;
    const question = taken();
    if (question !== null) void this.ask(question);
  }

  // Another book begins with the conversation that was open in it last.
  #begin(): void {
    for (const end of this.#ends) end();
    this.talk?.close();
    const talk = (this.talk = new Talk(api, this.book.book_id, this.file === null ? undefined : { document_ids: [this.file] }));
    const told = () => this.dispatchEvent(new Event("glossator-threads", { bubbles: true }));
    const name = `session.${talk.book}`;
    this.#ends = [
      talk.threads.watch(() => (this.requestUpdate(), told())),
      talk.spent.watch((spent) => {
        this.requestUpdate();
        announcer.say(spent ? this.#spentWords(spent.until) : t("lm.over"));
      }),
      talk.running.watch(() => this.requestUpdate()),
      talk.session.watch((session) => keep(name, session ?? undefined)),
    ];
    this.opened = new Set();
    this.stretch.toEnd();
    const last = kept<string | null>(name, null);
    if (last !== null) void this.#open(last, { quiet: true });
    void this.post.look();
  }

  async #open(session: string, { quiet = false } = {}): Promise<void> {
    try {
      await this.talk!.open(session);
      this.stretch.toEnd();
      this.view = "talk";
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (quiet) this.talk!.session.value = null;
      else this.problem = error;
    }
  }

  /** Open, and put the caret into the box; closing gives the focus back to `opener`. */
  async show({ opener = null, marked }: { opener?: HTMLElement | null; marked?: Marked } = {}): Promise<void> {
    this.#opener = opener ?? (document.activeElement instanceof HTMLElement ? document.activeElement : null);
    if (stop.value === "closed" || stop.value === "peek") setStop("half");
    this.view = "talk";
    if (marked) this.marked = marked;
    await this.updateComplete;
    await this.composer?.updateComplete;
    this.composer?.focus();
  }

  close(): void {
    setStop("closed");
    this.desk.closed();
    (this.#opener?.isConnected ? this.#opener : document.querySelector("main"))?.focus({ preventScroll: true });
  }

  /** Put a question: to the server, or where there is no connection into the outbox. */
  async ask(question: string, about: About | null = null): Promise<void> {
    const talk = this.talk;
    if (talk === null || talk.running.value !== null) return;
    if (stop.value === "closed" || stop.value === "peek") setStop("half");
    this.view = "talk";
    this.here = false;
    this.stretch.toEnd();
    const chapter = this.chapter?.chapter_id ?? null;
    if (!navigator.onLine) {
      if (this.post.wait(question, about, chapter)) await this.#placed(talk.add(question, about, chapter, "queued"));
      else this.composer?.fill(question);
      return;
    }
    await this.run(talk.add(question, about, chapter), { place: true });
  }

  /** Have a thread answered. */
  async run(id: string, { place = false } = {}): Promise<void> {
    const talk = this.talk!;
    const running = talk.run(id);
    if (place) await this.#placed(id);
    said(t("an.started"));
    await running;
    const thread = talk.thread(id);
    if (thread !== undefined) this.#concluded(thread);
  }

  #concluded(thread: Thread): void {
    if (thread.state === "queued") this.post.wait(thread.question, thread.about, thread.chapter);
    const problem = thread.problem;
    if (problem && problem.status !== 429) announcer.say(problem.message || t(thread.tail ? "st.err" : "st.server"), { now: true });
    if (thread.answer) said(words(thread.answer));
  }

  // The question goes to the top once; after that nothing moves by itself.
  async #placed(id: string): Promise<void> {
    await this.updateComplete;
    const box = this.querySelector<HTMLElement>(".threads");
    const thread = this.querySelector<HTMLElement>(`#${id}`);
    if (box && thread) box.scrollTop += thread.getBoundingClientRect().top - box.getBoundingClientRect().top;
  }

  /** The threads that quote a block, newest first, to open them from the text. */
  async reveal(source: Source): Promise<void> {
    if (stop.value === "closed" || stop.value === "peek") setStop("half");
    this.here = false;
    this.view = "talk";
    this.opened = new Set([...this.opened, source]);
    const thread = this.talk?.threads.value.find((each) => each.answer?.sources.includes(source));
    if (thread === undefined) return;
    this.stretch.toThread(thread.id);
    await this.updateComplete;
    await this.#placed(thread.id);
    const n = thread.answer!.sources.indexOf(source);
    (this.querySelector<HTMLElement>(`#${thread.id} [data-source="${n}"]`) ?? this.querySelector<HTMLElement>(`#${thread.id}`))?.focus({ preventScroll: true });
  }

  get composer(): Composer | null {
    return this.querySelector<Composer>("gl-composer");
  }

  #grown(): void {
    setStop(stop.value === "full" || stop.value === "closed" ? "half" : stop.value === "half" ? "full" : "half");
  }

  override render(): TemplateResult {
    const talk = this.talk;
    const modal = phone.matches && stop.value === "full";
    return html`<aside class="margin" data-stop=${stop.value} role=${modal ? "dialog" : nothing} aria-modal=${modal ? "true" : nothing}
      aria-label=${t("mg.title")} @keydown=${(event: KeyboardEvent) => this.#key(event)}
      @glossator-ask=${(event: CustomEvent<{ question: string; about: About | null }>) => this.#asked(event.detail)}
      @glossator-stop=${() => talk?.stop()} @glossator-session=${(event: CustomEvent<string>) => void this.#open(event.detail)}
      @glossator-deleted=${(event: CustomEvent<string>) => event.detail === talk?.session.value && talk.reset()}>
      ${this.#head()}
      ${this.view === "sessions" ? html`<div class="threads"><gl-sessions .current=${talk?.session.value ?? null}></gl-sessions></div>` : this.#threads()}
      ${this.#spent()}${this.post.template()}
      <gl-composer .busy=${talk !== null && talk.running.value !== null} .blocked=${talk?.spent.value != null} .marked=${this.marked}
        .draftKey=${this.book?.book_id ?? ""} .lastQuestion=${talk?.threads.value.at(-1)?.question ?? ""}
        .placeholder=${t(this.file ? "vw.ask" : this.chapter ? "mg.ph" : "mg.phbook")}></gl-composer>
    </aside>`;
  }

  #head(): TemplateResult {
    const sessions = this.view === "sessions";
    const asked = (this.talk?.threads.value.length ?? 0) > 0;
    return html`<header class="margin-head"><h2>${t(sessions ? "mg.sessions" : "mg.title")}</h2>
      <button type="button" class="grip" @click=${() => this.#grown()}>${t(stop.value === "full" ? "mg.smaller" : "mg.bigger")}</button>
      <details class="menu"><summary aria-label=${t("nav.more")}>⋯</summary>
        <div class="menu-list" @click=${(event: Event) => (event.currentTarget as Element).closest("details")!.removeAttribute("open")}>
          <button type="button" @click=${() => void this.#toSessions(!sessions)}>${t(sessions ? "mg.talk" : "mg.sessions")}</button>
          ${asked ? html`<button type="button" @click=${() => this.talk!.reset()}>${t("mg.new")}</button>` : nothing}
          ${asked && this.chapter ? html`<button type="button" aria-pressed=${this.here} @click=${() => (this.here = !this.here)}>${t(this.here ? "mg.all" : "mg.here")}</button>` : nothing}
        </div></details>
      <button type="button" class="quiet close" @click=${() => this.close()}>${t("nav.close")}</button></header>`;
  }

  async #toSessions(shown: boolean): Promise<void> {
    if (shown) await import("./sessions.ts");
    this.view = shown ? "sessions" : "talk";
  }

  #threads(): TemplateResult {
    const all = this.talk?.threads.value ?? [];
    const { shown, before, after } = this.stretch.of(this.shown);
    return html`<div class="threads" tabindex="-1">
      ${this.problem ? banner(this.problem, null) : nothing}
      ${all.length === 0 ? this.#empty() : nothing}
      ${before > 0 ? html`<button type="button" class="quiet earlier" @click=${() => void this.stretch.earlier()}>${t("mg.fold", { n: before })}</button>` : nothing}
      ${repeat(shown, (thread) => thread.id, (thread) => threadTemplate(thread, handlersOf(this)))}
      ${after > 0 ? html`<button type="button" class="quiet later" @click=${() => void this.stretch.later()}>${t("mg.newer", { n: after })}</button>` : nothing}
    </div>`;
  }

  /** The threads that can be shown now: all that are known, or those of the open chapter. */
  get shown(): readonly Thread[] {
    const all = this.talk?.threads.value ?? [];
    return this.here && this.chapter ? all.filter((thread) => this.#isHere(thread)) : all;
  }

  #isHere(thread: Thread): boolean {
    const id = this.chapter!.chapter_id;
    return thread.chapter === id || (thread.answer?.sources ?? []).some((source) => source.chapter_id === id);
  }

  #empty(): TemplateResult {
    return html`<p class="hint">${t(this.file ? "vw.hello" : "mg.hello")}</p>
      ${this.suggestions.length > 0 ? html`<h3 class="try">${t("mg.try")}</h3><ul class="suggestions">${this.suggestions.map((question) =>
        html`<li><button type="button" lang=${this.book.language} dir="auto" @click=${() => void this.ask(question)}>${question}</button></li>`)}</ul>` : nothing}`;
  }

  #spent(): TemplateResult | typeof nothing {
    const spent = this.talk?.spent.value;
    if (!spent) return nothing;
    return html`<div class="banner spent"><p>${this.#spentWords(spent.until)}</p><p class="tiny">${t("lm.still")}</p></div>`;
  }

  #spentWords(until: Date): string {
    return t("lm.spent", { time: new Intl.DateTimeFormat(numbersLocale(), { timeStyle: "short" }).format(until) });
  }

  #asked({ question, about }: { question: string; about: About | null }): void {
    this.marked = null;
    void this.ask(question, about);
  }

  #key(event: KeyboardEvent): void {
    const field = event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLInputElement;
    if (event.key === "Escape") {
      event.stopPropagation();
      const menu = this.querySelector<HTMLDetailsElement>(".menu[open]");
      if (menu) {
        menu.open = false;
        menu.querySelector("summary")!.focus();
      } else if (this.desk.escape()) return;
      else this.close();
    } else if (event.key === "." && !field && this.talk?.running.value) {
      event.preventDefault();
      this.talk.stop();
    }
  }
}

customElements.define("gl-margin", Margin);

declare global {
  interface HTMLElementTagNameMap {
    "gl-margin": Margin;
  }
}
