// A form that has to wait before it may be sent again: counts down, quietly.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { announcer } from "../../foundation/announcer.ts";
import { t } from "../../foundation/strings.ts";

/** From so many seconds on minutes are told. */
const IN_MINUTES = 90;

/** Seconds until trying again makes sense; its host is rendered anew each time they are told. */
export class Wait implements ReactiveController {
  left = 0;
  #until = 0;
  #timer = 0;
  #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Begin to wait. */
  begin(seconds: number): void {
    this.#until = Date.now() + seconds * 1000;
    clearInterval(this.#timer);
    this.#timer = window.setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  /** How long still, in words. */
  get words(): string {
    return this.left > IN_MINUTES ? t("au.waitmin", { n: Math.ceil(this.left / 60) }) : t("au.wait", { n: this.left });
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.left = Math.max(0, Math.ceil((this.#until - Date.now()) / 1000));
    if (this.left === 0) {
      clearInterval(this.#timer);
      announcer.say(t("au.again"));
    }
    this.#host.requestUpdate();
  }
}
