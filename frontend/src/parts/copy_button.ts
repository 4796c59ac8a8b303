// A button that copies words and says whether it could.

import { html } from "lit";
import { copy } from "../foundation/clipboard.ts";
import { PageElement } from "../foundation/element.ts";
import { t } from "../foundation/strings.ts";

const SHOWN_MS = 2500;

/** `words()` are asked for when the button is pressed. */
export class CopyButton extends PageElement {
  static override properties = { words: { attribute: false }, label: {}, said: { state: true } };
  declare words: () => string;
  declare label: string;
  declare said: string | null;

  constructor() {
    super();
    this.said = null;
  }

  override render() {
    return html`<button type="button" class="quiet" @click=${() => void this.#copy()}>${this.said ?? this.label}</button>`;
  }

  async #copy(): Promise<void> {
    this.said = (await copy(this.words())) ? t("ct.copied") : t("ct.nocopy");
    setTimeout(() => (this.said = null), SHOWN_MS);
  }
}

customElements.define("gl-copy", CopyButton);
