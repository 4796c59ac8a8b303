// One document: its pages or its text, and the Margin to ask it.

import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { Watch } from "../../foundation/cell.ts";
import { shortcuts, type ShortcutSet } from "../../foundation/keys.ts";
import { keep, kept } from "../../foundation/kept.ts";
import type { Place as Address } from "../../foundation/router.ts";
import { number, t } from "../../foundation/strings.ts";
import type { Source } from "../../foundation/types.ts";
import { Live } from "../documents/live.ts";
import { clean } from "../documents/names.ts";
import { type Doc, unfinished } from "../documents/types.ts";
import type { Margin } from "../margin/margin.ts";
import "../margin/margin.ts";
import "../margin/resizer.ts";
import { stop, width } from "../margin/sheet.ts";
import { AppPage } from "../page.ts";
import { clearShell, shell } from "../shell.ts";
import { known, who } from "../who.ts";
import { Finding } from "./finding.ts";
import { copied } from "./layer.ts";
import { layoutOf, type Pages, type Zoom } from "./pages.ts";
import type { DocumentText } from "./text.ts";
import { bars, toolbar } from "./tools.ts";
import type { Marked, Reading, Sizes } from "./types.ts";
import { keepAt, lastAt, step, wish, wishes } from "./wishes.ts";

export interface Loaded {
  readonly doc: Doc;
  /** Null where it has no pages to be seen. */
  readonly layout: Sizes | null;
}

/** Longer marked words would be refused. */
const LONGEST = 2000;
const WIDE = matchMedia("(min-width: 1024px)");

class Viewer extends AppPage<Loaded | "guest"> {
  static override properties = {
    ...AppPage.properties, view: { state: true }, marked: { state: true }, reading: { state: true }, rtl: { state: true },
    trouble: { state: true }, unready: { state: true },
  };
  declare view: "pages" | "text";
  declare marked: readonly Marked[];
  declare reading: Reading | null;
  /** Whether the reader wants the pages from right to left; null follows the file. */
  declare rtl: boolean | null;
  declare trouble: string | null;
  /** Fetched for documents that aren't ready. */
  declare unready: typeof import("./unready.ts") | null;
  readonly finding: Finding;
  #ends: (() => void)[] = [];
  #live: Live;
  #opened = "";

  constructor() {
    super();
    this.view = "pages";
    this.marked = [];
    this.reading = this.rtl = this.trouble = this.unready = null;
    this.#live = new Live(api, (doc) => this.#told(doc), () => void this.reload());
    const viewer = this;
    this.finding = new Finding({
      get documentId() { return viewer.doc?.document_id ?? ""; },
      get view() { return viewer.view; },
      pages: (marked, page) => this.#mark(marked, page),
      text: (sources, active) => this.#markText(sources, active),
      changed: () => this.requestUpdate(),
    });
    new Watch(this, who, wishes, stop, width);
  }

  get doc(): Doc | null {
    return this.loaded === null || this.loaded === "guest" ? null : this.loaded.doc;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const widened = () => this.requestUpdate();
    WIDE.addEventListener("change", widened);
    const away = () => this.#remember();
    addEventListener("pagehide", away);
    this.#ends = [shortcuts.add(this.#keys()), () => WIDE.removeEventListener("change", widened), () => removeEventListener("pagehide", away)];
  }

  override disconnectedCallback(): void {
    this.#remember();
    super.disconnectedCallback();
    this.#live.follow([]);
    for (const end of this.#ends) end();
    clearShell();
  }

  protected async load({ params }: Address): Promise<Loaded | "guest"> {
    if ((await known()) === null) return "guest";
    const id = params["id"] ?? "";
    const doc = await api.call<Doc>(`/api/docs/${encodeURIComponent(id)}`);
    return { doc, layout: await layoutOf(doc) };
  }

  protected titles(loaded: Loaded | "guest"): readonly string[] {
    return loaded === "guest" ? [t("nav.files")] : [clean(loaded.doc.title), t("nav.files")];
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("place") && changed.get("place")) this.#remember();
    super.willUpdate(changed as Map<PropertyKey, unknown>);
    if (changed.has("loaded")) this.#begin();
  }

  protected override updated(): void {
    if (this.doc && this.isConnected) shell.value = bars(this, this.doc);
  }

  protected override skeleton(): TemplateResult {
    return html`<main id="glossator-text" tabindex="-1">${super.skeleton()}</main>`;
  }

