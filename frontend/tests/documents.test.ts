import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Api, Problem } from "../src/foundation/api.ts";
import { speak, type Phrases } from "../src/foundation/strings.ts";
import { Live } from "../src/app/documents/live.ts";
import { clean, isolated } from "../src/app/documents/names.ts";
import { Queue } from "../src/app/documents/queue.ts";
import type { Taken } from "../src/app/documents/sending.ts";
import { Shelf, UNDO_MS } from "../src/app/documents/shelf.ts";
import { ago, megabytes, share, stateOf, stateOfSending } from "../src/app/documents/state.ts";
import type { Doc } from "../src/app/documents/types.ts";
import en from "../src/strings/en.json";
import ur from "../src/strings/ur.json";

beforeEach(() => speak("en", en as Phrases));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function doc(changes: Partial<Doc> = {}): Doc {
  return {
    document_id: "d1", title: "A paper", filename: "paper.pdf", format: "pdf", size: 1_000_000, status: "ready", error: null, reason: null, notes: [],
    progress: { stage: "ready", done: 0, total: 0, unit: "pages" }, language: "en", chunk_count: 30, pages: 40, pages_searchable: 40,
    created_at: "2026-11-21T10:00:00Z", last_processed_at: "2026-11-21T10:01:00Z", raw_url: "/api/docs/d1/raw", ...changes,
  };
}

const progress = (done: number, total: number, unit: "pages" | "slides" | "parts" | "chunks" = "pages") => ({ stage: "", done, total, unit });

describe("the state of a document", () => {
  test("goes from the queue to ready, each in its own words", () => {
    expect(stateOf(doc({ status: "queued" }), 3, 0)).toMatchObject({ kind: "waiting", words: "Waiting, number 3", share: null });
    expect(stateOf(doc({ status: "parsing", progress: progress(12, 40) }), 1, 0)).toMatchObject({ kind: "reading", words: "Reading page 12 of 40", share: 0.3 });
    expect(stateOf(doc({ status: "parsing", progress: progress(3, 9, "slides") }), 1, 0).words).toBe("Reading slide 3 of 9");
    expect(stateOf(doc({ status: "embedding", progress: progress(8, 32, "chunks"), pages_searchable: 12 }), 1, 0)).toMatchObject({
      kind: "finding", words: "Finding passages: 8 of 32", details: ["12 of 40 pages can be asked now"], share: 0.25,
    });
    const ready = stateOf(doc({ last_processed_at: new Date(Date.now() - 200_000).toISOString() }), 1, 0);
    expect(ready).toMatchObject({ kind: "ready", words: "Ready", details: ["40 pages · 30 passages · 3 minutes ago"] });
  });

  test("is never whole before it is ready, and never no number", () => {
    for (const total of [0, 1, 40]) {
      for (const done of [0, 1, 40, 400]) {
        for (const status of ["queued", "parsing", "embedding", "ready", "failed"] as const) {
          const state = stateOf(doc({ status, progress: progress(done, total) }), 1, 0);
          expect(state.share === null || (state.share >= 0 && state.share < 1)).toBe(true);
          expect(`${state.words} ${state.details.join(" ")}`).not.toMatch(/NaN|Infinity|undefined|null|\{/);
        }
      }
    }
    expect(share(0, 0)).toBeNull();
    expect(stateOf(doc({ status: "parsing", progress: progress(12, 0) }), 1, 0)).toMatchObject({ words: "Reading page 12", share: null });
    expect(stateOf(doc({ status: "parsing", progress: progress(0, 0) }), 1, 0)).toMatchObject({ words: "Reading", share: null });
  });

  test("says that it is slow after a minute without news, but not while it only waits", () => {
    const reading = doc({ status: "parsing", progress: progress(1, 2) });
    expect(stateOf(reading, 1, 59_000).details).toEqual([]);
    expect(stateOf(reading, 1, 60_000).details).toEqual(["Slow, still working"]);
    expect(stateOf(doc({ status: "queued" }), 1, 600_000).details).toEqual([]);
    expect(stateOf(doc(), 1, 600_000).details).not.toContain("Slow, still working");
  });

  test("tells what it needs, and why it failed", () => {
    const failed = (changes: Partial<Doc>) => stateOf(doc({ status: "failed", error: "A sentence.", ...changes }), 1, 0);
    expect(failed({ reason: "password" }).kind).toBe("needs");
    expect(failed({ reason: "scan" })).toMatchObject({ kind: "needs", words: "No text found. The pages are pictures." });
    expect(failed({ reason: "stopped", chunk_count: 3 })).toMatchObject({ kind: "stopped", details: ["What was read so far can be asked."] });
    expect(failed({ reason: "stopped", chunk_count: 0 }).details).toEqual([]);
    expect(failed({})).toMatchObject({ kind: "failed", details: ["A sentence."] });
  });

  test("is told in Urdu too", () => {
    speak("ur", ur as Phrases);
    expect(stateOf(doc({ status: "parsing", progress: progress(12, 40) }), 1, 0).words).toBe("صفحہ 12 از 40 پڑھا جا رہا ہے");
  });
});

test("bytes and moments in words", () => {
  expect([0, 40_000, 1_250_000, 60_000_000].map(megabytes)).toEqual(["0.1", "0.1", "1.3", "60"]);
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(ago("2026-11-21T11:59:30Z", now)).toBe("just now");
  expect(ago("2026-11-21T09:00:00Z", now)).toBe("3 hours ago");
  expect(ago("2026-11-20T09:00:00Z", now)).toBe("yesterday");
  expect(ago("2026-09-01T09:00:00Z", now)).toBe("Sep 1, 2026");
});

test("names lose what can't be seen and keep their own direction", () => {
  expect(clean("invoice\u202Efdp.exe")).toBe("invoicefdp.exe");
  expect(clean("\u2066\u200B")).toBe("—");
  expect(clean("کتاب\u200Cخانہ.pdf")).toBe("کتاب\u200Cخانہ.pdf");
  expect(isolated("my paper (final).pdf")).toBe("\u2068my paper (final).pdf\u2069");
});

/** A sender whose files arrive when the test says so. */
function sender() {
  const open: { file: File; told: (sent: number) => void; arrive: (taken?: Partial<Taken>) => void; fail: (error: unknown) => void }[] = [];
  const send = (file: File, told: (sent: number) => void, signal: AbortSignal) =>
    new Promise<Taken>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
      open.push({ file, told, arrive: (taken = {}) => resolve({ document_id: "d1", filename: file.name, ...taken }), fail: reject });
    });
  return { open, send };
}

