// One tab stop for many things: arrows move between them, in a row or in a grid, as one sees them.

/** How the arrows move: by what lies beside and below, whichever way the page is written. */
export function rove(event: KeyboardEvent, items: readonly HTMLElement[]): void {
  const at = items.indexOf(document.activeElement as HTMLElement);
  if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = target(event.key, items, at);
  if (to === null) return;
  event.preventDefault();
  focusOne(items, to);
}

/** Let this one be the tab stop, and give it the focus. */
export function focusOne(items: readonly HTMLElement[], to: HTMLElement): void {
  for (const item of items) item.tabIndex = item === to ? 0 : -1;
  to.focus();
}

/** Keep exactly one tab stop: the one that is there already, else the first. */
export function oneStop(items: readonly HTMLElement[]): void {
  const stop = items.find((item) => item.tabIndex === 0 && item.dataset["stop"] === "yes") ?? items[0];
  for (const item of items) {
    item.tabIndex = item === stop ? 0 : -1;
    item.dataset["stop"] = item === stop ? "yes" : "no";
  }
}

function target(key: string, items: readonly HTMLElement[], at: number): HTMLElement | null {
  const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
  const backward = forward === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
  if (key === forward) return items[at + 1] ?? null;
  if (key === backward) return items[at - 1] ?? null;
  if (key === "Home") return items[0] ?? null;
  if (key === "End") return items.at(-1) ?? null;
  if (key === "ArrowDown" || key === "ArrowUp") return beside(items, at, key === "ArrowDown");
  return null;
}

/** The nearest in the next row, seen from the middle of this one. */
function beside(items: readonly HTMLElement[], at: number, down: boolean): HTMLElement | null {
  const here = items[at]!.getBoundingClientRect();
  const middle = here.left + here.width / 2;
  let found: HTMLElement | null = null;
  let best = Infinity;
  for (const item of items) {
    const box = item.getBoundingClientRect();
    const rows = down ? box.top - here.bottom : here.top - box.bottom;
    if (rows < -1) continue;
    const far = rows * 1000 + Math.abs(box.left + box.width / 2 - middle);
    if (far < best) [found, best] = [item, far];
  }
  return found;
}
