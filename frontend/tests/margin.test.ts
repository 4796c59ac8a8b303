import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fresh, MOST, sent, wait, waiting } from "../src/app/margin/outbox.ts";
import { Tail, wholeWords } from "../src/app/margin/tail.ts";
import { Talk } from "../src/app/margin/talk.ts";
import { Problem, type Api, type Call } from "../src/foundation/api.ts";

beforeEach(() => {
  localStorage.clear();
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test("a tail ends at whole words", () => {
  expect(wholeWords("With no net for")).toBe("With no net");
  expect(wholeWords("رفتار نہیں بدل")).toBe("رفتار نہیں");
  expect(wholeWords("one")).toBe("");
});

test("a tail is shown at most twenty times a second, and whole at its end", () => {
  const shown: string[] = [];
  const tail = new Tail((text) => shown.push(text));
  for (const piece of ["The ", "puck ", "keeps ", "its spe"]) tail.add(piece);
  expect(shown).toEqual([]);
  vi.advanceTimersByTime(50);
  expect(shown).toEqual(["The puck keeps its"]);
  tail.add("ed.");
  tail.end();
  vi.advanceTimersByTime(100);
  expect(shown).toEqual(["The puck keeps its", "The puck keeps its speed."]);
});

test("what was retracted is shown no longer", () => {
  const shown: string[] = [];
  const tail = new Tail((text) => shown.push(text));
  tail.add("Nothing proves this ");
  vi.advanceTimersByTime(50);
  tail.clear();
  tail.add("But this does.");
  tail.end();
  expect(shown).toEqual(["Nothing proves this", "", "But this does."]);
});

const item = (question: string, book = "b", at = 0) => ({ book, question, about: null, chapter: null, at });

test("five questions wait, each book's in their order", () => {
  for (let n = 0; n < MOST; n += 1) expect(wait(item(`${n}`, n % 2 ? "b" : "c"))).toBe(true);
  expect(wait(item("6"))).toBe(false);
  expect(waiting("c").map(({ question }) => question)).toEqual(["0", "2", "4"]);
  sent("c", "2");
  expect(waiting("c").map(({ question }) => question)).toEqual(["0", "4"]);
  expect(wait(item("6"))).toBe(true);
});

test("after ten minutes one is asked first", () => {
  expect(fresh([item("a", "b", 0)], 9 * 60_000)).toBe(true);
  expect(fresh([item("a", "b", 0), item("b", "b", 500_000)], 10 * 60_000)).toBe(false);
});

const ANSWER = { answer: "Yes.", sources: [], sentences: [], nearest: [], grounded: true, mode: "model", session_id: "s-1", message_id: "m-1" };

function talking(...replies: (string | Problem)[]): { talk: Talk; sent: Record<string, unknown>[] } {
  const bodies: Record<string, unknown>[] = [];
  const api = {
    send: (_: string, call: Call) => {
      bodies.push(call.body as Record<string, unknown>);
      const reply = replies.shift()!;
      if (reply instanceof Problem) return Promise.reject(reply);
      return Promise.resolve(new Response(reply, { headers: { "content-type": "text/event-stream" } }));
    },
  } as unknown as Api;
  return { talk: new Talk(api, "b"), sent: bodies };
}

const stream = (...parts: object[]) => parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join("");
const GOOD = `${stream({ type: "text-delta", delta: "Yes." }, { type: "data-answer", data: ANSWER })}data: [DONE]\n\n`;

test("a question goes on in the session of the one before", async () => {
  const { talk, sent: bodies } = talking(GOOD, GOOD);
  await talk.run(talk.add("One?", null, "c"));
  await talk.run(talk.add("Two?", { text: "words", chapter: "c", only: true }, "c"));
  expect(talk.threads.value.map(({ state }) => state)).toEqual(["done", "done"]);
  expect(bodies[0]).toEqual({ question: "One?", book_id: "b", from_chapter: "c", stream: true });
  expect(bodies[1]).toEqual({ question: "Two?", book_id: "b", from_chapter: "c", stream: true, session_id: "s-1", selected_text: "words", chapter_id: "c", only_selection: true });
});

test("an answer that breaks off keeps its part; trying again makes no second thread", async () => {
  const { talk } = talking(stream({ type: "text-delta", delta: "The first part" }), GOOD);
  const id = talk.add("One?", null, null);
  await talk.run(id);
  expect(talk.thread(id)).toMatchObject({ state: "failed", tail: "The first part" });
  await talk.run(id);
  expect(talk.threads.value).toHaveLength(1);
  expect(talk.thread(id)).toMatchObject({ state: "done", tail: "" });
});

test("a spent allowance is told with its end, and ends", async () => {
  const renews = new Date(Date.now() + 90_000).toISOString();
  const { talk } = talking(new Problem(429, { detail: "All used.", renews_at: renews }, 90));
  await talk.run(talk.add("One?", null, null));
  expect(talk.spent.value?.until.toISOString()).toBe(renews);
  vi.advanceTimersByTime(89_000);
  expect(talk.spent.value).not.toBeNull();
  vi.advanceTimersByTime(2_000);
  expect(talk.spent.value).toBeNull();
});

test("a refused session is given up, so that the next question begins a new one", async () => {
  const { talk, sent: bodies } = talking(GOOD, new Problem(400, { detail: "There is no session." }), GOOD);
  await talk.run(talk.add("One?", null, null));
  const id = talk.add("Two?", null, null);
  await talk.run(id);
  await talk.run(id);
  expect(bodies.map((body) => body["session_id"])).toEqual([undefined, "s-1", undefined]);
});

test("a long conversation begins at its end, and what was before comes when it is asked for", async () => {
  const all = Array.from({ length: 250 }, (_, n) => ({ ...ANSWER, question: `${n}?`, selected_text: null, rating: null }));
  const asked: string[] = [];
  const api = {
    call: (path: string) => {
      asked.push(path);
      const page = Number(new URL(path, "http://a").searchParams.get("page"));
      return Promise.resolve({ items: all.slice(100 * (page - 1), 100 * page), total: all.length });
    },
  } as unknown as Api;
  const talk = new Talk(api, "b");
  await talk.open("s-1");
  expect(talk.threads.value.map(({ question }) => question)).toEqual(all.slice(100).map(({ question }) => question));
  expect(talk.older.value).toBe(100);
  expect(asked.length).toBe(3);
  // Asked twice at the same time, they come once.
  expect(await Promise.all([talk.more(), talk.more()])).toEqual([100, 0]);
  expect(talk.threads.value.map(({ question }) => question)).toEqual(all.map(({ question }) => question));
  expect(await talk.more()).toBe(0);
  talk.reset();
  expect(talk.older.value).toBe(0);
});
