// What readers asked and the books didn't answer, by subject.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem, query } from "../../foundation/api.ts";
import { number, t } from "../../foundation/strings.ts";
import { distance } from "../../foundation/times.ts";
import type { Book, Page } from "../../foundation/types.ts";
import { pager } from "../../parts/pager.ts";
import { bookAddress } from "../addresses.ts";
import { select } from "../accounts/fields.ts";
import { AppPage } from "../page.ts";
import "./mistakes.ts";
import type { Gap, GapPlace } from "./told.ts";

const DAYS = [7, 30, 90, 366] as const;
const KINDS = ["refused", "closest", "rated_down"] as const;

interface Loaded {
  readonly gaps: Page<Gap>;
  readonly books: readonly Book[];
}

export class Missing extends AppPage<Loaded> {
  #book = "";
  #days = 90;
  #page = 1;
  /** What was put aside just now stays on the page until it is left, to be taken back. */
  #aside = new Set<Gap>();

  protected override async load(): Promise<Loaded> {
    const [gaps, books] = await Promise.all([
      api.call<Page<Gap>>(`/api/admin/missing${query({ ...this.#wanted(), page: this.#page, page_size: 20 })}`),
      this.loaded?.books ?? api.call<Page<Book>>("/api/books?page_size=100").then((page) => page.items),
    ]);
    return { gaps, books };
  }

  protected override titles(): readonly string[] {
    return [t("ad.gaps"), t("nav.admin")];
  }

  protected override content({ gaps, books }: Loaded): TemplateResult {
    const several = books.length > 1;
    return html`<h1 tabindex="-1">${t("ad.gaps")}</h1>
      <p class="soft">${t("ad.missnote")}</p>
      <div class="actions">
        ${several ? select("missing-book", t("ad.book"), [["", t("ad.allbooks")], ...books.map((book) => [book.book_id, book.title] as const)], this.#book, (book) => this.#show({ book })) : nothing}
        ${select("missing-days", t("ad.since"), DAYS.map((days) => [String(days), t("ad.daysn", { n: days })] as const), String(this.#days), (days) => this.#show({ days: Number(days) }))}
      </div>
      ${gaps.total === 0 ? html`<p>${t("ad.none")}</p>` : html`
        <p class="actions"><a class="button" href=${`/api/admin/missing.md${query(this.#wanted())}`} download="missing.md">${t("ad.issue")}</a>
          <a class="button" href=${`/api/admin/missing.csv${query(this.#wanted())}`} download="missing.csv">${t("ad.csv")}</a></p>
        <ul class="gaps">${gaps.items.map((gap) => this.#gap(gap, books))}</ul>
        ${pager(gaps, t("ad.gaps"), (page) => this.#show({ page }))}`}
      <gl-admin-mistakes></gl-admin-mistakes>`;
  }

  #gap(gap: Gap, books: readonly Book[]): TemplateResult {
    const title = books.length > 1 ? books.find((book) => book.book_id === gap.book_id)?.title : undefined;
    if (this.#aside.has(gap)) {
      return html`<li><p class="soft">${t("ad.asidedone", { name: gap.name })}
        <button type="button" class="quiet" @click=${(event: Event) => void this.#put(gap, false, event)}>${t("mg.undo")}</button></p></li>`;
    }
    const how = KINDS.filter((kind) => gap.kinds[kind] > 0).map((kind) => t(`ad.g.${kind}`, { n: gap.kinds[kind] }));
    return html`<li><h2><bdi dir="auto">${gap.name}</bdi></h2>
      <p>${t("ad.asked", { n: gap.count })} <span class="soft">${how.join(" · ")} · ${distance(gap.last_asked_at)}${title ? html` · <bdi>${title}</bdi>` : nothing}</span></p>
      <ul>${gap.examples.map((each) => html`<li><q dir="auto">${each.question}</q>${each.count > 1 ? html` <span class="soft">× ${number(each.count)}</span>` : nothing}</li>`)}</ul>
      <dl>
        ${gap.asked_from.length > 0 ? html`<dt>${t("ad.from")}</dt><dd>${places(gap.asked_from)}</dd>` : nothing}
        <dt>${t("ad.near")}</dt><dd>${places(gap.nearest.map((each) => ({ ...each, title: each.section || each.title })))}</dd>
        ${gap.absent.length > 0 ? html`<dt>${t("ad.absent")}</dt><dd><bdi dir="auto">${gap.absent.join(", ")}</bdi></dd>` : nothing}
        ${gap.elsewhere.map((each) => html`<dt>${t("ad.elsewhere", { word: each.word })}</dt>
          <dd>${places(each.chapters.map((chapter) => ({ ...chapter, book_id: gap.book_id, count: 0 })))}</dd>`)}
      </dl>
      <p class="actions"><button type="button" class="quiet" aria-label=${`${t("ad.aside")}: ${gap.name}`} @click=${(event: Event) => void this.#put(gap, true, event)}>${t("ad.aside")}</button></p></li>`;
  }

  // The subject isn't relevant, or is again; the button that takes it back gets the focus.
  async #put(gap: Gap, aside: boolean, event: Event): Promise<void> {
    const row = (event.currentTarget as Element).closest("li")!;
    const list = row.parentElement!;
    const at = [...list.children].indexOf(row);
    try {
      await api.call("/api/admin/missing/aside", { method: "PUT", body: { book_id: gap.book_id, question: gap.question, aside } });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      announcer.say(error.message || t("st.server"), { now: true });
      return;
    }
    if (aside) this.#aside.add(gap);
    else this.#aside.delete(gap);
    this.requestUpdate();
    await this.updateComplete;
    list.children[at]?.querySelector<HTMLElement>("button")?.focus();
    if (aside) announcer.say(t("ad.asidedone", { name: gap.name }));
  }

  #wanted(): { readonly book_id: string; readonly days: number } {
    return { book_id: this.#book, days: this.#days };
  }

  #show({ book = this.#book, days = this.#days, page = 1 }: { readonly book?: string; readonly days?: number; readonly page?: number }): void {
    [this.#book, this.#days, this.#page] = [book, days, page];
    void this.reload();
  }
}

/** Chapters as links, each with how many of the questions belong to it, where that is told. */
function places(all: readonly GapPlace[]): TemplateResult[] {
  return all.map((place, n) => html`${n > 0 ? ", " : nothing}<a href=${bookAddress(place.book_id, place.chapter_id)}><bdi dir="auto">${place.title || place.chapter_id}</bdi></a>${place.count > 1 ? html` <span class="soft">(${number(place.count)})</span>` : nothing}`);
}

customElements.define("gl-admin-missing", Missing);
