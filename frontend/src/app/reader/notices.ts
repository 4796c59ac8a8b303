// What stands above a chapter: where one stopped, that the book was changed, how far a form is.

import { html, nothing, type TemplateResult } from "lit";
import { t } from "../../foundation/strings.ts";
import { banner } from "../../parts/states.ts";
import { bookAddress } from "../addresses.ts";
import type { Loaded, ReadingPage } from "./page.ts";

/** The notices of an open chapter, each a line with at most one button. */
export function notices(page: ReadingPage, now: Loaded): TemplateResult {
  return html`${resume(page, now)}
    ${page.stale ? html`<p class="notice"><button type="button" @click=${() => void page.reload()}>${t("rd.updated")}</button></p>` : nothing}
    ${making(page)}${form(now)}`;
}

function resume(page: ReadingPage, { book, chapter }: Loaded): TemplateResult | typeof nothing {
  const place = page.known.place;
  const far = place !== null && (place.chapter_id !== chapter!.chapter_id || place.block_id !== chapter!.blocks[0]?.block_id || place.offset > 0.5);
  if (place === null || !far || page.place.url.hash || page.place.y !== null || page.resumed) return nothing;
  const row = book.chapters.find((each) => each.chapter_id === place.chapter_id);
  if (!row) return nothing;
  return html`<p class="notice resume"><a class="button quiet" href=${`${bookAddress(book.book_id, place.chapter_id)}#${encodeURIComponent(place.block_id)}`}
    @click=${() => (page.resumed = true)}>${t("rd.resume", { place: `\u2068${row.title}\u2069` })}</a></p>`;
}

function making(page: ReadingPage): TemplateResult | typeof nothing {
  const state = page.maker.state.value;
  if (state === null) return nothing;
  if (state.login) {
    return html`<div class="notice"><p>${t("tr.login")}</p><a class="button" href=${`/login?next=${encodeURIComponent(location.pathname)}`}>${t("au.login")}</a>
      <button type="button" class="quiet" @click=${() => page.maker.end()}>${t("nav.close")}</button></div>`;
  }
  if (state.problem) {
    return html`<div class="notice">${banner(state.problem, state.problem.status === 503 && state.problem.kind === "no-model" ? null : () => void page.maker.make(state.wanted))}
      <button type="button" class="quiet" @click=${() => page.maker.end()}>${t("tr.back")}</button></div>`;
  }
  const words = t(state.wanted.level ? "lv.wait" : "tr.wait", { a: state.done, b: state.total });
  return html`<div class="notice making"><p>${state.total > 0 ? words : t("tr.begun")}</p>
    <progress max=${Math.max(1, state.total)} .value=${state.done} aria-label=${t("tr.begun")}></progress>
    <button type="button" @click=${() => page.maker.end()}>${t("mg.stop")}</button></div>`;
}

function form({ chapter, shown }: Loaded): TemplateResult | typeof nothing {
  if (shown === chapter) return nothing;
  const kept = shown!.originals?.length ?? 0;
  return html`<p class="tiny form-note">${shown!.level ? t("lv.note") : shown!.author === false ? t("tr.note") : t("tr.author")}${kept > 0 ? ` ${t("lv.keptn", { n: kept })}` : ""}</p>`;
}
