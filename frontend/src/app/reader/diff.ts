// What changed between two texts, word by word.

export interface Change {
  readonly kind: "same" | "out" | "in";
  readonly words: string;
}

/** Longer texts are shown as wholly changed: comparing them takes time and tells nobody much. */
const MOST_CELLS = 400_000;

/** The words of `before` and `after` in order, neighbours of one kind joined. */
export function changes(before: string, after: string): readonly Change[] {
  const [old, fresh] = [words(before), words(after)];
  if (old.length * fresh.length > MOST_CELLS) return joined([{ kind: "out", words: old.join(" ") }, { kind: "in", words: fresh.join(" ") }]);
  const width = fresh.length + 1;
  // The longest common run of words from each pair of places on.
  const common = new Uint16Array((old.length + 1) * width);
  for (let a = old.length - 1; a >= 0; a -= 1) {
    for (let b = fresh.length - 1; b >= 0; b -= 1) {
      common[a * width + b] = old[a] === fresh[b] ? common[(a + 1) * width + b + 1]! + 1 : Math.max(common[(a + 1) * width + b]!, common[a * width + b + 1]!);
    }
  }
  const found: Change[] = [];
  let [a, b] = [0, 0];
  while (a < old.length || b < fresh.length) {
    if (a < old.length && b < fresh.length && old[a] === fresh[b]) found.push({ kind: "same", words: old[(b++, a++)]! });
    else if (a < old.length && (b >= fresh.length || common[(a + 1) * width + b]! >= common[a * width + b + 1]!)) found.push({ kind: "out", words: old[a++]! });
    else found.push({ kind: "in", words: fresh[b++]! });
  }
  return joined(found);
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function joined(found: readonly Change[]): readonly Change[] {
  const out: { kind: Change["kind"]; words: string }[] = [];
  for (const change of found) {
    const last = out.at(-1);
    if (change.words === "") continue;
    if (last?.kind === change.kind) last.words += ` ${change.words}`;
    else out.push({ ...change });
  }
  return out;
}
