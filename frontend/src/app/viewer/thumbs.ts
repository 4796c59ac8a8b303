// Small pages beside the large ones; those that can be seen are drawn.

import { html, type TemplateResult } from "lit";
import { api, Problem } from "../../foundation/api.ts";
import { PageElement } from "../../foundation/element.ts";
import { number, t } from "../../foundation/strings.ts";
import { Pictures } from "./pictures.ts";
import type { Sizes } from "./types.ts";

const WIDTH = 160;

/** Tells `glossator-open` with the number of the page that was chosen. */
class Thumbs extends PageElement {
  static override properties = { documentId: { attribute: false }, layout: { attribute: false }, page: { attribute: false } };
  declare documentId: string;
  declare layout: Sizes;
  declare page: number;
  #pictures: Pictures | null = null;
  #drawn = new Map<Element, { stop: AbortController; picture: HTMLImageElement }>();
  #observer: IntersectionObserver | null = null;

  override render(): TemplateResult {
    return html`<ol class="pdf-thumbs" aria-label=${t("vw.thumbs")}>${this.layout.sizes.map(([across, down], n) => html`<li>
      <button type="button" class="pdf-thumb" data-page=${n + 1} data-shape=${across / down} aria-current=${this.page === n + 1 ? "page" : "false"}
        aria-label=${t("vw.page", { a: n + 1, b: this.layout.sizes.length })} @click=${() => this.dispatchEvent(new CustomEvent("glossator-open", { detail: n + 1 }))}>
        <span class="pdf-small"></span><span aria-hidden="true">${number(n + 1)}</span></button></li>`)}</ol>`;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    this.#observer = null;
    for (const place of [...this.#drawn.keys()]) this.#drop(place);
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("documentId")) this.#pictures = new Pictures(api, this.documentId);
    if (!this.#observer) {
      this.#observer = new IntersectionObserver((entries) => {
        for (const { target, isIntersecting } of entries) {
          if (isIntersecting) void this.#draw(target as HTMLElement);
          else this.#drop(target);
        }
      }, { root: this.querySelector("ol"), rootMargin: "200px 0px" });
      for (const thumb of this.querySelectorAll<HTMLElement>(".pdf-thumb")) {
        thumb.style.setProperty("--shape", thumb.dataset["shape"]!);
        this.#observer.observe(thumb);
      }
    }
    if (changed.has("page")) this.querySelector(`[data-page="${this.page}"]`)?.scrollIntoView({ block: "nearest" });
  }

  async #draw(thumb: HTMLElement): Promise<void> {
    if (this.#drawn.has(thumb)) return;
    const stop = new AbortController();
    const picture = Object.assign(new Image(), { alt: "", draggable: false });
    this.#drawn.set(thumb, { stop, picture });
    try {
      picture.src = await this.#pictures!.get(Number(thumb.dataset["page"]), WIDTH, stop.signal);
      if (stop.signal.aborted) URL.revokeObjectURL(picture.src);
      else thumb.querySelector(".pdf-small")!.replaceChildren(picture);
    } catch (error) {
      // The large page says what is wrong with it.
      if (!(error instanceof Problem) && !(error instanceof DOMException)) throw error;
    }
  }

  #drop(thumb: Element): void {
    const drawn = this.#drawn.get(thumb);
    if (!drawn) return;
    this.#drawn.delete(thumb);
    drawn.stop.abort();
    if (drawn.picture.src) URL.revokeObjectURL(drawn.picture.src);
    drawn.picture.remove();
  }
}

customElements.define("gl-thumbs", Thumbs);
