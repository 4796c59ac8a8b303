import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import plugin, { chaptersOf, validateOptions } from "../src/index.js";
import { collected, sync } from "../src/sync.js";
import { zip } from "../src/zip.js";

const OPTIONS = { server: "https://tutor.example/", book: "robots" };
const CONTEXT = { siteDir: "/nowhere", siteConfig: { title: "Robots", url: "https://robots.example", baseUrl: "/" } };

async function site(files) {
  const folder = await mkdtemp(join(tmpdir(), "site-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const SITE = {
  "docusaurus.config.js": "export default {};", "sidebars.js": "export default {};", "docs/intro.md": "# Intro", "docs/a/اردو.mdx": "# اردو",
  "docs/secret.env": "KEY=1", ".env": "KEY=1", "node_modules/x/docs/a.md": "# no", "blog/b.md": "# no", "i18n/ur/docusaurus-plugin-content-docs/current/intro.md": "# تعارف",
  "i18n/ur/code.json": "{}", "docs/picture.png": "x",
};

async function server(answers) {
  const seen = [];
  const made = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      seen.push({ method: request.method, url: request.url, token: request.headers.authorization, body: Buffer.concat(chunks).toString("latin1") });
      const [status, body] = answers(request, seen);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise((done) => made.listen(0, "127.0.0.1", done));
  return { seen, address: `http://127.0.0.1:${made.address().port}`, close: () => new Promise((done) => made.close(done)) };
}

test("the widget stands in every page's head, without a token", () => {
  const { headTags, postBodyTags } = plugin(CONTEXT, { ...OPTIONS, article: ".text" }).injectHtmlTags();
  assert.deepEqual(headTags, [{ tagName: "script", attributes: { src: "https://tutor.example/widget.js", defer: true, "data-book": "robots", "data-article": ".text" } }]);
  assert.deepEqual(postBodyTags, [{ tagName: "noscript", innerHTML: '<a href="https://tutor.example/b/robots">Ask this book</a>' }]);
});

test("each address is told its document's id", () => {
  const docs = [{ permalink: "/docs/intro", id: "intro", unversionedId: "intro" }, { permalink: "/docs/a", id: "part/a" }];
  const instances = { default: { loadedVersions: [{ isLast: true, docs }, { isLast: false, docs: [{ permalink: "/docs/old", id: "old" }] }] } };
  assert.deepEqual(chaptersOf(instances), { "/docs/intro": "intro", "/docs/a": "part/a" });
  assert.deepEqual(chaptersOf({}), {});
});

test("options that are wrong are said", () => {
  for (const [wrong, words] of [[{ book: "x" }, /set server/], [{ ...OPTIONS, book: "a b" }, /set book/], [{ ...OPTIONS, token: "x" }, /no option token/], [{ ...OPTIONS, visibility: "all" }, /visibility/], [{ ...OPTIONS, book: 1 }, /must be text/]]) {
    assert.throws(() => validateOptions({ options: wrong }), words);
  }
  assert.equal(validateOptions({ options: { ...OPTIONS, id: "default" } }).server, "https://tutor.example");
});

test("only the site's text is sent", async () => {
  const folder = await site(SITE);
  const paths = (await collected(folder)).map(([path]) => path);
  assert.deepEqual(paths, ["docs/a/اردو.mdx", "docs/intro.md", "docusaurus.config.js", "i18n/ur/docusaurus-plugin-content-docs/current/intro.md", "sidebars.js"]);
  await rm(folder, { recursive: true });
});

test("an archive is one that others can read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zip-"));
  const long = Buffer.from("word ".repeat(50_000));
  await writeFile(join(folder, "a.zip"), zip([["docs/اردو.md", Buffer.from("# اردو")], ["b/long.md", long], ["empty", Buffer.alloc(0)]]));
  const read = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print([(i.filename, i.file_size) for i in z.infolist()])";
  const told = execFileSync("python3", ["-c", read, join(folder, "a.zip")], { encoding: "utf8", env: { ...process.env, PYTHONIOENCODING: "utf-8" } });
  assert.equal(told.trim(), "[('docs/اردو.md', 10), ('b/long.md', 250000), ('empty', 0)]");
  await rm(folder, { recursive: true });
});

test("a new book is posted, one that is there replaced, and the end waited for", async () => {
  const folder = await site(SITE);
  for (const there of [false, true]) {
    const jobs = [{ status: "queued" }, { status: "embedding", progress: { done: 3, total: 9 } }, { status: "ready", notes: ["one picture has no words"] }];
    const made = await server((request) => {
      if (request.url.endsWith("/job")) return [200, jobs.shift()];
      if (request.method === "GET") return there ? [200, { book_id: "robots" }] : [404, {}];
      return [202, { book_id: "robots", job: "j" }];
    });
    const said = [];
    await sync({ folder, options: { ...OPTIONS, server: made.address }, token: "t0ken", address: "https://robots.example/", title: "Robots", tell: (words) => said.push(words), pause: 1 });
    const sent = made.seen[1];
    assert.deepEqual([sent.method, sent.url], there ? ["PUT", "/api/books/robots"] : ["POST", "/api/books"]);
    assert.equal(sent.body.includes('name="book_id"'), !there);
    for (const part of ['name="files"', "PK\x03\x04", "https://robots.example/"]) assert.ok(sent.body.includes(part), part);
    assert.ok(made.seen.every(({ token }) => token === "Bearer t0ken"));
    assert.ok(said.includes("embedding: 3 of 9") && said.includes("note: one picture has no words"), said.join("\n"));
    await made.close();
  }
  await rm(folder, { recursive: true });
});

test("what goes wrong is said in words that help", async () => {
  const folder = await site(SITE);
  const tried = (more) => sync({ folder, options: OPTIONS, token: "t", address: "https://robots.example/", title: "Robots", tell: () => undefined, pause: 1, ...more });
  await assert.rejects(tried({ token: undefined }), /GLOSSATOR_TOKEN/);
  await assert.rejects(tried({ options: { ...OPTIONS, server: "http://127.0.0.1:9" } }), /doesn't answer/);
  await tried({ token: undefined, dryRun: true });
  for (const [status, body, words] of [[401, {}, /isn't valid/], [403, {}, /user role/], [415, { detail: "No kind of file." }, /No kind of file/]]) {
    const made = await server((request) => (request.method === "GET" && status === 415 ? [404, {}] : [status, body]));
    await assert.rejects(tried({ options: { ...OPTIONS, server: made.address } }), words);
    await made.close();
  }
  const failing = await server((request) => (request.url.endsWith("/job") ? [200, { status: "failed", error: "No chapter could be read." }] : [202, {}]));
  await assert.rejects(tried({ options: { ...OPTIONS, server: failing.address } }), /No chapter could be read/);
  await failing.close();
  const empty = await site({ "docs/a.png": "x" });
  await assert.rejects(tried({ folder: empty }), /No Markdown/);
  for (const one of [folder, empty]) await rm(one, { recursive: true });
});
