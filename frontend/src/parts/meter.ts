// How much of something is used: a bar, and the same in words.

import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "../foundation/element.ts";

/** From this part on it is told that most is used. */
export const NEARLY = 0.8;

/** `used` of `limit` (null: no limit, and no bar); `words` say it, with the period and when it renews. */
export class Meter extends PageElement {
  static override properties = { label: {}, words: {}, note: {}, used: { type: Number }, limit: { attribute: false } };
  declare label: string;
  declare words: string;
  declare note: string;
  declare used: number;
  declare limit: number | null;

  constructor() {
    super();
    this.label = this.words = this.note = "";
    this.used = 0;
    this.limit = null;
  }

  /** `full`, `nearly` or `fine`. */
  get state(): "fine" | "nearly" | "full" {
    if (this.limit === null) return "fine";
    if (this.used >= this.limit) return "full";
    return this.used >= NEARLY * this.limit ? "nearly" : "fine";
  }

  override render(): TemplateResult {
    const bar = this.limit === null || this.limit <= 0
      ? nothing
      : html`<meter min="0" max=${this.limit} value=${Math.min(this.used, this.limit)} aria-label=${this.label}>${this.words}</meter>`;
    return html`<div class="meter" data-state=${this.state}>
      <h3>${this.label}</h3><p>${this.words}</p>${bar}
      ${this.note ? html`<p class="soft">${this.note}</p>` : nothing}</div>`;
  }
}

customElements.define("gl-meter", Meter);
