// Finding a quote's exact words in a page that isn't ours: compared without regard to how the page
// breaks lines, sets quotation marks and dashes, and without changing anything in it.

interface Piece {
  readonly node: Node;
  /** A formula, which counts as its source and is taken whole. */
  readonly whole: boolean;
  readonly start: number;
  readonly spaced: boolean;
}

interface Page {
  readonly text: string;
  readonly pieces: readonly Piece[];
}

const SAME: Readonly<Record<string, string>> = {
  "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
};
const NOTHING = /[\u00ad\u200b\u2060\ufeff]/;
const SKIPPED = "script,style,noscript,template,button,select,textarea,nav,gl-widget,gl-chapter,.hash-link,.headerlink,[hidden]";

/** Text as it is compared; `places[i]` is where its i-th character stood. `spaced`: a space came before. */
function even(text: string, spaced: boolean): { text: string; places: number[] } {
  let out = "";
  const places: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (NOTHING.test(sign)) continue;
    const space = /\s/.test(sign);
    if (space && (out === "" ? spaced : out.endsWith(" "))) continue;
    out += space ? " " : (SAME[sign] ?? sign);
    places.push(at);
  }
  return { text: out, places };
}

function read(root: Node): Page {
  const pieces: Piece[] = [];
  let text = "";
  const add = (node: Node, words: string, whole: boolean) => {
    const spaced = text === "" || text.endsWith(" ");
    const shown = even(words, spaced).text;
    if (shown === "") return;
    pieces.push({ node, whole, start: text.length, spaced });
    text += shown;
  };
  const walk = (node: Node) => {
    for (const child of node.childNodes) {
      if (child instanceof Text) add(child, child.data, false);
      else if (child instanceof Element && !child.matches(SKIPPED)) {
        const source = child.matches(".katex") ? child.querySelector("annotation")?.textContent : null;
        if (source) add(child, source, true);
        else walk(child);
      }
    }
  };
  walk(root);
  return { text, pieces };
}

/**
 * Where words stand below an element, or null where they don't, or more than once.
 *
 * Of several places the first behind `after` counts, the heading that the quote is known to stand
 * under.
 */
export function find(root: Node, words: string, after: Element | null = null): Range | null {
  const sought = even(words, true).text.trimEnd();
  if (sought === "") return null;
  const page = read(root);
  const found: number[] = [];
  for (let at = page.text.indexOf(sought); at >= 0; at = page.text.indexOf(sought, at + 1)) found.push(at);
  const [first] = found;
  if (first === undefined) return null;
  if (found.length === 1) return range(page, first, first + sought.length);
  if (after === null) return null;
  const behind = found.map((at) => range(page, at, at + sought.length)).find((one) => one && follows(after, one.startContainer));
  return behind ?? null;
}

const follows = (first: Node, second: Node) => Boolean(first.compareDocumentPosition(second) & Node.DOCUMENT_POSITION_FOLLOWING);

function range({ pieces }: Page, start: number, end: number): Range | null {
  const first = pieces.findLast((piece) => piece.start <= start);
  const last = pieces.findLast((piece) => piece.start < end);
  if (!first || !last) return null;
  const made = document.createRange();
  if (first.whole) made.setStartBefore(first.node);
  else made.setStart(first.node, place(first, start));
  if (last.whole) made.setEndAfter(last.node);
  else made.setEnd(last.node, place(last, end - 1) + 1);
  return made;
}

const place = (piece: Piece, at: number) => even((piece.node as Text).data, piece.spaced).places[at - piece.start]!;
