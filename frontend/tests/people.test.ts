import { beforeEach, expect, test } from "vitest";
import { Problem } from "../src/foundation/api.ts";
import { remembered } from "../src/foundation/remembered.ts";
import { inside } from "../src/foundation/router.ts";
import { speak, type Phrases } from "../src/foundation/strings.ts";
import { clock, date, distance, money } from "../src/foundation/times.ts";
import { cards, COLOURS, colour, found, onDevice } from "../src/app/library/shelf.ts";
import { choose, chosen, text } from "../src/app/preferences.ts";
import { asCsv, openedSince, told } from "../src/app/progress/told.ts";
import { changed, type Amounts } from "../src/app/admin/amounts.ts";
import type { Book } from "../src/foundation/types.ts";
import en from "../src/strings/en.json";
import ur from "../src/strings/ur.json";

beforeEach(() => {
  localStorage.clear();
  speak("en", en as Phrases);
});

const chapter = (chapter_id: string, title: string) => ({ chapter_id, title, depth: 0, position: 0, part: [], words: 10, minutes: 2, languages: ["en"], url: "" });
const book = (book_id: string, title: string, chapters = [chapter("a", "First"), chapter("b", "Second")]): Book => ({ book_id, title, language: "en", url: null, visibility: "public", chapters });

const PROGRESS = {
  chapters_read: [{ chapter_id: "a", book_id: "two", completed: true, last_accessed: "2026-11-20T10:00:00+00:00" }],
  questions_asked: 3,
  books: [{ book_id: "two", title: "Two", percent: 50, chapters: 2, completed: 1, continue: { chapter_id: "b", title: "Second" } }],
};
const ASKED = { questions: 2, chapters: [{ book_id: "two", chapter_id: "a", title: "First", questions: 2, last_asked_at: "" }], words: [] };

test("a cover keeps its colour, and colours are spread", () => {
  expect(colour("physical-ai")).toBe(colour("physical-ai"));
  const used = new Set(Array.from({ length: 200 }, (_, n) => colour(`book-${n}`)));
  expect(used.size).toBe(COLOURS);
});

test("books that are read come first, the others by title", () => {
  const shelf = cards([book("one", "Zebra"), book("two", "Two"), book("three", "Ant")], PROGRESS);
  expect(shelf.map((card) => card.id)).toEqual(["two", "three", "one"]);
  expect(shelf[0]).toMatchObject({ percent: 50, minutes: 4, next: { chapter_id: "b" } });
  expect(shelf[1]!.percent).toBeNull();
});

test("a guest goes on where this device was reading", () => {
  const shelf = [book("one", "One"), book("two", "Two")];
  expect(onDevice(shelf).books).toEqual([]);
  localStorage.setItem("glossator.place.two", JSON.stringify({ chapter_id: "a", at: "2026-11-20T10:00:00Z" }));
  expect(onDevice(shelf).books[0]).toMatchObject({ book_id: "two", percent: 0, continue: { chapter_id: "a" } });
  localStorage.setItem("glossator.done.two", JSON.stringify(["a"]));
  expect(onDevice(shelf).books[0]).toMatchObject({ percent: 50, continue: { chapter_id: "b" } });
  localStorage.setItem("glossator.done.two", JSON.stringify(["a", "b", "removed"]));
  expect(onDevice(shelf).books[0]).toMatchObject({ percent: 100, continue: null });
});

test("a search finds all its words whatever their case and accents", () => {
  const shelf = cards([book("1", "Über Körper"), book("2", "Uber alles"), book("3", "فزکس کی کتاب")], null);
  expect(found(shelf, "UBER kor").map((card) => card.id)).toEqual(["1"]);
  expect(found(shelf, "کتاب").map((card) => card.id)).toEqual(["3"]);
  expect(found(shelf, "  ")).toHaveLength(3);
});