  protected override failed(problem: Problem): TemplateResult {
    // Whoever was led here by an answer's quote is told what became of its source.
    if (problem.status === 404 && this.place.url.searchParams.has("start")) {
      return html`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${t("vw.gone")}</h1><p>${t("vw.kept")}</p>
        <p><a class="button" href="/files">${t("nav.files")}</a></p></div></main>`;
    }
    return html`<main id="glossator-text" tabindex="-1">${super.failed(problem)}</main>`;
  }

  #begin(): void {
    const { loaded } = this;
    if (loaded === null || loaded === "guest") return;
    const { doc } = loaded;
    this.#live.follow(unfinished(doc) ? [doc.document_id] : []);
    if (doc.status !== "ready") void import("./unready.ts").then((module) => (this.unready = module));
    if (this.#opened !== doc.document_id) {
      this.#opened = doc.document_id;
      this.reading = null;
      this.marked = [];
      this.rtl = kept<boolean | null>(`viewer.${doc.document_id}.rtl`, null);
      void this.updateComplete.then(() => this.#settle());
    }
    if (loaded.layout === null || (this.view === "text" && doc.chunk_count === 0)) this.view = loaded.layout === null ? "text" : "pages";
    if (this.view === "text") void this.#read();
  }

  /** The page that the address names, or where one was the last time. */
  async #settle(): Promise<void> {
    const pages = this.pages;
    await pages?.updateComplete;
    const { searchParams, hash } = this.place.url;
    const asked = Number(/page=(\d+)/.exec(hash)?.[1] ?? NaN);
    const start = Number(searchParams.get("start") ?? NaN);
    const end = Number(searchParams.get("end") ?? NaN);
    const last = lastAt(this.#opened);
    if (Number.isFinite(asked)) pages?.go(asked);
    else if (pages) pages.go(last.page, last.y);
    if (Number.isFinite(start) && Number.isFinite(end) && start < end) void this.finding.show(this.#stretch(start, end, asked));
  }

  // An address names only where a quote stands.
  #stretch(start: number, end: number, page: number): Source {
    return {
      chapter_id: null, document_id: this.#opened, book_id: null, block_id: "", title: "", section: "", page: Number.isFinite(page) ? page : null,
      quote: "", start, end, similarity: 1, url: "",
    };
  }

  #remember(): void {
    const at = this.pages?.at;
    if (at && this.#opened) keepAt(this.#opened, at);
  }

  get pages(): Pages | null {
    return this.querySelector<Pages>("gl-pages");
  }

