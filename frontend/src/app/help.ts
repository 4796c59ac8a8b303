// The list of keys, as a dialog.

import { html, render } from "lit";
import { keysWanted, shortcuts } from "../foundation/keys.ts";
import { keep } from "../foundation/kept.ts";
import { t } from "../foundation/strings.ts";

/** Show which keys do what; the focus returns to where it was. */
export function help(): void {
  const dialog = document.createElement("dialog");
  dialog.className = "sheet help";
  dialog.setAttribute("aria-labelledby", "glossator-help");
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  render(html`<h2 id="glossator-help">${t("ky.title")}</h2>
    <label class="switch"><input type="checkbox" role="switch" .checked=${keysWanted()}
      @change=${(event: Event) => keep("keys", (event.target as HTMLInputElement).checked)}> ${t("se.keys")}</label>
    ${shortcuts.sets.value.map((set) => html`<h3>${t(set.title)}</h3><dl class="keys">${set.shortcuts.map((shortcut) => html`<div>
      <dt>${shortcut.keys.split(" ").map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${t(shortcut.says)}</dd></div>`)}</dl>`)}
    <button type="button" @click=${() => dialog.close()}>${t("nav.close")}</button>`, dialog);
  dialog.showModal();
}
