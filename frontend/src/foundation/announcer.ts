// The page's only live regions: what is said here is spoken once.

function region(role: "status" | "alert"): HTMLElement {
  const element = document.createElement("div");
  element.className = "unseen";
  element.setAttribute("role", role);
  return element;
}

/** Says words to people who listen to the page. One stands in the app, one in each widget. */
export class Announcer {
  readonly elements: readonly [HTMLElement, HTMLElement] = [region("status"), region("alert")];

  /** `now` interrupts what is being said. */
  say(words: string, { now = false } = {}): void {
    const [polite, urgent] = this.elements;
    const place = now ? urgent : polite;
    place.textContent = "";
    // The same words twice are only spoken again if the region was empty in between.
    setTimeout(() => (place.textContent = words), 50);
  }
}

/** The app's announcer; `app.ts` puts its elements into the page. */
export const announcer = new Announcer();
