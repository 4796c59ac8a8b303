// Settings: about oneself, of this device, and of the account.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { api, Problem } from "../../foundation/api.ts";
import { Watch } from "../../foundation/cell.ts";
import { kept } from "../../foundation/kept.ts";
import { t, type Key } from "../../foundation/strings.ts";
import type { Me } from "../../foundation/types.ts";
import "../../parts/dialog.ts";
import { router } from "../addresses.ts";
import { AppPage } from "../page.ts";
import { known, leave, logOut, who } from "../who.ts";
import { deviceSections } from "./device.ts";
import { field, focusSummary, NO_FAULTS, section, select, summary, type Faults } from "./fields.ts";
import { secretField, SHORTEST } from "./secret.ts";
import "./sites.ts";
import { Wait } from "./wait.ts";

const OF_ACCOUNT: readonly (readonly [string, Key])[] = [["profile", "se.profile"], ["privacy", "se.privacy"], ["devices", "se.devices"], ["sites", "se.sites"], ["password", "se.password"]];
const OF_DEVICE: readonly (readonly [string, Key])[] = [["reading", "se.reading"], ["language", "se.language"], ["keyboard", "se.keyboard"], ["announce", "se.announce"]];

/** Questions that were asked without a connection and wait to be sent. */
const waiting = (): number => kept<readonly unknown[]>("outbox", []).length;

interface Loaded {
  readonly me: Me | null;
}

/** What is typed into the page's forms and not sent yet. */
interface Typed {
  name: string;
  level: Me["programming_level"];
  hardware: Me["hardware"];
  current: string;
  fresh: string;
  farewell: string;
}

export class SettingsPage extends AppPage<Loaded> {
  static override properties = {
    ...AppPage.properties, faults: { state: true }, form: { state: true }, done: { state: true }, shown: { state: true }, leaving: { state: true }, going: { state: true },
  };
  declare faults: Faults;
  /** The form whose faults, or whose success, are shown. */
  declare form: "" | "profile" | "password" | "leave" | "devices";
  declare done: string;
  declare shown: string;
  declare leaving: boolean;
  /** Asked about questions that wait to be sent, before logging out here or everywhere. */
  declare going: "here" | "everywhere" | null;
  #typed: Typed = { name: "", level: "beginner", hardware: "none", current: "", fresh: "", farewell: "" };
  #wait = new Wait(this);

  constructor() {
    super();
    this.faults = NO_FAULTS;
    this.form = "";
    this.done = this.shown = "";
    this.leaving = false;
    this.going = null;
    new Watch(this, who);
  }

