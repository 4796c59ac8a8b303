// The edge between text and Margin: dragged, or moved by arrow keys.

import { html } from "lit";
import { Watch } from "../../foundation/cell.ts";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import { NARROWEST, STEP, WIDEST, widen, width } from "./sheet.ts";

/** `role=separator`; its value is the Margin's width. */
class Resizer extends PageElement {
  constructor() {
    super();
    new Watch(this, width);
  }

  override render() {
    return html`<div class="resizer" role="separator" aria-orientation="vertical" tabindex="0" aria-label=${t("mg.width")}
      aria-valuenow=${this.#now()} aria-valuemin=${NARROWEST} aria-valuemax=${WIDEST}
      @keydown=${(event: KeyboardEvent) => this.#key(event)} @dblclick=${() => widen(null)}
      @pointerdown=${(event: PointerEvent) => this.#drag(event)}></div>`;
  }

  #now(): number {
    return width.value ?? Math.round(document.querySelector<HTMLElement>(".margin")?.offsetWidth || 384);
  }

  #key(event: KeyboardEvent): void {
    const mirrored = getComputedStyle(this).direction === "rtl";
    const steps: Readonly<Record<string, number>> = mirrored ? { ArrowLeft: -STEP, ArrowRight: STEP } : { ArrowLeft: STEP, ArrowRight: -STEP };
    const step = steps[event.key];
    if (step !== undefined) widen(this.#now() + step);
    else if (event.key === "Home") widen(NARROWEST);
    else if (event.key === "End") widen(WIDEST);
    else return;
    event.preventDefault();
  }

  #drag(start: PointerEvent): void {
    const bar = start.currentTarget as HTMLElement;
    const from = this.#now();
    const mirrored = getComputedStyle(this).direction === "rtl";
    bar.setPointerCapture(start.pointerId);
    const move = (event: PointerEvent) => widen(from + (mirrored ? 1 : -1) * (event.clientX - start.clientX));
    bar.addEventListener("pointermove", move);
    bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", move), { once: true });
  }
}

customElements.define("gl-resizer", Resizer);
