// What stands around the text: bars, contents, the way back, and the messages of the whole page.

import { address } from "./api.js";
import { announce, bdi, h } from "./dom.js";
import { t } from "./strings.js";

const WIDE = matchMedia("(min-width: 1024px)");
const PHONE = matchMedia("(max-width: 767px)");
const THEMES = ["auto", "light", "dark"];

export class Shell {
  #margin;
  #pressed = null;

  /** `handlers`: `back()` leads to where the reader was. */
  constructor(margin, handlers) {
    this.#margin = margin;
    this.title = h("div", { class: "where" });
    this.bar = h("header", { class: "top" }, this.title, themeButton(),
      this.#button("contents-open", t.contents, () => this.openContents()),
      this.#button("ask-open", t.ask, (event) => margin.show(event.currentTarget)));
    this.offline = h("p", { class: "offline", hidden: navigator.onLine }, t.offline);
    this.main = h("main", { id: "glossator-text", tabIndex: -1 });
    this.slot = h("div", { class: "slot" });
    this.nav = h("nav", { class: "contents", "aria-label": t.contents });
    this.drawer = h("dialog", { class: "drawer", "aria-label": t.contents },
      h("button", { type: "button", class: "quiet", onclick: () => this.drawer.close() }, t.close));
    this.backButton = h("button", { type: "button", class: "back", hidden: true, onclick: handlers.back }, t.back);
    this.foot = h("nav", { class: "bar", "aria-label": t.contents },
      this.#button("", t.contents, () => this.openContents()),
      this.#button("", t.ask, (event) => margin.show(event.currentTarget)));
    this.elements = [
      skip("#glossator-text", t.skipText, () => this.main.focus()),
      skip("#glossator-question", t.skipAsk, () => margin.show()),
      this.bar, this.offline,
      h("div", { class: "shell" }, this.slot, this.main, margin.element),
      this.backButton, this.foot, this.drawer,
    ];
    WIDE.addEventListener("change", () => this.#place());
    for (const name of ["online", "offline"]) {
      addEventListener(name, () => {
        this.offline.hidden = navigator.onLine;
        if (!navigator.onLine) announce(t.offline);
      });
    }
    this.#place();
    if (!PHONE.matches) margin.stopAt("half");
  }

  #button(name, words, onclick) {
    return h("button", { type: "button", class: name, onclick }, words);
  }

  #place() {
    this.drawer.close();
    (WIDE.matches ? this.slot : this.drawer).append(this.nav);
  }

  openContents() {
    this.drawer.showModal();
    centre(this.drawer, this.nav.querySelector("[aria-current]"));
  }

  closeContents() {
    this.drawer.close();
  }

  /** Put a page into place. `contents` is null where there is no book. */
  show(page, { book, chapter, contents }) {
    this.main.replaceChildren(page);
    this.nav.replaceChildren(...(contents ? [contents] : []));
    const way = [h("a", { href: "/" }, t.library)];
    if (book) way.push(h("a", { href: address(book.book_id) }, bdi(book.title)));
    if (chapter) way.push(h("span", { class: "here" }, bdi(chapter.title)));
    this.title.replaceChildren(...way);
    document.title = [chapter?.title, book?.title, book ? null : t.library, "Glossator"].filter(Boolean).join(" · ");
    document.documentElement.dataset.page = chapter ? "chapter" : book ? "book" : "library";
    centre(this.slot, this.nav.querySelector("[aria-current]"));
  }

  loading() {
    // What is on the page stays until the new is there.
    if (this.main.childElementCount === 0) this.main.replaceChildren(h("p", { class: "soft front" }, t.loading));
    announce(t.loading);
  }

  failed(problem, retry) {
    const offline = problem.offline && !navigator.onLine;
    const words = offline ? t.offline : problem.message || t.errorBook;
    const missing = problem.status === 404;
    this.main.replaceChildren(h("div", { class: "front" },
      h("div", { class: "banner" }, h("p", {}, missing ? null : h("strong", {}, t.errorTitle), missing ? null : " ", words),
        missing ? h("a", { class: "button", href: "/" }, t.toLibrary) : h("button", { type: "button", onclick: retry }, t.retry),
        problem.requestId && !missing ? h("p", { class: "tiny" }, t.requestId(problem.requestId)) : null)));
    announce(words, { now: true });
  }

  /** A line in the Margin below the quote that was asked for. */
  note(words) {
    this.#pressed?.closest("figure")?.append(h("p", { class: "tiny moved" }, words));
  }

  /** Which quote of the Margin is the one marked in the text. */
  pressed(cite) {
    this.#pressed?.setAttribute("aria-pressed", "false");
    this.#pressed?.closest("figure")?.querySelector(".moved")?.remove();
    this.#pressed = cite;
    cite?.setAttribute("aria-pressed", "true");
  }

  /** On a phone the sheet gives way, so that the quote is seen in the text and in the card. */
  makeRoom(cite) {
    if (!PHONE.matches) return;
    this.#margin.stopAt("peek");
    const card = cite.closest("figure");
    const threads = this.#margin.threads;
    threads.scrollTop += card.getBoundingClientRect().top - threads.getBoundingClientRect().top - 8;
  }

  /** The part of the window in which text can be read: `{top, bottom}` in px. */
  band() {
    const sheet = this.#margin.element.getBoundingClientRect();
    const covered = PHONE.matches && this.#margin.open ? innerHeight - sheet.top : 0;
    return { top: this.bar.getBoundingClientRect().bottom + 8, bottom: innerHeight - covered - 8 };
  }

  /** Offer the way back, or not. */
  back(offered) {
    this.backButton.hidden = !offered;
  }
}

// Not scrollIntoView: the Tab key would then start from here instead of the top of the page.
function centre(box, element) {
  if (element === null || box.clientHeight === 0) return;
  const { top, height } = element.getBoundingClientRect();
  box.scrollTop += top - box.getBoundingClientRect().top - (box.clientHeight - height) / 2;
}

function skip(href, words, onclick) {
  return h("a", { class: "skip", href, onclick: (event) => {
    event.preventDefault();
    onclick();
  } }, words);
}

function themeButton() {
  const read = () => {
    try {
      return localStorage.getItem("glossator.theme") ?? "auto";
    } catch {
      return "auto";
    }
  };
  const button = h("button", { type: "button", class: "theme" }, "◐");
  const label = () => {
    button.setAttribute("aria-label", t.theme[read()] ?? t.theme.auto);
    button.title = t.theme[read()] ?? t.theme.auto;
  };
  button.addEventListener("click", () => {
    try {
      localStorage.setItem("glossator.theme", THEMES[(THEMES.indexOf(read()) + 1) % THEMES.length]);
    } catch {
      return; // Where storage is forbidden the system's choice stays.
    }
    dispatchEvent(new Event("glossator-theme"));
    label();
    announce(button.title);
  });
  label();
  return button;
}
