// The language of the pages: fetched one at a time.

import { PageElement } from "../foundation/element.ts";
import { keep, kept } from "../foundation/kept.ts";
import { directionOf, speak, spoken, type Language, type Phrases } from "../foundation/strings.ts";

/** Fetch a language's words and let the window speak it. */
export async function learn(language: Language): Promise<void> {
  const words = (await import(`/assets/strings-${language}.js`)) as { default: Phrases };
  speak(language, words.default, kept<"latn" | "arabext">("digits", "latn"));
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** Change the language, or only its digits, for everything on the page. */
export async function change(language: Language = spoken()): Promise<void> {
  keep("language", language);
  await learn(language);
  for (const element of document.querySelectorAll("*")) if (element instanceof PageElement) element.requestUpdate();
}

/** The other language of the pages. */
export const other = (): Language => (spoken() === "ur" ? "en" : "ur");