const file = (name: string, size = 10) => new File([new Uint8Array(size)], name);
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe("files on their way", () => {
  test("are sent two at once, in their order", async () => {
    const { open, send } = sender();
    const arrived: string[] = [];
    const queue = new Queue(send, (taken) => arrived.push(taken.filename));
    queue.add([file("a"), file("b"), file("c")]);
    expect(open.map((each) => each.file.name)).toEqual(["a", "b"]);
    expect(queue.sendings.value.map((each) => each.phase)).toEqual(["sending", "sending", "waiting"]);
    open[1]!.arrive();
    await settled();
    expect(open.map((each) => each.file.name)).toEqual(["a", "b", "c"]);
    expect(arrived).toEqual(["b"]);
    expect(queue.busy).toBe(true);
  });

  test("are checked when all bytes are there, and not ready before the server says so", () => {
    const { open, send } = sender();
    const queue = new Queue(send, () => undefined);
    queue.add([file("a", 2_000_000)]);
    open[0]!.told(500_000);
    expect(stateOfSending(queue.sendings.value[0]!, 1, null)).toMatchObject({ kind: "sending", words: "Sending · 0.5 of 2 MB", share: 0.25 });
    open[0]!.told(2_000_000);
    expect(stateOfSending(queue.sendings.value[0]!, 1, null)).toMatchObject({ kind: "checking", share: null });
  });

  test("that are empty or too large are not sent at all", () => {
    const { open, send } = sender();
    const queue = new Queue(send, () => undefined);
    queue.limit = 50_000_000;
    queue.add([file("none", 0), Object.defineProperty(file("huge"), "size", { value: 60_000_000 })]);
    expect(open).toEqual([]);
    expect(queue.sendings.value.map((each) => stateOfSending(each, 1, queue.limit).words)).toEqual(["This file is empty.", "Too big: 60 MB. The limit is 50 MB."]);
  });

  test("that the server refuses say why", async () => {
    for (const [status, type, words] of [
      [413, "storage-full", "Your storage is too full for this file."], [415, "unsupported-type", "This type is not supported yet."],
      [401, "unauthorized", "Your login has ended. Log in and add it again."], [500, "internal", "This file could not be read."],
    ] as const) {
      const { open, send } = sender();
      const queue = new Queue(send, () => undefined);
      queue.add([file("a")]);
      open[0]!.fail(new Problem(status, { type, detail: "A sentence." }));
      await settled();
      expect(stateOfSending(queue.sendings.value[0]!, 1, null)).toMatchObject({ words, details: ["A sentence."] });
    }
  });

  test("that are there already name the other file", async () => {
    const { open, send } = sender();
    const queue = new Queue(send, () => undefined);
    queue.add([file("a.pdf")]);
    open[0]!.arrive({ duplicate: true, filename: "notes.docx" });
    await settled();
    expect(stateOfSending(queue.sendings.value[0]!, 1, null).words).toBe("Same file as \u2068notes.docx\u2069.");
  });

  test("go on when the connection is back, and can be stopped and sent again", async () => {
    const { open, send } = sender();
    const queue = new Queue(send, () => undefined);
    queue.add([file("a"), file("b")]);
    open[0]!.fail(new Problem(0, null));
    queue.stop(queue.sendings.value[1]!.key);
    await settled();
    expect(queue.sendings.value.map((each) => stateOfSending(each, 1, null).kind)).toEqual(["failed", "stopped"]);
    queue.resume();
    expect(open.map((each) => each.file.name)).toEqual(["a", "b", "a"]);
    queue.again(queue.sendings.value[1]!.key);
    expect(open.length).toBe(4);
    queue.drop(queue.sendings.value[1]!.key);
    await settled();
    expect(queue.sendings.value.map((each) => each.name)).toEqual(["a"]);
  });
});

