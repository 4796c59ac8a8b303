// The page: which address shows what, and the way from an answer to its words in the book.

import { address, book as getBook, books as getBooks, chapter as getChapter, place, Problem } from "./api.js";
import { marksOf, placeOf } from "./answers.js";
import { announce, announcers, bdi, h } from "./dom.js";
import { Margin } from "./margin.js";
import { blockOf, Painter, rangeOf } from "./marks.js";
import { typeset } from "./maths.js";
import { bookPage, chapterArticle, contents, libraryPage, reachable, reveal } from "./reader.js";
import { Shell } from "./shell.js";
import { t } from "./strings.js";

const SETTLE_MS = 1500;
const now = { book: null, chapter: null, text: null, painter: null, typeset: Promise.resolve(), load: 0 };

const margin = new Margin({ show: showQuote, answered: paintQuotes, closed: forgetQuote });
const shell = new Shell(margin, { back: goBack });
document.body.append(...shell.elements, ...announcers);

/** Show what an address asks for. `focus` says whether the title takes the focus. */
async function open(url, { focus = true, y = null } = {}) {
  const load = ++now.load;
  const where = place(url.pathname);
  const loading = setTimeout(() => shell.loading(), 300);
  try {
    if (where === null) throw new Problem({ status: 404, detail: t.notFound });
    if (where.book === null) return showFront(libraryPage((await getBooks()).items), null, load, focus);
    const book = now.book?.book_id === where.book ? now.book : await getBook(where.book);
    if (where.chapter === null) return showFront(bookPage(book), book, load, focus);
    const chapter = await getChapter(where.book, where.chapter);
    if (load === now.load) await showChapter(book, chapter, url, focus, y);
  } catch (error) {
    if (load !== now.load) return;
    const problem = error instanceof Problem ? error : new Problem({});
    shell.failed(problem, () => open(url));
    now.chapter = null;
    if (!(error instanceof Problem)) throw error;
  } finally {
    clearTimeout(loading);
  }
}

function showFront(page, book, load, focus) {
  if (load !== now.load) return;
  Object.assign(now, { book, chapter: null, text: null });
  margin.book = book;
  shell.show(page, { book, chapter: null, contents: book ? contents(book, null) : null });
  scrollTo(0, 0);
  if (focus) page.querySelector("h1").focus({ preventScroll: true });
}

async function showChapter(book, chapter, url, focus, y) {
  const article = chapterArticle(chapter);
  Object.assign(now, { book, chapter, text: article.querySelector(".text") });
  margin.book = book;
  shell.show(article, { book, chapter, contents: contents(book, chapter) });
  now.painter = new Painter(now.text);
  now.typeset = typeset(now.text).then(() => reachable(now.text));
  paintQuotes();
  if (focus) {
    article.querySelector("h1").focus({ preventScroll: true });
    announce(chapter.title);
  }
  const settle = () => (y !== null || !url.hash ? scrollTo(0, y ?? 0) : toAnchor(decodeURIComponent(url.hash.slice(1))));
  settle();
  const moved = new AbortController();
  for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    addEventListener(name, () => moved.abort(), { signal: moved.signal, passive: true });
  }
  await Promise.race([now.typeset, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  // Formulas change the height of what is above; somebody who has scrolled on is left alone.
  if (!moved.signal.aborted && now.chapter === chapter) settle();
  moved.abort();
}

function toAnchor(id) {
  const target = blockOf(now.text, id) ?? now.text.querySelector(`[id="${CSS.escape(id)}"]`);
  if (target === null) return;
  reveal(target);
  target.scrollIntoView();
}

/** Go to an address of this reader; the place that is left is kept in the history. */
async function go(url, options = {}) {
  history.replaceState({ ...history.state, y: scrollY }, "");
  history.pushState({ jump: options.jump ?? false }, "", url);
  if (options.stay) return;
  await open(url, options);
}

function paintQuotes() {
  if (now.text === null) return;
  const here = margin.sources.filter((source) => source.chapter_id === now.chapter.chapter_id);
  now.painter.quotes(here.flatMap((source) => rangesOf(source)));
}

const rangesOf = (source) => marksOf(source).map((mark) => rangeOf(now.text, mark)).filter(Boolean);

function forgetQuote() {
  now.painter?.active([]);
  shell.pressed(null);
}

/** Lead to a quote: load its chapter if need be, mark exactly its words, bring them into view. */
async function showQuote(source, opener) {
  if (source.chapter_id === null) return;
  const url = new URL(address(source.book_id, source.chapter_id), location.href);
  url.hash = source.block_id;
  if (now.chapter?.chapter_id !== source.chapter_id || now.book.book_id !== source.book_id) {
    await go(url, { focus: false, jump: true });
    if (now.chapter?.chapter_id !== source.chapter_id) return;
  }
  await Promise.race([now.typeset, new Promise((resolve) => setTimeout(resolve, SETTLE_MS))]);
  const block = blockOf(now.text, marksOf(source)[0]?.block_id ?? source.block_id);
  if (block !== null) reveal(block);
  const ranges = rangesOf(source);
  now.painter.active(ranges);
  shell.pressed(opener);
  shell.makeRoom(opener);
  if (ranges.length === 0) {
    block?.scrollIntoView({ block: "center" });
    announce(t.moved, { now: true });
    shell.note(t.moved);
    return;
  }
  const box = ranges[0].getBoundingClientRect();
  const band = shell.band();
  if (box.top < band.top || box.bottom > band.bottom) {
    if (!history.state?.jump) await go(url, { stay: true, jump: true });
    scrollTo(0, scrollY + box.top - band.top - Math.max((band.bottom - band.top - box.height) * 0.35, 16));
  }
  shell.back(history.state?.jump ?? false);
  block.tabIndex = -1;
  announce(t.found(placeOf(source)));
}

function goBack() {
  forgetQuote();
  shell.back(false);
  history.back();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || link.target) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || place(url.pathname) === null) return;
  event.preventDefault();
  shell.closeContents();
  if (url.pathname === location.pathname && url.hash && now.text) {
    go(url, { stay: true });
    toAnchor(decodeURIComponent(url.hash.slice(1)));
    return;
  }
  shell.back(false);
  go(url);
});

addEventListener("popstate", (event) => {
  shell.back(event.state?.jump ?? false);
  const where = place(location.pathname);
  const same = where?.chapter !== null && where?.chapter === now.chapter?.chapter_id && where.book === now.book?.book_id;
  if (same && typeof event.state?.y === "number") scrollTo(0, event.state.y);
  else if (same && location.hash) toAnchor(decodeURIComponent(location.hash.slice(1)));
  else open(new URL(location.href), { y: event.state?.y ?? null });
});

let remembering = 0;
addEventListener("scroll", () => {
  clearTimeout(remembering);
  remembering = setTimeout(() => history.replaceState({ ...history.state, y: scrollY }, ""), 250);
}, { passive: true });

history.scrollRestoration = "manual";
open(new URL(location.href), { focus: false, y: history.state?.y ?? null });
