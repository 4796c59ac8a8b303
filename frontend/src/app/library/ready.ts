// The sample book's first questions, for somebody who has read nothing yet.

import { Cell } from "../../foundation/cell.ts";

export interface Ready {
  readonly chapter: string;
  readonly questions: readonly string[];
}

const SAMPLE_BOOK = "physical-ai";
const CHAPTER = "part-1/chapter-02-sensors";
const questions = new Cell<readonly string[] | null>(null);

/** What can be asked of a book at once, and in which chapter; null where nothing is known. */
export function readyQuestions(book: string, redraw: () => void): Ready | null {
  if (book !== SAMPLE_BOOK) return null;
  if (questions.value === null) void import("../reader/sample_questions.ts").then(({ QUESTIONS }) => ((questions.value = QUESTIONS[CHAPTER] ?? []), redraw()));
  return questions.value?.length ? { chapter: CHAPTER, questions: questions.value } : null;
}
