// The text of a chapter: the server's HTML in the page itself, with what the page lays over it.

import { html, type PropertyValues } from "lit";
import { PageElement } from "../../foundation/element.ts";
import { serverHtml, setServerHtml } from "../../foundation/html.ts";
import { ACTIVE, blockOf, Painter, QUOTES, rangeOf, visibleText } from "../../foundation/marks.ts";
import { typeset } from "../../foundation/maths.ts";
import { directionOf, number, t } from "../../foundation/strings.ts";
import type { Chapter, Mark, Source } from "../../foundation/types.ts";
import { marksOf } from "../../parts/answer.ts";
import type { Bookmark } from "./bookmarks.ts";
import { changes } from "./diff.ts";
import { dress, made, reachable, reveal } from "./dress.ts";

/** Formulas this near to the window are typeset. */
const NEAR_PX = 600;
/** A chapter of so many blocks lays out only those near the window. */
const LONG = 300;

/** A block of a form that is being made. */
export interface MadeBlock {
  readonly block_id: string;
  readonly html: string;
  readonly state: string;
  readonly language: string;
  readonly direction: "rtl" | "ltr";
}

export class ChapterText extends PageElement {
  static override properties = {
    chapter: { attribute: false }, original: { attribute: false }, both: { attribute: false }, diff: { attribute: false },
    asked: { attribute: false }, bookmarked: { attribute: false },
  };
  /** What is shown: the chapter, or a form of it. */
  declare chapter: Chapter;
  /** The author's chapter where a form is shown. */
  declare original: Chapter | null;
  declare both: boolean;
  declare diff: boolean;
  /** How many questions led to each block. */
  declare asked: ReadonlyMap<string, number>;
  /** Where the reader has set bookmarks. */
  declare bookmarked: readonly Bookmark[];
  #painter: Painter | null = null;
  #near: IntersectionObserver | null = null;
  // What scrolls sideways changes with the text's width, not with its height, which grows while a
  // long text is scrolled.
  #wide = new ResizeObserver(([entry]) => this.#widened(entry!.contentRect.width));
  #width = 0;
  #active: Source | null = null;
  #quotes: readonly Source[] = [];

  constructor() {
    super();
    this.original = null;
    this.both = this.diff = false;
    this.asked = new Map();
    this.bookmarked = [];
  }

  get text(): HTMLElement {
    return this.querySelector<HTMLElement>(".text")!;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#painter?.end();
    this.#near?.disconnect();
    this.#wide.disconnect();
  }

  protected override firstUpdated(): void {
    this.#wide.observe(this.text);
  }

  override render() {
    return html`<div class="text" ${serverHtml(this.chapter.html, (element) => this.#filled(element as HTMLElement))}></div>`;
  }

  protected override updated(changed: PropertyValues): void {
    const fresh = changed.has("chapter");
    if (fresh) this.#measure();
    if (fresh || changed.has("both") || changed.has("original")) this.#sideBySide();
    if (fresh || changed.has("diff") || changed.has("original")) this.#changed();
    if (fresh || changed.has("asked")) this.#gutter();
    if (fresh || changed.has("bookmarked")) this.#ribbons();
    if (fresh) {
      this.quotes(this.#quotes);
      this.activate(this.#active);
    }
  }

  #filled(text: HTMLElement): void {
    dress(text);
    text.classList.toggle("long", text.querySelectorAll(".block").length > LONG);
    for (const block of text.querySelectorAll<HTMLElement>('.block[data-state="original"]')) tag(block);
    this.#painter?.end();
    this.#painter = new Painter(text);
    this.#near?.disconnect();
    this.#near = new IntersectionObserver((entries) => this.#came(entries), { rootMargin: `${NEAR_PX}px 0px` });
    this.#look(text);
  }

  // A text that is laid out at once is measured at once, for whoever goes by keyboard alone.
  #measure(): void {
    if (!this.text.classList.contains("long")) reachable(this.text);
  }

