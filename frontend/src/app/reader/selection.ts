// What can be done with words that are marked: a bar of words near them, on touch at the bottom.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { PageElement } from "../../foundation/element.ts";
import { textOf } from "../../foundation/marks.ts";
import { t, type Key } from "../../foundation/strings.ts";

export type Deed = "explain" | "simpler" | "translate" | "ask" | "copy" | "report";

/** Words that are marked, and the blocks they stand in. */
export interface Selected {
  readonly text: string;
  readonly blocks: readonly HTMLElement[];
}

const FEWEST = 2;
export const MOST = 2000;
const POINTER_MS = 200;
const TOUCH_MS = 400;
const DEEDS: readonly (readonly [Deed, Key])[] = [["explain", "sl.explain"], ["simpler", "sl.simpler"], ["translate", "sl.translate"], ["ask", "sl.ask"], ["copy", "ct.copy"], ["report", "sl.report"]];
/** What needs no model. */
const FREE: ReadonlySet<Deed> = new Set(["copy", "report"]);

/** What is marked inside a text; words in code and formulas are widened to their whole block. */
export function selected(root: HTMLElement): Selected | null {
  const selection = getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0).cloneRange();
  if (!root.contains(range.commonAncestorContainer) && !range.intersectsNode(root)) return null;
  if (!root.contains(range.startContainer)) range.setStart(root, 0);
  if (!root.contains(range.endContainer)) range.setEnd(root, root.childNodes.length);
  const first = blockAround(range.startContainer, root);
  const last = blockAround(range.endContainer, root);
  if (first?.matches(".code, .math")) range.setStart(first, 0);
  if (last?.matches(".code, .math")) range.setEnd(last, last.childNodes.length);
  const text = textOf(range).trim();
  const blocks = [...root.querySelectorAll<HTMLElement>(".block")].filter((block) => range.intersectsNode(block) && touches(range, block));
  return text.length < FEWEST || blocks.length === 0 ? null : { text, blocks };
}

// A range that ends at a block's very beginning holds nothing of it.
function touches(range: Range, block: HTMLElement): boolean {
  const own = document.createRange();
  own.selectNodeContents(block);
  return range.compareBoundaryPoints(Range.START_TO_END, own) > 0 && range.compareBoundaryPoints(Range.END_TO_START, own) < 0;
}

const blockAround = (node: Node, root: HTMLElement): HTMLElement | null => {
  const element = node instanceof Element ? node : node.parentElement;
  const block = element?.closest<HTMLElement>(".block") ?? null;
  return block !== null && root.contains(block) ? block : null;
};

/** Sends `glossator-deed` with `{deed, selected}`. */
export class SelectionMenu extends PageElement {
  static override properties = { root: { attribute: false }, model: { type: Boolean }, shown: { state: true }, touch: { state: true }, at: { state: true } };
  declare root: HTMLElement | null;
  /** Whether what needs a model can be asked now. */
  declare model: boolean;
  declare shown: Selected | null;
  declare touch: boolean;
  /** Which button the Tab key reaches. */
  declare at: number;
  #timer = 0;
  #down = false;
  #listening = new AbortController();

  constructor() {
    super();
    this.root = this.shown = null;
    this.model = true;
    this.touch = false;
    this.at = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    document.addEventListener("selectionchange", () => this.#changed(), { signal });
    document.addEventListener("pointerdown", (event) => this.#pointer(event, true), { signal });
    document.addEventListener("pointerup", (event) => this.#pointer(event, false), { signal });
    document.addEventListener("pointercancel", (event) => this.#pointer(event, false), { signal });
    addEventListener("scroll", () => this.shown && !this.touch && this.#place(), { signal, passive: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening.abort();
    clearTimeout(this.#timer);
    this.#bar(false);
  }

  #pointer(event: PointerEvent, down: boolean): void {
    if (event.composedPath().includes(this)) return;
    this.touch = event.pointerType === "touch";
    this.#down = down && !this.touch;
    if (!down) this.#soon();
  }

  #changed(): void {
    if (getSelection()?.isCollapsed) this.hide();
    else this.#soon();
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => !this.#down && this.look(), this.touch ? TOUCH_MS : POINTER_MS) as unknown as number;
  }

  /** Show the menu for what is marked now. */
  look(): void {
    const found = this.root === null ? null : selected(this.root);
    if (found === null) return this.hide();
    if (found.text.length > MOST) {
      announcer.say(t("sl.long"));
    }
    // While the keyboard is in the menu it stays where it is.
    if (!this.contains(document.activeElement)) this.at = 0;
    this.shown = found;
    this.#bar(this.touch);
    void this.updateComplete.then(() => !this.touch && this.#place());
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.shown = null;
    this.#bar(false);
  }

  // On touch the menu stands in the place of the page's own bar.
  #bar(taken: boolean): void {
    document.documentElement.toggleAttribute("data-selecting", taken);
  }

  /** Let the keyboard into the menu. */
  enter(): void {
    this.look();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('[tabindex="0"]')?.focus());
  }

  override render(): TemplateResult | typeof nothing {
    if (this.shown === null) return nothing;
    if (this.shown.text.length > MOST) return html`<div class=${this.touch ? "deeds touch" : "deeds"}><p>${t("sl.long")}</p></div>`;
    return html`<div class=${this.touch ? "deeds touch" : "deeds"} role="toolbar" aria-label=${t("sl.title")}
      @keydown=${(event: KeyboardEvent) => this.#key(event)} @pointerdown=${(event: Event) => event.preventDefault()}>
      ${DEEDS.map(([deed, key], n) => html`<button type="button" tabindex=${n === this.at ? 0 : -1}
        aria-disabled=${!this.model && !FREE.has(deed) ? "true" : nothing} @click=${() => this.#do(deed)}>${t(key)}</button>`)}
      ${this.touch ? html`<button type="button" tabindex="-1" aria-label=${t("nav.close")} @click=${() => (getSelection()?.removeAllRanges(), this.hide())}>✕</button>` : nothing}
    </div>`;
  }

  #do(deed: Deed): void {
    const shown = this.shown;
    if (shown === null || (!this.model && !FREE.has(deed))) return;
    this.hide();
    this.dispatchEvent(new CustomEvent("glossator-deed", { bubbles: true, detail: { deed, selected: shown } }));
  }

  #key(event: KeyboardEvent): void {
    const ahead = getComputedStyle(this).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const buttons = [...this.querySelectorAll<HTMLElement>("button")];
      this.at = (this.at + (event.key === ahead ? 1 : -1) + DEEDS.length) % DEEDS.length;
      buttons[this.at]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.hide();
      this.root?.closest<HTMLElement>("main")?.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  }

  // Above the words, below them where there is no room.
  #place(): void {
    const box = this.querySelector<HTMLElement>(".deeds");
    const selection = getSelection();
    if (box === null || selection === null || selection.rangeCount === 0) return;
    const words = selection.getRangeAt(0).getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const above = words.top - height - 10;
    const bar = document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0;
    const y = above > bar ? above : Math.min(words.bottom + 10, innerHeight - height - 8);
    const x = Math.min(Math.max(8, words.left + words.width / 2 - width / 2), innerWidth - width - 8);
    box.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    box.style.visibility = words.bottom < bar || words.top > innerHeight ? "hidden" : "visible";
  }
}

customElements.define("gl-selection", SelectionMenu);
