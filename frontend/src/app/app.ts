// The app: bars, the page of the address, and the messages of the whole window.

import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { announcer } from "../foundation/announcer.ts";
import { Watch } from "../foundation/cell.ts";
import { PageElement } from "../foundation/element.ts";
import { kept } from "../foundation/kept.ts";
import { spoken, t, type Key } from "../foundation/strings.ts";
import { router } from "./addresses.ts";
import { arrived } from "./arrival.ts";
import { everywhere } from "./everywhere.ts";
import { shell } from "./shell.ts";
import { change, learn, learnMore, other } from "./tongue.ts";
import { logOut, recognise, who } from "./who.ts";
import "./reader/page.ts";

/** Pages that are fetched when they are opened; the reader comes with the app. */
const LAZY: Readonly<Record<string, () => Promise<unknown>>> = {
  library: () => import("./library/page.ts"),
  documents: () => import("./documents/page.ts"),
  viewer: () => import("./viewer/page.ts"),
  progress: () => Promise.all([import("./progress/page.ts"), learnMore()]),
  usage: () => Promise.all([import("./usage/page.ts"), learnMore()]),
  admin: () => Promise.all([import("./admin/page.ts"), learnMore()]),
  login: () => Promise.all([import("./accounts/page.ts"), learnMore()]),
  signup: () => Promise.all([import("./accounts/page.ts"), learnMore()]),
  settings: () => Promise.all([import("./accounts/settings.ts"), learnMore()]),
};

class App extends PageElement {
  static override properties = { ready: { state: true }, online: { state: true } };
  declare ready: string;
  declare online: boolean;

  constructor() {
    super();
    this.ready = "";
    this.online = navigator.onLine;
    new Watch(this, router.place, who, shell);
    router.place.watch(() => void this.#fetch());
    for (const name of ["online", "offline"]) {
      addEventListener(name, () => {
        this.online = navigator.onLine;
        if (!this.online) announcer.say(t("st.away"));
      });
    }
    void this.#fetch();
  }

  async #fetch(): Promise<void> {
    const { name } = router.place.value;
    try {
      await LAZY[name]?.();
      this.ready = name;
    } catch {
      // A part of the app that can't be fetched: the server is gone, or has a newer app.
      this.ready = "unreachable";
    }
  }

  override render(): TemplateResult {
    const place = router.place.value;
    document.documentElement.dataset["page"] = place.name;
    const page = place.name === this.ready || LAZY[place.name] === undefined ? this.#page(place.name) : nothing;
    return html`
      <a class="skip" href="#glossator-text" @click=${(event: Event) => this.#skip(event, "main")}>${t("nav.skip")}</a>
      ${shell.value.ask ? html`<a class="skip" href="#glossator-question" @click=${(event: Event) => this.#skipToAsk(event)}>${t("nav.skipask")}</a>` : nothing}
      ${this.#top()}
      ${this.online ? nothing : html`<p class="offline">${t("st.away")}</p>`}
      ${this.ready === "unreachable" ? this.#unreachable() : page}
      ${this.#bottom()}
    `;
  }

  #page(name: string): TemplateResult {
    const place = router.place.value;
    switch (name) {
      case "library": return html`<main id="glossator-text" tabindex="-1"><gl-library .place=${place}></gl-library></main>`;
      case "book":
      case "chapter": return html`<gl-reading .place=${place}></gl-reading>`;
      case "documents": return html`<main id="glossator-text" tabindex="-1"><gl-documents .place=${place}></gl-documents></main>`;
      case "viewer": return html`<gl-viewer .place=${place}></gl-viewer>`;
      case "progress": return html`<main id="glossator-text" tabindex="-1"><gl-progress .place=${place}></gl-progress></main>`;
      case "usage": return html`<main id="glossator-text" tabindex="-1"><gl-usage .place=${place}></gl-usage></main>`;
      case "admin": return html`<main id="glossator-text" tabindex="-1"><gl-admin .place=${place}></gl-admin></main>`;
      case "login":
      case "signup": return html`<main id="glossator-text" tabindex="-1">${keyed(name, html`<gl-auth .place=${place}></gl-auth>`)}</main>`;
      case "settings": return html`<main id="glossator-text" tabindex="-1"><gl-settings .place=${place}></gl-settings></main>`;
      default: return this.#lost();
    }
  }

  #lost(): TemplateResult {
    void this.updateComplete.then(() => arrived(this, t("st.404")));
    return html`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${t("st.404")}</h1>
      <p><a class="button" href="/">${t("nav.toLibrary")}</a></p></div></main>`;
  }

  #unreachable(): TemplateResult {
    return html`<main id="glossator-text" tabindex="-1"><div class="front"><h1 tabindex="-1">${t("st.title")}</h1>
      <p>${t("st.server")}</p><p><button type="button" @click=${() => location.reload()}>${t("st.retry")}</button></p></div></main>`;
  }

  #top(): TemplateResult {
    const { way, tools } = shell.value;
    return html`<header class="top">
      <div class="where">${way ?? html`<a href="/">${t("app.name")}</a>`}</div>
      <nav class="rooms" aria-label=${t("nav.menu")}>${this.#rooms()}</nav>
      ${tools ?? nothing}
      <button type="button" class="tongue" lang=${spoken() === "ur" ? "en" : "ur"} @click=${() => void change(other())}>
        ${spoken() === "ur" ? "English" : "اردو"}</button>
      ${this.#person()}
    </header>`;
  }

  #rooms(): TemplateResult[] {
    const here = router.place.value.name;
    const rooms: (readonly [string, string, Key])[] = [["library", "/", "nav.library"], ["documents", "/files", "nav.files"], ["progress", "/progress", "nav.progress"]];
    return rooms.map(([name, address, key]) => html`<a href=${address} aria-current=${here === name ? "page" : nothing}>${t(key)}</a>`);
  }

  #person(): TemplateResult | typeof nothing {
    const me = who.value;
    if (me === undefined) return nothing;
    if (me === null) return html`<a class="person" href="/login">${t("au.login")}</a>`;
    return html`<details class="menu person">
      <summary aria-label=${t("nav.account")}><bdi>${me.name.slice(0, 1).toLocaleUpperCase()}</bdi></summary>
      <div class="menu-list" @click=${(event: Event) => (event.currentTarget as Element).closest("details")!.removeAttribute("open")}>
        <p class="soft"><bdi>${me.name}</bdi></p>
        <a href="/usage">${t("nav.usage")}</a>
        <a href="/settings">${t("nav.settings")}</a>
        ${me.role === "user" ? nothing : html`<a href="/admin">${t("nav.admin")}</a>`}
        <button type="button" @click=${() => this.#leave()}>${t("au.logout")}</button>
      </div>
    </details>`;
  }

  #bottom(): TemplateResult {
    return html`<nav class="bar" aria-label=${t("nav.menu")}>${shell.value.bar ?? this.#rooms()}</nav>`;
  }

  /** Log out; questions that wait to be sent are asked about on the settings' page. */
  #leave(): void {
    if (kept<readonly unknown[]>("outbox", []).length > 0) router.go("/settings#devices");
    else void logOut().catch(() => announcer.say(t("st.server"), { now: true }));
  }

  #skip(event: Event, selector: string): void {
    event.preventDefault();
    this.querySelector<HTMLElement>(selector)?.focus();
  }

  #skipToAsk(event: Event): void {
    event.preventDefault();
    shell.value.ask?.();
  }
}

customElements.define("gl-app", App);

everywhere();
void recognise();
await learn(document.documentElement.lang === "ur" ? "ur" : "en");
document.body.append(document.createElement("gl-app"), ...announcer.elements);