  // Measuring what isn't laid out would lay it out: what needs it waits until it comes near.
  #look(text: HTMLElement): void {
    for (const block of text.querySelectorAll(".block")) if (block.querySelector("[data-tex], pre, .table")) this.#near?.observe(block);
  }

  #widened(width: number): void {
    if (width === this.#width) return;
    this.#width = width;
    this.#measure();
    for (const block of this.text.querySelectorAll(".block")) this.#near?.unobserve(block);
    this.#look(this.text);
  }

  #came(entries: readonly IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      this.#near?.unobserve(target);
      void typeset(target).then(() => reachable(target));
    }
  }

  /** Typeset every formula, near or not: for printing. */
  async typesetAll(): Promise<void> {
    await typeset(this.text);
    reachable(this.text);
  }

  /** The range of a mark in what is shown; null where its words don't stand there. */
  find(mark: Mark): Range | null {
    return rangeOf(this.text, mark);
  }

  /** The block that holds a source, whatever form is shown. */
  block(source: Source): HTMLElement | null {
    return blockOf(this.text, marksOf(source)[0]?.block_id ?? source.block_id);
  }

  ranges(source: Source): Range[] {
    return marksOf(source).map((mark) => this.find(mark)).filter((range) => range !== null);
  }

  /** Mark the quotes of all answers; words that many of them quote are looked for and marked once. */
  quotes(sources: readonly Source[]): void {
    const words = (source: Source) => JSON.stringify(marksOf(source).map(({ block_id, start, end, text }) => [block_id, start, end, text]));
    this.#quotes = [...new Map(sources.map((source) => [words(source), source])).values()];
    this.#painter?.paint(QUOTES, this.#quotes.flatMap((source) => this.ranges(source)));
  }

  /**
   * Let one quote stand out. True where its words are marked; where the text is a translation, the
   * block gets a dashed edge instead, because it isn't word for word. `near` are the words where
   * they stand now, if the book has changed since.
   */
  activate(source: Source | null, near?: readonly Range[]): boolean {
    this.#active = source;
    for (const block of this.text?.querySelectorAll(".translated-place") ?? []) {
      block.classList.remove("translated-place");
      block.removeAttribute("aria-description");
    }
    const ranges = source === null ? [] : (near ?? this.ranges(source));
    this.#painter?.paint(ACTIVE, ranges);
    if (source === null || ranges.length > 0) return ranges.length > 0;
    const block = this.block(source);
    if (block === null || !this.translated(block)) return false;
    block.classList.add("translated-place");
    block.setAttribute("aria-description", t("tr.place"));
    return false;
  }

  /** Whether a block says something else than the author's words. */
  translated(block: HTMLElement): boolean {
    return block.dataset["state"] === "adapted";
  }

  /** The quote at a point of the window, if one is marked there. */
  quoteAt(x: number, y: number): Source | null {
    return this.#quotes.find((source) => this.ranges(source).some((range) =>
      [...range.getClientRects()].some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom))) ?? null;
  }

  /** Open what hides an element. */
  reveal(element: Element): void {
    reveal(element);
  }

  /** The heading or block of an address's fragment. */
  anchor(id: string): HTMLElement | null {
    return blockOf(this.text, id) ?? this.text.querySelector<HTMLElement>(`[id="${CSS.escape(id)}"]`);
  }

  /** Put blocks of a form that is being made into the places of the author's. */
  arrive(blocks: readonly MadeBlock[]): void {
    for (const made of blocks) {
      const block = blockOf(this.text, made.block_id);
      if (block === null || made.state === "kept" || made.state === "added") continue;
      setServerHtml(block, made.html);
      block.dataset["state"] = made.state;
      block.lang = made.language;
      block.dir = made.direction;
      dress(block);
      if (made.state === "original") tag(block);
      if (block.querySelector("[data-tex]")) this.#near?.observe(block);
    }
  }

  /** The chapter as it was given, without what has arrived since. */
  restore(): void {
    setServerHtml(this.text, this.chapter.html);
    this.#filled(this.text);
    this.#gutter();
    this.#ribbons();
    this.quotes(this.#quotes);
  }

  #originals(): DocumentFragment | null {
    if (this.original === null) return null;
    const template = document.createElement("template");
    setServerHtml(template, this.original.html);
    return template.content;
  }

  #sideBySide(): void {
    for (const old of this.text.querySelectorAll(".beside")) old.remove();
    const originals = this.both ? this.#originals() : null;
    if (originals === null) return;
    for (const block of this.text.querySelectorAll<HTMLElement>('.block[data-state="adapted"]')) {
      const own = originals.querySelector<HTMLElement>(`.block[id="${CSS.escape(block.id)}"]`);
      if (own === null) continue;
      const language = this.original!.language;
      const beside = made("div", { class: "beside", "data-ui": "", lang: language, dir: directionOf(language) });
      for (const named of own.querySelectorAll("[id]")) named.removeAttribute("id");
      // A second heading of the same text would double the page's outline.
      for (const child of [...own.childNodes]) beside.append(/^H\d$/.test(child.nodeName) ? made("p", { class: "heading" }, ...child.childNodes) : child);
      block.append(beside);
      void typeset(beside);
    }
  }

  #changed(): void {
    for (const old of this.text.querySelectorAll(".diff")) old.remove();
    const originals = this.diff ? this.#originals() : null;
    if (originals === null) return;
    for (const block of this.text.querySelectorAll<HTMLElement>('.block[data-state="adapted"]')) {
      const own = originals.querySelector(`.block[id="${CSS.escape(block.id)}"]`);
      if (own === null) continue;
      const [before, after] = [visibleText(own), visibleText(block)];
      if (before === after) continue;
      const names = { same: "span", out: "del", in: "ins" } as const;
      block.append(made("p", { class: "diff", "data-ui": "" }, ...changes(before, after).flatMap((change) => [made(names[change.kind], {}, change.words), " "])));
    }
  }

  #ribbons(): void {
    for (const old of this.text.querySelectorAll(".ribbon")) old.remove();
    for (const { block } of this.bookmarked) {
      blockOf(this.text, block)?.prepend(made("span", { class: "ribbon", "data-ui": "", role: "img", "aria-label": t("rd.bookmarked") }));
    }
  }

  #gutter(): void {
    for (const old of this.text.querySelectorAll(".asked")) old.remove();
    for (const [id, n] of this.asked) {
      const block = blockOf(this.text, id);
      if (block === null || block.closest("summary")) continue;
      const button = made("button", { type: "button", class: "asked", "data-ui": "", "aria-label": `${number(n)}: ${t("rd.asked", { n })}` }, number(n));
      button.addEventListener("click", () => this.dispatchEvent(new CustomEvent("glossator-asked", { bubbles: true, detail: id })));
      block.append(button);
    }
  }
}

function tag(block: HTMLElement): void {
  block.prepend(made("span", { class: "tag kept", "data-ui": "" }, t("lv.kept")));
}

customElements.define("gl-text", ChapterText);
