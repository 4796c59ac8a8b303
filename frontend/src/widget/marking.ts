// Marks quotes in the host's page without touching its elements.

import type { Source } from "../foundation/types.ts";
import { marksOf } from "../parts/answer.ts";
import type { Boxes } from "./boxes.ts";
import { isDark } from "./host.ts";
import { find } from "./words.ts";

const NAME = "glossator-widget";

/** What is kept for the page that a citation leads to. */
export interface Waiting {
  readonly path: string;
  readonly anchor: string;
  readonly words: readonly string[];
}

/** The stretches of visible text that a source quotes; empty where the server couldn't tell. */
export const wordsOf = (source: Source): string[] => marksOf(source).map((mark) => mark.text);

/** The ranges of quoted words below an element; empty unless every one of them was found. */
export function ranges(root: Node, words: readonly string[], anchor: string): Range[] {
  const heading = anchor ? document.getElementById(anchor) : null;
  const found = words.map((one) => find(root, one, heading));
  return found.includes(null) ? [] : (found as Range[]);
}

/** The marks of one widget on its page. */
export class Marking {
  #sheet: CSSStyleSheet | null = null;
  #shadow: ShadowRoot;
  #boxes: Boxes | null = null;
  #asked = 0;

  constructor(shadow: ShadowRoot) {
    this.#shadow = shadow;
  }

  /** Mark ranges and bring them into sight, above what covers the foot of the window. */
  async show(marked: readonly Range[], covered: number): Promise<void> {
    this.clear();
    const asked = this.#asked;
    const [first] = marked;
    if (!first) return;
    bring(first, covered);
    // `::highlight` cuts into the neighbouring lines of Nastaliq, whose letters leave their line.
    const urdu = first.startContainer.parentElement?.closest("[lang]")?.getAttribute("lang")?.startsWith("ur");
    if (urdu || !("highlights" in CSS)) {
      const { Boxes } = await import("./boxes.ts");
      if (asked === this.#asked) this.#boxes = new Boxes(this.#shadow, marked);
      return;
    }
    this.#sheet = new CSSStyleSheet();
    this.#sheet.replaceSync(`::highlight(${NAME}){${isDark() ? "background-color:#6b5410;color:#eae6db;text-decoration:underline 2px #e0b23c" : "background-color:#ffcf4d;color:#1d1b17;text-decoration:underline 2px #946200"}}`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
    CSS.highlights.set(NAME, new Highlight(...marked));
  }

  /** Take the marks away. */
  clear(): void {
    this.#asked++;
    this.#boxes?.end();
    this.#boxes = null;
    if (this.#sheet === null) return;
    CSS.highlights.delete(NAME);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
    this.#sheet = null;
  }
}

// At once: nothing moves by itself, and long ways aren't shown.
function bring(range: Range, covered: number): void {
  const free = innerHeight - covered;
  const seen = range.getBoundingClientRect();
  if (seen.top >= 64 && seen.bottom <= free - 16) return;
  range.startContainer.parentElement?.scrollIntoView({ block: "center", behavior: "instant" });
  const { top, height } = range.getBoundingClientRect();
  scrollBy({ top: top - Math.max(72, (free - height) * 0.4), behavior: "instant" });
}
