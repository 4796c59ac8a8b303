// The window in which a person lets another site's widget ask in their name.
//
// It stands alone on our own origin, never in a frame. What it hands over goes to the window that
// opened it, and only while that shows the site which is named here and which the server allows.

import { html, nothing, render, type TemplateResult } from "lit";
import { Announcer } from "../foundation/announcer.ts";
import { api, Problem } from "../foundation/api.ts";
import { directionOf, speak, t, type Language, type Phrases } from "../foundation/strings.ts";
import type { Book, Me } from "../foundation/types.ts";
import { banner } from "../parts/states.ts";
import type { Agreed } from "../widget/agreeing.ts";

interface Given {
  readonly token: string;
  readonly expires_in: number;
}

const asked = new URLSearchParams(location.hash.slice(1));
const site = asked.get("site") ?? "";
const bookId = asked.get("book") ?? "";
const state = asked.get("state") ?? "";
const announcer = new Announcer();
const place = document.createElement("main");

let me: Me | null = null;
let book: Book | null = null;
let problem: Problem | null = null;
let busy = false;

function page(): TemplateResult {
  if (!opener || window.top !== window || !site || !bookId) return html`<h1>${t("wd.agree.title")}</h1><p>${t("wd.agree.start")}</p>`;
  return html`<h1 tabindex="-1">${t("wd.agree.title")}</h1>
    ${problem ? banner(problem, null) : nothing}
    ${me === null ? logIn() : agree(me)}`;
}

function logIn(): TemplateResult {
  return html`<p><bdi>${new URL(site).host}</bdi></p>
    <form class="agree" @submit=${enter}>
      <label>${t("au.email")}<input name="email" type="email" autocomplete="username" required></label>
      <label>${t("au.pass")}<input name="password" type="password" autocomplete="current-password" required></label>
      <p><button class="send" ?disabled=${busy}>${t("au.login")}</button> <a href="/signup" target="_blank" rel="noopener">${t("au.signup")}</a></p>
    </form>`;
}

function agree(person: Me): TemplateResult {
  return html`<p>${t("wd.agree.what", { site: new URL(site).host, book: book?.title ?? bookId })}</p>
    <p>${t("wd.agree.not")}</p>
    <p class="soft"><bdi>${t("wd.agree.name", { name: person.name })}</bdi></p>
    <p><button type="button" class="send" ?disabled=${busy} @click=${() => void hand(person)}>${t("wd.agree.yes")}</button>
      <button type="button" @click=${() => close()}>${t("wd.agree.no")}</button></p>`;
}

async function enter(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const fields = new FormData(event.target as HTMLFormElement);
  await tried(async () => {
    await api.call("/api/auth/login", { body: { email: fields.get("email"), password: fields.get("password"), session: "cookie" } });
    await recognise();
  });
}

async function hand(person: Me): Promise<void> {
  await tried(async () => {
    const given = await api.call<Given>("/api/widget/agreements", { body: { origin: site, book_id: bookId } });
    const said: Agreed = { type: "glossator-agreed", state, name: person.name, token: given.token, expires_in: given.expires_in };
    // Nobody but that very site hears it, whatever the window shows by now.
    (opener as Window).postMessage(said, site);
    close();
  });
}

async function tried(work: () => Promise<void>): Promise<void> {
  busy = true;
  problem = null;
  show();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem = error;
    announcer.say(error.message || t("st.server"), { now: true });
  }
  busy = false;
  show();
}

async function recognise(): Promise<void> {
  if (!/(?:^|; )glossator_csrf=/.test(document.cookie)) return;
  try {
    me = await api.call<Me>("/api/auth/me");
    book = await api.call<Book>(`/api/books/${encodeURIComponent(bookId)}`);
  } catch (error) {
    if (!(error instanceof Problem) || (error.status !== 401 && error.status !== 404)) throw error;
  }
}

function show(): void {
  render(page(), place);
}

const language: Language = document.documentElement.lang === "ur" ? "ur" : "en";
const words = (await import(`/assets/strings-${language}.js`)) as { default: Phrases };
speak(language, words.default);
document.documentElement.dir = directionOf(language);
document.title = `${t("wd.agree.title")} · ${t("app.name")}`;
place.className = "front";
document.body.append(place, ...announcer.elements);
await tried(recognise);
place.querySelector<HTMLElement>("input, h1")?.focus();
