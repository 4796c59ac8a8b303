// What of a streamed answer is shown before it is checked: whole words, not too often.

/** So often the page may change while words come in: 20 times a second. */
const EVERY_MS = 50;

/** All of the text up to its last whole word: half an Urdu word has other letters. */
export function wholeWords(text: string): string {
  const end = /\s\S*$/.exec(text);
  return end === null ? "" : text.slice(0, end.index);
}

/** Gathers pieces of text and tells of them at word ends. */
export class Tail {
  #tell: (text: string) => void;
  #text = "";
  #shown = "";
  #timer = 0;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  add(piece: string): void {
    this.#text += piece;
    if (this.#timer === 0) this.#timer = setTimeout(() => this.#flush(wholeWords(this.#text)), EVERY_MS) as unknown as number;
  }

  /** What was shown no longer holds. */
  clear(): void {
    this.close();
    this.#text = "";
    this.#flush("");
  }

  /** No more comes: show the last word too. */
  end(): void {
    this.close();
    this.#flush(this.#text);
  }

  /** Tell nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #flush(text: string): void {
    this.#timer = 0;
    if (text === this.#shown) return;
    this.#shown = text;
    this.#tell(text);
  }
}
