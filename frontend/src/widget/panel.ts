// The panel: opened by the stub, it asks the book beside somebody else's page.

import { render } from "lit";
import { Announcer } from "../foundation/announcer.ts";
import { Problem } from "../foundation/api.ts";
import type { Part } from "../foundation/event_stream.ts";
import { directionOf, speak, t, type Language, type Phrases } from "../foundation/strings.ts";
import type { Answer, Book, ListedChapter } from "../foundation/types.ts";
import { ask as askToAgree } from "./agreeing.ts";
import type { Citing } from "./citing.ts";
import { articleOf, chapterAt, isDark, watchPlace, watchTheme } from "./host.ts";
import { WAITING, type Carrier, type Opened } from "./options.ts";
import type { Retold } from "./retold.ts";
import { Selecting } from "./selecting.ts";
import { sheets } from "./sheets.ts";
import { Tutor } from "./tutor.ts";
import { view } from "./view.ts";

export interface Thread {
  readonly question: string;
  answer: Answer | null;
  /** What has come of the answer so far, up to a whole word. */
  tail: string;
  /** Sources proven so far. */
  proven: number;
  stopped: boolean;
  problem: Problem | null;
  readonly ending: AbortController;
}

export type Stop = "peek" | "half" | "full";
/** Twenty times a second a growing answer is shown anew, not more. */
const BEAT_MS = 50;

export class Panel implements Opened {
  readonly carrier: Carrier;
  readonly tutor: Tutor;
  readonly announcer = new Announcer();
  shown = false;
  /** Whether it was opened as a sheet, which over the whole window is modal. */
  phone = false;
  stop: Stop = "half";
  book: Book | null = null;
  threads: Thread[] = [];
  about: string | null = null;
  /** Opening the panel failed: the site isn't allowed, or the server away. */
  trouble: Problem | null = null;
  note: string | null = null;
  /** Answers and their quotes, fetched with the first question. */
  citing: Citing | null = null;
  retold: Retold | null = null;
  readonly place = document.createElement("div");
  #selecting: Selecting;
  #session: string | null = null;
  #beat = 0;
  #ends: (() => void)[];

