import { expect, test } from "vitest";
import { changes } from "../src/app/reader/diff.ts";
import { addressOf, wantedBy } from "../src/app/reader/forms.ts";
import { reanchored } from "../src/app/reader/reanchor.ts";
import { bookShare } from "../src/app/reader/progress.ts";
import { sentencesOf } from "../src/app/reader/sentences.ts";
import { Shortcuts } from "../src/foundation/keys.ts";
import type { Book } from "../src/foundation/types.ts";

const cut = (text: string, language = "en") => sentencesOf(text, language).map(([start, end]) => text.slice(start, end));

test("sentences are cut where they end", () => {
  expect(cut("A lidar measures. It sends light! Does it?")).toEqual(["A lidar measures.", "It sends light!", "Does it?"]);
  expect(cut("روبوٹ چلتا ہے۔ وہ رکتا ہے۔", "ur")).toEqual(["روبوٹ چلتا ہے۔", "وہ رکتا ہے۔"]);
});

test("a title ends no sentence", () => {
  expect(cut("Dr. Ali builds robots. They walk.")).toEqual(["Dr. Ali builds robots.", "They walk."]);
});

test("what changed is told word by word", () => {
  expect(changes("a quick brown fox", "a slow brown fox runs")).toEqual([
    { kind: "same", words: "a" }, { kind: "out", words: "quick" }, { kind: "in", words: "slow" }, { kind: "same", words: "brown fox" }, { kind: "in", words: "runs" },
  ]);
  expect(changes("the same", "the  same")).toEqual([{ kind: "same", words: "the same" }]);
});

test("very long texts are told as changed as a whole", () => {
  const [before, after] = ["a ".repeat(700), "b ".repeat(700)];
  expect(changes(before, after).map(({ kind }) => kind)).toEqual(["out", "in"]);
});

test("an address says in which form a chapter is read", () => {
  const url = new URL("http://here/b/x/c?level=beginner#b-1");
  expect(wantedBy(url)).toEqual({ language: null, level: "beginner" });
  expect(addressOf(url, { language: "ur", level: null }).href).toBe("http://here/b/x/c?lang=ur#b-1");
  expect(wantedBy(new URL("http://here/b/x/c?level=expert"))).toEqual({ language: null, level: null });
});

test("progress in a book counts its words", () => {
  const chapters = [100, 300, 100].map((words, n) => ({ chapter_id: `c${n}`, words }));
  expect(bookShare({ chapters } as unknown as Book, "c1", 0.5)).toBe(50);
  expect(bookShare({ chapters: [] } as unknown as Book, "c1", 0.5)).toBe(0);
});

function pressed(wanted = true): { press: (key: string, more?: object) => boolean; done: string[] } {
  const done: string[] = [];
  const keys = new Shortcuts(document, () => wanted);
  keys.add({ title: "ky.everywhere", shortcuts: [
    { keys: "g l", says: "nav.library", act: () => done.push("library") },
    { keys: "j", says: "ky.next", act: () => done.push("next") },
  ] });
  const press = (key: string, more = {}) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
    (document.activeElement ?? document.body).dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { press, done };
}

test("single keys and pairs do what they say", () => {
  const { press, done } = pressed();
  press("j");
  press("g");
  press("l");
  press("l");
  expect(done).toEqual(["next", "library"]);
});

test("keys with a modifier and keys in fields belong to the browser", () => {
  const { press, done } = pressed();
  expect(press("j", { ctrlKey: true })).toBe(false);
  const field = document.createElement("textarea");
  document.body.append(field);
  field.focus();
  press("j");
  expect(done).toEqual([]);
  field.remove();
});

test("switched off, no key does anything", () => {
  const { press, done } = pressed(false);
  press("j");
  expect(done).toEqual([]);
});

// Repeatable randomness (mulberry32).
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test("after any of 200 edits a quote is found in its own paragraph or nowhere", () => {
  const words = "arm joint motor angle speed force sensor frame matrix gear lever spring robot hand camera light wheel laser path plan".split(" ");
  let found = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const next = random(seed);
    const pick = () => words[Math.floor(next() * words.length)]!;
    const root = document.createElement("div");
    const blocks = Array.from({ length: 5 }, (_, n) => {
      const block = document.createElement("div");
      Object.assign(block, { className: "block", id: `b-${n}`, textContent: Array.from({ length: 30 }, pick).join(" ") });
      return block;
    });
    root.append(...blocks);
    const block = blocks[Math.floor(next() * blocks.length)]!;
    const text = block.textContent!;
    const quote = text.slice(20, 110);
    const edits = 1 + Math.floor(next() * 12);
    let now = text;
    for (let n = 0; n < edits; n += 1) {
      const at = Math.floor(next() * now.length);
      const kind = Math.floor(next() * 3);
      now = now.slice(0, at) + (kind === 0 ? "" : `${pick()} `) + now.slice(at + (kind === 1 ? 0 : 4));
    }
    block.textContent = now;
    const range = reanchored(root, { block_id: block.id, start: 20, end: 110, text: quote, html: "" });
    if (range === null) continue;
    found += 1;
    expect(range.startContainer.parentElement).toBe(block);
    const stands = range.toString();
    expect(Math.abs(stands.length - quote.length)).toBeLessThanOrEqual(9);
  }
  expect(found).toBeGreaterThan(40);
}, 30_000);

test("a quote that stands in two places nearly alike is nowhere", () => {
  const root = document.createElement("div");
  for (const end of ["slowly.", "slowli."]) {
    root.append(Object.assign(document.createElement("div"), { className: "block", id: end, textContent: `The controller turns the motor ${end}` }));
  }
  const mark = { block_id: "x", start: 0, end: 38, text: "The controller turned the motor slowly.", html: "" };
  expect(reanchored(root, mark)).toBeNull();
  root.lastElementChild!.remove();
  expect(reanchored(root, mark)?.toString()).toBe("The controller turns the motor slowly.");
});
