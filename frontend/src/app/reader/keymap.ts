// The reader's keys (pages.md 2.2.7).

import type { ShortcutSet } from "../../foundation/keys.ts";
import { setStop, stop, widen, width } from "../margin/sheet.ts";
import { otherLanguage } from "./bars.ts";
import { ORIGINAL } from "./forms.ts";
import type { ReadingPage } from "./page.ts";
import { SentenceMode } from "./sentences.ts";
import { resize } from "./text_settings.ts";
import { blockAt } from "./where.ts";

const STEP = 24;

/** What keys do while a book is open. */
export function keymap(page: ReadingPage): ShortcutSet {
  const wider = (step: number) => widen((width.value ?? 384) + step);
  return {
    title: "ky.reader",
    shortcuts: [
      { keys: "j", says: "ky.next", act: () => walk(page, 1) },
      { keys: "k", says: "ky.previous", act: () => walk(page, -1) },
      { keys: "n", says: "ky.nextchapter", act: () => page.turn(1) },
      { keys: "p", says: "ky.previouschapter", act: () => page.turn(-1) },
      { keys: "t", says: "rd.contents", act: () => page.openContents() },
      { keys: "a", says: "mg.title", act: () => void page.margin.show() },
      { keys: "s", says: "ky.sentences", act: () => sentences(page) },
      { keys: "/", says: "rd.search", act: () => void page.search() },
      { keys: "b", says: "rd.bookmark", act: () => page.bookmark() },
      { keys: "u", says: "tr.switch", act: () => tongue(page) },
      { keys: "o", says: "tr.both", act: () => (page.both = !page.both) },
      { keys: "[", says: "ky.narrower", act: () => stop.value !== "closed" && wider(-STEP) },
      { keys: "]", says: "ky.wider", act: () => (stop.value === "closed" ? setStop("half") : wider(STEP)) },
      { keys: "+", says: "ky.larger", act: () => resize(1) },
      { keys: "-", says: "ky.smaller", act: () => resize(-1) },
      { keys: "Backspace", says: "ct.back", act: () => (page.finding.jumped.value ? page.finding.back() : false) },
    ],
  };
}

function tongue(page: ReadingPage): void {
  const now = page.loaded;
  if (!now?.chapter) return;
  void page.choose(now.wanted.language === null ? { language: otherLanguage(now.book), level: null } : ORIGINAL);
}

/** The block that has the focus, or the first one in the window. */
export function current(page: ReadingPage): HTMLElement | null {
  const text = page.text?.text;
  if (!text) return null;
  const focused = document.activeElement?.closest<HTMLElement>(".block");
  return focused && text.contains(focused) ? focused : blockAt(text, page.reading.band().top + 1);
}

function walk(page: ReadingPage, step: 1 | -1): void | false {
  const text = page.text?.text;
  if (!text) return false;
  const blocks = [...text.querySelectorAll<HTMLElement>(".block")].filter((block) => block.getClientRects().length > 0);
  const from = current(page);
  const at = from === null ? 0 : blocks.indexOf(from);
  const next = document.activeElement === from ? blocks[at + step] : blocks[at];
  if (!next) return;
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: "instant" });
  next.addEventListener("keydown", (event) => event.key === "Enter" && event.target === next && mark(page, next), { once: true });
}

// Enter on a block opens its menu.
function mark(page: ReadingPage, block: HTMLElement): void {
  getSelection()!.selectAllChildren(block);
  page.menu?.enter();
}

/** Sentence mode: arrows move, Shift extends, Enter opens the menu, Esc leaves. */
function sentences(page: ReadingPage): void | false {
  const from = current(page);
  const text = page.text?.text;
  if (!from || !text) return false;
  const mode = new SentenceMode(text, from);
  const listening = new AbortController();
  page.querySelector<HTMLElement>("main")!.focus({ preventScroll: true });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof Element && event.target.closest("gl-margin, gl-selection, dialog")) return;
    const rtl = getComputedStyle(text.closest<HTMLElement>("[dir]") ?? text).direction === "rtl";
    const steps: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, ArrowUp: -1, ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 };
    const step = steps[event.key];
    if (step !== undefined) mode.move(step, event.shiftKey);
    else if (event.key === "Enter") {
      listening.abort();
      page.menu?.enter();
    } else if (event.key === "Escape") {
      listening.abort();
      getSelection()?.removeAllRanges();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true, signal: listening.signal });
  document.addEventListener("pointerdown", () => listening.abort(), { signal: listening.signal });
}
