// Questions to begin with.

import { Cell } from "../../foundation/cell.ts";
import { t } from "../../foundation/strings.ts";
import type { Book, Chapter } from "../../foundation/types.ts";

const MOST = 3;
const SAMPLE_BOOK = "physical-ai";
/** For the page of a book, and for chapters that have none of their own. */
const SAMPLE_FIRST = "part-1/chapter-02-sensors";

const sample = new Cell<Readonly<Record<string, readonly string[]>> | null>(null);

/** Up to three questions: chosen ones for the sample book, else by the chapter's headings. */
export function suggestions(book: Book, chapter: Chapter | null, redraw: () => void): readonly string[] {
  if (book.book_id === SAMPLE_BOOK) {
    if (sample.value === null) void import("./sample_questions.ts").then(({ QUESTIONS }) => ((sample.value = QUESTIONS), redraw()));
    return sample.value?.[chapter?.chapter_id ?? ""] ?? sample.value?.[SAMPLE_FIRST] ?? [];
  }
  const headings = (chapter?.headings ?? []).filter((heading) => heading.depth === 2).map((heading) => heading.text);
  return headings.slice(0, MOST).map((heading) => t("mg.whatabout", { h: heading }));
}
