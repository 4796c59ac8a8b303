// What is done with marked words: asked, explained, made simpler, translated, copied.

import { announcer } from "../../foundation/announcer.ts";
import { Problem } from "../../foundation/api.ts";
import { copy } from "../../foundation/clipboard.ts";
import { setServerHtml } from "../../foundation/html.ts";
import { visibleText } from "../../foundation/marks.ts";
import { typeset } from "../../foundation/maths.ts";
import { t, type Key } from "../../foundation/strings.ts";
import { bookAddress } from "../addresses.ts";
import { who } from "../who.ts";
import { otherLanguage } from "./bars.ts";
import { made } from "./dress.ts";
import { makePassage, type Wanted } from "./forms.ts";
import type { ReadingPage } from "./page.ts";
import { current } from "./keymap.ts";
import { MOST, type Deed, type Selected } from "./selection.ts";

/** Blocks for one call at most. */
const MOST_BLOCKS = 12;

/** Listens for `glossator-deed`. */
export class Deeds {
  #page: ReadingPage;

  constructor(page: ReadingPage) {
    this.#page = page;
  }

  /** Whether what takes a question can be asked now. */
  possible(): boolean {
    return navigator.onLine && this.#page.querySelector("gl-margin")?.talk?.spent.value == null;
  }

  handleEvent(event: Event): void {
    const { deed, selected } = (event as CustomEvent<{ deed: Deed; selected: Selected }>).detail;
    void this.do(deed, selected);
  }

  async do(deed: Deed, selected: Selected): Promise<void> {
    const chapter = this.#page.loaded!.chapter!.chapter_id;
    const margin = this.#page.margin;
    switch (deed) {
      case "explain": return margin.ask(t("sl.explainq"), { text: selected.text, chapter, only: false });
      case "ask": return margin.show({ marked: { text: selected.text, chapter } });
      case "copy": return this.#copy(selected);
      case "report": return this.#report(selected.text, selected.blocks[0]?.id ?? "");
      case "simpler": return this.#passage(selected, { language: null, level: "beginner" }, "sl.simpler");
      case "translate": return this.#passage(selected, { language: this.#other(), level: null }, "sl.translate");
    }
  }

  /** Tell of a mistake in the block that is read now. */
  report(): void {
    const block = current(this.#page);
    if (block !== null) void this.#report(visibleText(block).slice(0, MOST), block.id);
  }

  async #report(words: string, block: string): Promise<void> {
    const { book, chapter } = this.#page.loaded!;
    const { tell } = await import("./mistake.ts");
    tell({ book_id: book.book_id, chapter_id: chapter!.chapter_id, block_id: block, words });
  }

  #other(): string {
    const { book, wanted } = this.#page.loaded!;
    return wanted.language === null ? otherLanguage(book) : book.language.split("-")[0]!;
  }

  async #copy(selected: Selected): Promise<void> {
    const { book, chapter } = this.#page.loaded!;
    const address = new URL(bookAddress(book.book_id, chapter!.chapter_id), location.href);
    address.hash = selected.blocks[0]!.id;
    announcer.say(t((await copy(`“${selected.text}” (${book.title}, ${chapter!.title}) ${address.href}`)) ? "ct.copied" : "ct.nocopy"));
  }

  /** The blocks that are marked in another form, each below its own; taken away again by Undo. */
  async #passage(selected: Selected, wanted: Wanted, title: Key): Promise<void> {
    const now = this.#page.loaded!;
    const blocks = selected.blocks.filter((block) => block.id !== "").slice(0, MOST_BLOCKS);
    const last = blocks.at(-1)!;
    const box = made("aside", { class: "passage", "data-ui": "", tabindex: "-1", "aria-label": t(title), "aria-busy": "true" }, made("p", { class: "soft" }, t("tr.passage")));
    last.after(box);
    const away = (words: Key = "mg.undo") => {
      const button = made("button", { type: "button", class: "quiet" }, t(words));
      button.addEventListener("click", () => {
        box.remove();
        last.tabIndex = -1;
        last.focus({ preventScroll: true });
      });
      return button;
    };
    announcer.say(t("tr.passage"));
    try {
      // A translation is turned back by showing the author's own words.
      const own = this.#own(blocks, wanted);
      if (own === null && !who.value) throw new Problem(401, { detail: t("sl.login") });
      const parts = own ?? (await makePassage(now.book.book_id, now.chapter!.chapter_id, blocks.map((block) => block.id), wanted, new AbortController().signal));
      box.replaceChildren(made("p", { class: "tiny" }, t(wanted.level ? "lv.note" : "tr.note")), ...parts.map((part) => {
        const place = made("div", { lang: part.language, dir: part.direction });
        setServerHtml(place, part.html);
        for (const named of place.querySelectorAll("[id]")) named.removeAttribute("id");
        return place;
      }), away());
      void typeset(box);
      announcer.say(t("tr.passaged"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const words = error.message || t("st.server");
      box.replaceChildren(made("p", {}, words), ...(error.status === 401 ? [made("a", { class: "button", href: `/login?next=${encodeURIComponent(location.pathname)}` }, t("au.login"))] : []), away("nav.close"));
      announcer.say(words, { now: true });
    } finally {
      box.removeAttribute("aria-busy");
    }
  }

  #own(blocks: readonly HTMLElement[], wanted: Wanted): Awaited<ReturnType<typeof makePassage>> | null {
    const { chapter, shown } = this.#page.loaded!;
    if (wanted.level !== null || shown === chapter || wanted.language !== chapter!.language.split("-")[0]) return null;
    const template = document.createElement("template");
    setServerHtml(template, chapter!.html);
    return blocks.flatMap((block) => {
      const own = template.content.querySelector(`.block[id="${CSS.escape(block.id)}"]`);
      return own === null ? [] : [{ block_id: block.id, html: [...own.childNodes].map(serialised).join(""), state: "kept", language: chapter!.language, direction: chapter!.direction }];
    });
  }
}

const serialised = (node: Node): string => new XMLSerializer().serializeToString(node);
