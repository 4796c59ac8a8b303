// Quotes in the text: exactly the words that the server proved are marked, or none.

const QUOTES = "glossator-quote";
const ACTIVE = "glossator-active";

/** The visible text of a block, and the nodes it stands in. A formula counts as its TeX source. */
function visible(block) {
  const pieces = [];
  let text = "";
  const add = (node, words, whole) => {
    pieces.push({ node, whole, start: text.length, end: text.length + words.length });
    text += words;
  };
  const walk = (node) => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) add(child, child.data, false);
      else if (child.nodeType !== Node.ELEMENT_NODE || child.hasAttribute("data-ui")) continue;
      else if (child.dataset?.tex !== undefined) add(child, child.dataset.tex, true);
      else walk(child);
    }
  };
  walk(block);
  return { text, pieces };
}

/** The block with this id in a text; headings may carry ids of their own. */
export function blockOf(root, id) {
  return root.querySelector(`.block[id="${CSS.escape(id)}"]`);
}

/** The range of a mark, or null where its words don't stand in the block exactly once. */
export function rangeOf(root, mark) {
  const block = blockOf(root, mark.block_id);
  if (block === null || mark.text === "") return null;
  const { text, pieces } = visible(block);
  let start = mark.start;
  if (text.slice(start, mark.end) !== mark.text) {
    start = text.indexOf(mark.text);
    if (start < 0 || text.indexOf(mark.text, start + 1) >= 0) return null;
  }
  const end = start + mark.text.length;
  const first = pieces.find((piece) => start < piece.end);
  const last = pieces.find((piece) => end <= piece.end);
  const range = document.createRange();
  if (first.whole) range.setStartBefore(first.node);
  else range.setStart(first.node, start - first.start);
  if (last.whole) range.setEndAfter(last.node);
  else range.setEnd(last.node, end - last.start);
  return range;
}

/** The text that a range shows, counted as the server counts it; for tests and copying. */
export function textOf(range) {
  const box = document.createElement("div");
  box.append(range.cloneContents());
  return visible(box).text;
}

/** Paints marks over one text and keeps them in place when its lines move. */
export class Painter {
  #root;
  #ranges = { [QUOTES]: [], [ACTIVE]: [] };
  #layer = null;
  #frame = 0;

  constructor(root) {
    this.#root = root;
    new ResizeObserver(() => this.#redraw()).observe(root);
  }

  /** The quotes of all answers. */
  quotes(ranges) {
    this.#paint(QUOTES, ranges);
  }

  /** The quote that was asked for. */
  active(ranges) {
    this.#paint(ACTIVE, ranges);
  }

  /** The ranges that stand out now. */
  get shown() {
    return this.#ranges[ACTIVE];
  }

  #paint(name, ranges) {
    this.#ranges[name] = ranges;
    if (this.#highlights()) CSS.highlights.set(name, new Highlight(...ranges));
    else this.#redraw();
  }

  // `::highlight` cuts into the neighbouring lines of Nastaliq, whose letters leave their line.
  #highlights() {
    return "highlights" in CSS && this.#root.closest("[lang]")?.lang.split("-")[0] !== "ur";
  }

  #redraw() {
    if (this.#highlights()) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#boxes());
  }

  #boxes() {
    this.#layer?.remove();
    this.#layer = document.createElement("div");
    this.#layer.className = "mark-layer";
    this.#layer.setAttribute("aria-hidden", "true");
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
