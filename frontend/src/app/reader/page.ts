// The reader: contents, text and Margin side by side.

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { Watch } from "../../foundation/cell.ts";
import { shortcuts } from "../../foundation/keys.ts";
import type { Place } from "../../foundation/router.ts";
import { visibleText } from "../../foundation/marks.ts";
import { number, t } from "../../foundation/strings.ts";
import type { Book, Chapter, Source } from "../../foundation/types.ts";
import type { Margin } from "../margin/margin.ts";
import { phone, setStop, stop, width } from "../margin/sheet.ts";
import "../margin/margin.ts";
import "../margin/resizer.ts";
import { bookAddress, router } from "../addresses.ts";
import { AppPage } from "../page.ts";
import { clearShell, shell } from "../shell.ts";
import { who } from "../who.ts";
import { bars } from "./bars.ts";
import { Bookmarks } from "./bookmarks.ts";
import { bookPage, contents, type Read } from "./contents.ts";
import { Deeds } from "./deeds.ts";
import { Finding } from "./finding.ts";
import { chapter as fetchChapter, isOriginal, keptForm, ORIGINAL, same, wantedBy, type Wanted } from "./forms.ts";
import { current, keymap } from "./keymap.ts";
import { Maker } from "./maker.ts";
import { notices } from "./notices.ts";
import * as progress from "./progress.ts";
import { Reading } from "./reading.ts";
import "./selection.ts";
import type { SelectionMenu } from "./selection.ts";
import { suggestions } from "./suggestions.ts";
import "./text.ts";
import type { ChapterText, MadeBlock } from "./text.ts";
import { apply, settings, textSettings } from "./text_settings.ts";
import { hold } from "./where.ts";

const WIDE = matchMedia("(min-width: 1024px)");

/** A book, and the chapter that is open in it, as the author wrote it and as it is shown. */
export interface Loaded {
  readonly book: Book;
  readonly chapter: Chapter | null;
  readonly shown: Chapter | null;
  readonly wanted: Wanted;
}

export class ReadingPage extends AppPage<Loaded> {
  static override properties = {
    ...AppPage.properties, known: { state: true }, both: { state: true }, diff: { state: true }, wide: { state: true }, stale: { state: true },
  };
  declare known: progress.Known;
  declare both: boolean;
  declare diff: boolean;
  declare wide: boolean;
  /** The book was changed under the open chapter. */
  declare stale: boolean;
  /** The offer to go on where one stopped was taken. */
  resumed = false;
  readonly finding = new Finding(this);
  readonly maker = new Maker(this);
  readonly reading = new Reading(this);
  readonly deeds = new Deeds(this);
  readonly bookmarks = new Bookmarks();
  #ends: (() => void)[] = [];
  #held: ((text: ParentNode) => void) | null = null;

  constructor() {
    super();
    this.known = { done: new Set(), place: null };
    this.both = this.diff = this.stale = false;
    this.wide = WIDE.matches;
    new Watch(this, who, stop, settings, width, this.bookmarks.all);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    apply();
    const widened = () => (this.wide = WIDE.matches);
    WIDE.addEventListener("change", widened);
    this.#ends = [shortcuts.add(keymap(this)), who.watch(() => void this.#know()), () => WIDE.removeEventListener("change", widened), stop.watch(() => this.#modal())];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends) end();
    clearShell();
  }

  get margin(): Margin {
    return this.querySelector("gl-margin")!;
  }

  get text(): ChapterText | null {
    return this.querySelector<ChapterText>("gl-text");
  }

  get menu(): SelectionMenu | null {
    return this.querySelector<SelectionMenu>("gl-selection");
  }

  // Another place in the open chapter needs nothing from the server.
  protected override willUpdate(changed: PropertyValues): void {
    const now = this.loaded;
    const { book, chapter } = this.place?.params ?? {};
    if (changed.has("place") && this.place) {
      this.finding.jumped.value = this.place.jump;
      this.reading.coming();
    }
    const here = changed.has("place") && now?.book.book_id === book && now?.chapter?.chapter_id === chapter;
    if (here && now && same(now.wanted, wantedBy(this.place.url))) void this.updateComplete.then(() => this.reading.settle(this.place));
    else super.willUpdate(changed as Map<PropertyKey, unknown>);
  }

  protected override async load({ params, url }: Place): Promise<Loaded> {
    const { book: bookId = "", chapter: chapterId } = params;
    const old = this.loaded;
    const [book, chapter] = await Promise.all([
      old?.book.book_id === bookId ? old.book : api.call<Book>(`/api/books/${encodeURIComponent(bookId)}`),
      chapterId === undefined ? null : old?.chapter?.chapter_id === chapterId && old.book.book_id === bookId && !this.stale ? old.chapter : fetchChapter(bookId, chapterId),
    ]);
    const wanted = chapter === null ? ORIGINAL : wantedBy(url);
    this.bookmarks.open(bookId);
    const form = chapter === null || isOriginal(wanted) ? null : await keptForm(bookId, chapter.chapter_id, wanted, who.value?.hardware ?? "none");
    return { book, chapter, shown: form ?? chapter, wanted: form === null ? ORIGINAL : wanted };
  }

