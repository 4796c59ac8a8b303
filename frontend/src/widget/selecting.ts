// The words that the reader has marked in the host's text.

const SHORTEST = 2;
const LONGEST = 2000;
/** A selection still on its way is left alone. */
const STILL_MS = 300;

/** Watches the page's selection. */
export class Selecting {
  words: string | null = null;
  place: DOMRect | null = null;
  #article: () => HTMLElement;
  #changed: () => void;
  #timer = 0;

  constructor(article: () => HTMLElement, changed: () => void) {
    this.#article = article;
    this.#changed = changed;
    document.addEventListener("selectionchange", this.#soon);
    addEventListener("scroll", this.#soon, { passive: true });
  }

  end(): void {
    clearTimeout(this.#timer);
    document.removeEventListener("selectionchange", this.#soon);
    removeEventListener("scroll", this.#soon);
  }

  /** The words have been taken. */
  forget(): void {
    this.words = this.place = null;
  }

  #soon = (): void => {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#look(), STILL_MS);
  };

  #look(): void {
    const before = this.words;
    this.forget();
    const selection = document.getSelection();
    const words = selection?.toString().trim() ?? "";
    const range = selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : null;
    if (range && words.length >= SHORTEST && words.length <= LONGEST && this.#article().contains(range.commonAncestorContainer)) {
      this.words = words;
      this.place = range.getBoundingClientRect();
    }
    if (this.words !== null || before !== null) this.#changed();
  }
}
