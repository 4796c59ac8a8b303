// What a page showed last, for when the server can't be reached.

import { Problem } from "./api.ts";
import { keep, kept } from "./kept.ts";

export interface Remembered<T> {
  readonly data: T;
  /** When it was fetched, where it is from an earlier visit; null if it is new. */
  readonly from: string | null;
  /** Why it is an old one. */
  readonly problem: Problem | null;
}

/** Fetch; where nothing answers, what was kept under the name. Raises `Problem` where there is none. */
export async function remembered<T>(name: string, fetched: () => Promise<T>): Promise<Remembered<T>> {
  try {
    const data = await fetched();
    keep(name, { at: new Date().toISOString(), data });
    return { data, from: null, problem: null };
  } catch (error) {
    const old = kept<{ at: string; data: T } | null>(name, null);
    if (!(error instanceof Problem) || !(error.offline || error.status >= 500) || old === null) throw error;
    return { data: old.data, from: old.at, problem: error };
  }
}
