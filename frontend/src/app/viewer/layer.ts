// The words of a page, invisible over its picture: they can be selected, copied, found and heard.

import type { Line, Word } from "./types.ts";

/** Gives how wide words are, in units of their size. */
export type Measure = (text: string) => number;

const SIZE = 100;
let context: CanvasRenderingContext2D | null | undefined;

function measured(text: string): number {
  context ??= document.createElement("canvas").getContext("2d");
  if (!context) return text.length / 2;
  context.font = `${SIZE}px sans-serif`;
  return context.measureText(text).width / SIZE;
}

/**
 * How far a word has to be stretched to be as wide as on the page. `shape` is the page's width by
 * its height: the same at every zoom, because the letters grow with the page.
 */
export function stretch([text, , , width, height]: Word, shape: number, measure: Measure = measured): number {
  const natural = measure(text) * height;
  return natural > 0 && width > 0 ? (width * shape) / natural : 1;
}

/** The layer of a page. */
export function layer(lines: readonly Line[], shape: number): HTMLElement {
  const root = document.createElement("div");
  root.className = "pdf-words";
  for (const line of lines) {
    const row = document.createElement("span");
    row.className = "pdf-line";
    line.forEach((word, n) => {
      const [text, x, y, , height] = word;
      const span = document.createElement("span");
      span.textContent = text;
      span.style.left = `${100 * x}%`;
      span.style.top = `${100 * y}%`;
      span.style.fontSize = `${100 * height}cqh`;
      span.style.transform = `scaleX(${stretch(word, shape)})`;
      if (n > 0) row.append(" ");
      row.append(span);
    });
    root.append(row, "\n");
  }
  return root;
}

/** What is selected in layers as running text: each word stands alone in the page, not in the text. */
export function copied(range: Range): string {
  const box = document.createElement("div");
  box.append(range.cloneContents());
  const words = (line: ParentNode) => [...line.querySelectorAll(":scope > span")].map((word) => word.textContent).join(" ");
  const lines = [...box.querySelectorAll(".pdf-line")];
  if (lines.length > 0) return lines.map(words).filter(Boolean).join("\n");
  return words(box) || (box.textContent ?? "");
}
