// Marks as boxes, for Nastaliq and for browsers without highlights: they lie over the text and are
// blended with it, which looks as if they lay behind, whatever the host's page paints where.

import { isDark } from "./host.ts";

/** Boxes over ranges, moved with them. */
export class Boxes {
  #layer = document.createElement("div");
  #ranges: readonly Range[];
  #observer = new ResizeObserver(() => this.#draw());

  constructor(shadow: ShadowRoot, ranges: readonly Range[]) {
    this.#ranges = ranges;
    this.#layer.className = "mark-boxes";
    this.#layer.setAttribute("aria-hidden", "true");
    shadow.append(this.#layer);
    this.#observer.observe(document.body);
    this.#draw();
  }

  /** Take them away. */
  end(): void {
    this.#observer.disconnect();
    this.#layer.remove();
  }

  #draw(): void {
    this.#layer.classList.toggle("dark", isDark());
    const origin = this.#layer.getBoundingClientRect();
    this.#layer.replaceChildren(
      ...this.#ranges.flatMap((range) => [...range.getClientRects()]).map((rect) => {
        const box = document.createElement("i");
        box.style.transform = `translate(${rect.x - origin.x}px, ${rect.y - origin.y}px)`;
        box.style.inlineSize = `${rect.width}px`;
        box.style.blockSize = `${rect.height}px`;
        return box;
      }),
    );
  }
}
