// Questions to begin with.

import { t } from "../../foundation/strings.ts";
import type { Book, Chapter } from "../../foundation/types.ts";

const MOST = 3;

// The sample book's own, checked to be answered well without a model too.
const SAMPLE_BOOK = "physical-ai";
const SAMPLE: readonly string[] = [];

/** Three questions about the open chapter, by its headings; for the sample book chosen ones. */
export function suggestions(book: Book, chapter: Chapter | null): readonly string[] {
  if (book.book_id === SAMPLE_BOOK && SAMPLE.length > 0) return SAMPLE;
  const headings = (chapter?.headings ?? []).filter((heading) => heading.depth === 2).map((heading) => heading.text);
  return headings.slice(0, MOST).map((heading) => t("mg.whatabout", { h: heading }));
}
