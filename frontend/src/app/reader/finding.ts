// The way from an answer to its words in the book, and back.

import { announcer } from "../../foundation/announcer.ts";
import { Cell } from "../../foundation/cell.ts";
import { t } from "../../foundation/strings.ts";
import type { Chapter, Source } from "../../foundation/types.ts";
import { marksOf, placeOf } from "../../parts/answer.ts";
import { bookAddress, documentAddress, router } from "../addresses.ts";
import type { Desk } from "../margin/margin.ts";
import { phone, setStop, stop } from "../margin/sheet.ts";
import type { ReadingPage } from "./page.ts";

/** Where in the readable band a quote comes to stand. */
const AT = 0.35;
const HINT_MS = 150;

/** Marks quotes in the open chapter and leads to them. */
export class Finding implements Desk {
  /** How many questions led to each block of the open chapter. */
  readonly counts = new Cell<ReadonlyMap<string, number>>(new Map());
  /** Where a quote stands that one points at and doesn't see. */
  readonly hinted = new Cell<string | null>(null);
  /** The reader was brought away from where he read: the way back is offered. */
  readonly jumped = new Cell(false);
  #page: ReadingPage;
  #active: Source | null = null;
  #lost = new Set<Source>();
  // Found again where the book has changed since.
  #moved = new Set<Source>();
  #pointing = 0;
  // What is painted, in which text: words that stream in change neither.
  #painted: readonly Source[] = [];
  #shown: Chapter | null = null;

  constructor(page: ReadingPage) {
    this.#page = page;
    for (const cell of [this.counts, this.hinted, this.jumped]) cell.watch(() => page.requestUpdate());
  }

