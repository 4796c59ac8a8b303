// Which address shows what. The address is the truth of where one is; the history keeps how far
// one had scrolled.

import { Cell } from "./cell.ts";

/** What an address asks for. */
export interface Place {
  readonly name: string;
  readonly params: Readonly<Record<string, string>>;
  readonly url: URL;
  /** Scrolled so far, in px, when the place was left; null where one comes for the first time. */
  readonly y: number | null;
  /** A jump from an answer into the text: the way back is offered. */
  readonly jump: boolean;
}

interface State {
  readonly y?: number;
  readonly jump?: boolean;
}

/** `/b/:book/:chapter*` as an expression; a starred name takes the slashes too. */
function compiled(pattern: string): RegExp {
  const source = pattern.replace(/\/:(\w+)(\*?)/g, (_, name: string, rest: string) => `/(?<${name}>${rest ? ".+" : "[^/]+"})`);
  return new RegExp(`^${source}/?$`);
}

/** The app's router: `place` is where one is. */
export class Router {
  readonly place: Cell<Place>;
  #routes: readonly (readonly [RegExp, string])[];
  /** Asked before another page is opened; false stays. */
  leaving: (to: URL) => boolean = () => true;

  /** `routes`: patterns and the names of their pages. The name of an unknown address is "lost". */
  constructor(routes: Readonly<Record<string, string>>) {
    this.#routes = Object.entries(routes).map(([pattern, name]) => [compiled(pattern), name]);
    this.place = new Cell(this.#read(new URL(location.href)));
    history.scrollRestoration = "manual";
    addEventListener("popstate", () => (this.place.value = this.#read(new URL(location.href))));
    document.addEventListener("click", (event) => this.#clicked(event));
    let remembering = 0;
    addEventListener("scroll", () => {
      clearTimeout(remembering);
      remembering = window.setTimeout(() => this.#remember(), 250);
    }, { passive: true });
  }

  /** Whether an address belongs to the app. */
  knows(url: URL): boolean {
    return url.origin === location.origin && this.#match(url.pathname) !== null;
  }

  /** Go to an address; `replace` leaves no way back, `stay` opens nothing anew. */
  go(to: string | URL, { replace = false, jump = false, stay = false } = {}): void {
    const url = new URL(to, location.href);
    if (!stay && !this.leaving(url)) return;
    this.#remember();
    history[replace ? "replaceState" : "pushState"]({ jump } satisfies State, "", url);
    if (!stay) this.place.value = this.#read(url);
  }

  #remember(): void {
    history.replaceState({ ...(history.state as State | null), y: scrollY }, "");
  }

  #match(pathname: string): { name: string; params: Record<string, string> } | null {
    for (const [expression, name] of this.#routes) {
      const found = expression.exec(pathname);
      if (found) {
        const params = Object.entries(found.groups ?? {}).map(([key, value]) => [key, decoded(value)]);
        return { name, params: Object.fromEntries(params) as Record<string, string> };
      }
    }
    return null;
  }

  #read(url: URL): Place {
    const { name, params } = this.#match(url.pathname) ?? { name: "lost", params: {} };
    const state = history.state as State | null;
    return { name, params, url, y: state?.y ?? null, jump: state?.jump ?? false };
  }

  #clicked(event: MouseEvent): void {
    const link = event.composedPath().find((item): item is HTMLAnchorElement => item instanceof HTMLAnchorElement);
    if (!link?.hasAttribute("href") || event.defaultPrevented || event.button !== 0) return;
    if (link.target || link.hasAttribute("download")) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (!this.knows(url)) return;
    event.preventDefault();
    this.go(url);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** An address within the app from a `?next=` field; "/" where it leads elsewhere. */
export function inside(next: string | null): string {
  if (next === null) return "/";
  const url = new URL(next, location.origin);
  return url.origin === location.origin && next.startsWith("/") && !next.startsWith("//") ? url.pathname + url.search + url.hash : "/";
}
