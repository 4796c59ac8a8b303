// Against a real server: GLOSSATOR_URL its address, GLOSSATOR_TOKEN a user's token, CLIENT the built client.
import assert from "node:assert/strict";
import { test } from "node:test";

const { ApiError, Glossator, GlossatorFault, Unreached } = await import(process.env.CLIENT);
const url = process.env.GLOSSATOR_URL;
const QUESTION = "What does a stereo camera compute from the disparity between two pictures?";
const QUOTE = "A stereo camera computes depth from the disparity between two pictures.";
const user = new Glossator(`${url}/`, { token: process.env.GLOSSATOR_TOKEN });
const guest = new Glossator(url);

test("books and chapters", async () => {
  const shown = async (who) => (await who.books()).items.map((book) => book.book_id);
  assert.deepEqual(await shown(guest), ["robots"]);
  assert.deepEqual(await shown(user), ["koala-book", "robots"]);
  const chapter = await guest.chapter("part-1/sensors", { book_id: "robots" });
  assert.ok(chapter.content.includes(QUOTE));
  assert.equal((await guest.book("robots")).title, "Robots");
});

test("an answer's quote stands in the chapter", async () => {
  const answer = await user.ask({ question: QUESTION, book_id: "robots" });
  assert.equal(answer.mode, "model");
  const [source] = answer.sources;
  const { content } = await user.chapter(source.chapter_id, { book_id: source.book_id });
  assert.equal([...content].slice(source.start, source.end).join(""), QUOTE);
  const { items } = await user.messages(answer.session_id);
  assert.equal(items[0].question, QUESTION);
  await user.rate(answer.message_id, "up");
  assert.equal((await user.messages(answer.session_id)).items[0].rating, "up");
  await user.deleteSession(answer.session_id);
  await assert.rejects(user.messages(answer.session_id), (error) => error instanceof ApiError && error.status === 404);
});

test("a stream tells the same in parts", async () => {
  let text = "";
  const seen = [];
  for await (const part of user.stream({ question: QUESTION })) {
    seen.push(part.type);
    if (part.type === "text") text += part.text;
    if (part.type === "finished") assert.equal(part.answer.answer, text);
  }
  assert.equal(seen[0], "begun");
  assert.equal(seen.at(-1), "finished");
  assert.ok(seen.includes("cited"));
});

test("who leaves the loop closes the stream", async () => {
  for await (const part of user.stream({ question: QUESTION })) if (part.type === "text") break;
});

test("refusals are errors with the server's words", async () => {
  await assert.rejects(guest.ask({ question: "" }), (error) => {
    assert.ok(error instanceof ApiError && error instanceof GlossatorFault);
    assert.deepEqual([error.status, error.type, error.errors[0].field], [422, "unusable-input", "question"]);
    assert.ok(error.requestId);
    return true;
  });
  await assert.rejects(guest.search({ query: "x", book_id: "koala-book" }), { status: 400, type: "unknown-reference" });
  await assert.rejects(new Glossator(url, { token: "x" }).books(), { status: 401 });
  await assert.rejects(async () => { for await (const _ of guest.stream({ question: "" })); }, { status: 422 });
  await assert.rejects(new Glossator("http://127.0.0.1:9").books(), Unreached);
});

test("a stream that breaks off, in bytes of any cut", async () => {
  const bytes = new TextEncoder().encode('data: {"type":"text-delta","id":"a","delta":"ü…"}\n\n: still here\n\n');
  for (let cut = 1; cut < bytes.length; cut++) {
    const body = new ReadableStream({ start(it) { it.enqueue(bytes.slice(0, cut)); it.enqueue(bytes.slice(cut)); it.close(); } });
    const broken = new Glossator(url, { fetch: async () => new Response(body) });
    const heard = [];
    await assert.rejects(async () => { for await (const part of broken.stream({ question: "x" })) heard.push(part); }, /broke off/);
    assert.deepEqual(heard, [{ type: "text", text: "ü…" }]);
  }
});
