// Asks before a document is removed, and says what goes with it.

import { html, nothing, render } from "lit";
import { t } from "../../foundation/strings.ts";
import { isolated } from "./names.ts";

/**
 * True where the document shall be removed. `quoting` is how many answers quote it, null where
 * that can't be told. The focus returns to `opener` unless it is removed.
 */
export function asked(filename: string, quoting: number | null, opener: HTMLElement): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    dialog.className = "ask";
    dialog.setAttribute("role", "alertdialog");
    dialog.setAttribute("aria-labelledby", "glossator-ask");
    dialog.setAttribute("aria-describedby", "glossator-ask-more");
    dialog.addEventListener("close", () => {
      const yes = dialog.returnValue === "yes";
      dialog.remove();
      if (!yes && opener.isConnected) opener.focus();
      resolve(yes);
    });
    document.body.append(dialog);
    const name = isolated(filename);
    render(html`<form method="dialog">
      <h2 id="glossator-ask">${quoting ? t("dc.del", { name, n: quoting }) : t("dc.del.none", { name })}</h2>
      <p id="glossator-ask-more">${t("dc.del.what")}${quoting ? html` ${t("dc.del.quotes")}` : nothing}</p>
      <p class="file-buttons">
        <button value="no" autofocus>${t("dc.del.no")}</button>
        <button value="yes" class="bad">${t("dc.remove")}</button>
      </p></form>`, dialog);
    dialog.showModal();
  });
}
