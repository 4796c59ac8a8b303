// One value that others watch.

import type { ReactiveController, ReactiveControllerHost } from "lit";

/** A value; whoever watches is told when it is set. */
export class Cell<T> {
  #value: T;
  #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(next: T) {
    if (Object.is(next, this.#value)) return;
    this.#value = next;
    for (const watcher of [...this.#watchers]) watcher(next);
  }

  /** Change some fields of an object. */
  update(changes: Partial<T>): void {
    this.value = { ...this.#value, ...changes };
  }

  /** Be told of every change; the answer ends it. */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** Renders its host anew whenever one of the cells changes. */
export class Watch implements ReactiveController {
  #host: ReactiveControllerHost;
  #cells: readonly Cell<never>[];
  #ends: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, ...cells: readonly Cell<never>[] | readonly Cell<any>[]) {
    this.#host = host;
    this.#cells = cells as readonly Cell<never>[];
    host.addController(this);
  }

  hostConnected(): void {
    this.#ends = this.#cells.map((cell) => cell.watch(() => this.#host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const end of this.#ends) end();
  }
}
