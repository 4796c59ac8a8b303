// Following the reader: where he is, how far, where he stopped; and bringing him to a place.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { Cell } from "../../foundation/cell.ts";
import { copy } from "../../foundation/clipboard.ts";
import type { Place } from "../../foundation/router.ts";
import { t } from "../../foundation/strings.ts";
import type { Book } from "../../foundation/types.ts";
import { bookAddress } from "../addresses.ts";
import { phone, stop } from "../margin/sheet.ts";
import { who } from "../who.ts";
import { chapter as fetchChapter } from "./forms.ts";
import { spokenProgress, type ReadingPage } from "./page.ts";
import * as progress from "./progress.ts";
import { blockAt, readShare, spot } from "./where.ts";

const SETTLE_MS = 1500;
const SAVE_MS = 3000;
const NOTE_MS = 200;
const LOOK_EVERY_MS = 60_000;

/** A block's height in the window, kept in the history: far formulas change what `y` alone means. */
interface Noted {
  readonly y: number;
  readonly block: string;
  readonly top: number;
}

/** The part of the window in which text can be read, in px. */
export interface Band {
  readonly top: number;
  readonly bottom: number;
}

export class Reading {
  /** How much of the chapter is read, 0 to 1, in steps of a hundredth. */
  readonly share = new Cell(0);
  #page: ReadingPage;
  #frame = 0;
  #saving = 0;
  #noting = 0;
  #noted: Noted | undefined;
  #coming = false;
  #looked = Date.now();
  #began = false;
  /** Set when the reader has moved by himself. */
  moved = false;
  /** Counts who brings the reader to a place; only the last does. */
  settling = 0;

