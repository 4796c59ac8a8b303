// Telling the author of a mistake: the words, and what is wrong about them.

import { html, nothing, render } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { t } from "../../foundation/strings.ts";
import { who } from "../who.ts";

/** Words of a chapter and where they stand. */
export interface Wrong {
  readonly book_id: string;
  readonly chapter_id: string;
  readonly block_id: string;
  readonly words: string;
}

/** Ask what is wrong and send it; the focus returns to where it was. */
export function tell(wrong: Wrong): void {
  const dialog = document.createElement("dialog");
  dialog.className = "ask mistake";
  dialog.setAttribute("aria-labelledby", "glossator-mistake");
  const opener = document.activeElement;
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    else document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
  });
  document.body.append(dialog);
  const close = () => dialog.close();
  const heading = html`<h2 id="glossator-mistake">${t("sl.report")}</h2>`;

  const send = async (event: Event) => {
    event.preventDefault();
    const comment = dialog.querySelector("textarea")!.value;
    try {
      await api.call("/api/mistakes", { body: { ...wrong, comment } });
      render(html`${heading}<p>${t("an.thanks")}</p><p class="file-buttons"><button type="button" autofocus @click=${close}>${t("nav.close")}</button></p>`, dialog);
      dialog.querySelector("button")!.focus();
      announcer.say(t("an.thanks"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      show(error.message || t("st.server"));
      announcer.say(error.message || t("st.server"), { now: true });
    }
  };
  const show = (trouble = "") => render(html`${heading}
    <blockquote dir="auto">${wrong.words}</blockquote>
    ${who.value ? html`<form @submit=${send}>
      <label for="glossator-wrong">${t("mi.what")}</label>
      <textarea id="glossator-wrong" dir="auto" rows="3" maxlength="2000" autofocus></textarea>
      ${trouble ? html`<p class="banner">${trouble}</p>` : nothing}
      <p class="file-buttons"><button type="button" @click=${close}>${t("mi.cancel")}</button><button class="send">${t("mi.send")}</button></p></form>`
      : html`<p>${t("mi.login")}</p><p class="file-buttons"><button type="button" @click=${close}>${t("nav.close")}</button>
        <a class="button" href=${`/login?next=${encodeURIComponent(location.pathname)}`} @click=${close}>${t("au.login")}</a></p>`}`, dialog);
  show();
  dialog.showModal();
}
