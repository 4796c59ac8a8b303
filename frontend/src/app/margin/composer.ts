// The box in which questions are written.

import { html, nothing } from "lit";
import { PageElement } from "../../foundation/element.ts";
import { t } from "../../foundation/strings.ts";
import { short } from "./thread.ts";

/** What was marked in the text and goes with the question. */
export interface Marked {
  readonly text: string;
  readonly chapter: string;
}

/** Longer ones would be refused. */
const LONGEST = 2000;

/**
 * Sends `glossator-ask` with `{question, about}` and `glossator-stop`; `draft` is kept for the tab.
 */
export class Composer extends PageElement {
  static override properties = {
    busy: { type: Boolean },
    blocked: { type: Boolean },
    marked: { attribute: false },
    only: { state: true },
    draftKey: { attribute: false },
    lastQuestion: { attribute: false },
    placeholder: { attribute: false },
  };
  declare busy: boolean;
  declare blocked: boolean;
  declare marked: Marked | null;
  declare only: boolean;
  declare draftKey: string;
  /** What ↑ in the empty box brings back. */
  declare lastQuestion: string;
  declare placeholder: string;

  constructor() {
    super();
    this.busy = this.blocked = this.only = false;
    this.marked = null;
    this.draftKey = this.lastQuestion = this.placeholder = "";
  }

  get #box(): HTMLTextAreaElement {
    return this.querySelector("textarea")!;
  }

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("draftKey")) this.fill(draft(this.draftKey));
  }

  override render() {
    return html`<form class="composer" @submit=${(event: Event) => this.#submit(event)}>
      ${this.marked ? html`<div class="marked">
        <p class="about"><bdi>${t("mg.about", { q: short(this.marked.text) })}</bdi>
          <button type="button" class="quiet remove" aria-label=${t("mg.unmark")} @click=${() => this.#unmark()}>✕</button></p>
        <label class="switch"><input type="checkbox" role="switch" .checked=${this.only}
          @change=${(event: Event) => (this.only = (event.target as HTMLInputElement).checked)}> ${t("mg.only")}</label>
      </div>` : nothing}
      <label for="glossator-question" class="unseen">${t("mg.label")}</label>
      <textarea id="glossator-question" rows="1" maxlength=${LONGEST} dir="auto" enterkeyhint="send" placeholder=${this.placeholder}
        aria-describedby="glossator-hint" aria-disabled=${this.blocked ? "true" : nothing} ?readonly=${this.blocked}
        @keydown=${(event: KeyboardEvent) => this.#key(event)} @input=${() => this.#typed()}></textarea>
      <button type="submit" class="send" aria-disabled=${this.blocked && !this.busy ? "true" : nothing}>${t(this.busy ? "mg.stop" : "mg.send")}</button>
      <span id="glossator-hint" class="unseen">${t("mg.hint")}</span>
    </form>`;
  }

  /** Put words into the box. */
  fill(words: string): void {
    this.#box.value = words;
    this.#grow();
    save(this.draftKey, words);
  }

  get words(): string {
    return this.#box.value;
  }

  override focus(): void {
    this.#box.focus();
  }

  #unmark(): void {
    this.marked = null;
    this.only = false;
    this.focus();
  }

  #submit(event: Event): void {
    event.preventDefault();
    if (this.busy) {
      this.dispatchEvent(new Event("glossator-stop", { bubbles: true }));
      return;
    }
    const question = this.#box.value.trim();
    if (question === "" || this.blocked) return;
    const about = this.marked === null ? null : { ...this.marked, only: this.only };
    this.fill("");
    this.marked = null;
    this.only = false;
    // On a touch screen the keyboard would cover the answer.
    if (matchMedia("(pointer: coarse)").matches) this.#box.blur();
    this.dispatchEvent(new CustomEvent("glossator-ask", { bubbles: true, detail: { question, about } }));
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    else if (event.key === "ArrowUp" && this.#box.value === "" && this.lastQuestion) {
      event.preventDefault();
      this.fill(this.lastQuestion);
    }
  }

  #typed(): void {
    this.#grow();
    save(this.draftKey, this.#box.value);
  }

  #grow(): void {
    this.#box.style.blockSize = "auto";
    if (this.#box.scrollHeight > 0) this.#box.style.blockSize = `${this.#box.scrollHeight + 2}px`;
  }
}

// Only for this tab: what a guest begins to write isn't for whoever comes after.
function draft(key: string): string {
  try {
    return sessionStorage.getItem(`glossator.draft.${key}`) ?? "";
  } catch {
    return "";
  }
}

function save(key: string, words: string): void {
  try {
    if (words === "") sessionStorage.removeItem(`glossator.draft.${key}`);
    else sessionStorage.setItem(`glossator.draft.${key}`, words);
  } catch {
    return; // Storage can be forbidden or full; the words stand in the box all the same.
  }
}

customElements.define("gl-composer", Composer);
