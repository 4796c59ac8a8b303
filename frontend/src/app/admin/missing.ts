// What readers asked and the books didn't answer.

import { html, nothing, type TemplateResult } from "lit";
import { api, query } from "../../foundation/api.ts";
import { number, t } from "../../foundation/strings.ts";
import { distance } from "../../foundation/times.ts";
import type { Book, Page } from "../../foundation/types.ts";
import { pager } from "../../parts/pager.ts";
import { bookAddress } from "../addresses.ts";
import { select } from "../accounts/fields.ts";
import { AppPage } from "../page.ts";
import type { Gap } from "./told.ts";

interface Loaded {
  readonly gaps: Page<Gap>;
  readonly books: readonly Book[];
}

export class Missing extends AppPage<Loaded> {
  #book = "";
  #page = 1;

  protected override async load(): Promise<Loaded> {
    const [gaps, books] = await Promise.all([
      api.call<Page<Gap>>(`/api/admin/missing${query({ book_id: this.#book, page: this.#page, page_size: 50 })}`),
      this.loaded?.books ?? api.call<Page<Book>>("/api/books?page_size=100").then((page) => page.items),
    ]);
    return { gaps, books };
  }

  protected override titles(): readonly string[] {
    return [t("ad.gaps"), t("nav.admin")];
  }

  protected override content({ gaps, books }: Loaded): TemplateResult {
    const names = new Map(books.map((book) => [book.book_id, book.title]));
    const show = (book: string, page: number) => {
      [this.#book, this.#page] = [book, page];
      void this.reload();
    };
    return html`<h1 tabindex="-1">${t("ad.gaps")}</h1>
      <p class="soft">${t("ad.missnote")}</p>
      ${books.length > 1 ? select("missing-book", t("ad.book"), [["", t("ad.allbooks")], ...books.map((book) => [book.book_id, book.title] as const)], this.#book, (book) => show(book, 1)) : nothing}
      ${gaps.total === 0 ? html`<p>${t("ad.none")}</p>` : html`
        <table class="stack"><thead><tr><th scope="col">${t("ad.question")}</th><th scope="col" class="n">${t("ad.times")}</th>
          <th scope="col">${t("ad.near")}</th><th scope="col">${t("ad.last")}</th></tr></thead>
        <tbody>${gaps.items.map((gap) => html`<tr><th scope="row"><span dir="auto">${gap.question}</span></th><td class="n" data-label=${t("ad.times")}>${number(gap.count)}</td>
          <td data-label=${t("ad.near")}><a href=${bookAddress(gap.book_id, gap.chapter_id)}><bdi>${gap.title || gap.chapter_id}</bdi></a><br><bdi class="soft">${names.get(gap.book_id) ?? gap.book_id}</bdi></td>
          <td data-label=${t("ad.last")}>${distance(gap.last_asked_at)}</td></tr>`)}</tbody></table>
        ${pager(gaps, t("ad.gaps"), (page) => show(this.#book, page))}`}`;
  }
}

customElements.define("gl-admin-missing", Missing);