  protected override titles({ book, chapter }: Loaded): readonly string[] {
    return chapter === null ? [book.title] : [chapter.title, book.title];
  }

  override async reload(options: { arrive?: boolean } = {}): Promise<void> {
    const before = this.loaded;
    const switched = before?.chapter != null && before.chapter.chapter_id === this.place.params["chapter"] && before.book.book_id === this.place.params["book"];
    const keep = switched && this.text ? this.holding() : null;
    await super.reload(switched ? {} : options);
    if (this.problem || this.loaded === before) return;
    this.stale = false;
    await this.updateComplete;
    await this.text?.updateComplete;
    if (keep) void this.reading.keep(keep);
    else {
      this.finding.forget();
      this.maker.end();
      void this.reading.settle(this.place);
      void this.#know(true);
    }
    this.finding.paint();
  }

  async #know(opened = false): Promise<void> {
    const now = this.loaded;
    if (now === null || who.value === undefined) return;
    if (opened) this.reading.begin();
    if (who.value && now.chapter && opened) await progress.opened(now.book.book_id, now.chapter.chapter_id);
    this.known = await progress.known(now.book.book_id, who.value !== null);
  }

  /** Blocks of a form that is being made, into the open text. */
  arrive(blocks: readonly MadeBlock[]): void {
    if (this.text === null) return;
    const keep = this.holding();
    this.text.arrive(blocks);
    keep(this.text.text);
  }

  /** What keeps the place that is read; the same until the reader moves by himself. */
  holding(anew = false): (text: ParentNode) => void {
    if (anew || this.reading.moved || this.#held === null) this.#held = hold(this.text!.text, this.reading.band().top);
    this.reading.moved = false;
    return this.#held;
  }

  /** Read the chapter in another form: what is kept at once, what isn't is made. */
  choose(wanted: Wanted): Promise<void> {
    return this.maker.choose(wanted);
  }

  // A sheet over the whole of a phone's window is modal: nothing beside it can be reached.
  #modal(): void {
    const modal = phone.matches && stop.value === "full";
    for (const element of document.querySelectorAll<HTMLElement>(".top, .bar, .skip, gl-reading main")) element.inert = modal;
  }

  protected override updated(): void {
    this.#frame();
    for (const box of this.querySelectorAll<HTMLElement>(".slot")) centre(box, box.querySelector("[aria-current]"));
  }

  #frame(): void {
    const now = this.loaded;
    if (now === null || !this.isConnected) return;
    shell.value = bars(
      { book: now.book, chapter: now.chapter, wanted: now.wanted, making: this.maker.state.value !== null, both: this.both, diff: this.diff, asking: stop.value !== "closed" },
      {
        choose: (wanted) => void this.choose(wanted),
        contents: () => this.openContents(),
        ask: (opener) => void this.margin.show({ opener }),
        search: () => void this.search(),
        print: () => void this.reading.print(),
        copyLink: () => void this.reading.copyLink(),
        bookmark: () => void this.bookmark(),
        report: () => this.deeds.report(),
        both: (shown) => (this.both = shown),
        diff: (shown) => (this.diff = shown),
        settings: () => textSettings(() => this.requestUpdate()),
      },
    );
  }

  /** Set a bookmark where one reads, or take it away. */
  bookmark(): void | false {
    const chapter = this.loaded?.chapter?.chapter_id;
    const block = chapter === undefined ? null : current(this);
    if (chapter === undefined || block === null) return false;
    const set = this.bookmarks.toggle(chapter, block.id, visibleText(block));
    announcer.say(t(set ? "rd.bookmarked" : "rd.unbookmarked"));
  }

  openContents(): void {
    const drawer = this.querySelector<HTMLDialogElement>(".drawer");
    if (drawer === null) return this.querySelector<HTMLElement>(".slot a[aria-current], .slot a")?.focus();
    drawer.showModal();
    centre(drawer, drawer.querySelector("[aria-current]"));
  }

  async search(): Promise<void> {
    await import("./search.ts");
    await this.updateComplete;
    await this.querySelector<HTMLElement & { open(): Promise<void> }>("gl-search")!.open();
  }

  protected override content(now: Loaded): TemplateResult {
    const read: Read = { done: this.known.done, percent: Math.round(100 * this.reading.share.value) };
    const list = html`<nav class="contents" aria-label=${t("rd.contents")} @click=${() => this.querySelector<HTMLDialogElement>(".drawer[open]")?.close()}>${contents(now.book, now.chapter, read, this.bookmarks.all.value)}</nav>`;
    return html`<div class="shell" @glossator-deed=${this.deeds} @glossator-asked=${(event: CustomEvent<string>) => this.finding.asked(event.detail)}
        @glossator-threads=${() => this.finding.paint()} @glossator-found=${(event: CustomEvent<Source>) => void this.finding.toPassage(event.detail.chapter_id!, event.detail.start)}>
      ${now.chapter ? html`<div class="progress-line" role="progressbar" aria-label=${t("rd.progress")}><i></i></div>` : nothing}
      ${this.wide && now.chapter ? html`<div class="slot">${list}</div>` : nothing}
      <main id="glossator-text" tabindex="-1" @click=${(event: MouseEvent) => this.finding.clicked(event)}>
        ${now.chapter ? this.#article(now, now.chapter, now.shown!) : bookPage(now.book, read, this.reading.resume(now.book), this.bookmarks.all.value)}
      </main>
      ${stop.value === "closed" ? nothing : html`<gl-resizer></gl-resizer>`}
      <gl-margin .book=${now.book} .chapter=${now.chapter} .desk=${this.finding} .suggestions=${suggestions(now.book, now.chapter, () => this.requestUpdate())}></gl-margin>
      ${this.wide && now.chapter ? nothing : html`<dialog class="drawer" aria-label=${t("rd.contents")}>
        <button type="button" class="quiet" @click=${() => this.querySelector<HTMLDialogElement>(".drawer")!.close()}>${t("nav.close")}</button>${list}</dialog>`}
      ${this.finding.jumped.value ? html`<button type="button" class="back" @click=${() => this.finding.back()}>${t("ct.back")}</button>` : nothing}
      ${this.finding.hinted.value ? html`<p class="hint-off" aria-hidden="true">${this.finding.hinted.value}</p>` : nothing}
      <gl-selection .root=${this.text?.text ?? null} .model=${this.deeds.possible()}></gl-selection>
      <gl-search .book=${now.book}></gl-search>
    </div>`;
  }

  #article(now: Loaded, chapter: Chapter, shown: Chapter): TemplateResult {
    const at = now.book.chapters.findIndex((row) => row.chapter_id === chapter.chapter_id);
    const minutes = now.book.chapters[at]?.minutes ?? 0;
    const left = Math.ceil(minutes * (1 - this.reading.share.value));
    return html`<div class="before">${notices(this, now)}
        <p class="place soft">${t("rd.of", { a: at + 1, b: now.book.chapters.length })} · <span class="left">${t("rd.left", { n: left })}</span></p></div>
      <article class="book" lang=${shown.language} dir=${shown.direction}>
        ${/<h1[\s>]/.test(shown.html) ? nothing : html`<h1 tabindex="-1">${shown.title}</h1>`}
        <gl-text .chapter=${shown} .original=${shown === chapter ? null : chapter} .both=${this.both} .diff=${this.diff} .asked=${this.finding.counts.value} .bookmarked=${this.bookmarks.of(chapter.chapter_id)}></gl-text>
      </article>
      <p class="finish"><label class="switch"><input type="checkbox" .checked=${this.known.done.has(chapter.chapter_id)}
        @change=${(event: Event) => void this.mark((event.target as HTMLInputElement).checked)}> ${t("pg.done")}</label></p>
      <nav class="turn" aria-label=${t("rd.turn")}>${(["previous", "next"] as const).map((side) => {
        const to = chapter[side];
        return to ? html`<a href=${bookAddress(now.book.book_id, to.chapter_id)} rel=${side === "next" ? "next" : "prev"} class=${side === "next" ? "next" : "prev"}>
          <span class="soft">${t(side === "next" ? "rd.next0" : "rd.prev0")}</span><bdi lang=${now.book.language}>${to.title}</bdi></a>` : nothing;
      })}</nav>`;
  }

  /** Mark the open chapter as done, or not. */
  async mark(completed: boolean): Promise<void> {
    const now = this.loaded;
    if (!now?.chapter) return;
    const id = now.chapter.chapter_id;
    const change = (to: boolean) => {
      const done = new Set(this.known.done);
      if (to) done.add(id);
      else done.delete(id);
      this.known = { ...this.known, done };
    };
    change(completed);
    try {
      await progress.mark(now.book.book_id, id, completed, Boolean(who.value));
      announcer.say(t(completed ? "rd.done" : "rd.undone"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      change(!completed);
      announcer.say(error.message || t("st.server"), { now: true });
    }
  }

  /** The next (1) or previous (-1) chapter. */
  turn(step: 1 | -1): void {
    const to = this.loaded?.chapter?.[step > 0 ? "next" : "previous"];
    if (to) router.go(bookAddress(this.loaded!.book.book_id, to.chapter_id));
  }

  /** Esc beside the text: what was marked goes, else the Margin. */
  closeMargin(): void {
    setStop("closed");
  }
}

/** "Chapter 3 of 5 · 38 %". */
export const spokenProgress = (at: number, of: number, percent: number): string => `${t("rd.of", { a: at, b: of })} · ${number(percent)} %`;

// Not scrollIntoView: the Tab key would then start from here instead of the top of the page.
function centre(box: HTMLElement, element: Element | null): void {
  const at = element?.getAttribute("href") ?? "";
  if (element === null || box.dataset["centred"] === at || box.clientHeight === 0) return;
  box.dataset["centred"] = at;
  const { top, height } = element.getBoundingClientRect();
  box.scrollTop += top - box.getBoundingClientRect().top - (box.clientHeight - height) / 2;
}

customElements.define("gl-reading", ReadingPage);
