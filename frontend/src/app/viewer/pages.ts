// A document's pages below each other; only those near the reader are alive.

import { html, type PropertyValues, type TemplateResult } from "lit";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import type { Doc } from "../documents/types.ts";
import { copied } from "./layer.ts";
import { patiently, Pictures } from "./pictures.ts";
import { Sheet, type Source } from "./sheet.ts";
import type { Line, Marked, Sizes } from "./types.ts";

/** CSS pixels of a point. */
const PIXELS = 96 / 72;
/** Sharper than this nobody sees, and it costs four times as much. */
const SHARPEST = 2;
/** Pages before and after the open one that are alive when they can be seen. */
const REACH = 2;
/** Between pages and around them, as the style has it. */
const GAP = 16;
const KEPT_WORDS = 20;
/** A quote stands so far down in the window. */
const EYE = 0.35;

export type Zoom = number | "fit";

/** Tells `glossator-page` when another page is open. */
export class Pages extends PageElement {
  static override properties = {
    documentId: { attribute: false }, layout: { attribute: false }, zoom: { attribute: false }, marked: { attribute: false }, rtl: { type: Boolean }, language: {},
  };
  declare documentId: string;
  declare layout: Sizes;
  declare zoom: Zoom;
  declare marked: readonly Marked[];
  declare rtl: boolean;
  declare language: string;
  /** The page that is open, from 1. */
  page = 1;
  #source: Source | null = null;
  #sheets = new Map<number, Sheet>();
  #words = new Map<number, readonly Line[]>();
  #frame = 0;
  /** What a page can take of the window's width. */
  #room = 800;
  #observer = new ResizeObserver(() => this.#sized());
  /** Where the upper edge of the window stands: a page, and how far down on it. */
  #at = { page: 1, y: 0 };

  constructor() {
    super();
    this.zoom = "fit";
    this.marked = [];
    this.rtl = false;
    this.language = "";
  }

