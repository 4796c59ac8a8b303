// One page that is alive: its picture, its words, and the quotes marked on it.

import { Problem } from "../../foundation/api.ts";
import { t } from "../../foundation/strings.ts";
import { layer } from "./layer.ts";
import { drawn, type Pictures } from "./pictures.ts";
import type { Line, Marked, Place } from "./types.ts";

/** What a page asks of its document. */
export interface Source {
  readonly pictures: Pictures;
  words(page: number, signal: AbortSignal): Promise<readonly Line[]>;
}

/** The content of a page's place; the place itself stays when the content goes. */
export class Sheet {
  readonly page: number;
  #place: HTMLElement;
  #shape: number;
  #source: Source;
  #stop = new AbortController();
  #picture: HTMLImageElement | null = null;
  #width = 0;
  #note: HTMLElement | null = null;
  #marks: HTMLElement[] = [];
  #online = () => this.#note && this.draw(this.#width);

  constructor(place: HTMLElement, page: number, shape: number, source: Source) {
    this.#place = place;
    this.page = page;
    this.#shape = shape;
    this.#source = source;
    addEventListener("online", this.#online);
    void this.#write();
  }

  /** Have the picture for so many pixels across; a sharper one takes the place of what is there. */
  draw(pixels: number): void {
    const width = drawn(pixels);
    if (width === this.#width && !this.#note) return;
    this.#width = width;
    void this.#paint(width);
  }

  async #paint(width: number): Promise<void> {
    try {
      const address = await this.#source.pictures.get(this.page, width, this.#stop.signal);
      if (this.#stop.signal.aborted || width !== this.#width) return URL.revokeObjectURL(address);
      const picture = Object.assign(new Image(), { src: address, alt: "", className: "pdf-picture", draggable: false });
      await picture.decode();
      if (this.#stop.signal.aborted) return URL.revokeObjectURL(address);
      if (this.#picture) {
        URL.revokeObjectURL(this.#picture.src);
        this.#picture.replaceWith(picture);
      } else this.#place.prepend(picture);
      this.#picture = picture;
      this.#tell(null);
    } catch (error) {
      if (error instanceof Problem) this.#tell(error.offline ? t("vw.gone") : t("vw.damaged", { n: this.page }));
      // A picture that the browser can't read is as good as none.
      else if (error instanceof DOMException && error.name === "EncodingError") this.#tell(t("vw.damaged", { n: this.page }));
      else if (!(error instanceof DOMException)) throw error;
    }
  }

  async #write(): Promise<void> {
    try {
      const lines = await this.#source.words(this.page, this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#place.append(layer(lines, this.#shape));
    } catch (error) {
      // A page that can't be read is told of where its picture would be.
      if (!(error instanceof Problem) && !(error instanceof DOMException)) throw error;
    }
  }

  #tell(words: string | null): void {
    this.#note?.remove();
    this.#note = words === null ? null : Object.assign(document.createElement("p"), { className: "pdf-note", textContent: words });
    if (this.#note) this.#place.append(this.#note);
  }

  /** Mark quotes. */
  mark(marked: readonly Marked[]): void {
    for (const mark of this.#marks) mark.remove();
    this.#marks = marked.flatMap(({ places, active }) => places.filter((place) => place.page === this.page).flatMap((place) => boxes(place, active)));
    this.#place.append(...this.#marks);
  }

  /** Give back what the page took. */
  close(): void {
    this.#stop.abort();
    removeEventListener("online", this.#online);
    if (this.#picture) URL.revokeObjectURL(this.#picture.src);
    this.#place.replaceChildren();
  }
}

function boxes(place: Place, active: boolean): HTMLElement[] {
  return place.rectangles.map((rectangle) => {
    const box = document.createElement("div");
    box.className = active ? "pdf-mark on" : "pdf-mark";
    box.style.left = `${100 * rectangle.x}%`;
    box.style.top = `${100 * rectangle.y}%`;
    box.style.width = `${100 * rectangle.width}%`;
    box.style.height = `${100 * rectangle.height}%`;
    return box;
  });
}
