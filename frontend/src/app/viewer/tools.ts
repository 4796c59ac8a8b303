// The viewer's buttons.

import { html, nothing, type TemplateResult } from "lit";
import { number, t } from "../../foundation/strings.ts";
import { clean } from "../documents/names.ts";
import type { Doc } from "../documents/types.ts";
import { stop } from "../margin/sheet.ts";
import type { Shell } from "../shell.ts";
import type { Viewer } from "./page.ts";
import type { Sizes } from "./types.ts";
import { wish, wishes } from "./wishes.ts";

/** Page, zoom, view and the rest, in this order. */
export function toolbar(viewer: Viewer, layout: Sizes): TemplateResult {
  const pages = viewer.view === "pages";
  const ready = viewer.doc?.status === "ready";
  return html`<div class="pdf-tools" role="group" aria-label=${t("vw.tools")}>
    ${pages ? html`${paging(viewer, layout)}${zooming(viewer)}` : nothing}
    ${viewer.finding.order.length > 0 ? html`
      <button type="button" aria-label=${t("vw.mark.prev")} @click=${() => void viewer.finding.step(-1)}>↑</button>
      <button type="button" aria-label=${t("vw.mark.next")} @click=${() => void viewer.finding.step(1)}>↓</button>` : nothing}
    ${ready ? html`<button type="button" class="pdf-view" aria-pressed=${!pages} @click=${() => viewer.setView(pages ? "text" : "pages")}>${t("vw.text")}</button>` : nothing}
    <details class="menu"><summary aria-label=${t("nav.more")}><span aria-hidden="true">⋯</span></summary><div class="menu-list panel">
      ${pages ? html`${toggle("vw.thumbs", wishes.value.thumbs, (thumbs) => wish({ thumbs }))}${toggle("vw.dim", wishes.value.dim, (dim) => wish({ dim }))}
      ${toggle("vw.rtl", viewer.order === "rtl", (on) => viewer.setOrder(on))}` : nothing}
      <a href=${viewer.doc!.raw_url} download>${t("dc.download")}</a></div></details>
  </div>`;
}

function paging(viewer: Viewer, layout: Sizes): TemplateResult {
  const page = viewer.pages?.page ?? 1;
  const count = layout.sizes.length;
  const go = (event: Event) => {
    const field = event.target as HTMLInputElement;
    const wanted = Math.round(Number(field.value));
    const to = Number.isFinite(wanted) && field.value !== "" ? Math.min(Math.max(wanted, 1), count) : page;
    field.value = String(to);
    viewer.pages?.go(to);
  };
  return html`<label class="unseen" for="pdf-number">${t("vw.goto")}</label>
    <input id="pdf-number" class="pdf-number" type="number" inputmode="numeric" min="1" max=${count} .value=${String(page)} @change=${go}>
    <span class="pdf-of">${t("vw.of", { n: count })}</span>`;
}

function zooming(viewer: Viewer): TemplateResult {
  const percent = viewer.pages?.percent ?? 100;
  return html`<span class="pdf-zoom"><button type="button" aria-label=${t("vw.out")} @click=${() => viewer.zoomBy(-1)}>−</button>
    <span class="pdf-percent">${number(percent)} %</span>
    <button type="button" aria-label=${t("vw.in")} @click=${() => viewer.zoomBy(1)}>+</button></span>
    <button type="button" class="pdf-fit" aria-pressed=${wishes.value.zoom === "fit"} @click=${() => viewer.setZoom("fit")}><span>${t("vw.fit")}</span></button>`;
}

function toggle(key: "vw.thumbs" | "vw.dim" | "vw.rtl", on: boolean, set: (on: boolean) => void): TemplateResult {
  return html`<label class="switch"><input type="checkbox" role="switch" .checked=${on}
    @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}> ${t(key)}</label>`;
}

/** What the viewer puts into the window's bars. */
export function bars(viewer: Viewer, doc: Doc): Shell {
  const { pages } = viewer;
  const asks = doc.chunk_count > 0;
  const ask = (event: Event) => viewer.openMargin(event.currentTarget as HTMLElement);
  const turn = (by: 1 | -1, key: "nav.before" | "nav.after") => html`<button type="button" aria-label=${t(key)} @click=${() => pages?.go(pages.page + by)}>${by === -1 ? "↑" : "↓"}</button>`;
  const tools = html`<div class="tools"><button type="button" class="ask-open" aria-expanded=${stop.value !== "closed"} @click=${ask}>${t("mg.send")}</button></div>`;
  const paging = pages ? html`${turn(-1, "nav.before")}<span class="pdf-of">${number(pages.page)} / ${number(pages.layout.sizes.length)}</span>${turn(1, "nav.after")}` : nothing;
  return {
    way: html`<a href="/files">${t("nav.files")}</a><span class="here"><bdi>${clean(doc.title)}</bdi></span>`,
    tools: asks ? tools : null,
    bar: html`<a href="/files">${t("nav.files")}</a>${paging}${asks ? html`<button type="button" @click=${ask}>${t("mg.send")}</button>` : nothing}`,
    ask: () => viewer.openMargin(null),
  };
}
