// How a reader wants pages shown; this device remembers it.

import { Cell } from "../../foundation/cell.ts";
import { keep, kept } from "../../foundation/kept.ts";
import type { Zoom } from "./pages.ts";

export interface Wishes {
  readonly zoom: Zoom;
  readonly thumbs: boolean;
  readonly dim: boolean;
}

export const wishes = new Cell<Wishes>({ zoom: kept<Zoom>("viewer.zoom", "fit"), thumbs: kept("viewer.thumbs", true), dim: kept("viewer.dim", false) });

/** Want something else from now on. */
export function wish(changes: Partial<Wishes>): void {
  wishes.update(changes);
  for (const [name, value] of Object.entries(changes)) keep(`viewer.${name}`, value);
}

const STEPS = [25, 50, 75, 100, 125, 150, 200, 250, 300, 400];

/** The zoom one step larger or smaller than `now`, in percent; null at the end. */
export const step = (now: number, by: 1 | -1): number | null =>
  (by === 1 ? STEPS.find((each) => each > now) : [...STEPS].reverse().find((each) => each < now)) ?? null;

/** Where one was in a document: a page, and how far down on it. */
export interface At {
  readonly page: number;
  readonly y: number;
}

export const lastAt = (document: string): At => kept<At>(`viewer.${document}`, { page: 1, y: 0 });

export const keepAt = (document: string, at: At): void => keep(`viewer.${document}`, at);
