// Marking by keyboard: sentence by sentence.

import { rangeIn, visibleText } from "../../foundation/marks.ts";

/** The sentences of a text, as places in it. Good enough for marking; proofs use the server's. */
export function sentencesOf(text: string, language: string): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const { segment, index } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(text)) {
    const words = segment.trim();
    if (words === "") continue;
    const start = index + segment.indexOf(words);
    const last = found.at(-1);
    // "Dr. Ali" is no end of a sentence, and neither is a number's point.
    if (last && /\b(?:\p{Lu}\p{Ll}{0,3}|e\.g|i\.e|cf|vs|\d)\.$/u.test(text.slice(last[0], last[1])) && text.slice(last[0], last[1]).length < 12) last[1] = start + words.length;
    else found.push([start, start + words.length]);
  }
  return found;
}

/** The sentence mode of a text: what is marked moves by sentences. */
export class SentenceMode {
  #text: HTMLElement;
  #anchor: [number, number];
  #focus: [number, number];

  /** Begins at a block. */
  constructor(text: HTMLElement, from: HTMLElement) {
    this.#text = text;
    this.#anchor = this.#focus = [Math.max(0, this.#blocks().indexOf(from)), 0];
    if (this.#count(this.#focus[0]) === 0) this.#move(1, false);
    else this.#show();
  }

  /** To the next (1) or the one before (-1); `extend` keeps what is marked. */
  move(step: 1 | -1, extend: boolean): void {
    this.#move(step, extend);
  }

  #blocks(): HTMLElement[] {
    return [...this.#text.querySelectorAll<HTMLElement>(".block")].filter((block) => block.getClientRects().length > 0);
  }

  #of(block: HTMLElement | undefined): readonly (readonly [number, number])[] {
    if (block === undefined) return [];
    const text = visibleText(block);
    if (block.matches(".code, .math, .table, .figure")) return text.trim() === "" ? [] : [[0, text.length]];
    return sentencesOf(text, block.closest<HTMLElement>("[lang]")?.lang || "en");
  }

  #count(n: number): number {
    return this.#of(this.#blocks()[n]).length;
  }

  #move(step: 1 | -1, extend: boolean): void {
    const blocks = this.#blocks();
    let [block, sentence] = this.#focus;
    sentence += step;
    while (sentence < 0 || sentence >= this.#of(blocks[block]).length) {
      block += step;
      if (block < 0 || block >= blocks.length) return;
      const count = this.#of(blocks[block]).length;
      sentence = step > 0 ? 0 : count - 1;
      if (count === 0) sentence = step > 0 ? 0 : -1;
    }
    this.#focus = [block, sentence];
    if (!extend) this.#anchor = this.#focus;
    this.#show();
  }

  #show(): void {
    const [a, b] = [this.#range(this.#anchor), this.#range(this.#focus)];
    if (a === null || b === null) return;
    const forward = a.compareBoundaryPoints(Range.START_TO_START, b) <= 0;
    const selection = getSelection()!;
    if (forward) selection.setBaseAndExtent(a.startContainer, a.startOffset, b.endContainer, b.endOffset);
    else selection.setBaseAndExtent(a.endContainer, a.endOffset, b.startContainer, b.startOffset);
    this.#blocks()[this.#focus[0]]?.scrollIntoView({ block: "nearest" });
  }

  #range([n, sentence]: readonly [number, number]): Range | null {
    const block = this.#blocks()[n];
    const place = this.#of(block)[sentence];
    return block === undefined || place === undefined ? null : rangeIn(block, place[0], place[1]);
  }
}
