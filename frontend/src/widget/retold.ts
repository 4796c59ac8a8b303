// The page's chapter in another language or for another level, in place of the host's text.
//
// The host's nodes stay where they are, only not displayed, and ours stands beside them: whoever
// made the page finds every node again. It is done on a reader's wish, long after hydration.

import { html, nothing, type TemplateResult } from "lit";
import { Problem } from "../foundation/api.ts";
import { parts } from "../foundation/event_stream.ts";
import { setServerHtml } from "../foundation/html.ts";
import { t } from "../foundation/strings.ts";
import type { Chapter } from "../foundation/types.ts";
import book from "../styles/book.css";
import tokens from "../styles/tokens.css";
import type { Panel } from "./panel.ts";
import { sheet } from "./sheets.ts";

const LEVELS = [["beginner", "lv.1"], ["intermediate", "lv.2"], ["advanced", "lv.3"]] as const;
const OWN = ":host{display:block;color:inherit}.book{margin:0;max-inline-size:none;font-size:inherit}.book:lang(en){font-family:inherit}.as-is{font:15px/1.5 var(--sans);min-block-size:40px;padding:6px 14px;border:1px solid var(--edge);border-radius:10px;background:var(--card);color:var(--ink);cursor:pointer;margin-block-end:16px}.as-is:focus-visible{outline:3px solid var(--focus);outline-offset:2px}";

class Shown extends HTMLElement {}

type Form = Readonly<Record<string, string>>;

/** The page's other form, and how it is chosen. */
export class Retold {
  #form: Form = {};
  #says = "";
  #wantsLogin = false;
  #panel: Panel;
  #place: HTMLElement | null = null;
  #hidden: { readonly article: HTMLElement; readonly style: string | null } | null = null;
  #asked = 0;

  constructor(panel: Panel) {
    this.#panel = panel;
    if (!customElements.get("gl-chapter")) customElements.define("gl-chapter", Shown);
  }

  /** What stands in the panel's head. */
  controls(): TemplateResult {
    const { chapter, book, carrier } = this.#panel;
    const languages = [...new Set([...(chapter?.languages ?? []), "ur"])].filter((tag) => tag !== book?.language);
    const names = new Intl.DisplayNames([carrier.launcher.lang], { type: "language" });
    const choose = (name: string) => (event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      // Everybody on this page sees the same: the hardware of one's profile stays aside.
      void this.#show(value === "" ? {} : name === "level" ? { level: value, hardware: "none" } : { [name]: value });
    };
    const login = html`<button type="button" @click=${() => this.#panel.signIn()}>${t("wd.login")}</button>`;
    return html`<div class="forms">
      <select aria-label=${t("wd.language")} @change=${choose("language")} .value=${this.#form["language"] ?? ""}>
        <option value="">${t("wd.asis")}</option>
        ${languages.map((tag) => html`<option value=${tag} ?selected=${this.#form["language"] === tag}>${names.of(tag) ?? tag}</option>`)}
      </select>
      <select aria-label=${t("lv.title")} @change=${choose("level")} .value=${this.#form["level"] ?? ""}>
        <option value="">${t("lv.0")}</option>
        ${LEVELS.map(([level, key]) => html`<option value=${level} ?selected=${this.#form["level"] === level}>${t(key)}</option>`)}
      </select>
      ${this.#says ? html`<p class="tiny">${this.#says} ${this.#wantsLogin ? login : nothing}</p>` : nothing}
    </div>`;
  }

  /** Show a form; an empty one is the page as it is. */
  async #show(form: Form): Promise<void> {
    const asked = ++this.#asked;
    this.#form = form;
    this.#panel.citing?.clear();
    this.#restore();
    this.#tell("");
    const id = this.#panel.chapter?.chapter_id;
    if (Object.keys(form).length === 0 || id === undefined) return;
    this.#tell(t("st.loading"));
    try {
      const chapter = await this.#fetch(id, form);
      if (asked !== this.#asked) return;
      this.#put(chapter);
      this.#tell(t("wd.made"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (asked !== this.#asked) return;
      this.#wantsLogin = error.status === 404 && this.#panel.tutor.name === null;
      this.#tell(this.#wantsLogin ? t("wd.notkept") : error.message || t("st.server"), { keeps: true });
    }
  }

  /** The page as it is. */
  end(): void {
    this.#asked++;
    this.#restore();
    this.#form = {};
    this.#tell("");
  }

  async #fetch(id: string, form: Form): Promise<Chapter> {
    try {
      return await this.#panel.tutor.chapter(id, form);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404 || this.#panel.tutor.name === null) throw error;
    }
    // Not made yet: a user may have it made.
    for await (const part of parts(await this.#panel.tutor.make(id, form))) {
      if (part.type === "error") throw new Problem(502, { detail: part["errorText"] });
      if (part.type !== "data-progress") continue;
      const { done, total } = part["data"] as { done: number; total: number };
      this.#tell(t("wd.making", { a: done, b: total }));
    }
    return this.#panel.tutor.chapter(id, form);
  }

  #put(chapter: Chapter): void {
    const { article } = this.#panel;
    const place = document.createElement("gl-chapter");
    place.dataset["theme"] = this.#panel.carrier.dataset["theme"];
    const root = place.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet(tokens), sheet(book), sheet(OWN)];
    const back = document.createElement("button");
    back.type = "button";
    back.className = "as-is";
    back.lang = this.#panel.carrier.launcher.lang;
    back.textContent = t("wd.asis");
    back.onclick = () => this.end();
    const text = document.createElement("article");
    text.className = "book";
    text.lang = chapter.language;
    text.dir = chapter.direction;
    setServerHtml(text, chapter.html);
    // Where the site shows the title above the text, the text has none of its own.
    if (!chapter.html.includes("<h1")) text.prepend(Object.assign(document.createElement("h1"), { textContent: chapter.title }));
    root.append(back, text);
    this.#hidden = { article, style: article.getAttribute("style") };
    article.after(place);
    article.style.setProperty("display", "none", "important");
    this.#place = place;
    back.focus({ preventScroll: true });
    place.scrollIntoView({ block: "start", behavior: "instant" });
  }

  #restore(): void {
    this.#place?.remove();
    this.#place = null;
    const hidden = this.#hidden;
    this.#hidden = null;
    if (!hidden) return;
    if (hidden.style === null) hidden.article.removeAttribute("style");
    else hidden.article.setAttribute("style", hidden.style);
  }

  #tell(words: string, { keeps = false } = {}): void {
    this.#says = words;
    if (words) this.#panel.announcer.say(words);
    if (!keeps) this.#wantsLogin = false;
    this.#panel.render();
  }
}
