// Money and answers at a glance, and the switch that stops all models.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { number, t, type Key } from "../../foundation/strings.ts";
import { date, distance, clock, money } from "../../foundation/times.ts";
import "../../parts/dialog.ts";
import "../../parts/meter.ts";
import { banner } from "../../parts/states.ts";
import { AppPage } from "../page.ts";
import { featureName } from "../usage/names.ts";
import { bars } from "./bars.ts";
import type { Answers, Budget, Report, Sum } from "./told.ts";

const DAYS = 30;
const MODES = ["model", "extractive", "closest", "refused"] as const;

interface Loaded {
  readonly report: Report;
  readonly answers: Answers;
}

export class Overview extends AppPage<Loaded> {
  static override properties = { ...AppPage.properties, asking: { state: true }, trouble: { state: true } };
  declare asking: boolean;
  declare trouble: Problem | null;

  constructor() {
    super();
    this.asking = false;
    this.trouble = null;
  }

  protected override async load(): Promise<Loaded> {
    const [report, answers] = await Promise.all([
      api.call<Report>(`/api/admin/usage?days=${DAYS}&page_size=1`),
      api.call<Answers>(`/api/admin/answers?days=${DAYS}`),
    ]);
    return { report, answers };
  }

  protected override titles(): readonly string[] {
    return [t("ad.overview"), t("nav.admin")];
  }

  protected override content({ report, answers }: Loaded): TemplateResult {
    return html`<h1 tabindex="-1">${t("ad.overview")}</h1>
      ${this.trouble ? banner(this.trouble, null) : nothing}
      <div class="meters">${spent(report.budget)}${this.#switch(report.budget)}</div>
      <section aria-labelledby="overview-days"><h2 id="overview-days">${t("ad.chart")}</h2>${byDay(report)}</section>
      ${sums("overview-features", t("ad.byfeature"), t("us.feature"), report.by_feature.map((row) => [featureName(row.feature), row]))}
      ${sums("overview-models", t("ad.bymodel"), t("us.model"), report.by_model.map((row) => [row.model, row]))}
      ${shares(answers)}
      <gl-dialog alert .heading=${t("ad.stop")} .content=${this.asking ? this.#question() : null} @closed=${() => (this.asking = false)}></gl-dialog>`;
  }

  #switch({ stopped }: Budget): TemplateResult {
    return html`<div class="meter" data-state=${stopped ? "full" : "fine"}><h2>${t("ad.models")}</h2>
      <p>${stopped ? t("ad.stopped") : t("ad.running")}</p>
      <button type="button" role="switch" class="switch" aria-checked=${stopped}
        @click=${() => (stopped ? void this.#turn(false) : (this.asking = true))}>${t("ad.stop")}</button></div>`;
  }

  #question(): TemplateResult {
    return html`<p>${t("ad.stopq")}</p><div class="actions end">
      <button type="button" @click=${() => (this.asking = false)}>${t("se.cancel")}</button>
      <button type="button" class="danger" @click=${() => void this.#turn(true)}>${t("ad.stop")}</button></div>`;
  }

  async #turn(stopped: boolean): Promise<void> {
    this.asking = false;
    this.trouble = null;
    try {
      await api.call("/api/admin/models", { method: "PUT", body: { stopped } });
      announcer.say(t(stopped ? "ad.stopped" : "ad.running"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.trouble = error;
    }
    await this.reload();
  }
}

function spent(budget: Budget): TemplateResult {
  const used = budget.settled_usd + budget.reserved_usd;
  const words = budget.limit_usd === null ? t("ad.nolimit", { a: money(used) }) : t("ad.spent", { a: money(used), b: money(budget.limit_usd) });
  const held = budget.reserved_usd > 0 ? `${t("ad.held", { a: money(budget.reserved_usd) })} · ` : "";
  const note = `${held}${t("us.resets", { when: clock(budget.renews_at), in: distance(budget.renews_at) })}`;
  return html`<gl-meter .label=${t("us.money")} .words=${words} .note=${note} .used=${used} .limit=${budget.limit_usd}></gl-meter>`;
}

/** Every day of the period, also those without a call. */
function byDay(report: Report): TemplateResult {
  const known = new Map(report.by_day.map((row) => [row.day, row.cost_usd]));
  const days = Array.from({ length: DAYS }, (_, n) => new Date(Date.parse(report.since) + n * 86_400_000).toISOString().slice(0, 10));
  const values = days.map((day) => ({ label: date(day, "short"), value: known.get(day) ?? 0, words: money(known.get(day) ?? 0) }));
  const most = values.reduce((one, other) => (other.value > one.value ? other : one));
  const total = values.reduce((sum, bar) => sum + bar.value, 0);
  if (total === 0) return html`<p>${t("ad.bars0")}</p>`;
  return bars(values, t("ad.bars", { days: DAYS, total: money(total), most: most.words, date: most.label }), [t("ad.day"), t("us.cost")]);
}

function sums(id: string, heading: string, first: string, rows: readonly (readonly [string, Sum])[]): TemplateResult | typeof nothing {
  if (rows.length === 0) return nothing;
  return html`<section aria-labelledby=${id}><h2 id=${id}>${heading}</h2>
    <table class="stack"><thead><tr><th scope="col">${first}</th><th scope="col" class="n">${t("us.calls")}</th>
      <th scope="col" class="n">${t("us.in")}</th><th scope="col" class="n">${t("us.out")}</th><th scope="col" class="n">${t("us.cost")}</th></tr></thead>
    <tbody>${rows.map(([name, row]) => html`<tr><th scope="row"><bdi>${name}</bdi></th><td class="n" data-label=${t("us.calls")}>${number(row.calls)}</td>
      <td class="n" data-label=${t("us.in")}>${number(row.input_tokens)}</td><td class="n" data-label=${t("us.out")}>${number(row.output_tokens)}</td>
      <td class="n" data-label=${t("us.cost")}><bdi>${money(row.cost_usd)}</bdi></td></tr>`)}</tbody></table></section>`;
}

function shares({ questions, modes, degraded }: Answers): TemplateResult {
  const share = (n: number) => t("ad.share", { n, p: questions === 0 ? 0 : Math.round((100 * n) / questions) });
  const reasons = Object.entries(degraded).filter(([, n]) => n > 0);
  const less = reasons.reduce((sum, [, n]) => sum + n, 0);
  return html`<section aria-labelledby="overview-answers"><h2 id="overview-answers">${t("ad.answers")}</h2>
    <dl class="shares"><dt>${t("ad.a.all")}</dt><dd>${number(questions)}</dd>
      ${MODES.map((mode) => html`<dt>${t(`ad.a.${mode}`)}</dt><dd>${share(modes[mode] ?? 0)}</dd>`)}
      <dt>${t("ad.a.less")}</dt><dd>${share(less)}${reasons.map(([reason, n]) => html` · ${t(`ad.d.${reason}` as Key)}: ${number(n)}`)}</dd></dl></section>`;
}

customElements.define("gl-admin-overview", Overview);