  constructor(page: ReadingPage) {
    this.#page = page;
    page.addController({ hostConnected: () => this.#listen(), hostDisconnected: () => this.#listening?.abort() });
    this.share.watch(() => page.requestUpdate());
  }

  #listening: AbortController | null = null;

  #listen(): void {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    addEventListener("resize", () => this.#scrolled(), { signal });
    addEventListener("pagehide", () => this.save(true), { signal });
    addEventListener("focus", () => void this.#look(), { signal });
    addEventListener("beforeprint", () => void this.#page.text?.typesetAll(), { signal });
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(name, () => (this.moved = true), { signal, passive: true });
  }

  /** The readable part of the window. */
  band(): Band {
    const top = (document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0) + 8;
    const margin = this.#page.querySelector(".margin");
    const covered = phone.matches && stop.value !== "closed" && margin ? innerHeight - margin.getBoundingClientRect().top : 0;
    const bar = document.querySelector(".bar")?.getBoundingClientRect();
    return { top, bottom: innerHeight - Math.max(covered, bar && bar.height > 0 ? bar.height : 0) - 8 };
  }

  #scrolled(): void {
    clearTimeout(this.#noting);
    if (!this.#coming) this.#noting = window.setTimeout(() => this.note(), NOTE_MS);
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.measure();
    });
    if (this.moved) {
      clearTimeout(this.#saving);
      this.#saving = window.setTimeout(() => this.save(), SAVE_MS);
    }
  }

  /** How far one is, now. */
  measure(): void {
    const { loaded, text } = this.#page;
    if (text === null || !loaded?.chapter) return;
    const { top, bottom } = this.band();
    const share = readShare(text.text, top, bottom);
    this.share.value = Math.round(share * 100) / 100;
    const percent = progress.bookShare(loaded.book, loaded.chapter.chapter_id, share);
    const line = this.#page.querySelector<HTMLElement>(".progress-line");
    if (line === null) return;
    const at = loaded.book.chapters.findIndex((row) => row.chapter_id === loaded.chapter!.chapter_id) + 1;
    line.style.setProperty("--read", `${percent}%`);
    line.setAttribute("aria-valuenow", String(percent));
    const words = spokenProgress(at, loaded.book.chapters.length, percent);
    line.setAttribute("aria-valuetext", words);
    line.title = words;
  }

  /** A chapter was opened: from now on its place is kept. */
  begin(): void {
    this.#began = true;
  }

  /** Keep where one reads. */
  save(leaving = false): void {
    const { loaded, text } = this.#page;
    if (!this.#began || !this.moved || text === null || !loaded?.chapter) return;
    const found = spot(text.text, this.band().top);
    if (found) void progress.place(loaded.book.book_id, loaded.chapter.chapter_id, found, Boolean(who.value), leaving);
  }

  /** Where one stopped in a book, as a link; null where nothing is known. */
  resume(book: Book): { address: string; title: string } | null {
    const place = this.#page.known.place;
    const row = book.chapters.find((each) => each.chapter_id === place?.chapter_id);
    if (!place || !row) return null;
    return { address: `${bookAddress(book.book_id, place.chapter_id)}#${encodeURIComponent(place.block_id)}`, title: row.title };
  }

  /** The address has changed: until its text is there, nothing is noted under it. */
  coming(): void {
    clearTimeout(this.#noting);
    this.#noted = (history.state as { at?: Noted } | null)?.at;
    this.#coming = true;
  }

  /** Keep in the history which block stands where. */
  note(): void {
    const { text } = this.#page;
    const block = text && blockAt(text.text, this.band().top + 1);
    if (!block) return;
    const at: Noted = { y: scrollY, block: block.id, top: block.getBoundingClientRect().top };
    history.replaceState({ ...(history.state as object | null), y: scrollY, at }, "");
  }

  // To the height in the window that was noted, or as far down as it was.
  #return(y: number, noted: Noted | undefined): void {
    const block = noted?.y === y ? this.#page.text?.anchor(noted.block) : null;
    if (block) scrollBy({ top: block.getBoundingClientRect().top - noted!.top, behavior: "instant" });
    else scrollTo({ top: y, behavior: "instant" });
  }

  /** Bring the reader where an address leads: to its fragment, or where he had scrolled. */
  async settle(place: Place): Promise<void> {
    this.moved = false;
    const page = this.#page;
    const noted = this.#noted;
    this.#coming = false;
    const go = () => {
      if (place.y !== null) this.#return(place.y, noted);
      else if (place.url.hash) this.toAnchor(decodeURIComponent(place.url.hash.slice(1)));
      else scrollTo({ top: 0, behavior: "instant" });
      this.measure();
    };
    const own = ++this.settling;
    await page.updateComplete;
    await page.text?.updateComplete;
    await this.#again(go, own);
  }

  /** Keep what one reads in its place, after the text was exchanged for another form. */
  async keep(keep: (text: ParentNode) => void): Promise<void> {
    this.#coming = this.moved = false;
    await this.#again(() => {
      if (this.#page.text) keep(this.#page.text.text);
      this.measure();
    }, ++this.settling);
  }

  // Formulas change the height of what is above; somebody who has scrolled on is left alone.
  async #again(go: () => void, own: number): Promise<void> {
    const until = Date.now() + SETTLE_MS;
    while (own === this.settling && !this.moved && Date.now() < until) {
      go();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  toAnchor(id: string): void {
    const target = this.#page.text?.anchor(id);
    if (!target) return;
    this.#page.text!.reveal(target);
    target.scrollIntoView({ behavior: "instant" });
  }

  /** Wait until a chapter stands on the page. */
  async arrived(chapter: string): Promise<void> {
    const began = Date.now();
    while (this.#page.loaded?.chapter?.chapter_id !== chapter && !this.#page.problem && Date.now() - began < 20 * SETTLE_MS) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await this.#page.updateComplete;
    await this.#page.text?.updateComplete;
  }

  // When one comes back to the window: has the book changed meanwhile?
  async #look(): Promise<void> {
    const { loaded } = this.#page;
    if (!loaded?.chapter || Date.now() - this.#looked < LOOK_EVERY_MS) return;
    this.#looked = Date.now();
    try {
      const now = await fetchChapter(loaded.book.book_id, loaded.chapter.chapter_id);
      if (this.#page.loaded?.chapter === loaded.chapter) this.#page.stale = now.content !== loaded.chapter.content;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  async print(): Promise<void> {
    await this.#page.text?.typesetAll();
    print();
  }

  async copyLink(): Promise<void> {
    const { loaded, text } = this.#page;
    const found = text && spot(text.text, this.band().top);
    const url = new URL(bookAddress(loaded!.book.book_id, loaded!.chapter!.chapter_id), location.href);
    if (found) url.hash = found.block;
    announcer.say(t((await copy(url.href)) ? "ct.copied" : "ct.nocopy"));
  }
}
