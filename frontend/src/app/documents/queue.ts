// Files that were chosen and aren't documents yet: two are sent at once, the others wait.

import { Problem } from "../../foundation/api.ts";
import { Cell } from "../../foundation/cell.ts";
import { clean } from "./names.ts";
import type { send, Taken } from "./sending.ts";

export type Refusal = "big" | "type" | "empty" | "full" | "duplicate" | "offline" | "login" | "other";

/** A file on its way. */
export interface Sending {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  readonly phase: "waiting" | "sending" | "checking" | "refused" | "stopped";
  readonly sent: number;
  /** Bytes a second, null as long as that isn't known. */
  readonly speed: number | null;
  /** When something was heard of it last, a time of `Date.now()`. */
  readonly heard: number;
  readonly why: Refusal | null;
  /** The server's sentence, where it refused the file. */
  readonly words: string;
  /** The document that is the same file. */
  readonly same: Taken | null;
}

const AT_ONCE = 2;
const KINDS: Readonly<Record<string, Refusal>> = {
  "too-large": "big", "storage-full": "full", "unsupported-type": "type",
};

let numbers = 0;

/** Sends files two by two; what becomes of each stands in `sendings`. */
export class Queue {
  readonly sendings = new Cell<readonly Sending[]>([]);
  /** Bytes that a file may have; null as long as that isn't known. */
  limit: number | null = null;
  #files = new Map<string, File>();
  #stops = new Map<string, AbortController>();
  #send: typeof send;
  #taken: (taken: Taken, key: string) => void;

  constructor(sender: typeof send, taken: (taken: Taken, key: string) => void) {
    this.#send = sender;
    this.#taken = taken;
  }

  /** Add files, in their order. */
  add(files: Iterable<File>): void {
    const added: Sending[] = [];
    for (const file of files) {
      const key = `s${++numbers}`;
      this.#files.set(key, file);
      added.push(this.#judged({
        key, name: clean(file.name), size: file.size, phase: "waiting", sent: 0, speed: null, heard: Date.now(), why: null, words: "", same: null,
      }));
    }
    this.sendings.value = [...this.sendings.value, ...added];
    this.#next();
  }

  // What the server would refuse anyway isn't sent.
  #judged(sending: Sending): Sending {
    const why = sending.size === 0 ? "empty" : this.limit !== null && sending.size > this.limit ? "big" : null;
    return why === null ? sending : { ...sending, phase: "refused", why };
  }

  /** Send a file again. */
  again(key: string): void {
    const sending = this.sendings.value.find((each) => each.key === key);
    if (!sending || !this.#files.has(key)) return;
    this.#change(key, this.#judged({ ...sending, phase: "waiting", sent: 0, speed: null, heard: Date.now(), why: null, words: "", same: null }));
    this.#next();
  }

  /** Send it no further; it can be sent again. */
  stop(key: string): void {
    this.#stops.get(key)?.abort();
    this.#change(key, { phase: "stopped", speed: null });
    this.#next();
  }

  /** Forget a file that isn't being sent. */
  drop(key: string): void {
    this.#stops.get(key)?.abort();
    this.#files.delete(key);
    this.sendings.value = this.sendings.value.filter((each) => each.key !== key);
    this.#next();
  }

  /** Send again what the lost connection kept here. */
  resume(): void {
    for (const each of this.sendings.value) if (each.why === "offline") this.again(each.key);
  }

  /** Whether leaving the page would lose a file that is on its way. */
  get busy(): boolean {
    return this.sendings.value.some((each) => each.phase === "waiting" || each.phase === "sending" || each.phase === "checking");
  }

  #next(): void {
    const waiting = this.sendings.value.filter((each) => each.phase === "waiting");
    for (const each of waiting.slice(0, Math.max(0, AT_ONCE - this.#stops.size))) void this.#begin(each.key);
  }

  async #begin(key: string): Promise<void> {
    const file = this.#files.get(key)!;
    const stop = new AbortController();
    this.#stops.set(key, stop);
    const began = Date.now();
    this.#change(key, { phase: "sending", heard: began });
    try {
      const taken = await this.#send(file, (sent) => this.#moved(key, sent, began), stop.signal);
      if (taken.duplicate) this.#change(key, { phase: "refused", why: "duplicate", same: taken });
      else {
        this.#files.delete(key);
        this.sendings.value = this.sendings.value.filter((each) => each.key !== key);
        this.#taken(taken, key);
      }
    } catch (error) {
      if (error instanceof Problem) this.#change(key, { phase: "refused", why: kindOf(error), words: error.message });
      else if (!(error instanceof DOMException)) throw error;
    } finally {
      this.#stops.delete(key);
      this.#next();
    }
  }

  #moved(key: string, sent: number, began: number): void {
    const seconds = (Date.now() - began) / 1000;
    const sending = this.sendings.value.find((each) => each.key === key);
    if (!sending || sending.phase === "stopped") return;
    // The whole file is there before the server has looked at it.
    this.#change(key, { sent, heard: Date.now(), speed: seconds > 1 ? sent / seconds : null, phase: sent >= sending.size ? "checking" : "sending" });
  }

  #change(key: string, changes: Partial<Sending>): void {
    this.sendings.value = this.sendings.value.map((each) => (each.key === key ? { ...each, ...changes } : each));
  }
}

function kindOf(problem: Problem): Refusal {
  if (problem.offline) return "offline";
  if (problem.status === 401 || problem.status === 403) return "login";
  return KINDS[problem.kind] ?? "other";
}
