// What is left, until when, and what used it.

import { html, nothing, type TemplateResult } from "lit";
import { api } from "../../foundation/api.ts";
import { remembered } from "../../foundation/remembered.ts";
import { number, t } from "../../foundation/strings.ts";
import { clock, distance, megabytes, money } from "../../foundation/times.ts";
import type { Page } from "../../foundation/types.ts";
import "../../parts/meter.ts";
import { NEARLY } from "../../parts/meter.ts";
import { pager } from "../../parts/pager.ts";
import { banner } from "../../parts/states.ts";
import { AppPage } from "../page.ts";
import { known } from "../who.ts";
import { featureName } from "./names.ts";

const NAMES = ["questions", "translations", "personalizations"] as const;
const HOUR = 3_600;

interface Left {
  readonly limit: number | null;
  readonly used: number;
  readonly left: number | null;
  readonly window_seconds: number;
  readonly resets_at: string;
}

interface Standing extends Readonly<Record<(typeof NAMES)[number], Left | null>> {
  readonly money: { readonly limit_usd: number | null; readonly spent_usd: number; readonly resets_at: string } | null;
  readonly storage: { readonly limit_bytes: number | null; readonly used_bytes: number } | null;
}

interface Call {
  readonly at: string;
  readonly feature: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
}

interface Calls extends Page<Call> {
  readonly by_feature: readonly { readonly feature: string; readonly calls: number; readonly cost_usd: number }[];
}

interface Loaded {
  readonly standing: Standing;
  readonly calls: Calls | null;
  readonly from: string | null;
  readonly problem: Error | null;
}

export class UsagePage extends AppPage<Loaded> {
  static override properties = { ...AppPage.properties, exact: { state: true }, page: { state: true } };
  declare exact: boolean;
  declare page: number;

  constructor() {
    super();
    this.exact = false;
    this.page = 1;
  }

  protected override async load(): Promise<Loaded> {
    const me = await known();
    const { data, from, problem } = await remembered("usage", async () => {
      const [standing, calls] = await Promise.all([
        api.call<Standing>("/api/usage"),
        me ? api.call<Calls>(`/api/usage/calls?page=${this.page}`) : null,
      ]);
      return { standing, calls };
    });
    return { ...data, from, problem };
  }

  protected override titles(): readonly string[] {
    return [t("nav.usage")];
  }

  protected override content({ standing, calls, from, problem }: Loaded): TemplateResult {
    return html`<div class="page">
      <h1 tabindex="-1">${t("nav.usage")}</h1>
      ${problem ? html`${banner(problem as never, () => void this.reload())}<p class="soft">${t("pg.old", { when: clock(from!) })}</p>` : nothing}
      ${calls === null ? html`<p class="soft">${t("us.guest")} <a href="/signup?next=/usage">${t("au.signup")}</a></p>` : nothing}
      <div class="meters">
        ${NAMES.map((name) => (standing[name] ? allowance(t(`us.${name}`), standing[name]) : nothing))}
        ${standing.money ? ownMoney(standing.money) : nothing}
        ${standing.storage ? storage(standing.storage) : nothing}
      </div>
      ${calls === null ? nothing : this.#calls(calls)}
      <section aria-labelledby="usage-tips"><h2 id="usage-tips">${t("us.tips")}</h2>
        <ul><li>${t("us.tip1")}</li><li>${t("us.tip2")}</li><li>${t("us.tip3")}</li></ul></section>
    </div>`;
  }

  #calls(calls: Calls): TemplateResult {
    const go = (page: number) => {
      this.page = page;
      void this.reload();
    };
    const toggle = () => (this.exact = !this.exact);
    return html`<section aria-labelledby="usage-what"><h2 id="usage-what">${t("us.what")}</h2>
      ${calls.total === 0 ? html`<p>${t("us.none")} ${t("us.free")}</p>` : html`
        <p>${t("us.days30")}: ${calls.by_feature.map((row, n) => html`${n > 0 ? " · " : ""}${featureName(row.feature)} ${number(row.calls)} (${money(row.cost_usd)})`)}</p>
        <p><button type="button" role="switch" class="switch" aria-checked=${this.exact} @click=${toggle}>${t("us.exact")}</button></p>
        <table class="stack"><caption class="unseen">${t("us.what")}</caption>
          <thead><tr><th scope="col">${t("us.when")}</th><th scope="col">${t("us.feature")}</th>
            ${this.exact ? html`<th scope="col">${t("us.model")}</th><th scope="col" class="n">${t("us.in")}</th><th scope="col" class="n">${t("us.out")}</th>` : nothing}
            <th scope="col" class="n">${t("us.cost")}</th></tr></thead>
          <tbody>${calls.items.map((call) => this.#call(call))}</tbody></table>
        ${pager(calls, t("us.what"), go)}`}
    </section>`;
  }

  #call(call: Call): TemplateResult {
    return html`<tr><th scope="row"><bdi>${clock(call.at)}</bdi></th><td>${featureName(call.feature)}</td>
      ${this.exact ? html`<td data-label=${t("us.model")}><bdi>${call.model}</bdi></td><td class="n" data-label=${t("us.in")}>${number(call.input_tokens)}</td><td class="n" data-label=${t("us.out")}>${number(call.output_tokens)}</td>` : nothing}
      <td class="n" data-label=${t("us.cost")}><bdi>${money(call.cost_usd)}</bdi></td></tr>`;
  }
}

/** Number, period and when it begins anew: never one without the others. */
const period = (seconds: number): string => t(seconds === HOUR ? "us.hour" : "us.today");
const resets = (at: string): string => t("us.resets", { when: clock(at), in: distance(at) });

function noteOf(used: number, limit: number | null, at: string): string {
  if (limit === null) return resets(at);
  if (used >= limit) return t("us.spent", { when: clock(at) });
  return used >= NEARLY * limit ? `${t("us.nearly")} ${resets(at)}` : resets(at);
}

function allowance(label: string, of: Left): TemplateResult {
  const words = of.limit === null ? t("us.free1", { a: of.used }) : t("us.left", { a: of.left ?? 0, b: of.limit });
  return html`<gl-meter .label=${label} .words=${`${period(of.window_seconds)}: ${words}`} .note=${noteOf(of.used, of.limit, of.resets_at)} .used=${of.used} .limit=${of.limit}></gl-meter>`;
}

function ownMoney(of: NonNullable<Standing["money"]>): TemplateResult {
  const words = of.limit_usd === null ? t("us.free1", { a: money(of.spent_usd) }) : t("us.used", { a: money(of.spent_usd), b: money(of.limit_usd) });
  return html`<gl-meter .label=${t("us.money")} .words=${`${t("us.today")}: ${words}`} .note=${noteOf(of.spent_usd, of.limit_usd, of.resets_at)} .used=${of.spent_usd} .limit=${of.limit_usd}></gl-meter>`;
}

function storage(of: NonNullable<Standing["storage"]>): TemplateResult {
  const words = of.limit_bytes === null ? t("us.free1", { a: megabytes(of.used_bytes) }) : t("us.used", { a: megabytes(of.used_bytes), b: megabytes(of.limit_bytes) });
  return html`<gl-meter .label=${t("us.storage")} .words=${words} .used=${of.used_bytes} .limit=${of.limit_bytes}></gl-meter>`;
}

customElements.define("gl-usage", UsagePage);
