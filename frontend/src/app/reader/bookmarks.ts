// Places that a reader marks to come back to. Kept on this device.

import { Cell } from "../../foundation/cell.ts";
import { keep, kept } from "../../foundation/kept.ts";

/** A block, with its first words as the name of the place. */
export interface Bookmark {
  readonly chapter: string;
  readonly block: string;
  readonly words: string;
}

/** More would be a second book. */
const MOST = 200;
const WORDS = 60;

/** The bookmarks of one book, in the order in which they were set. */
export class Bookmarks {
  readonly all = new Cell<readonly Bookmark[]>([]);
  #book = "";
  #of: { chapter: string; all: readonly Bookmark[]; found: readonly Bookmark[] } = { chapter: "", all: [], found: [] };

  /** Show those of a book. */
  open(book: string): void {
    if (book === this.#book) return;
    this.#book = book;
    this.all.value = kept<readonly Bookmark[]>(`bookmarks.${book}`, []);
  }

  /** Those of a chapter; the same list until they change. */
  of(chapter: string): readonly Bookmark[] {
    if (this.#of.chapter !== chapter || this.#of.all !== this.all.value) {
      this.#of = { chapter, all: this.all.value, found: this.all.value.filter((mark) => mark.chapter === chapter) };
    }
    return this.#of.found;
  }

  /** Set a bookmark, or take it away; true where it stands now. */
  toggle(chapter: string, block: string, text: string): boolean {
    const others = this.all.value.filter((mark) => mark.chapter !== chapter || mark.block !== block);
    const set = others.length === this.all.value.length;
    const words = text.split(/\s+/).join(" ").trim().slice(0, WORDS);
    this.all.value = set ? [...others, { chapter, block, words }].slice(-MOST) : others;
    keep(`bookmarks.${this.#book}`, this.all.value.length > 0 ? this.all.value : undefined);
    return set;
  }
}