  #told(doc: Doc): void {
    const { loaded } = this;
    if (loaded === null || loaded === "guest") return;
    if (!unfinished(doc) && this.unready) announcer.say(this.unready.words(doc));
    this.loaded = { ...loaded, doc };
    // What was locked or just arrived may have pages now.
    if (loaded.layout === null && doc.format === "pdf" && !unfinished(doc)) void this.reload();
  }

  async #read(): Promise<void> {
    const { doc } = this;
    if (doc === null || doc.status !== "ready" || this.reading !== null) return;
    try {
      await import("./text.ts");
      this.reading = await api.call<Reading>(`/api/docs/${encodeURIComponent(doc.document_id)}/reading`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
  }

  async #mark(marked: readonly Marked[], page: number | null): Promise<void> {
    this.marked = marked;
    await this.updateComplete;
    const pages = this.pages;
    await pages?.updateComplete;
    if (page !== null && pages && !pages.reveal()) pages.go(page);
  }

  async #markText(sources: readonly Source[], active: Source | null): Promise<boolean> {
    await this.#read();
    await this.updateComplete;
    const text = this.querySelector<DocumentText>("gl-document-text");
    await text?.updateComplete;
    return text?.mark(sources, active) ?? false;
  }

  protected content(loaded: Loaded | "guest"): TemplateResult {
    if (loaded === "guest") return html`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${t("nav.files")}</h1><p>${t("dc.guest")}</p>
      <p><a class="button" href=${`/login?next=${this.place.url.pathname}`}>${t("au.login")}</a></p></div></main>`;
    const { doc, layout } = loaded;
    const { zoom, thumbs, dim } = wishes.value;
    const pages = layout !== null && this.view === "pages";
    if (pages && thumbs && WIDE.matches) void import("./thumbs.ts");
    return html`<div class="viewer" data-view=${this.view} data-dim=${dim}>
      ${pages && thumbs && WIDE.matches ? html`<gl-thumbs .documentId=${doc.document_id} .layout=${layout} .page=${this.pages?.page ?? 1}
        @glossator-open=${(event: CustomEvent<number>) => this.#open(event.detail)}></gl-thumbs>` : nothing}
      <main id="glossator-text" tabindex="-1">
        <h1 tabindex="-1" class="viewer-title"><bdi>${clean(doc.title)}</bdi></h1>
        ${doc.status === "ready" ? nothing : this.unready?.unready(doc, this.trouble, (what, body) => void this.#ask(doc, what, body))}
        ${layout ? toolbar(this, layout) : nothing}
        ${pages ? html`<gl-pages .documentId=${doc.document_id} .layout=${layout} .zoom=${zoom} .marked=${this.marked}
          ?rtl=${this.order === "rtl"} .language=${doc.language} @glossator-page=${() => this.requestUpdate()}></gl-pages>` : nothing}
        ${this.view === "text" && this.reading ? html`<gl-document-text .reading=${this.reading}></gl-document-text>` : nothing}
      </main>
      ${doc.chunk_count > 0 ? this.#beside(doc) : nothing}
    </div>`;
  }

  #beside(doc: Doc): TemplateResult {
    const asked = { book_id: `file:${doc.document_id}`, title: clean(doc.title), language: doc.language, url: null, visibility: "", chapters: [] };
    return html`${stop.value === "closed" ? nothing : html`<gl-resizer></gl-resizer>`}
      ${keyed(doc.document_id, html`<gl-margin .file=${doc.document_id} .book=${asked} .desk=${this.finding}
        @glossator-threads=${(event: Event) => void this.finding.quoted((event.target as Margin).talk?.sources ?? [])}></gl-margin>`)}`;
  }

  get margin(): Margin | null {
    return this.querySelector<Margin>("gl-margin");
  }

  /** Open the Margin; what is selected goes with the question. */
  openMargin(opener: HTMLElement | null): void {
    const selection = getSelection();
    const words = selection && !selection.isCollapsed && this.querySelector("main")!.contains(selection.anchorNode) ? copied(selection.getRangeAt(0)).trim() : "";
    const fits = words.length > 1 && words.length <= LONGEST;
    void this.margin?.show({ opener, ...(fits ? { marked: { text: words, chapter: "" } } : {}) });
  }

  async #ask(doc: Doc, what: string, body?: object): Promise<void> {
    this.trouble = null;
    try {
      await api.call(`/api/docs/${encodeURIComponent(doc.document_id)}/${what}`, body ? { body } : { method: "POST" });
      await this.reload();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.trouble = error.message || t("st.server");
      announcer.say(this.trouble, { now: true });
    }
  }

  #open(page: number): void {
    this.pages?.go(page);
    this.pages?.focus();
  }

  /** Which way the pages go: as the file says, unless the reader says otherwise. */
  get order(): "ltr" | "rtl" {
    const own = this.loaded === null || this.loaded === "guest" ? "ltr" : (this.loaded.layout?.direction ?? "ltr");
    return this.rtl === null ? own : this.rtl ? "rtl" : "ltr";
  }

  setOrder(rtl: boolean): void {
    this.rtl = rtl;
    keep(`viewer.${this.#opened}.rtl`, rtl);
  }

  setZoom(zoom: Zoom): void {
    wish({ zoom });
    void this.updateComplete.then(() => announcer.say(`${number(this.pages?.percent ?? 100)} %`));
  }

  /** One step larger or smaller. */
  zoomBy(by: 1 | -1): void {
    const next = step(this.pages?.percent ?? 100, by);
    if (next !== null) this.setZoom(next);
  }

  setView(view: "pages" | "text"): void {
    this.#remember();
    this.view = view;
    const { page, y } = lastAt(this.#opened);
    if (view === "text") void this.#read();
    void this.updateComplete.then(async () => {
      await this.pages?.updateComplete;
      this.pages?.go(page, y);
      await this.finding.again();
    });
  }

  #keys(): ShortcutSet {
    const pages = (act: () => unknown) => () => (this.view === "pages" && this.pages ? act() : false);
    return {
      title: "vw.tools",
      shortcuts: [
        { keys: "+", says: "vw.in", act: pages(() => this.zoomBy(1)) },
        { keys: "-", says: "vw.out", act: pages(() => this.zoomBy(-1)) },
        { keys: "0", says: "vw.fit", act: pages(() => this.setZoom("fit")) },
        { keys: "a", says: "vw.ask", act: () => (this.margin ? this.openMargin(null) : false) },
        { keys: "g", says: "vw.goto", act: pages(() => this.querySelector<HTMLInputElement>(".pdf-number")?.select()) },
        { keys: "n", says: "vw.mark.next", act: () => void this.finding.step(1) },
        { keys: "p", says: "vw.mark.prev", act: () => void this.finding.step(-1) },
      ],
    };
  }
}

export type { Viewer };

customElements.define("gl-viewer", Viewer);
