// The Margin: questions beside the text. On a phone it is a sheet with three heights.

import { ask as askServer, Problem } from "./api.js";
import { answerNodes } from "./answers.js";
import { announce, h } from "./dom.js";
import { typeset } from "./maths.js";
import { t } from "./strings.js";

const LOADING_AFTER_MS = 300;
const LARGER = { peek: "half", half: "full", full: "half" };

export class Margin {
  #book = null;
  #handlers;
  #running = null;
  #opener = null;

  /** `handlers`: `show(source, opener)`, `answered()`, `closed()`. */
  constructor(handlers) {
    this.#handlers = handlers;
    this.sources = [];
    this.box = h("textarea", {
      id: "glossator-question", rows: 1, maxLength: 2000, dir: "auto", placeholder: t.askPlaceholder,
      enterKeyHint: "send", onkeydown: (event) => this.#key(event), oninput: () => this.#grow(),
    });
    this.button = h("button", { type: "submit", class: "send" }, t.send);
    this.threads = h("div", { class: "threads" }, h("p", { class: "hint" }, t.askHint));
    this.grip = h("button", { type: "button", class: "grip", onclick: () => this.#resize() }, t.bigger);
    const form = h("form", { class: "composer" },
      h("label", { htmlFor: "glossator-question", class: "unseen" }, t.askLabel), this.box, this.button);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#running ? this.stop() : this.send();
    });
    this.element = h("aside", { class: "margin", "aria-label": t.askTitle },
      h("header", { class: "margin-head" }, h("h2", {}, t.askTitle), this.grip,
        h("button", { type: "button", class: "quiet", onclick: () => this.close() }, t.close)),
      this.threads, form);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    this.stopAt("closed");
  }

  /** Which book is asked; another book starts with an empty Margin. */
  set book(book) {
    if (this.#book?.book_id !== book?.book_id) {
      this.stop();
      this.sources = [];
      this.threads.replaceChildren(h("p", { class: "hint" }, t.askHint));
    }
    this.#book = book;
  }

  get open() {
    return this.element.dataset.stop !== "closed";
  }

  /** Set the height: `closed`, `peek`, `half` or `full` (on a wide screen only closed counts). */
  stopAt(stop) {
    this.element.dataset.stop = stop;
    document.documentElement.dataset.sheet = stop;
    this.grip.textContent = stop === "full" ? t.smaller : t.bigger;
  }

  /** Open and put the caret into the box; closing gives the focus back to `opener`. */
  show(opener = null) {
    this.#opener = opener;
    this.stopAt(this.open && this.element.dataset.stop !== "peek" ? this.element.dataset.stop : "half");
    this.box.focus();
  }

  close() {
    this.stopAt("closed");
    this.#handlers.closed();
    (this.#opener?.isConnected ? this.#opener : document.querySelector("main"))?.focus({ preventScroll: true });
  }

  stop() {
    this.#running?.abort();
  }

  async send() {
    const question = this.box.value.trim();
    if (question === "" || this.#book === null || this.#running) return;
    this.threads.querySelector(":scope > .hint")?.remove();
    const body = h("div", { class: "answer", "aria-busy": "true" });
    const thread = h("section", { class: "thread" }, h("h3", { class: "question", dir: "auto" }, question), body);
    this.threads.append(thread);
    this.box.value = "";
    this.#grow();
    // On a touch screen the keyboard would cover the answer.
    if (matchMedia("(pointer: coarse)").matches) this.box.blur();
    // The question goes to the top once; after that nothing moves by itself.
    this.threads.scrollTop = thread.offsetTop - this.threads.offsetTop;
    await this.#run(question, body);
  }

  async #run(question, body) {
    const running = new AbortController();
    const slow = setTimeout(() => body.replaceChildren(h("p", { class: "soft" }, t.looking)), LOADING_AFTER_MS);
    this.#running = running;
    this.button.textContent = t.stop;
    announce(t.answerStarted);
    try {
      const answer = await askServer(question, this.#book.book_id, running.signal);
      clearTimeout(slow);
      this.#answered(answer, body);
    } catch (error) {
      clearTimeout(slow);
      this.#failed(error, question, body);
    } finally {
      body.removeAttribute("aria-busy");
      if (this.#running === running) this.#running = null;
      this.button.textContent = t.send;
    }
  }

  #answered(answer, body) {
    const book = this.#book;
    body.replaceChildren(...answerNodes(answer, {
      bookTitle: book.title,
      language: () => book.language,
      show: (source, opener) => this.#handlers.show(source, opener),
    }));
    typeset(body);
    this.sources.push(...answer.sources);
    const words = { refused: t.answerNone, closest: t.answerClosest };
    announce(words[answer.mode] ?? t.answerDone(answer.sources.length));
    this.#handlers.answered();
  }

  #failed(error, question, body) {
    if (error.name === "AbortError") {
      body.replaceChildren(h("p", { class: "soft" }, t.stopped));
      if (this.box.value === "") this.box.value = question;
      return;
    }
    const problem = error instanceof Problem ? error : new Problem({});
    const words = problem.offline && !navigator.onLine ? t.offline : problem.message || t.errorServer;
    const retry = h("button", { type: "button" }, t.retry);
    retry.addEventListener("click", () => {
      if (!this.#running) this.#run(question, body);
    });
    body.replaceChildren(h("div", { class: "banner" }, h("p", {}, h("strong", {}, t.errorTitle), " ", words), retry,
      problem.requestId ? h("p", { class: "tiny" }, t.requestId(problem.requestId)) : null));
    announce(words, { now: true });
    if (!(error instanceof Problem)) throw error;
  }

  #key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
  }

  #grow() {
    this.box.style.blockSize = "auto";
    this.box.style.blockSize = `${this.box.scrollHeight + 2}px`;
  }

  #resize() {
    this.stopAt(LARGER[this.element.dataset.stop] ?? "half");
  }
}
