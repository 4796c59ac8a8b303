// Coming to a page: its title, the focus, and what is said.

import { announcer } from "../foundation/announcer.ts";
import { t } from "../foundation/strings.ts";

let first = true;

/** Tell that a page is there: the window's title, and for whom listens the heading. */
export function arrived(page: Element, ...titles: readonly string[]): void {
  document.title = [...titles, t("app.name")].join(" · ");
  if (first) {
    first = false;
    return; // The browser itself tells of the first page.
  }
  const heading = page.querySelector<HTMLElement>("h1");
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  if (titles[0]) announcer.say(titles[0]);
}
