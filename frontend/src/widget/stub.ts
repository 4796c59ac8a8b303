// The widget's first part, a classic script: a button, and nothing else before somebody wants it.
// Strings are put in by the build, so that no other file is needed for the button's word.

import type { Carrier, Opened, Options } from "./options.ts";

declare const OPEN: { readonly en: string; readonly ur: string };

const NAME = "gl-widget";
// Null where a loader of the page runs this as a module: then the tag is looked for.
const script = (document.currentScript ?? document.querySelector("script[src*='/widget.js']")) as HTMLScriptElement | null;

class Widget extends HTMLElement implements Carrier {
  options!: Options;
  launcher = document.createElement("button");
  shadow = this.attachShadow({ mode: "open" });
  #opened: Promise<Opened | null> | null = null;

  connectedCallback(): void {
    const { launcher, shadow, options } = this;
    const urdu = (options.lang ?? document.documentElement.lang).startsWith("ur");
    // Each further widget of a page stands above the one before.
    const row = document.querySelectorAll(NAME).length - 1;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:host{all:initial}button{position:fixed;z-index:var(--gl-z,300);inset-block-end:${16 + 56 * row}px;inset-inline-end:16px;min-block-size:44px;padding:8px 16px;border:0;border-radius:var(--gl-radius,22px);background:var(--gl-accent,#0b625c);color:var(--gl-on-accent,#fff);font:600 16px/1.5 var(--gl-font,system-ui,sans-serif);cursor:pointer;box-shadow:0 4px 16px #0004}button:focus-visible{outline:3px solid #1a5fd0}@media print{button{display:none}}`);
    shadow.adoptedStyleSheets = [sheet];
    launcher.lang = urdu ? "ur" : "en";
    launcher.dir = urdu ? "rtl" : "ltr";
    launcher.textContent = OPEN[urdu ? "ur" : "en"];
    launcher.ariaExpanded = "false";
    shadow.append(launcher);
    launcher.onclick = () => void this.#load().then((opened) => opened?.toggle());
    // Whoever saves data waits for the panel, and nobody pays for it unasked.
    const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
    if (!saves) launcher.onpointerenter = launcher.onfocus = () => void this.#load();
    try {
      if (sessionStorage["glossator.quote"]) void this.#load();
    } catch {
      return; // Storage can be forbidden; a quote of another page isn't marked then.
    }
  }

  disconnectedCallback(): void {
    void this.#opened?.then((opened) => opened?.end());
    this.#opened = null;
  }

  #load(): Promise<Opened | null> {
    return (this.#opened ??= import(`${this.options.api}/assets/widget-panel.js`).then(
      (panel: { open(carrier: Carrier): Promise<Opened> }) => panel.open(this),
      () => (this.#opened = null),
    ));
  }
}

function start(from: HTMLScriptElement): void {
  const address = new URL(from.src);
  const option = (name: string) => from.dataset[name] ?? address.searchParams.get(name);
  const book = option("book");
  if (!book) return;
  const api = new URL(option("api") ?? "/", address).origin;
  const options = { api, book, article: option("article"), lang: option("lang") };
  const place = () => {
    // An old browser gets a plain link to the book.
    const old = !document.adoptedStyleSheets;
    if (!old && !customElements.get(NAME)) customElements.define(NAME, Widget);
    const element = document.createElement(old ? "a" : NAME);
    document.body.append(Object.assign(element, old ? { href: `${api}/b/${book}`, textContent: OPEN.en } : { options }));
  };
  const idle = () => ((window as { requestIdleCallback?: (run: () => void) => void }).requestIdleCallback ?? setTimeout)(place);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", idle);
  else idle();
}

if (script) start(script);
