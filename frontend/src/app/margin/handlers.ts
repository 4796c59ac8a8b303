// What the buttons of a thread do.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { t } from "../../foundation/strings.ts";
import type { Source } from "../../foundation/types.ts";
import { placeOf, type AnswerHandlers } from "../../parts/answer.ts";
import type { Margin } from "./margin.ts";
import type { Thread } from "./talk.ts";
import type { ThreadHandlers } from "./thread.ts";

/** The handlers of a Margin's threads. */
export function handlersOf(margin: Margin): ThreadHandlers {
  return {
    blocked: margin.talk?.spent.value != null,
    answer: answers(margin),
    words: (thread) => words(margin, thread),
    retry: (thread) => void margin.run(thread.id),
    keepPart: (thread) => margin.talk!.keepPart(thread.id),
    drop: (thread) => {
      margin.talk!.drop(thread.id);
      if (thread.state === "queued") margin.post.drop(thread.question);
      margin.composer?.focus();
    },
    again: (thread) => {
      if (!thread.answer?.grounded) margin.composer?.fill(thread.question);
      margin.composer?.focus();
    },
    rate: (thread, rating) => void rate(margin, thread, rating),
    tell: (thread) => void rate(margin, thread, "down", "Missing from the book"),
  };
}

function answers(margin: Margin): AnswerHandlers {
  const { desk, book } = margin;
  return {
    show: (source, opener) => void desk.show(source, opener),
    hint: (source) => desk.hint(source),
    title: () => book.title,
    language: () => book.language,
    pressed: (source) => desk.pressed(source),
    note: (source) => desk.note(source),
    opened: margin.opened,
    toggle: (source) => toggle(margin, source),
    origin: () => (book.language.startsWith("en") && document.documentElement.lang !== "en" ? t("ct.orig") : null),
  };
}

// The second press closes the card, and its mark falls back.
function toggle(margin: Margin, source: Source): void {
  const opened = new Set(margin.opened);
  if (opened.delete(source)) {
    if (margin.desk.pressed(source)) margin.desk.closed();
  } else opened.add(source);
  margin.opened = opened;
}

async function rate(margin: Margin, thread: Thread, rating: "up" | "down", comment?: string): Promise<void> {
  try {
    await margin.talk!.rate(thread.id, rating, comment);
    announcer.say(t("an.thanks"));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announcer.say(error.message, { now: true });
    margin.problem = error;
  }
}

function words(margin: Margin, thread: Thread): string {
  const answer = thread.answer!;
  const quotes = answer.sources.map((source, n) =>
    `[${n + 1}] “${source.quote}” (${margin.book.title}, ${placeOf(source)}) ${new URL(source.url, location.href).href}`);
  return [thread.question, answer.answer, ...quotes].join("\n\n");
}
