// Keys that work on every page, and the sheet that lists all keys.

import { shortcuts } from "../foundation/keys.ts";
import { keep, kept } from "../foundation/kept.ts";
import { router } from "./addresses.ts";

export const THEMES = ["auto", "light", "sepia", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The colours that are chosen on this device. */
export const theme = (): Theme => kept<Theme>("theme", "auto");

/** Choose the colours. */
export function setTheme(to: Theme): void {
  keep("theme", to);
  dispatchEvent(new Event("glossator-theme"));
}

/** Begin to listen. */
export function everywhere(): void {
  shortcuts.add({
    title: "ky.everywhere",
    shortcuts: [
      { keys: "?", says: "ky.help", act: () => void import("./help.ts").then(({ help }) => help()) },
      { keys: "g l", says: "nav.library", act: () => router.go("/") },
      { keys: "g f", says: "nav.files", act: () => router.go("/files") },
      { keys: "g p", says: "nav.progress", act: () => router.go("/progress") },
      { keys: "d", says: "ky.theme", act: () => setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]!) },
    ],
  });
}
