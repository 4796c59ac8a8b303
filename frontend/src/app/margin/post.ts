// The Margin's outbox: sends by itself what is fresh, asks before it sends what is old.

import { html, nothing, type TemplateResult } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { t } from "../../foundation/strings.ts";
import type { Margin } from "./margin.ts";
import * as outbox from "./outbox.ts";
import type { About } from "./talk.ts";

export class Post {
  #margin: Margin;
  #online = () => void this.look();

  constructor(margin: Margin) {
    this.#margin = margin;
    margin.addController({
      hostConnected: () => addEventListener("online", this.#online),
      hostDisconnected: () => removeEventListener("online", this.#online),
    });
  }

  /** Keep a question until there is a connection; false where too many wait. */
  wait(question: string, about: About | null, chapter: string | null): boolean {
    const kept = outbox.wait({ book: this.#margin.talk!.book, question, about, chapter, at: Date.now() });
    announcer.say(kept ? t("st.offline") : t("mg.full", { n: outbox.MOST }), { now: !kept });
    return kept;
  }

  /** A question is given up. */
  drop(question: string): void {
    outbox.sent(this.#margin.talk!.book, question);
  }

  #waiting(): readonly outbox.Waiting[] {
    return this.#margin.talk === null ? [] : outbox.waiting(this.#margin.talk.book);
  }

  /** Send what waits, if it is fresh; else the Margin asks. */
  async look(): Promise<void> {
    const waiting = this.#waiting();
    this.#margin.requestUpdate();
    if (navigator.onLine && waiting.length > 0 && outbox.fresh(waiting)) await this.send();
  }

  /** Send what waited, in order. */
  async send(): Promise<void> {
    const talk = this.#margin.talk!;
    for (const item of this.#waiting()) {
      if (!navigator.onLine || talk.spent.value !== null || talk.running.value !== null) return;
      const shown = talk.threads.value.find((thread) => thread.state === "queued" && thread.question === item.question);
      outbox.sent(talk.book, item.question);
      await this.#margin.run(shown?.id ?? talk.add(item.question, item.about, item.chapter));
    }
  }

  /** The question whether what has waited long is to be sent. */
  template(): TemplateResult | typeof nothing {
    const waiting = this.#waiting();
    if (waiting.length === 0 || !navigator.onLine || outbox.fresh(waiting)) return nothing;
    return html`<div class="banner back-online"><p>${t("st.back", { n: waiting.length })}</p>
      <button type="button" @click=${() => void this.send()}>${t("mg.send")}</button>
      <button type="button" class="quiet" @click=${() => this.#giveUp(waiting)}>${t("mg.drop")}</button></div>`;
  }

  #giveUp(waiting: readonly outbox.Waiting[]): void {
    for (const item of waiting) {
      this.drop(item.question);
      const shown = this.#margin.talk!.threads.value.find((thread) => thread.state === "queued" && thread.question === item.question);
      if (shown) this.#margin.talk!.drop(shown.id);
    }
    this.#margin.requestUpdate();
  }
}
