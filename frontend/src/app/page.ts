// What every page has: where it is, and the states of what it loads.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../foundation/announcer.ts";
import { Problem } from "../foundation/api.ts";
import { PageElement } from "../foundation/element.ts";
import type { Place } from "../foundation/router.ts";
import { t } from "../foundation/strings.ts";
import { banner } from "../parts/states.ts";
import { arrived } from "./arrival.ts";

/** After so long a page says that it is loading. */
const LOADING_AFTER_MS = 300;

/**
 * A page of the app. A subclass gives `load` what it needs from the server, and `content` shows it;
 * loading, failure and trying again are the same everywhere (pages.md 2.2.2).
 */
export abstract class AppPage<Loaded> extends PageElement {
  static override properties = {
    place: { attribute: false },
    loaded: { state: true },
    problem: { state: true },
    slow: { state: true },
  };
  declare place: Place;
  declare loaded: Loaded | null;
  declare problem: Problem | null;
  declare slow: boolean;
  #asked = 0;

  constructor() {
    super();
    this.loaded = null;
    this.problem = null;
    this.slow = false;
  }

  /** Fetch what the page shows. Raises `Problem`. */
  protected abstract load(place: Place): Promise<Loaded>;
  /** The page once it is loaded; it holds one `h1`. */
  protected abstract content(loaded: Loaded): TemplateResult;
  /** Parts of the window's title, the nearest first. */
  protected abstract titles(loaded: Loaded): readonly string[];

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("place") && this.place) void this.reload({ arrive: true });
  }

  /** Load again. What is on the page stays until the new is there. */
  async reload({ arrive = false } = {}): Promise<void> {
    const asked = ++this.#asked;
    const slow = setTimeout(() => (this.slow = true), LOADING_AFTER_MS);
    try {
      const loaded = await this.load(this.place);
      if (asked !== this.#asked) return;
      this.loaded = loaded;
      this.problem = null;
      if (arrive) void this.updateComplete.then(() => arrived(this, ...this.titles(loaded)));
    } catch (error) {
      if (asked !== this.#asked) return;
      if (!(error instanceof Problem)) throw error;
      this.problem = error;
      announcer.say(error.status === 401 ? t("st.login") : error.message || t("st.page"), { now: true });
      if (arrive && this.loaded === null) void this.updateComplete.then(() => arrived(this));
    } finally {
      clearTimeout(slow);
      if (asked === this.#asked) this.slow = false;
    }
  }

  override render(): TemplateResult | typeof nothing {
    if (this.problem && this.loaded === null) return html`<div class="front">${this.failed(this.problem)}</div>`;
    if (this.loaded === null) return this.slow ? this.skeleton() : nothing;
    const trouble = this.problem ? banner(this.problem, () => void this.reload()) : nothing;
    return html`${trouble}${this.content(this.loaded)}`;
  }

  /** What stands there while the page loads for the first time. */
  protected skeleton(): TemplateResult {
    return html`<div class="front" aria-busy="true"><p class="unseen">${t("st.loading")}</p>
      <div class="bones" aria-hidden="true"><i></i><i></i><i></i><i></i></div></div>`;
  }

  /** The page where nothing could be loaded. */
  protected failed(problem: Problem): TemplateResult {
    if (problem.status === 401) {
      const next = encodeURIComponent(this.place.url.pathname + this.place.url.search);
      return html`<h1 tabindex="-1">${t("st.login")}</h1><p><a class="button" href="/login?next=${next}">${t("au.login")}</a></p>`;
    }
    if (problem.status === 403) return html`<h1 tabindex="-1">${t("st.denied")}</h1><p><a class="button" href="/">${t("nav.toLibrary")}</a></p>`;
    if (problem.status === 404) return html`<h1 tabindex="-1">${t("st.404")}</h1><p><a class="button" href="/">${t("nav.toLibrary")}</a></p>`;
    return html`<h1 tabindex="-1">${t("st.title")}</h1>${banner(problem, () => void this.reload({ arrive: true }))}`;
  }
}
