// The language of the pages: fetched one at a time, spoken, and changed.

import { PageElement } from "../foundation/element.ts";
import { keep } from "../foundation/kept.ts";
import { directionOf, speak, speakMore, spoken, type Language, type Phrases } from "../foundation/strings.ts";
import { chosen } from "./preferences.ts";

let more = false;

async function fetched(name: string): Promise<Phrases> {
  const words = (await import(`/assets/strings-${name}.js`)) as { default: Phrases };
  return words.default;
}

/** Fetch a language's words and let the window speak it. */
export async function learn(language: Language): Promise<void> {
  const [words, people] = await Promise.all([fetched(language), more ? fetched(`${language}-people`) : {}]);
  speak(language, words, chosen("digits"));
  speakMore(people);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
}

/** Fetch the words of the pages about people too; from then on they come with every language. */
export async function learnMore(): Promise<void> {
  if (more) return;
  speakMore(await fetched(`${spoken()}-people`));
  more = true;
}

/** Change the language, or only its digits, for everything on the page. */
export async function change(language: Language = spoken()): Promise<void> {
  keep("language", language);
  await learn(language);
  for (const element of document.querySelectorAll("*")) if (element instanceof PageElement) element.requestUpdate();
}

/** The other language of the pages. */
export const other = (): Language => (spoken() === "ur" ? "en" : "ur");
