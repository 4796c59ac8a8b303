// The way from an answer to its words on the pages, or in the text.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { t } from "../../foundation/strings.ts";
import type { Source } from "../../foundation/types.ts";
import { documentAddress, router } from "../addresses.ts";
import { phone, setStop, stop } from "../margin/sheet.ts";
import { placesOf } from "./pages.ts";
import type { Marked, Place } from "./types.ts";

/** What is looked at while it is marked. */
export interface Look {
  readonly documentId: string;
  /** Pages or text. */
  readonly view: "pages" | "text";
  /** Mark on the pages and show the active quote; its page where it has no place on it. */
  pages(marked: readonly Marked[], page: number | null): Promise<void>;
  /** Mark in the text; false where the words aren't there. */
  text(sources: readonly Source[], active: Source | null): Promise<boolean>;
  changed(): void;
}

/** Marks quotes and leads to them: what the Margin asks of the page beside it. */
export class Finding {
  #look: Look;
  #active: Source | null = null;
  #quoted: readonly Source[] = [];
  #places = new Map<string, readonly Place[]>();
  #lost = new Set<Source>();

  constructor(look: Look) {
    this.#look = look;
  }

  pressed(source: Source): boolean {
    return this.#active === source;
  }

  note(source: Source): string | null {
    if (!this.#lost.has(source)) return null;
    return t(this.#look.view === "pages" ? "vw.textonly" : "ct.lost");
  }

  /** The quotes that can be gone through one by one, in the order of the text. */
  get order(): readonly Source[] {
    const here = this.#quoted.filter((source) => source.document_id === this.#look.documentId);
    return [...here].sort((one, other) => one.start - other.start);
  }

  /** What answers quote now. */
  async quoted(sources: readonly Source[]): Promise<void> {
    this.#quoted = sources;
    await this.#paint(null);
  }

  /** Lead to a quote. Says where it was found, and where it wasn't. */
  async show(source: Source): Promise<void> {
    if (source.document_id !== this.#look.documentId) {
      const to = source.document_id === null ? source.url : `${documentAddress(source.document_id)}?start=${source.start}&end=${source.end}#page=${source.page ?? 1}`;
      router.go(to, { jump: true });
      return;
    }
    this.#active = source;
    // On a phone the sheet gives way, so that the quote is seen on the page and in the card.
    if (phone.matches && stop.value !== "closed") setStop("peek");
    try {
      const found = await this.#paint(source);
      if (found) this.#lost.delete(source);
      else this.#lost.add(source);
      announcer.say(found ? t(this.#look.view === "pages" ? "vw.shown" : "ct.found", { n: source.page ?? 1, place: source.section }) : this.note(source)!, { now: !found });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      announcer.say(error.message || t("st.server"), { now: true });
    }
    this.#look.changed();
  }

  /** The next quote after the active one, or the one before it. */
  async step(by: 1 | -1): Promise<void> {
    const { order } = this;
    if (order.length === 0) return;
    const now = this.#active === null ? -1 : order.indexOf(this.#active);
    const next = now < 0 ? (by === 1 ? 0 : order.length - 1) : (now + by + order.length) % order.length;
    await this.show(order[next]!);
  }

  /** Nothing stands out any more. */
  closed(): void {
    this.#active = null;
    void this.#paint(null);
    this.#look.changed();
  }

  escape(): boolean {
    if (this.#active === null) return false;
    this.closed();
    return true;
  }

  /** Pointing at a quote moves nothing: pages scroll only when they are asked to. */
  hint(): void {
    return;
  }

  /** Mark anew, after another view was opened. */
  again(): Promise<boolean> {
    return this.#paint(this.#active);
  }

  // `to` is brought into view; without it nothing moves.
  async #paint(to: Source | null): Promise<boolean> {
    const order = this.order;
    if (this.#look.view === "text") return this.#look.text(order, to ?? null);
    const marked: Marked[] = [];
    for (const source of new Set([...order, ...(this.#active ? [this.#active] : [])])) {
      marked.push({ places: await this.#placesOf(source), active: source === this.#active });
    }
    const places = to === null ? [] : await this.#placesOf(to);
    await this.#look.pages(marked, to === null ? null : (places[0]?.page ?? to.page ?? 1));
    return places.some((place) => place.rectangles.length > 0);
  }

  async #placesOf(source: Source): Promise<readonly Place[]> {
    const key = `${source.start}-${source.end}`;
    const known = this.#places.get(key) ?? (await placesOf(this.#look.documentId, source.start, source.end));
    this.#places.set(key, known);
    return known;
  }
}
