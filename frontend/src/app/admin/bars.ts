// A few bars as a picture, and the same numbers as a table.

import { html, svg, type TemplateResult } from "lit";
import { t } from "../../foundation/strings.ts";

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly words: string;
}

const WIDTH = 600;
const HEIGHT = 120;

/** Bars in the order of reading; `summary` says what they show, for those who don't see them. */
export function bars(values: readonly Bar[], summary: string, columns: readonly [string, string]): TemplateResult {
  const most = Math.max(...values.map((bar) => bar.value), Number.MIN_VALUE);
  const step = WIDTH / values.length;
  const mirrored = document.documentElement.dir === "rtl";
  const drawn = values.map((bar, n) => {
    const height = Math.max(bar.value > 0 ? 2 : 0, (bar.value / most) * (HEIGHT - 4));
    const x = (mirrored ? values.length - 1 - n : n) * step;
    return svg`<rect x=${x + step * 0.12} y=${HEIGHT - height} width=${step * 0.76} height=${height}><title>${bar.label}: ${bar.words}</title></rect>`;
  });
  return html`<figure class="bars">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${summary}>
      <line x1="0" x2=${WIDTH} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5}></line>${drawn}</svg>
    <figcaption>${summary}</figcaption>
    <details><summary>${t("ad.table")}</summary><div class="scrolls" tabindex="0" role="region" aria-label=${summary}>
      <table><thead><tr><th scope="col">${columns[0]}</th><th scope="col" class="n">${columns[1]}</th></tr></thead>
      <tbody>${values.map((bar) => html`<tr><th scope="row">${bar.label}</th><td class="n">${bar.words}</td></tr>`)}</tbody></table></div></details>
  </figure>`;
}