  override render(): TemplateResult {
    return html`<div class="pdf-scroll" tabindex="0" role="region" aria-label=${t("vw.pages")} dir=${this.rtl ? "rtl" : "ltr"}
      @scroll=${() => this.#scrolled()} @keydown=${(event: KeyboardEvent) => this.#key(event)} @copy=${(event: ClipboardEvent) => this.#copy(event)}>
      <div class="pdf-pages">${this.layout.sizes.map((_, n) => html`<div class="pdf-page" role="group" lang=${this.language}
        aria-label=${t("vw.page", { a: n + 1, b: this.layout.sizes.length })}></div>`)}</div></div>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer.disconnect();
    cancelAnimationFrame(this.#frame);
    this.#close();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("documentId")) {
      this.#close();
      this.#source = { pictures: new Pictures(api, this.documentId), words: (page, signal) => this.#wordsOf(page, signal) };
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("layout")) {
      this.#places.forEach((place, n) => {
        const [across, down] = this.layout.sizes[n]!;
        place.style.setProperty("--across", String(across));
        place.style.setProperty("--down", String(down));
      });
      this.#observer.observe(this.#scroller);
    }
    if (changed.has("layout") || changed.has("zoom")) this.#sized();
    if (changed.has("marked")) for (const sheet of this.#sheets.values()) sheet.mark(this.marked);
  }

  get #scroller(): HTMLElement {
    return this.querySelector<HTMLElement>(".pdf-scroll")!;
  }

  get #places(): readonly HTMLElement[] {
    return [...this.querySelectorAll<HTMLElement>(".pdf-page")];
  }

  /** The zoom in percent, also where it follows the window. */
  get percent(): number {
    return Math.round((100 * this.#scaleOf(this.page)) / PIXELS);
  }

  /** Open a page; `y` is how far down on it the window begins, 0 to 1. */
  go(page: number, y = 0): void {
    const place = this.#places[page - 1];
    if (!place) return;
    this.#scroller.scrollTop = place.offsetTop - GAP / 2 + y * place.offsetHeight;
    this.#look();
  }

  /** Bring the first active quote into view; false where no page has one. */
  reveal(): boolean {
    const places = this.marked.filter((each) => each.active).flatMap((each) => each.places);
    const first = places.find((place) => place.rectangles.length > 0);
    const place = first && this.#places[first.page - 1];
    if (!first || !place) return false;
    const [rectangle] = first.rectangles;
    const scroller = this.#scroller;
    scroller.scrollTop = place.offsetTop + rectangle!.y * place.offsetHeight - EYE * scroller.clientHeight;
    const left = place.offsetLeft + rectangle!.x * place.offsetWidth;
    if (left < scroller.scrollLeft || left + rectangle!.width * place.offsetWidth > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = left - 2 * GAP;
    this.#look();
    return true;
  }

  /** Where the reader is, to come back to. */
  get at(): { page: number; y: number } {
    return this.#at;
  }

  override focus(): void {
    this.#scroller.focus({ preventScroll: true });
  }

  #sized(): void {
    if (!this.layout || !this.isConnected) return;
    this.#room = Math.max(this.#scroller.clientWidth - 2 * GAP, 100);
    this.#places.forEach((place, n) => place.style.setProperty("--scale", String(this.#scaleOf(n + 1))));
    const { page, y } = this.#at;
    this.go(page, y);
    this.dispatchEvent(new Event("glossator-page"));
  }

  #scaleOf(page: number): number {
    return this.zoom === "fit" ? this.#room / this.layout.sizes[page - 1]![0] : (this.zoom / 100) * PIXELS;
  }

  #scrolled(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#look());
  }

  // Which pages are there to be seen, and which one is open.
  #look(): void {
    if (!this.isConnected) return;
    const places = this.#places;
    const scroller = this.#scroller;
    const top = scroller.scrollTop;
    const bottom = top + scroller.clientHeight;
    const first = firstBelow(places, top + GAP);
    const open = Math.min(firstBelow(places, top + EYE * scroller.clientHeight), places.length - 1);
    const seen = new Set<number>();
    for (let n = Math.max(0, open - REACH); n <= Math.min(places.length - 1, open + REACH); n += 1) {
      const place = places[n]!;
      const near = Math.abs(n - open) <= 1;
      if (near || (place.offsetTop < bottom && place.offsetTop + place.offsetHeight > top)) seen.add(n + 1);
    }
    const head = places[Math.min(first, places.length - 1)]!;
    this.#at = { page: Math.min(first, places.length - 1) + 1, y: Math.max(0, (top - head.offsetTop + GAP / 2) / Math.max(head.offsetHeight, 1)) };
    this.#live(seen, open + 1);
    if (this.page !== open + 1) {
      this.page = open + 1;
      this.dispatchEvent(new Event("glossator-page"));
    }
  }

  #live(seen: ReadonlySet<number>, open: number): void {
    for (const [page, sheet] of this.#sheets) {
      if (seen.has(page)) continue;
      sheet.close();
      this.#sheets.delete(page);
    }
    const sharp = Math.min(devicePixelRatio, SHARPEST);
    // The open page is asked for last, and so comes first.
    for (const page of [...seen].sort((one, other) => Math.abs(other - open) - Math.abs(one - open))) {
      const [across, down] = this.layout.sizes[page - 1]!;
      let sheet = this.#sheets.get(page);
      if (!sheet) {
        sheet = new Sheet(this.#places[page - 1]!, page, across / down, this.#source!);
        sheet.mark(this.marked);
        this.#sheets.set(page, sheet);
      }
      sheet.draw(across * this.#scaleOf(page) * sharp);
    }
  }

  #close(): void {
    for (const sheet of this.#sheets.values()) sheet.close();
    this.#sheets.clear();
    this.#words.clear();
  }

  async #wordsOf(page: number, signal: AbortSignal): Promise<readonly Line[]> {
    const known = this.#words.get(page);
    if (known) return known;
    const path = `/api/docs/${encodeURIComponent(this.documentId)}/pages/${page}/words`;
    const found = await patiently(() => api.call<{ lines: Line[] }>(path, { signal }), signal);
    this.#words.set(page, found.lines);
    if (this.#words.size > KEPT_WORDS) this.#words.delete(this.#words.keys().next().value!);
    return found.lines;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const sideways = this.#scroller.scrollWidth > this.#scroller.clientWidth;
    const next = this.rtl ? "ArrowLeft" : "ArrowRight";
    const before = this.rtl ? "ArrowRight" : "ArrowLeft";
    if (event.key === "PageDown" || (event.key === next && !sideways)) this.go(this.page + 1);
    else if (event.key === "PageUp" || (event.key === before && !sideways)) this.go(this.page - 1);
    else if (event.key === "Home") this.go(1);
    else if (event.key === "End") this.go(this.layout.sizes.length);
    else return;
    event.preventDefault();
  }

  #copy(event: ClipboardEvent): void {
    const selection = getSelection();
    if (!selection || selection.rangeCount === 0 || selection.isCollapsed) return;
    event.clipboardData?.setData("text/plain", copied(selection.getRangeAt(0)));
    event.preventDefault();
  }
}

/** The number of the first element, from 0, whose lower edge lies below `y`. */
function firstBelow(places: readonly HTMLElement[], y: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]!.offsetTop + places[middle]!.offsetHeight > y) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What of a place's rectangles can be looked up again; null where the file has none. Raises `Problem`. */
export async function placesOf(documentId: string, start: number, end: number): Promise<Marked["places"]> {
  try {
    const path = `/api/docs/${encodeURIComponent(documentId)}/rectangles?start=${start}&end=${end}`;
    return (await patiently(() => api.call<{ pages: Marked["places"] }>(path))).pages;
  } catch (error) {
    // Words whose place can't be told are still on a page.
    if (error instanceof Problem && error.status === 422) return [];
    throw error;
  }
}

/** A PDF's pages; null where it has none that can be seen. */
export async function layoutOf(doc: Doc): Promise<Sizes | null> {
  if (doc.format !== "pdf" || doc.reason === "password") return null;
  try {
    return await api.call<Sizes>(`/api/docs/${encodeURIComponent(doc.document_id)}/pages`);
  } catch (error) {
    // It can't be opened; what is wrong with it stands in the document.
    if (error instanceof Problem && error.status === 422) return null;
    throw error;
  }
}

customElements.define("gl-pages", Pages);