  /** Mark what the answers quote from the open chapter. */
  paint(): void {
    const { text, loaded } = this.#page;
    if (text === null || !loaded?.chapter) return;
    const talk = this.#page.margin.talk;
    const here = (talk?.sources ?? []).filter((source) => this.#isHere(source));
    if (loaded.shown !== this.#shown || here.length !== this.#painted.length || here.some((source, n) => source !== this.#painted[n])) {
      this.#shown = loaded.shown;
      this.#painted = here;
      text.quotes(here);
    }
    const counts = new Map<string, number>();
    for (const thread of talk?.threads.value ?? []) {
      const blocks = new Set((thread.answer?.sources ?? []).filter((source) => this.#isHere(source)).map((source) => marksOf(source)[0]?.block_id ?? source.block_id));
      for (const block of blocks) counts.set(block, (counts.get(block) ?? 0) + 1);
    }
    if (JSON.stringify([...counts]) !== JSON.stringify([...this.counts.value])) this.counts.value = counts;
  }

  #isHere(source: Source): boolean {
    const now = this.#page.loaded;
    return source.chapter_id !== null && source.chapter_id === now?.chapter?.chapter_id && source.book_id === now.book.book_id;
  }

  pressed(source: Source): boolean {
    return this.#active === source;
  }

  note(source: Source): string | null {
    if (this.#moved.has(source)) return t("ct.moved");
    if (!this.#lost.has(source)) return null;
    const block = this.#isHere(source) ? this.#page.text?.block(source) : null;
    return t(block && this.#page.text!.translated(block) ? "tr.place" : "ct.lost");
  }

  /** Forget the quote that stands out. */
  forget(): void {
    this.#active = null;
    this.hinted.value = null;
    this.#page.text?.activate(null);
    this.#page.querySelector("gl-margin")?.requestUpdate();
  }

  closed(): void {
    this.forget();
  }

  escape(): boolean {
    if (this.#active === null) return false;
    this.forget();
    return !phone.matches;
  }

  hint(source: Source | null): void {
    clearTimeout(this.#pointing);
    const { text } = this.#page;
    if (text === null || this.#active !== null) return;
    if (source === null || !this.#isHere(source)) {
      this.hinted.value = null;
      text.activate(null);
      return;
    }
    this.#pointing = window.setTimeout(() => {
      text.activate(source);
      const box = text.ranges(source)[0]?.getBoundingClientRect();
      const band = this.#page.reading.band();
      const screens = box === undefined ? 0 : box.bottom < band.top ? (box.bottom - band.top) / innerHeight : box.top > band.bottom ? (box.top - band.bottom) / innerHeight : 0;
      this.hinted.value = screens === 0 ? null : t(screens < 0 ? "ct.up" : "ct.down", { n: Math.max(1, Math.round(Math.abs(screens))) });
    }, HINT_MS);
  }

  /** Lead to a quote: open its chapter if need be, mark exactly its words, bring them into view. */
  async show(source: Source, opener: HTMLElement | null): Promise<void> {
    if (source.document_id !== null && source.chapter_id === null) {
      router.go(`${documentAddress(source.document_id)}?start=${source.start}&end=${source.end}#${source.block_id}`);
      return;
    }
    const page = this.#page;
    const address = new URL(bookAddress(source.book_id!, source.chapter_id), location.href);
    address.hash = source.block_id;
    const came = !this.#isHere(source);
    page.reading.note();
    if (came) {
      router.go(address, { jump: true });
      await page.updateComplete;
      await page.reading.arrived(source.chapter_id!);
      if (!this.#isHere(source)) return;
    }
    const text = page.text!;
    await text.updateComplete;
    const block = text.block(source);
    if (block !== null) text.reveal(block);
    let found = text.activate(source);
    const again = found || (block !== null && text.translated(block)) ? null : await this.#again(source);
    if (again !== null) found = text.activate(source, again);
    this.#active = source;
    this.hinted.value = null;
    this.#moved.delete(source);
    this.#lost.delete(source);
    if (again !== null) this.#moved.add(source);
    else if (!found && marksOf(source).length > 0) this.#lost.add(source);
    this.#makeRoom(opener);
    page.margin.requestUpdate();
    await page.margin.updateComplete;
    this.#scroll(again?.[0] ?? text.ranges(source)[0] ?? block, address, came);
    if (block !== null) block.tabIndex = -1;
    const note = this.note(source);
    if (note === null) announcer.say(t("ct.found", { place: placeOf(source) }));
    else announcer.say(note, { now: true });
  }

  // Where the words of a quote stand nearly as they stood; null unless that is so for all of them.
  async #again(source: Source): Promise<readonly Range[] | null> {
    if (marksOf(source).length === 0) return null;
    const { reanchored } = await import("./reanchor.ts");
    const ranges = marksOf(source).map((mark) => this.#page.text!.find(mark) ?? reanchored(this.#page.text!.text, mark));
    return ranges.every((range) => range !== null) ? ranges : null;
  }

  #scroll(place: Range | HTMLElement | null, address: URL, came: boolean): void {
    const box = place?.getBoundingClientRect();
    this.#page.reading.settling += 1;
    if (box === undefined) return;
    const band = this.#page.reading.band();
    if (box.top >= band.top && box.bottom <= band.bottom) return;
    address.search = location.search;
    if (!came && !this.jumped.value) {
      router.go(address, { stay: true, jump: true });
      this.jumped.value = true;
    }
    scrollTo({ top: scrollY + box.top - band.top - Math.max((band.bottom - band.top - box.height) * AT, 16), behavior: "instant" });
  }

  // On a phone the sheet gives way, so that the quote is seen in the text and in the card.
  #makeRoom(opener: HTMLElement | null): void {
    if (!phone.matches || stop.value === "closed") return;
    setStop("peek");
    const card = opener?.closest<HTMLElement>("figure") ?? opener;
    const threads = this.#page.querySelector<HTMLElement>(".threads");
    if (!card || !threads) return;
    requestAnimationFrame(() => (threads.scrollTop += card.getBoundingClientRect().top - threads.getBoundingClientRect().top - 8));
  }

  /** Lead to a passage that a search found. */
  async toPassage(chapter: string, start: number): Promise<void> {
    const page = this.#page;
    const book = page.loaded!.book.book_id;
    page.reading.note();
    if (page.loaded!.chapter?.chapter_id !== chapter) {
      router.go(bookAddress(book, chapter), { jump: true });
      await page.updateComplete;
      await page.reading.arrived(chapter);
    }
    const now = page.loaded!.chapter!;
    const block = now.blocks.find((each) => start < each.end) ?? now.blocks.at(-1);
    if (!block || now.chapter_id !== chapter) return;
    page.reading.settling += 1;
    page.reading.toAnchor(block.block_id);
    const element = page.text!.anchor(block.block_id);
    if (!element) return;
    element.tabIndex = -1;
    element.focus({ preventScroll: true });
  }

  /** Back to where the reader was before a jump. */
  back(): void {
    this.forget();
    this.jumped.value = false;
    history.back();
  }

  /** A click into the text: on a marked quote its thread opens. */
  clicked(event: MouseEvent): void {
    if ((event.target as Element).closest("a, button, summary, input") || !getSelection()?.isCollapsed) return;
    const source = this.#page.text?.quoteAt(event.clientX, event.clientY);
    if (source) void this.#page.margin.reveal(source);
  }

  /** The number beside a block: open the newest thread that quotes it. */
  asked(block: string): void {
    const sources = (this.#page.margin.talk?.sources ?? []).filter((source) => this.#isHere(source) && (marksOf(source)[0]?.block_id ?? source.block_id) === block);
    const last = sources.at(-1);
    if (last) void this.#page.margin.reveal(last);
  }
}
