// My files: add, watch them being read, search, remove.

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { Watch } from "../../foundation/cell.ts";
import { shortcuts } from "../../foundation/keys.ts";
import { keep, kept } from "../../foundation/kept.ts";
import { t } from "../../foundation/strings.ts";
import { banner, empty } from "../../parts/states.ts";
import { AppPage } from "../page.ts";
import { known, who } from "../who.ts";
import { clean, isolated } from "./names.ts";
import { asked } from "./removing.ts";
import { docRow, type RowHandlers, sendingRow } from "./row.ts";
import { Shelf, type Sort } from "./shelf.ts";
import { type Kind, megabytes, stateOf, stateOfSending } from "./state.ts";
import { type Doc, unfinished } from "./types.ts";

/** Lives as long as the window: files go on being sent when another page is opened. */
const shelf = new Shelf(api);

const SORTS = { "-created_at": "dc.sort.new", filename: "dc.sort.name", "-size": "dc.sort.size", status: "dc.sort.state" } as const;
const SEARCH_MS = 250;
/** How often a row is looked at that says nothing. */
const TICK_MS = 5000;

class Documents extends AppPage<"guest" | "mine"> {
  static override properties = { ...AppPage.properties, over: { state: true }, troubles: { state: true } };
  /** Files are held over the page. */
  declare over: boolean;
  declare troubles: ReadonlyMap<string, string>;
  #ends: (() => void)[] = [];
  #said = new Map<string, Kind>();
  #searching = 0;