  protected override async load(): Promise<Loaded> {
    const me = await known();
    if (me) Object.assign(this.#typed, { name: me.name, level: me.programming_level, hardware: me.hardware });
    return { me };
  }

  protected override titles(): readonly string[] {
    return [t("nav.settings")];
  }

  protected override content({ me }: Loaded): TemplateResult {
    const sections = me ? [OF_ACCOUNT[0]!, ...OF_DEVICE, ...OF_ACCOUNT.slice(1)] : OF_DEVICE;
    return html`<div class="page settings">
      <h1 tabindex="-1">${t("nav.settings")}</h1>
      ${me ? nothing : html`<p class="soft">${t("se.guest")} <a href="/signup?next=/settings">${t("au.signup")}</a></p>`}
      <nav class="side" aria-label=${t("se.sections")}>${sections.map(([id, key]) => html`<a href="#${id}" @click=${(event: Event) => this.#lead(event, id)}>${t(key)}</a>`)}</nav>
      <div class="jump"><label for="settings-jump">${t("se.sections")}</label>
        <select id="settings-jump" @change=${(event: Event) => this.#lead(event, (event.target as HTMLSelectElement).value)}>
        ${sections.map(([id, key]) => html`<option value=${id}>${t(key)}</option>`)}</select></div>
      <div class="sections">
        ${me ? this.#profile() : nothing}
        ${deviceSections(() => this.requestUpdate())}
        ${me ? html`${this.#privacy(me)}${this.#devices()}${section("sites", t("se.sites"), html`<gl-sites></gl-sites>`)}${this.#password()}` : nothing}
      </div>
      <gl-dialog alert .heading=${t("se.del")} .content=${this.leaving ? this.#farewell() : null} @closed=${() => this.#stay()}></gl-dialog>
      <gl-dialog alert .heading=${t("au.logout")} .content=${this.going === null ? null : html`<p>${t("se.outbox", { n: waiting() })}</p>
        <div class="actions end"><button type="button" @click=${() => (this.going = null)}>${t("se.cancel")}</button>
        <button type="button" class="danger" @click=${() => void this.#out(this.going === "everywhere", true)}>${t("au.logout")}</button></div>`} @closed=${() => (this.going = null)}></gl-dialog>
    </div>`;
  }

  #lead(event: Event, id: string): void {
    event.preventDefault();
    router.go(`#${id}`, { replace: true, stay: true });
    const heading = this.querySelector<HTMLElement>(`#${id} h2`);
    heading?.focus();
    heading?.scrollIntoView({ block: "start" });
  }

  #told(form: SettingsPage["form"]): TemplateResult | typeof nothing {
    if (this.form !== form) return nothing;
    return html`${summary(this.faults)}${this.done ? html`<p class="done">${this.done}</p>` : nothing}`;
  }

  #profile(): TemplateResult {
    const typed = this.#typed;
    const levels: [Me["programming_level"], string][] = [["beginner", t("lv.1")], ["intermediate", t("lv.2")], ["advanced", t("lv.3")]];
    const kinds: [Me["hardware"], string][] = [["none", t("se.hw.none")], ["gpu", t("se.hw.gpu")], ["jetson", t("se.hw.jetson")], ["robotics", t("se.hw.robotics")]];
    return section("profile", t("se.profile"), html`
      ${this.#told("profile")}
      <form novalidate @submit=${(event: Event) => void this.#send(event, "profile", () => this.#saveProfile())}>
        ${field({ id: "name", label: t("se.name"), value: typed.name, autocomplete: "name", required: true, set: (value) => (typed.name = value) }, this.form === "profile" ? this.faults : NO_FAULTS)}
        ${select("level", t("se.level"), levels, typed.level, (value) => (typed.level = value))}
        ${select("hardware", t("se.hardware"), kinds, typed.hardware, (value) => (typed.hardware = value))}
        <button type="submit" class="send">${t("se.save")}</button>
      </form>`);
  }

  #privacy(me: Me): TemplateResult {
    return section("privacy", t("se.privacy"), html`
      <p>${t("se.exportnote")}</p>
      <p><a class="button" href="/api/auth/me/export" download="glossator-export.json">${t("se.export")}</a></p>
      <p><label class="switch"><input type="checkbox" role="switch" .checked=${me.questions_told} aria-describedby="told-hint"
        @change=${(event: Event) => void this.#tell((event.target as HTMLInputElement).checked)}> ${t("se.told")}</label></p>
      <p class="soft" id="told-hint">${t("se.toldnote")}</p>
      <p>${t("se.delnote")} <bdi class="soft">${me.email}</bdi></p>
      <p><button type="button" class="danger" @click=${() => (this.leaving = true)}>${t("se.del")}</button></p>`);
  }

  #devices(): TemplateResult {
    return section("devices", t("se.devices"), html`
      ${this.#told("devices")}
      <p class="actions"><button type="button" @click=${() => void this.#out(false)}>${t("au.logout")}</button>
      <button type="button" aria-describedby="every-hint" @click=${() => void this.#out(true)}>${t("se.everywhere")}</button></p>
      <p class="soft" id="every-hint">${t("se.everynote")}</p>`);
  }

  #password(): TemplateResult {
    const typed = this.#typed;
    const faults = this.form === "password" ? this.faults : NO_FAULTS;
    const show = (id: string) => (shown: boolean) => (this.shown = shown ? id : "");
    return section("password", t("se.password"), html`
      ${this.#told("password")}
      <form novalidate @submit=${(event: Event) => void this.#send(event, "password", () => this.#savePassword())}>
        ${secretField({ id: "current", label: t("se.current"), autocomplete: "current-password", value: typed.current, set: (value) => (typed.current = value) }, faults, this.shown === "current", show("current"))}
        ${secretField({ id: "fresh", label: t("se.new"), hint: t("au.rule"), autocomplete: "new-password", value: typed.fresh, set: (value) => (typed.fresh = value) }, faults, this.shown === "fresh", show("fresh"))}
        ${this.#wait.left > 0 ? html`<p>${this.#wait.words}</p>` : nothing}
        <button type="submit" class="send">${t("se.change")}</button>
      </form>`);
  }

  #farewell(): TemplateResult {
    const faults = this.form === "leave" ? this.faults : NO_FAULTS;
    return html`<p>${t("se.delnote")}</p>${this.#told("leave")}
      <form novalidate @submit=${(event: Event) => void this.#send(event, "leave", () => this.#delete())}>
        ${secretField({ id: "farewell", label: t("se.delpass"), autocomplete: "current-password", value: this.#typed.farewell, set: (value) => (this.#typed.farewell = value) }, faults, this.shown === "farewell", (shown) => (this.shown = shown ? "farewell" : ""))}
        <div class="actions end"><button type="button" @click=${() => this.#stay()}>${t("se.cancel")}</button>
        <button type="submit" class="danger">${t("se.del")}</button></div></form>`;
  }

  #stay(): void {
    this.leaving = false;
    this.#typed.farewell = "";
  }

  async #saveProfile(): Promise<string> {
    const { name, level, hardware } = this.#typed;
    if (!name.trim()) throw new Map([["name", t("se.noname")]]);
    who.value = await api.call<Me>("/api/auth/me", { method: "PATCH", body: { name: name.trim(), programming_level: level, hardware } });
    return t("se.saved");
  }

  async #tell(told: boolean): Promise<void> {
    who.value = await api.call<Me>("/api/auth/me", { method: "PATCH", body: { questions_told: told } });
    announcer.say(t("se.saved"));
  }

  async #savePassword(): Promise<string> {
    const { current, fresh } = this.#typed;
    const wrong = new Map<string, string>();
    if (!current) wrong.set("current", t("au.nopass"));
    if ([...fresh].length < SHORTEST) wrong.set("fresh", t("au.short"));
    if (wrong.size > 0) throw wrong;
    await api.call("/api/auth/password", { body: { current_password: current, new_password: fresh } });
    this.#typed.current = this.#typed.fresh = "";
    return t("se.changed");
  }

  async #delete(): Promise<string> {
    if (!this.#typed.farewell) throw new Map([["farewell", t("au.nopass")]]);
    await api.call("/api/auth/me", { method: "DELETE", body: { password: this.#typed.farewell } });
    await leave();
    return "";
  }

  async #out(everywhere: boolean, sure = false): Promise<void> {
    if (!sure && waiting() > 0) {
      this.going = everywhere ? "everywhere" : "here";
      return;
    }
    try {
      await logOut({ everywhere });
    } catch (error) {
      this.#failed("devices", error);
    }
  }

  /** Send a form; `work` says what came of it, or raises a `Problem` or the faults that it sees itself. */
  async #send(event: Event, form: SettingsPage["form"], work: () => Promise<string>): Promise<void> {
    event.preventDefault();
    if (this.#wait.left > 0) return;
    this.form = form;
    this.faults = NO_FAULTS;
    this.done = "";
    try {
      this.done = await work();
      if (this.done) announcer.say(this.done);
    } catch (error) {
      this.#failed(form, error);
    }
  }

  #failed(form: SettingsPage["form"], error: unknown): void {
    this.form = form;
    if (error instanceof Map) this.faults = error as Faults;
    else if (error instanceof Problem) this.faults = this.#faultsOf(error);
    else throw error;
    void this.updateComplete.then(() => focusSummary(this));
  }

  #faultsOf(problem: Problem): Faults {
    if (problem.status === 429 && problem.retryAfter !== null) {
      this.#wait.begin(problem.retryAfter);
      return new Map([["", this.#wait.words]]);
    }
    const ids: Readonly<Record<string, string>> = { new_password: "fresh", current_password: "current", name: "name" };
    const told = problem.errors.flatMap(({ field: name, message }) => (ids[name] ? [[ids[name], message] as const] : []));
    if (told.length > 0) return new Map(told);
    const whole = problem.kind === "wrong-password" ? (this.form === "leave" ? "farewell" : "current") : "";
    return new Map([[whole, problem.message || t("st.server")]]);
  }
}

customElements.define("gl-settings", SettingsPage);
