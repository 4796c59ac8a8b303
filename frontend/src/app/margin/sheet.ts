// How much of the window the Margin takes: beside the text its width, on a phone its height.

import { Cell } from "../../foundation/cell.ts";
import { keep, kept } from "../../foundation/kept.ts";

/** On a wide screen everything but `closed` is open. */
export type Stop = "closed" | "peek" | "half" | "full";

export const NARROWEST = 300;
export const WIDEST = 560;
export const STEP = 24;

export const phone = matchMedia("(max-width: 767px)");

/** Where the Margin stands now. */
export const stop = new Cell<Stop>("closed");

/** Its width beside the text in px; null is the style's own. */
export const width = new Cell<number | null>(kept<number | null>("margin.width", null));

const root = document.documentElement;
const shown = () => (root.dataset["sheet"] = stop.value);
stop.watch(shown);
shown();

const wide = () => {
  if (width.value === null) root.style.removeProperty("--margin");
  else root.style.setProperty("--margin", `${width.value}px`);
};
width.watch(wide);
wide();

/** Set the width within its bounds, and keep it; null goes back to the style's own. */
export function widen(to: number | null): void {
  width.value = to === null ? null : Math.round(Math.min(WIDEST, Math.max(NARROWEST, to)));
  keep("margin.width", width.value ?? undefined);
}

/** Open or close; beside the text it's remembered. */
export function setStop(to: Stop): void {
  stop.value = to;
  if (!phone.matches) keep("margin.open", to !== "closed");
}

/** Whether it stood open when the reader was here last. */
export const wasOpen = (): boolean => kept("margin.open", true);