  constructor() {
    super();
    this.over = false;
    this.troubles = new Map();
    shelf.sort = kept<Sort>("files.sort", "-created_at");
    new Watch(this, shelf.shown, shelf.leaving, shelf.queue.sendings, shelf.trouble, who);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const keys = shortcuts.add({ title: "nav.files", shortcuts: [{ keys: "a", says: "dc.add", act: () => this.#choose() }] });
    const tick = window.setInterval(() => shelf.shown.value.docs.some(unfinished) && this.requestUpdate(), TICK_MS);
    const network = () => this.requestUpdate();
    const leave = (event: BeforeUnloadEvent) => shelf.queue.busy && event.preventDefault();
    const drag = (event: DragEvent) => this.#drag(event);
    addEventListener("online", network);
    addEventListener("offline", network);
    addEventListener("beforeunload", leave);
    // On the whole page: a file let go beside the box would take the place of the page.
    for (const name of ["dragover", "dragleave", "drop"] as const) document.addEventListener(name, drag);
    this.#ends = [keys, shelf.watch(), () => clearInterval(tick), () => {
      removeEventListener("online", network);
      removeEventListener("offline", network);
      removeEventListener("beforeunload", leave);
      for (const name of ["dragover", "dragleave", "drop"] as const) document.removeEventListener(name, drag);
    }];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const end of this.#ends) end();
  }

  protected async load(): Promise<"guest" | "mine"> {
    if ((await known()) === null) return "guest";
    await shelf.refresh();
    return "mine";
  }

  protected titles(): readonly string[] {
    return [t("nav.files")];
  }

  protected override updated(): void {
    this.#announce();
  }

  protected content(loaded: "guest" | "mine"): TemplateResult {
    if (loaded === "guest" || who.value === null) return this.#guest();
    const { docs, total } = shelf.shown.value;
    const leaving = new Set(shelf.leaving.value.map((each) => each.doc.document_id));
    const shown = docs.filter((doc) => !leaving.has(doc.document_id));
    const none = total === 0 && shelf.queue.sendings.value.length === 0;
    return html`<div class="files" data-over=${this.over}>
      ${this.#head()}
      ${shelf.trouble.value ? banner(shelf.trouble.value, () => (shelf.trouble.value = null)) : nothing}
      ${none && shelf.words === "" ? empty(t("dc.empty")) : this.#finding(total)}
      <ul class="file-list" role="list" @keydown=${(event: KeyboardEvent) => this.#key(event)}>
        ${this.#sendings()}
        ${repeat(shown, (doc) => doc.document_id, (doc) => docRow(doc, stateOf(doc, shelf.place(doc), shelf.silence(doc)), this.#rows))}
      </ul>
      ${docs.length < total ? html`<p><button type="button" @click=${() => void this.#tried(shelf.more())}>${t("dc.showmore")}</button></p>` : nothing}
      ${this.#undo()}
    </div>`;
  }

  #guest(): TemplateResult {
    return html`<div class="front"><h1 tabindex="-1">${t("nav.files")}</h1><p>${t("dc.empty")}</p><p>${t("dc.guest")}</p>
      <p class="file-buttons"><a class="button" href="/login?next=/files">${t("au.login")}</a> <a href="/signup?next=/files">${t("au.signup")}</a></p></div>`;
  }

  #head(): TemplateResult {
    const away = !navigator.onLine;
    const { storage } = shelf.shown.value;
    const full = storage?.limit_bytes != null && storage.used_bytes >= storage.limit_bytes;
    const blocked = away ? t("dc.offline") : full ? t("dc.full", { a: megabytes(storage!.used_bytes), b: megabytes(storage!.limit_bytes!) }) : null;
    return html`<div class="files-head"><h1 tabindex="-1">${t("nav.files")}</h1>
        ${storage?.limit_bytes == null ? nothing : html`<p class="soft">${t("dc.quota", { a: megabytes(storage.used_bytes), b: megabytes(storage.limit_bytes) })}</p>`}
        <button type="button" class="button" aria-disabled=${blocked ? "true" : nothing} aria-describedby=${blocked ? "files-why" : nothing}
          @click=${() => blocked === null && this.#choose()}>${t("dc.add")}</button>
        <input type="file" multiple hidden @change=${(event: Event) => this.#chosen(event.target as HTMLInputElement)}></div>
      ${blocked ? html`<p id="files-why" class="files-why">${blocked}</p>` : html`<p class="drop">${t(this.over ? "dc.dropnow" : "dc.drop", { n: megabytes(shelf.queue.limit ?? 50_000_000) })}</p>`}
      <p class="soft files-private">${t("dc.private")}</p>`;
  }

  #finding(total: number): TemplateResult {
    return html`<form class="files-find" role="search" @submit=${(event: Event) => event.preventDefault()}>
      <label class="unseen" for="files-search">${t("dc.search")}</label>
      <input id="files-search" type="search" dir="auto" maxlength="200" placeholder=${t("dc.search")} .value=${shelf.words} @input=${(event: Event) => this.#search((event.target as HTMLInputElement).value)}>
      <label for="files-sort">${t("dc.sort")}</label>
      <select id="files-sort" @change=${(event: Event) => void this.#sort((event.target as HTMLSelectElement).value as Sort)}>
        ${Object.entries(SORTS).map(([sort, key]) => html`<option value=${sort} ?selected=${sort === shelf.sort}>${t(key)}</option>`)}
      </select>
      ${shelf.words === "" ? nothing : html`<p class="soft">${total === 0 ? t("dc.nomatch") : t("dc.found", { n: total })}</p>`}
    </form>`;
  }

  #sendings(): TemplateResult[] {
    const { queue } = shelf;
    const waiting = queue.sendings.value.filter((each) => each.phase === "waiting");
    return queue.sendings.value.map((each) => sendingRow(each, stateOfSending(each, 1 + waiting.indexOf(each), queue.limit), {
      stop: (key) => queue.stop(key), again: (key) => queue.again(key), drop: (key) => (queue.drop(key), this.#toHeading()),
    }));
  }

  #undo(): TemplateResult | typeof nothing {
    const { value } = shelf.leaving;
    if (value.length === 0) return nothing;
    return html`<div class="toasts">${value.map(({ doc }) => html`<p class="toast"><span>${t("dc.removed", { name: isolated(doc.filename) })}</span>
      <button type="button" @click=${() => this.#kept(doc)}>${t("dc.undo")}</button></p>`)}</div>`;
  }

  readonly #rows: RowHandlers = {
    stop: (doc) => void this.#told(doc, shelf.tell(doc, "stop")),
    again: (doc) => void this.#told(doc, shelf.tell(doc, "reprocess")),
    ocr: (doc) => void this.#told(doc, shelf.tell(doc, "ocr")),
    unlock: (doc, password) => void this.#told(doc, shelf.tell(doc, "password", { password })),
    remove: (doc, opener) => void this.#remove(doc, opener),
    trouble: (doc) => this.troubles.get(doc.document_id) ?? null,
  };

  async #told(doc: Doc, telling: Promise<void>): Promise<void> {
    const troubles = new Map(this.troubles);
    troubles.delete(doc.document_id);
    try {
      await telling;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const words = error.message || t(navigator.onLine ? "st.server" : "st.away");
      troubles.set(doc.document_id, words);
      announcer.say(`${isolated(doc.filename)}: ${words}`, { now: true });
    }
    this.troubles = troubles;
  }

  async #remove(doc: Doc, opener: HTMLElement): Promise<void> {
    if (!(await asked(doc.filename, await shelf.quoted(doc), opener))) return;
    const rows = [...this.querySelectorAll<HTMLElement>(".file")];
    const at = rows.findIndex((row) => row.dataset["id"] === doc.document_id);
    const next = rows[at + 1] ?? rows[at - 1];
    shelf.remove(doc);
    announcer.say(t("dc.removed", { name: isolated(doc.filename) }));
    await this.updateComplete;
    const name = next?.querySelector<HTMLElement>(".file-name a") ?? next?.querySelector<HTMLElement>(".file-name");
    if (name) name.focus();
    else this.#toHeading();
  }

  #kept(doc: Doc): void {
    shelf.keep(doc.document_id);
    announcer.say(t("dc.kept", { name: isolated(doc.filename) }));
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[data-id="${CSS.escape(doc.document_id)}"] .file-name a`)?.focus());
  }

  #toHeading(): void {
    void this.updateComplete.then(() => this.querySelector<HTMLElement>("h1")?.focus());
  }

  #key(event: KeyboardEvent): void {
    const row = (event.target as Element).closest<HTMLElement>(".file");
    if (event.key !== "Delete" || !row || (event.target as Element).matches("input")) return;
    const doc = shelf.shown.value.docs.find((each) => each.document_id === row.dataset["id"]);
    if (!doc) return;
    event.preventDefault();
    void this.#remove(doc, event.target as HTMLElement);
  }

  #choose(): void {
    this.querySelector<HTMLInputElement>("input[type=file]")?.click();
  }

  #chosen(input: HTMLInputElement): void {
    this.#add([...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = "";
  }

  #add(files: readonly File[]): void {
    if (files.length === 0 || !navigator.onLine) return;
    shelf.queue.add(files);
    announcer.say(t("dc.added", { n: files.length }));
  }

  #drag(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "dragleave") {
      // Leaving one part of the page for another is no leaving.
      if (event.relatedTarget === null) this.over = false;
      return;
    }
    this.over = event.type === "dragover";
    if (event.type === "dragover") event.dataTransfer.dropEffect = "copy";
    else if (who.value) this.#add(filesOf(event.dataTransfer));
  }

  #search(words: string): void {
    clearTimeout(this.#searching);
    this.#searching = window.setTimeout(() => void this.#tried(shelf.search(words.trim(), shelf.sort)).then(() => {
      if (shelf.words !== "") announcer.say(t("dc.found", { n: shelf.shown.value.total }));
    }), SEARCH_MS);
  }

  async #sort(sort: Sort): Promise<void> {
    keep("files.sort", sort);
    await this.#tried(shelf.search(shelf.words, sort));
  }

  async #tried(what: Promise<void>): Promise<void> {
    try {
      await what;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
    }
    this.requestUpdate();
  }

  // Once for each change of state, never for each percent.
  #announce(): void {
    if (this.loaded !== "mine") return;
    const now = new Map<string, Kind>();
    const waiting = shelf.queue.sendings.value;
    const all: [string, string, Kind, string][] = [
      ...waiting.map((each): [string, string, Kind, string] => {
        const state = stateOfSending(each, 1, shelf.queue.limit);
        return [each.key, each.name, state.kind, state.words];
      }),
      ...shelf.shown.value.docs.map((doc): [string, string, Kind, string] => {
        const state = stateOf(doc, 1, 0);
        return [doc.document_id, clean(doc.filename), state.kind, state.words];
      }),
    ];
    for (const [id, name, kind, words] of all) {
      now.set(id, kind);
      const before = this.#said.get(id);
      if (before !== undefined && before !== kind && (kind === "ready" || kind === "needs" || kind === "failed" || kind === "stopped")) {
        announcer.say(`${isolated(name)}: ${words}`);
      }
    }
    this.#said = now;
  }
}

/** The files of what was dropped; folders hold no bytes of their own. */
function filesOf(data: DataTransfer): File[] {
  return [...data.items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry?.()?.isDirectory)
    .flatMap((item) => item.getAsFile() ?? []);
}

customElements.define("gl-documents", Documents);
