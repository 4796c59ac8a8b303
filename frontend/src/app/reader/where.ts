// Where in a text one reads: the block at the top of the window, and how far into it.

/** A block and how far its top stands above the window's readable part, as a share of its height. */
export interface Spot {
  readonly block: string;
  /** 0 to 1. */
  readonly offset: number;
}

/** The blocks of a text that take room. */
const blocks = (text: ParentNode): HTMLElement[] => [...text.querySelectorAll<HTMLElement>(".block")];

/** The block that stands at a height of the window, or the first below it. */
export function blockAt(text: ParentNode, y: number): HTMLElement | null {
  const all = blocks(text);
  // Blocks come one below the other; those that a fold or a tab hides have no height.
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const shown = next(all, middle, high);
    if (shown === high || all[shown]!.getBoundingClientRect().bottom > y) high = middle;
    else low = shown + 1;
  }
  return all[next(all, low, all.length)] ?? null;
}

function next(all: readonly HTMLElement[], from: number, to: number): number {
  let at = from;
  while (at < to && all[at]!.getClientRects().length === 0) at += 1;
  return at;
}

/** Where one reads, below `top` px of the window. */
export function spot(text: ParentNode, top: number): Spot | null {
  const block = blockAt(text, top + 1);
  if (block === null) return null;
  const box = block.getBoundingClientRect();
  return { block: block.id, offset: Math.min(1, Math.max(0, (top - box.top) / Math.max(1, box.height))) };
}

/**
 * Keep what one reads at its height while the text is exchanged: gives a function that scrolls so
 * that the same block stands where it stood. Blocks of another text (an author's own translation)
 * are matched by their order.
 */
export function hold(text: ParentNode, top: number): (next: ParentNode) => void {
  const block = blockAt(text, top + 1);
  if (block === null) return () => undefined;
  const before = block.getBoundingClientRect().top;
  const old = blocks(text);
  const share = old.indexOf(block) / Math.max(1, old.length);
  return (shown) => {
    const same = shown.querySelector<HTMLElement>(`.block[id="${CSS.escape(block.id)}"]`);
    const all = blocks(shown);
    const found = same ?? all[Math.floor(share * all.length)];
    if (found) scrollBy({ top: found.getBoundingClientRect().top - before, behavior: "instant" });
  };
}

/** How much of a text has been read, 0 to 1, when the window's readable part ends at `bottom`. */
export function readShare(text: Element, top: number, bottom: number): number {
  const box = text.getBoundingClientRect();
  const unseen = box.height - (bottom - top);
  if (unseen <= 0) return 1;
  return Math.min(1, Math.max(0, (top - box.top) / unseen));
}
