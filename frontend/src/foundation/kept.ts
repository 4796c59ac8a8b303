// What this device remembers. Storage can be forbidden or full; the page works without.

const PREFIX = "glossator.";

/** The value kept under a name, or `otherwise`. */
export function kept<T>(name: string, otherwise: T): T {
  try {
    const found = localStorage.getItem(PREFIX + name);
    return found === null ? otherwise : (JSON.parse(found) as T);
  } catch {
    return otherwise;
  }
}

/** Keep a value; undefined forgets it. */
export function keep(name: string, value: unknown): void {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    return;
  }
}

/** Forget everything of this program but what belongs to the device (the names given). */
export function forget(except: readonly string[]): void {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith(PREFIX) && !except.includes(name.slice(PREFIX.length))) localStorage.removeItem(name);
    }
  } catch {
    return;
  }
}
