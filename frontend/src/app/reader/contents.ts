// The table of contents, and the page of a book.

import { html, nothing, type TemplateResult } from "lit";
import { number, t } from "../../foundation/strings.ts";
import type { Book, Chapter, ListedChapter } from "../../foundation/types.ts";
import { bookAddress } from "../addresses.ts";
import type { Bookmark } from "./bookmarks.ts";

/** What is known of one's reading. */
export interface Read {
  /** The ids of chapters that are finished. */
  readonly done: ReadonlySet<string>;
  /** Per cent of the open chapter. */
  readonly percent: number;
}

/** The chapters of a book in order, with the headings of the open one; and one's bookmarks. */
export function contents(book: Book, chapter: Chapter | null, read: Read, marks: readonly Bookmark[]): TemplateResult {
  let open: readonly string[] = [];
  return html`<ol lang=${book.language}>${book.chapters.map((row) => {
    const part = row.part ?? [];
    const titles = part.flatMap((title, level) => part.slice(0, level + 1).join("\n") === open.slice(0, level + 1).join("\n") ? [] : [{ title, level }]);
    open = part;
    const parts = titles.map(({ title, level }) => html`<li class="part" data-depth=${Math.min(level, 3)}><bdi>${title}</bdi></li>`);
    return html`${parts}${item(book, row, chapter, read)}`;
  })}</ol>${marks.length > 0 ? bookmarks(book, marks) : nothing}`;
}

function bookmarks(book: Book, marks: readonly Bookmark[]): TemplateResult {
  return html`<p class="part" aria-hidden="true">${t("rd.bookmarks")}</p><ul class="bookmarks" lang=${book.language} aria-label=${t("rd.bookmarks")}>${marks.map((mark) =>
    html`<li><a href=${`${bookAddress(book.book_id, mark.chapter)}#${encodeURIComponent(mark.block)}`}><bdi>${mark.words}</bdi></a></li>`)}</ul>`;
}

function item(book: Book, row: ListedChapter, chapter: Chapter | null, read: Read): TemplateResult {
  const here = chapter !== null && row.chapter_id === chapter.chapter_id;
  const done = read.done.has(row.chapter_id);
  return html`<li data-depth=${Math.min(row.depth ?? 0, 3)}>
    <a href=${bookAddress(book.book_id, row.chapter_id)} aria-current=${here ? "page" : nothing}><bdi>${row.title}</bdi>${
      chapter === null && row.minutes ? html` <span class="soft">${t("lib.minutes", { n: row.minutes })}</span>` : nothing}${
      here && !done ? html` <span class="soft percent">${number(read.percent)} %</span>` : nothing}${
      done ? html` <span class="done" role="img" aria-label=${t("rd.done")}>✓</span>` : nothing}</a>
    ${here ? headings(chapter) : nothing}</li>`;
}

function headings(chapter: Chapter): TemplateResult | typeof nothing {
  const wanted = chapter.headings.filter((heading) => heading.depth === 2);
  if (wanted.length === 0) return nothing;
  return html`<ol class="headings" lang=${chapter.language}>${wanted.map((heading) =>
    html`<li><a href=${`#${encodeURIComponent(heading.anchor)}`}><bdi>${heading.text}</bdi></a></li>`)}</ol>`;
}

/** The page of a book: where to begin or go on, and its chapters. */
export function bookPage(book: Book, read: Read, resume: { address: string; title: string } | null, marks: readonly Bookmark[]): TemplateResult {
  const [first] = book.chapters;
  const minutes = book.chapters.reduce((sum, chapter) => sum + (chapter.minutes ?? 0), 0);
  return html`<div class="front"><h1 tabindex="-1" lang=${book.language} dir="auto">${book.title}</h1>
    <p class="soft">${t("lib.chapters", { n: book.chapters.length })} · ${t("lib.minutes", { n: minutes })}</p>
    ${resume ? html`<p><a class="button resume" href=${resume.address}>${t("lib.continue")}: <bdi>${resume.title}</bdi></a></p>`
      : first ? html`<p><a class="button" href=${bookAddress(book.book_id, first.chapter_id)}>${t("rd.start")}</a></p>` : nothing}
    ${contents(book, null, read, marks)}</div>`;
}