test("progress by chapter, with what was asked", () => {
  const [two] = told(PROGRESS, new Map([["two", book("two", "Two")]]), ASKED);
  expect(two!.steps.map((step) => [step.state, step.questions])).toEqual([["read", 2], ["notyet", 0]]);
  expect(openedSince(PROGRESS, new Date("2026-11-20T00:00:00Z"))).toBe(1);
  expect(openedSince(PROGRESS, new Date("2026-11-21T00:00:00Z"))).toBe(0);
});

test("no cell of an exported table is a formula", () => {
  const rows = told(PROGRESS, new Map([["two", book("two", "Two", [chapter("a", '=HYPERLINK("x")'), chapter("b", "-1")])]]), ASKED);
  expect(asCsv(rows).split("\r\n").slice(1, 3)).toEqual([`two,Two,a,"'=HYPERLINK(""x"")",read,2`, "two,Two,b,'-1,notyet,0"]);
});

test("money has its cents, and less than a cent isn't nothing", () => {
  expect([0, 0.42, 2, 0.004, 0.00037, 1234.5].map(money)).toEqual(["$0.00", "$0.42", "$2.00", "$0.004", "$0.00037", "$1,234.50"]);
});

test("moments are told by the clock and by how far they are", () => {
  const now = new Date("2026-11-21T10:00:00");
  expect(clock("2026-11-21T14:05:00", now)).toBe("14:05");
  expect(clock("2026-11-22T00:00:00", now)).toContain("22");
  expect(distance("2026-11-21T16:00:00", now)).toBe("in 6 hours");
  expect(distance("2026-11-21T09:57:30", now)).toBe("2 minutes ago");
  // A day is that day also west of Greenwich.
  expect(date("2026-11-21")).toBe("November 21, 2026");
});

test.each(["//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example", "/\\evil.example", "b/x", "", "data:text/html,x", "/\t/evil.example"])(
  "%s leads nowhere else", (next) => {
    expect(inside(next)).toMatch(/^\/(?!\/)/);
    expect(new URL(inside(next), location.origin).origin).toBe(location.origin);
  },
);

test("an address within the app is kept whole", () => {
  expect(inside("/b/physical-ai/one?level=1#b-2")).toBe("/b/physical-ai/one?level=1#b-2");
  expect(inside(null)).toBe("/");
});

test("a choice is kept under its name, and the page hears of new colours", () => {
  expect([chosen("keys"), chosen("theme"), text.value.size]).toEqual([true, "auto", 100]);
  let heard = 0;
  addEventListener("glossator-theme", () => (heard += 1));
  choose("theme", "dark");
  choose("keys", false);
  text.update({ size: 125 });
  expect([chosen("keys"), chosen("theme"), heard]).toEqual([false, "dark", 1]);
  expect(JSON.parse(localStorage.getItem("glossator.text")!)).toMatchObject({ size: 125, width: "normal" });
});

test("numbers with units keep their order in Urdu", () => {
  speak("ur", ur as Phrases);
  expect(money(0.5)).toMatch(/^\u2066.*0\.50.*\u2069$/);
});

test("what was fetched last is shown where nothing answers, and a refusal isn't hidden by it", async () => {
  const fails = (status: number) => () => Promise.reject(new Problem(status, null));
  await expect(remembered("x", fails(0))).rejects.toBeInstanceOf(Problem);
  expect((await remembered("x", async () => 7)).from).toBeNull();
  const old = await remembered("x", fails(0));
  expect([old.data, typeof old.from]).toEqual([7, "string"]);
  await expect(remembered("x", fails(401))).rejects.toMatchObject({ status: 401 });
});

test("only amounts that differ are sent", () => {
  const before: Amounts = { questions: "default", translations: 5, personalizations: "unlimited", searches: "default", budget_cents: "default" };
  expect(changed(before, { ...before, questions: 0, personalizations: "default" })).toEqual({ questions: 0, personalizations: "default" });
});