/** An API that answers by path, and remembers what it was asked. */
function api(answers: Record<string, unknown>) {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string, options: { method: string }) => {
    const key = `${options.method} ${path.split("?")[0]}`;
    asked.push(key);
    const answer = answers[key];
    if (answer instanceof Problem) return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
    return Promise.resolve(answer === undefined ? new Response(null, { status: 204 }) : new Response(JSON.stringify(answer)));
  });
  return { api: new Api("", () => ({})), asked };
}

const LIST = { "GET /api/docs": { items: [doc()], total: 1, file_limit_bytes: 5 }, "GET /api/usage": { storage: { limit_bytes: 9, used_bytes: 3 } } };

describe("removing a document", () => {
  test("tells the server after ten seconds, and not before", async () => {
    const { api: server, asked } = api(LIST);
    const shelf = new Shelf(server);
    await shelf.refresh();
    vi.useFakeTimers();
    shelf.remove(doc());
    shelf.remove(doc());
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(asked).not.toContain("DELETE /api/docs/d1");
    expect(shelf.leaving.value.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked.filter((each) => each === "DELETE /api/docs/d1").length).toBe(1);
    expect(shelf.leaving.value).toEqual([]);
  });

  test("can be taken back: then the server hears nothing", async () => {
    const { api: server, asked } = api(LIST);
    const shelf = new Shelf(server);
    await shelf.refresh();
    vi.useFakeTimers();
    shelf.remove(doc());
    shelf.keep("d1");
    await vi.advanceTimersByTimeAsync(10 * UNDO_MS);
    expect(asked.some((each) => each.startsWith("DELETE"))).toBe(false);
    expect(shelf.shown.value.docs.map((each) => each.document_id)).toEqual(["d1"]);
  });

  test("that the server refuses shows the document again", async () => {
    const { api: server } = api({ ...LIST, "DELETE /api/docs/d1": new Problem(503, { type: "unavailable", detail: "Try later." }) });
    const shelf = new Shelf(server);
    await shelf.refresh();
    vi.useFakeTimers();
    shelf.remove(doc());
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(shelf.leaving.value).toEqual([]);
    expect(shelf.shown.value.docs.length).toBe(1);
    expect(shelf.trouble.value?.message).toBe("Try later.");
  });
});

test("small files of one's own come first in the queue", async () => {
  const docs = [doc({ document_id: "large", status: "queued", size: 9 }), doc({ document_id: "small", status: "queued", size: 1 }), doc()];
  const { api: server } = api({ ...LIST, "GET /api/docs": { items: docs, total: 3, file_limit_bytes: 5 } });
  const shelf = new Shelf(server);
  await shelf.refresh();
  expect(docs.slice(0, 2).map((each) => shelf.place(each))).toEqual([2, 1]);
  shelf.watch()();
});

test("a broken connection to the events is made again, and ends with the reading", async () => {
  vi.useFakeTimers();
  const told: string[] = [];
  const bodies = [
    `event: progress\ndata: ${JSON.stringify(doc({ status: "parsing" }))}\n\n`,
    `event: progress\ndata: ${JSON.stringify(doc({ status: "embedding" }))}\n\nevent: progress\ndata: ${JSON.stringify(doc())}\n\n`,
  ];
  let connections = 0;
  vi.stubGlobal("fetch", () => {
    connections += 1;
    return Promise.resolve(new Response(bodies.shift() ?? ""));
  });
  const live = new Live(new Api("", () => ({})), (each) => told.push(each.status), () => undefined);
  live.follow(["d1"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(["parsing", "embedding", "ready"]);
  expect(connections).toBe(2);
});
