// The page that carries the widget: what it shows, in which colours, and which chapter it is.

import type { Book, ListedChapter } from "../foundation/types.ts";

// Docusaurus, Material for MkDocs, mdBook, and what most other pages have.
const ARTICLES = [".theme-doc-markdown", "article.md-content__inner", "#mdbook-content main", "#content main", "main article", "article", "main", "[role=main]"];

/** The element that holds the page's text. */
export function articleOf(selector: string | null): HTMLElement {
  for (const one of selector ? [selector, ...ARTICLES] : ARTICLES) {
    const found = document.querySelector<HTMLElement>(one);
    if (found) return found;
  }
  return document.body;
}

/** Whether the page is dark now, in the words of its theme or else of the device. */
export function isDark(): boolean {
  const { documentElement: root, body } = document;
  const said = root.dataset["theme"] ?? root.dataset["mdColorScheme"] ?? body.dataset["mdColorScheme"];
  if (said) return /dark|slate/.test(said);
  if (/\b(navy|coal|ayu)\b/.test(root.className)) return true;
  if (/\b(light|rust)\b/.test(root.className)) return false;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Tells when the page's colours change, or its maker says which chapter it is; the answer ends it. */
export function watchTheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  for (const element of [document.documentElement, document.body]) {
    observer.observe(element, { attributeFilter: ["class", "data-theme", "data-md-color-scheme", "data-glossator-chapter"] });
  }
  const device = matchMedia("(prefers-color-scheme: dark)");
  device.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    device.removeEventListener("change", changed);
  };
}

/** Tells when the page has become another one without being loaded; the answer ends it. */
export function watchPlace(moved: () => void): () => void {
  let last = page();
  const look = () => {
    if (page() === last) return;
    last = page();
    moved();
  };
  const observer = new MutationObserver(look);
  observer.observe(document.head, { childList: true, subtree: true, characterData: true });
  const navigation = (window as { navigation?: EventTarget }).navigation;
  addEventListener("popstate", look);
  navigation?.addEventListener("navigatesuccess", look);
  navigation?.addEventListener("currententrychange", look);
  return () => {
    observer.disconnect();
    removeEventListener("popstate", look);
    navigation?.removeEventListener("navigatesuccess", look);
    navigation?.removeEventListener("currententrychange", look);
  };
}

const page = () => location.pathname + location.search;

/** A path without what servers add to it or leave out. */
export function tidy(path: string): string {
  let plain = path;
  try {
    plain = decodeURIComponent(path);
  } catch {
    // A path that isn't UTF-8 is compared as it stands.
  }
  return plain.replace(/\/index\.html?$/, "").replace(/\.html?$/, "").replace(/\/+$/, "");
}

/**
 * The chapter of a page, by what its maker says it is, or by its path; null where the page is none.
 *
 * Languages and previews put something in front of a path, so its end counts: the longest of the
 * chapters' paths below the book's address that the page's path ends with.
 */
export function chapterAt(book: Book, path: string, said?: string): ListedChapter | null {
  const named = said && book.chapters.find((chapter) => chapter.chapter_id === said);
  if (named) return named;
  const here = tidy(path);
  const base = book.url === null ? "" : tidy(new URL(book.url).pathname);
  let best: ListedChapter | null = null;
  let longest = 0;
  for (const chapter of book.chapters) {
    if (!chapter.url) continue;
    const whole = tidy(new URL(chapter.url, location.origin).pathname);
    if (whole === here) return chapter;
    const below = book.url === null ? `/${tidy(chapter.chapter_id)}` : whole.slice(base.length);
    if (below.length > longest && below.length > 1 && here.endsWith(below)) [best, longest] = [chapter, below.length];
  }
  return best;
}

/**
 * Go to another page of this site. A link of the page's own is pressed where there is one, so that
 * a site which changes pages by itself does so; else the browser goes there.
 */
export function follow(address: URL): void {
  const there = tidy(address.pathname);
  const own = [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].find(
    (link) => link.origin === location.origin && !link.target && !link.hasAttribute("download") && tidy(link.pathname) === there && !link.hash,
  );
  if (own) own.click();
  else location.assign(address);
}
