// Work that waits or failed, and whether the server's parts do theirs.

import { html, nothing, type TemplateResult } from "lit";
import { api, Problem } from "../../foundation/api.ts";
import { number, t, type Key } from "../../foundation/strings.ts";
import { distance } from "../../foundation/times.ts";
import { pager } from "../../parts/pager.ts";
import { AppPage } from "../page.ts";
import type { Health, Jobs } from "./told.ts";

interface Loaded {
  readonly jobs: Jobs;
  readonly health: Health;
}

export class JobsPage extends AppPage<Loaded> {
  #page = 1;

  protected override async load(): Promise<Loaded> {
    const [jobs, health] = await Promise.all([api.call<Jobs>(`/api/admin/jobs?page=${this.#page}&page_size=50`), readiness()]);
    return { jobs, health };
  }

  protected override titles(): readonly string[] {
    return [t("ad.jobs"), t("nav.admin")];
  }

  protected override content({ jobs, health }: Loaded): TemplateResult {
    const files = Object.entries(jobs.files).map(([state, n]) => `${t(`ad.s.${state}` as Key)} ${number(n)}`);
    const go = (page: number) => {
      this.#page = page;
      void this.reload();
    };
    return html`<h1 tabindex="-1">${t("ad.jobs")}</h1>
      <section aria-labelledby="jobs-work"><h2 id="jobs-work">${t("ad.work")}</h2>
        <p class="soft">${t("ad.jobsnote")} ${files.length > 0 ? t("ad.filesnow", { list: files.join(" · ") }) : nothing}</p>
        ${jobs.total === 0 ? html`<p>${t("ad.nojobs")}</p>` : html`
          <table class="stack"><thead><tr><th scope="col">${t("ad.work")}</th><th scope="col">${t("ad.state")}</th><th scope="col">${t("ad.reason")}</th><th scope="col">${t("ad.since")}</th></tr></thead>
          <tbody>${jobs.items.map((job) => html`<tr><th scope="row"><bdi>${job.kind === "book" ? t("ad.k.book", { id: job.book_id ?? "" }) : t("ad.k.file", { kind: job.format ?? "?" })}</bdi></th>
            <td data-label=${t("ad.state")}>${t(`ad.s.${job.status}`)}</td><td data-label=${t("ad.reason")}><span dir="auto">${job.error ?? "–"}</span></td><td data-label=${t("ad.since")}>${distance(job.created_at)}</td></tr>`)}</tbody></table>
          ${pager(jobs, t("ad.work"), go)}`}</section>
      <section aria-labelledby="jobs-health"><h2 id="jobs-health">${t("ad.health")}</h2>
        <table class="stack"><thead><tr><th scope="col">${t("ad.part")}</th><th scope="col">${t("ad.state")}</th><th scope="col" class="n"><span class="unseen">${t("ad.took")}</span></th></tr></thead>
        <tbody>${Object.entries(health.parts).map(([name, part]) => html`<tr data-state=${part.state}><th scope="row">${t(`ad.p.${name}` as Key)}${part.kind ? html` <bdi class="soft">${part.kind}</bdi>` : nothing}</th>
          <td>${t(`ad.h.${part.state}`)}</td><td class="n">${part.state === "ok" && part.ms > 0 ? t("ad.ms", { n: Math.round(part.ms) }) : "–"}</td></tr>`)}</tbody></table></section>`;
  }
}

/** A server that isn't ready says so with a 503 and the same object. */
async function readiness(): Promise<Health> {
  try {
    return await api.call<Health>("/health/ready");
  } catch (error) {
    if (error instanceof Problem && "parts" in error.body) return error.body as unknown as Health;
    throw error;
  }
}

customElements.define("gl-admin-jobs", JobsPage);
