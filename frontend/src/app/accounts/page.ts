// Logging in and signing up.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { inside } from "../../foundation/router.ts";
import { spoken, t, type Language } from "../../foundation/strings.ts";
import { field, focusSummary, NO_FAULTS, picks, summary, type Faults } from "./fields.ts";
import { router } from "../addresses.ts";
import { AppPage } from "../page.ts";
import { change } from "../tongue.ts";
import { known, logIn, signUp } from "../who.ts";
import { secretField, SHORTEST } from "./secret.ts";
import { Wait } from "./wait.ts";

interface Guest {
  /** What was asked in this browser before there was an account. */
  readonly questions: number;
}

export class Auth extends AppPage<Guest> {
  static override properties = {
    ...AppPage.properties, faults: { state: true }, shown: { state: true }, busy: { state: true }, keeps: { state: true }, online: { state: true }, invited: { state: true },
  };
  declare faults: Faults;
  declare shown: boolean;
  declare busy: boolean;
  declare keeps: boolean;
  declare online: boolean;
  /** Whether an invitation is asked for. */
  declare invited: boolean;
  #typed = { email: "", password: "", invitation: "" };
  #wait = new Wait(this);
  #connection = () => (this.online = navigator.onLine);

  constructor() {
    super();
    this.faults = NO_FAULTS;
    this.shown = this.busy = this.invited = false;
    this.keeps = true;
    this.online = navigator.onLine;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    for (const name of ["online", "offline"]) addEventListener(name, this.#connection);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const name of ["online", "offline"]) removeEventListener(name, this.#connection);
  }

  protected override async load(): Promise<Guest> {
    this.#typed.invitation = this.place.url.searchParams.get("invitation") ?? "";
    this.invited = this.#typed.invitation !== "";
    if (await known()) {
      router.go(this.#next, { replace: true });
      return { questions: 0 };
    }
    try {
      return await api.call<Guest>("/api/chat/guest-sessions");
    } catch (error) {
      // The form works without it.
      if (!(error instanceof Problem)) throw error;
      return { questions: 0 };
    }
  }

  protected override titles(): readonly string[] {
    return [this.#joins ? t("au.signup") : t("au.login")];
  }

  get #joins(): boolean {
    return this.place.name === "signup";
  }

  get #next(): string {
    return inside(this.place.url.searchParams.get("next"));
  }

  protected override content({ questions }: Guest): TemplateResult {
    const closed = !this.online || this.busy;
    const waiting = this.#wait.left > 0;
    const verb = this.#joins ? t("au.signup") : t("au.login");
    const other = this.#joins ? "/login" : "/signup";
    return html`<div class="page narrow">
      <h1 tabindex="-1">${verb}</h1>
      ${this.online ? nothing : html`<p class="banner">${t("au.offline")}</p>`}
      ${summary(this.faults)}
      <form novalidate @submit=${(event: Event) => void this.#sent(event, questions)}>
        <fieldset ?disabled=${!this.online}>
        ${field({ id: "email", label: t("au.email"), type: "email", direction: "ltr", autocomplete: "username", required: true, value: this.#typed.email, set: (value) => (this.#typed.email = value) }, this.faults)}
        ${secretField({
          id: "password", label: t("au.pass"), required: true, autocomplete: this.#joins ? "new-password" : "current-password", value: this.#typed.password,
          set: (value) => (this.#typed.password = value), ...(this.#joins ? { hint: t("au.rule") } : {}),
        }, this.faults, this.shown, (shown) => (this.shown = shown))}
        ${this.#joins && this.invited
          ? field({ id: "invitation", label: t("au.invite"), hint: t("au.invitehint"), direction: "ltr", value: this.#typed.invitation, set: (value) => (this.#typed.invitation = value) }, this.faults)
          : nothing}
        ${this.#joins
          ? picks<Language>("language", t("au.language"), [["en", "English"], ["ur", "اردو"]], spoken(), (tongue) => void change(tongue).then(() => this.requestUpdate()))
          : nothing}
        ${questions > 0
          ? html`<div class="field"><label class="tick"><input type="checkbox" id="keep" .checked=${this.keeps} aria-describedby="keep-hint"
              @change=${(event: Event) => (this.keeps = (event.target as HTMLInputElement).checked)}>${t("au.keep", { n: questions })}</label>
              <p class="hint" id="keep-hint">${t("au.keepnote")}</p></div>`
          : nothing}
        ${waiting ? html`<p class="wait">${this.#wait.words}</p>` : nothing}
        <button type="submit" class="send wide" aria-disabled=${closed || waiting ? "true" : nothing}>${this.busy ? t("au.sending") : verb}</button>
        </fieldset>
      </form>
      <p><a href="${other}${this.place.url.search}">${this.#joins ? t("au.haveone") : t("au.none")}</a></p>
      <p class="soft">${t("au.guest")} <a href="/">${t("nav.toLibrary")}</a></p>
    </div>`;
  }

  async #sent(event: Event, questions: number): Promise<void> {
    event.preventDefault();
    if (this.busy || this.#wait.left > 0 || !this.online) return;
    const wrong = this.#wrong();
    if (wrong.size > 0) return this.#refused(wrong);
    this.busy = true;
    this.faults = NO_FAULTS;
    try {
      await this.#enter();
      if (questions > 0 && this.keeps) await keepQuestions();
      router.go(this.#next, { replace: true });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#failed(error);
    } finally {
      this.busy = false;
    }
  }

  async #enter(): Promise<void> {
    const { email, password, invitation } = this.#typed;
    if (!this.#joins) return logIn(email.trim(), password);
    const name = email.trim().split("@")[0]!;
    return signUp({ email: email.trim(), password, name, ...(invitation.trim() ? { invitation: invitation.trim() } : {}) });
  }

  #wrong(): Faults {
    const wrong = new Map<string, string>();
    const { email, password } = this.#typed;
    if (!/^\S+@\S+$/.test(email.trim())) wrong.set("email", t("au.noemail"));
    if (password === "") wrong.set("password", t("au.nopass"));
    else if (this.#joins && [...password].length < SHORTEST) wrong.set("password", t("au.short"));
    return wrong;
  }

  #failed(problem: Problem): void {
    if (problem.status === 429 && problem.retryAfter !== null) {
      this.#wait.begin(problem.retryAfter);
      return this.#refused(new Map([["", this.#wait.words]]));
    }
    if (problem.kind === "sign-up-refused") this.invited = true;
    const told = problem.errors.filter(({ field: name }) => name in this.#typed).map(({ field: name, message }) => [name, message] as const);
    if (told.length > 0) return this.#refused(new Map(told));
    if (problem.kind === "email-exists") return this.#refused(new Map([["email", t("au.taken")]]));
    const words = problem.status === 401 ? t("au.bad") : problem.message || t("st.server");
    // What was typed stays, but not the password.
    if (problem.status >= 500) this.#typed.password = "";
    this.#refused(new Map([["", words]]));
  }

  #refused(faults: Faults): void {
    this.faults = faults;
    void this.updateComplete.then(() => focusSummary(this));
  }
}

/** Take over what was asked before; whoever has signed in stays so, whatever comes of it. */
async function keepQuestions(): Promise<void> {
  try {
    const { questions } = await api.call<Guest>("/api/chat/guest-sessions", { method: "POST" });
    announcer.say(t("au.kept", { n: questions }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    announcer.say(error.message || t("st.server"), { now: true });
  }
}

customElements.define("gl-auth", Auth);
