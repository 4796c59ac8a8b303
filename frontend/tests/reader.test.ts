import { expect, test } from "vitest";
import { changes } from "../src/app/reader/diff.ts";
import { addressOf, wantedBy } from "../src/app/reader/forms.ts";
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
