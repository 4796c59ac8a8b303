// Quotes in the text: exactly the words that the server proved are marked, or none.

import type { Mark } from "./types.ts";

interface Piece {
  readonly node: Node;
  readonly whole: boolean;
  readonly start: number;
  readonly end: number;
}

/** The visible text of a block, and the nodes it stands in. A formula counts as its TeX source, a picture as its words. */
function visible(block: Node): { text: string; pieces: readonly Piece[] } {
  const pieces: Piece[] = [];
  let text = "";
  const add = (node: Node, words: string, whole: boolean) => {
    pieces.push({ node, whole, start: text.length, end: text.length + words.length });
    text += words;
  };
  const walk = (node: Node) => {
    for (const child of node.childNodes) {
      if (child instanceof Text) add(child, child.data, false);
      else if (!(child instanceof HTMLElement) || child.hasAttribute("data-ui")) continue;
      else if (child instanceof HTMLImageElement) add(child, child.alt, true);
      else if (child.dataset["tex"] !== undefined) add(child, child.dataset["tex"], true);
      else walk(child);
    }
  };
  walk(block);
  return { text, pieces };
}

/** The visible text of a block, counted as the server counts it (without what the page added). */
export const visibleText = (block: Node): string => visible(block).text;

/** The block with this id in a text; headings may carry ids of their own. */
export function blockOf(root: ParentNode, id: string): HTMLElement | null {
  // By `#id`, which browsers look up: an attribute they compare with that of every block.
  return id === "" ? null : root.querySelector(`#${CSS.escape(id)}.block`);
}

/** The range of some of a block's visible text, or null beyond its ends. */
export function rangeIn(block: HTMLElement, start: number, end: number): Range | null {
  const { pieces } = visible(block);
  const first = pieces.find((piece) => start < piece.end);
  const last = pieces.find((piece) => end <= piece.end);
  if (first === undefined || last === undefined || end <= start) return null;
  const range = document.createRange();
  if (first.whole) range.setStartBefore(first.node);
  else range.setStart(first.node, start - first.start);
  if (last.whole) range.setEndAfter(last.node);
  else range.setEnd(last.node, end - last.start);
  return range;
}

/** The range of a mark, or null where its words don't stand in the block exactly once. */
export function rangeOf(root: ParentNode, mark: Mark): Range | null {
  const block = blockOf(root, mark.block_id);
  if (block === null || mark.text === "") return null;
  const { text } = visible(block);
  let start = mark.start;
  if (text.slice(start, mark.end) !== mark.text) {
    start = text.indexOf(mark.text);
    if (start < 0 || text.indexOf(mark.text, start + 1) >= 0) return null;
  }
  return rangeIn(block, start, start + mark.text.length);
}

/** The text that a range shows, counted as the server counts it. */
export function textOf(range: Range): string {
  const box = document.createElement("div");
  box.append(range.cloneContents());
  return visible(box).text;
}

/** Names of the app's highlights, as its stylesheet has them. */
export const QUOTES = "glossator-quote";
export const ACTIVE = "glossator-active";
export type Layer = typeof QUOTES | typeof ACTIVE;

/** Paints marks over one text and keeps them in place when its lines move. */
export class Painter {
  #root: HTMLElement;
  #ranges: Record<Layer, readonly Range[]> = { [QUOTES]: [], [ACTIVE]: [] };
  #layer: HTMLElement | null = null;
  #frame = 0;
  #observer: ResizeObserver;

  constructor(root: HTMLElement) {
    this.#root = root;
    this.#observer = new ResizeObserver(() => this.#redraw());
    this.#observer.observe(root);
  }

  /** Mark ranges: all quotes of the answers, or the one that was asked for. */
  paint(layer: Layer, ranges: readonly Range[]): void {
    this.#ranges[layer] = ranges;
    if (this.#highlights()) CSS.highlights.set(layer, new Highlight(...ranges));
    else this.#redraw();
  }

  /** The ranges that stand out now. */
  get shown(): readonly Range[] {
    return this.#ranges[ACTIVE];
  }

  /** Take every mark away. */
  end(): void {
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#layer?.remove();
    if ("highlights" in CSS) for (const name of [QUOTES, ACTIVE]) CSS.highlights.delete(name);
  }

  // `::highlight` cuts into the neighbouring lines of Nastaliq, whose letters leave their line.
  #highlights(): boolean {
    return "highlights" in CSS && this.#root.closest<HTMLElement>("[lang]")?.lang.split("-")[0] !== "ur";
  }

  #redraw(): void {
    if (this.#highlights()) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#boxes());
  }

  #boxes(): void {
    this.#layer?.remove();
    this.#layer = document.createElement("div");
    this.#layer.className = "mark-layer";
    this.#layer.setAttribute("aria-hidden", "true");
    this.#layer.setAttribute("data-ui", "");
    const origin = this.#root.getBoundingClientRect();
    for (const [name, ranges] of Object.entries(this.#ranges)) {
      for (const rect of ranges.flatMap((range) => [...range.getClientRects()])) {
        const box = document.createElement("span");
        box.className = name === ACTIVE ? "mark-box on" : "mark-box";
        box.style.transform = `translate(${rect.x - origin.x}px, ${rect.y - origin.y}px)`;
        box.style.inlineSize = `${rect.width}px`;
        box.style.blockSize = `${rect.height}px`;
        this.#layer.append(box);
      }
    }
    this.#root.append(this.#layer);
  }
}
