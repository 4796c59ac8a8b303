// The button `gl-copy` of an answer's quotes, without the base that the app's elements have.

import { copy } from "../foundation/clipboard.ts";
import { t } from "../foundation/strings.ts";

const SHOWN_MS = 2500;

class CopyButton extends HTMLElement {
  words!: () => string;
  #button = document.createElement("button");

  connectedCallback(): void {
    this.#button.type = "button";
    this.#button.className = "quiet";
    this.#button.onclick = async () => {
      const label = this.label;
      this.#button.textContent = t((await copy(this.words())) ? "ct.copied" : "ct.nocopy");
      setTimeout(() => (this.label = label), SHOWN_MS);
    };
    this.append(this.#button);
  }

  get label(): string {
    return this.#button.textContent;
  }

  set label(words: string) {
    this.#button.textContent = words;
  }
}

if (!customElements.get("gl-copy")) customElements.define("gl-copy", CopyButton);
