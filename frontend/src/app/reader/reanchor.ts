// A quote whose book has changed since: found again where its words stand nearly as they stood.

import search from "approx-string-match";
import { rangeIn, visibleText } from "../../foundation/marks.ts";
import type { Mark } from "../../foundation/types.ts";

/** Share of a quote's letters that must still stand there. */
const LEAST = 0.9;
/** How much better than any other place it must be. */
const AHEAD = 0.05;
/** Letters; of fewer, too much is alike. */
const SHORTEST = 16;

interface Place {
  readonly block: HTMLElement;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/**
 * Where the words of a mark stand now, or null where that is a guess: at least nine tenths of the
 * letters are the same, and no second place comes near (pages.md 2.3.4).
 */
export function reanchored(root: ParentNode, mark: Mark): Range | null {
  if (mark.text.length < SHORTEST) return null;
  const places = [...root.querySelectorAll<HTMLElement>(".block")].flatMap((block) => within(block, mark.text));
  places.sort((one, other) => other.score - one.score);
  const [best, second] = places;
  if (!best || (second && best.score - second.score < AHEAD)) return null;
  return rangeIn(best.block, best.start, best.end);
}

// The places in one block, of those that overlap only the best.
function within(block: HTMLElement, quote: string): Place[] {
  const found = search(visibleText(block), quote, Math.floor(quote.length * (1 - LEAST)));
  found.sort((one, other) => one.errors - other.errors || other.end - other.start - (one.end - one.start));
  const places: Place[] = [];
  for (const { start, end, errors } of found) {
    if (places.some((place) => start < place.end && place.start < end)) continue;
    places.push({ block, start, end, score: 1 - errors / quote.length });
  }
  return places;
}
