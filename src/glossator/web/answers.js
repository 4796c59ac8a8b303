// An answer as the Margin shows it: sentences, quotes and where they stand.

import { bdi, copy, h, setServerHtml } from "./dom.js";
import { t } from "./strings.js";

let cards = 0;

/** The marks of a source, one per block it runs through. */
export function marksOf(source) {
  return [source.marks ?? source.mark ?? []].flat();
}

/** Where a source stands, for people: chapter and headings. */
export function placeOf(source) {
  const path = source.section ? source.section.split(" > ") : [];
  if (source.title && path[0] !== source.title) path.unshift(source.title);
  return path.join(" › ");
}

/**
 * The nodes of an answer. `handlers.show(source, opener)` leads to a quote in the book;
 * `handlers.bookTitle` names the book in what is copied, `handlers.language(source)` its language.
 */
export function answerNodes(answer, handlers) {
  if (!answer.grounded) return notGrounded(answer, handlers);
  const sentences = answer.sentences.length > 0
    ? answer.sentences.flatMap((sentence) => sentenceNodes(sentence, answer.sources, handlers))
    : [h("p", { class: "sentence", dir: "auto" }, answer.answer), ...answer.sources.map((source, n) => card(source, n + 1, handlers))];
  const count = answer.sources.length;
  return [...sentences, h("p", { class: "verdict" }, `✓\u00a0${t.checked(count)}`)];
}

function notGrounded(answer, handlers) {
  const nearest = answer.nearest.map((source) => card(source, null, handlers));
  const lead = h("p", { class: "none", dir: "auto" }, answer.answer);
  if (answer.mode !== "refused") return [lead, ...nearest];
  if (nearest.length === 0) return [lead];
  const words = nearest.length === 1 ? t.nearestOne : t.nearest;
  return [lead, h("p", { class: "near" }, words), ...nearest];
}

function sentenceNodes(sentence, sources, handlers) {
  const [only] = sentence.sources;
  if (sentence.sources.length === 1 && sources[only]?.quote === sentence.text) {
    return [card(sources[only], only + 1, handlers)];
  }
  if (sentence.support === "unsupported") {
    return [h("p", { class: "sentence unsupported", dir: "auto" }, sentence.text, " ", h("span", { class: "tag" }, t.notInBook))];
  }
  const found = sentence.sources.filter((index) => sources[index] !== undefined);
  const proofs = found.map((index) => card(sources[index], index + 1, handlers));
  const chips = found.map((index, n) => opener(sources[index], index + 1, proofs[n]));
  return [h("p", { class: "sentence", dir: "auto" }, ...glued(sentence.text, chips)), ...proofs];
}

// A chip must never stand alone on a line: it is tied to the last word.
function glued(text, chips) {
  if (chips.length === 0) return [text];
  const at = text.lastIndexOf(" ") + 1;
  return [text.slice(0, at), h("span", { class: "glued" }, text.slice(at), "\u00a0", ...chips)];
}

function opener(source, number, proof) {
  proof.hidden = true;
  proof.id = `glossator-card-${++cards}`;
  const button = h("button", {
    type: "button", class: "chip", "aria-expanded": "false", "aria-controls": proof.id,
    "aria-label": t.openSource(number, placeOf(source)),
    onclick: () => {
      proof.hidden = !proof.hidden;
      button.setAttribute("aria-expanded", String(!proof.hidden));
    },
  }, String(number));
  return button;
}

/** A quote with its place; `number` is null for a passage that proves nothing. */
function card(source, number, handlers) {
  const place = placeOf(source);
  const quote = h("blockquote", { lang: handlers.language(source) ?? "", dir: "auto" });
  const html = marksOf(source).map((mark) => mark.html).filter(Boolean).join("\n");
  if (html) setServerHtml(quote, html);
  else quote.textContent = source.quote;
  const label = number === null ? t.sourceNear(place) : t.source(number, place);
  const cite = h("button", { type: "button", class: "cite", "aria-label": label, "aria-pressed": "false" },
    number === null ? null : h("span", { class: "chip", "aria-hidden": "true" }, String(number)),
    h("span", { class: "place" }, bdi(place)));
  cite.addEventListener("click", () => handlers.show(source, cite));
  return h("figure", { class: number === null ? "quote near" : "quote" },
    quote, h("figcaption", {}, cite, copyButton(source, place, handlers)));
}

function copyButton(source, place, handlers) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": t.copyLabel, title: t.copyLabel }, t.copy);
  button.addEventListener("click", async () => {
    const words = marksOf(source).map((mark) => mark.text).join("\n") || source.quote;
    const address = new URL(source.url, location.href).href;
    const done = await copy(`“${words}” (${handlers.bookTitle}, ${place}) ${address}`);
    button.textContent = done ? t.copied : t.copyFailed;
    setTimeout(() => (button.textContent = t.copy), 2500);
  });
  return button;
}
