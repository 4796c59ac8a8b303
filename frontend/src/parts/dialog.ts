// A question or a form above the page. The browser keeps the focus in it and gives it back.

import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "../foundation/element.ts";
import { t } from "../foundation/strings.ts";

/** `content` is shown while it isn't null; whoever closes it hears `closed`. */
export class Dialog extends PageElement {
  static override properties = { heading: {}, content: { attribute: false }, alert: { type: Boolean } };
  declare heading: string;
  declare content: TemplateResult | null;
  declare alert: boolean;

  constructor() {
    super();
    this.heading = "";
    this.content = null;
    this.alert = false;
  }

  override render(): TemplateResult {
    return html`<dialog class="dialog" role=${this.alert ? "alertdialog" : "dialog"} aria-labelledby="dialog-heading" @close=${() => this.#closed()}>
      ${this.content === null
        ? nothing
        : html`<header><h2 id="dialog-heading">${this.heading}</h2>
            <button type="button" class="quiet" @click=${() => this.#dialog.close()}>${t("nav.close")}</button></header>${this.content}`}
    </dialog>`;
  }

  protected override updated(): void {
    if (this.content !== null && !this.#dialog.open) this.#dialog.showModal();
    if (this.content === null && this.#dialog.open) this.#dialog.close();
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog")!;
  }

  #closed(): void {
    if (this.content !== null) this.dispatchEvent(new CustomEvent("closed"));
  }
}

customElements.define("gl-dialog", Dialog);
