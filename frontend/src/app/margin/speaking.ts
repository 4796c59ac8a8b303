// What people who listen hear of an answer: once, not with every word.

import { announcer } from "../../foundation/announcer.ts";
import { kept } from "../../foundation/kept.ts";
import { t } from "../../foundation/strings.ts";
import type { Answer } from "../../foundation/types.ts";

/** As the settings keep it under `speak`. */
type Wanted = "done" | "sentence" | "off";

/** Say something of an answer, unless answers aren't to be spoken. */
export function said(words: string): void {
  if (kept<Wanted>("speak", "done") !== "off") announcer.say(words);
}

/** A finished answer in words; sentence by sentence where people want that. */
export function words(answer: Answer): string {
  const whole = kept<Wanted>("speak", "done") === "sentence" ? [answer.answer] : [];
  if (!answer.grounded) return [...whole, answer.mode === "refused" ? t("nf.head") : t("an.near", { n: answer.nearest.length })].join(" ");
  const unsupported = answer.sentences.filter((sentence) => sentence.support === "unsupported").length;
  const verdict = [t("an.done"), t("an.ok", { n: answer.sources.length }), ...(unsupported > 0 ? [t("an.unn", { n: unsupported })] : [])];
  return [...whole, verdict.map((sentence) => sentence.replace(/[.۔]?$/, ".")).join(" ")].join(" ");
}
