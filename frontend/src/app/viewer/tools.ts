// The viewer's buttons.

import { html, nothing, type TemplateResult } from "lit";
import { number, t } from "../../foundation/strings.ts";
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
    <button type="button" aria-pressed=${wishes.value.zoom === "fit"} @click=${() => viewer.setZoom("fit")}>${t("vw.fit")}</button>`;
}

function toggle(key: "vw.thumbs" | "vw.dim" | "vw.rtl", on: boolean, set: (on: boolean) => void): TemplateResult {
  return html`<label class="switch"><input type="checkbox" role="switch" .checked=${on}
    @change=${(event: Event) => set((event.target as HTMLInputElement).checked)}> ${t(key)}</label>`;
}