  constructor(carrier: Carrier) {
    this.carrier = carrier;
    this.tutor = new Tutor(carrier.options.api, carrier.options.book);
    this.#selecting = new Selecting(() => this.article, () => this.render());
    carrier.shadow.adoptedStyleSheets = [...carrier.shadow.adoptedStyleSheets, ...sheets()];
    carrier.shadow.append(this.place, ...this.announcer.elements);
    this.place.lang = spokenBy(carrier);
    this.place.dir = directionOf(this.place.lang);
    for (const element of this.announcer.elements) element.lang = this.place.lang;
    this.place.addEventListener("keydown", (event) => this.#key(event));
    const online = () => this.render();
    this.#ends = [watchTheme(() => this.render()), watchPlace(() => this.#moved()), () => this.#selecting.end()];
    for (const name of ["online", "offline"]) {
      addEventListener(name, online);
      this.#ends.push(() => removeEventListener(name, online));
    }
    this.render();
    this.#arrive();
  }

  /** The chapter that the page shows, null where it is none of the book's. */
  get chapter(): ListedChapter | null {
    return this.book && chapterAt(this.book, location.pathname, document.documentElement.dataset["glossatorChapter"]);
  }

  get article(): HTMLElement {
    return articleOf(this.carrier.options.article);
  }

  get selected(): string | null {
    return this.#selecting.words;
  }

  get selectionPlace(): DOMRect | null {
    return this.#selecting.place;
  }

  get busy(): boolean {
    const last = this.threads.at(-1);
    return last !== undefined && last.answer === null && last.problem === null && !last.stopped;
  }

  toggle(open = !this.shown): void {
    this.shown = open;
    this.phone = innerWidth <= 640;
    this.stop = "half";
    const { launcher } = this.carrier;
    launcher.ariaExpanded = String(open);
    // It would lie below the panel, with the focus on it now and then.
    launcher.hidden = open;
    if (open && this.book === null) void this.#meet();
    this.render();
    if (open) this.#field()?.focus();
    else launcher.focus();
  }

  end(): void {
    this.threads.at(-1)?.ending.abort();
    this.retold?.end();
    this.citing?.end();
    for (const end of this.#ends) end();
    this.place.remove();
    for (const element of this.announcer.elements) element.remove();
  }

  render(): void {
    this.carrier.dataset["theme"] = isDark() ? "dark" : "light";
    render(view(this), this.place);
    const sheet = this.place.querySelector("dialog");
    const how = this.stop === "full" ? "showModal" : "show";
    if (!sheet || sheet.dataset["how"] === how) return;
    sheet.dataset["how"] = how;
    sheet.close();
    sheet[how]();
  }

  async ask(question: string): Promise<void> {
    const asked = question.trim();
    if (asked === "" || this.busy) return;
    const thread: Thread = { question: asked, answer: null, tail: "", proven: 0, stopped: false, problem: null, ending: new AbortController() };
    this.threads = [...this.threads, thread];
    const from = this.chapter?.chapter_id;
    const body = { question: asked, ...(from ? { from_chapter: from } : {}), ...(this.about ? { selected_text: this.about } : {}) };
    this.about = null;
    this.render();
    const list = this.place.querySelector(".threads");
    const newest = list?.querySelector<HTMLElement>(".thread:last-of-type");
    if (list && newest) list.scrollTop = newest.offsetTop - 8;
    this.announcer.say(t("an.started"));
    try {
      const [citing, response] = await Promise.all([this.#cite(), this.tutor.ask(body, this.#session, thread.ending.signal)]);
      await this.#hear(thread, citing.parts(response));
    } catch (error) {
      if (error instanceof Problem) this.#fail(thread, error);
      else if (thread.stopped) this.announcer.say(t("an.stopped"));
      else throw error;
    }
    this.render();
  }

  /** Ask the last question again; what failed of it goes. */
  again(thread: Thread): void {
    this.threads = this.threads.filter((one) => one !== thread);
    void this.ask(thread.question);
  }

  halt(): void {
    const last = this.threads.at(-1);
    if (!last) return;
    last.stopped = true;
    last.ending.abort();
    this.render();
    this.#field()?.focus();
  }

  signIn(): void {
    const { api, book } = this.carrier.options;
    const opened = askToAgree(api, book, (agreed) => {
      this.tutor.become(agreed.name, agreed);
      this.#session = null;
      this.note = t("wd.as", { name: agreed.name });
      this.announcer.say(this.note);
      void this.#meet();
      this.render();
      this.#field()?.focus();
    });
    if (!opened) this.note = t("wd.popup");
    this.render();
  }

  signOut(): void {
    this.tutor.become(null, null);
    this.#session = null;
    this.note = null;
    this.render();
  }

  askAboutSelection(): void {
    this.about = this.selected;
    this.#selecting.forget();
    this.toggle(true);
  }

  async #meet(): Promise<void> {
    try {
      this.book = await this.tutor.about();
      this.trouble = null;
      const { Retold } = await import("./retold.ts");
      this.retold ??= new Retold(this);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.trouble = error;
      if (error.kind === "origin-refused") this.announcer.say(t("wd.origin"), { now: true });
    }
    this.render();
  }

  async #cite(): Promise<Citing> {
    const { Citing } = await import("./citing.ts");
    return (this.citing ??= new Citing(this));
  }

  async #hear(thread: Thread, parts: AsyncIterable<Part>): Promise<void> {
    let whole = "";
    for await (const part of parts) {
      if (part.type === "text-delta") whole += part["delta"] as string;
      else if (part.type === "data-retracted") whole = "";
      else if (part.type === "data-source") thread.proven++;
      else if (part.type === "error") throw new Problem(502, { detail: part["errorText"] });
      else if (part.type === "data-answer") this.#answered(thread, part["data"] as Answer);
      // Half a word has other letters in Urdu than the whole one.
      thread.tail = whole.slice(0, whole.lastIndexOf(" ") + 1);
      this.#soon();
    }
  }

  #answered(thread: Thread, answer: Answer): void {
    thread.answer = answer;
    this.#session = answer.session_id;
    const quotes = answer.sources.length > 0 ? ` ${t("an.ok", { n: answer.sources.length })}` : "";
    this.announcer.say(`${t("an.done")}${quotes}`);
  }

  #fail(thread: Thread, problem: Problem): void {
    thread.problem = problem;
    this.announcer.say(problem.message || t("st.server"), { now: true });
  }

  #soon(): void {
    this.#beat ||= window.setTimeout(() => {
      this.#beat = 0;
      this.render();
    }, BEAT_MS);
  }

  #moved(): void {
    this.retold?.end();
    this.citing?.forget();
    this.render();
    this.#arrive();
  }

  // A quote may wait for this page, which another one's answer led to.
  #arrive(): void {
    try {
      if (sessionStorage.getItem(WAITING) !== null) void this.#cite().then((citing) => citing.arrive());
    } catch {
      return; // Storage can be forbidden.
    }
  }

  /** How much of the window's foot the panel covers; nothing where it stands beside the text. */
  covered(): number {
    const panel = this.place.querySelector(".panel");
    if (!panel || !this.shown) return 0;
    const { width, height } = panel.getBoundingClientRect();
    return width > innerWidth * 0.7 ? height : 0;
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.shown) return;
    event.stopPropagation();
    this.toggle(false);
  }

  #field(): HTMLTextAreaElement | null {
    return this.place.querySelector("textarea");
  }
}

const spokenBy = (carrier: Carrier): Language => ((carrier.options.lang ?? document.documentElement.lang).startsWith("ur") ? "ur" : "en");

/** Called by the stub, once for each widget of the page. */
export async function open(carrier: Carrier): Promise<Opened> {
  const language = spokenBy(carrier);
  const words = language === "ur" ? await import("../strings/ur.json") : await import("../strings/en.json");
  speak(language, words.default as Phrases);
  return new Panel(carrier);
}
