// Sends the site's documents to Glossator, which reads them as the site does and embeds what changed.

import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { zip } from "./zip.js";

// What a Docusaurus site's text is made of; nothing else of the folder is sent.
const ROOTS = /^(docs|i18n|versioned_docs|versioned_sidebars)$/;
const TOP = /^(docusaurus\.config\.[cm]?[jt]s|sidebars\.[cm]?[jt]s|versions\.json)$/;
const TEXTS = /\.(mdx?|json|ya?ml|[cm]?[jt]sx?|txt)$/i;
const TRANSLATED = /^i18n\/[^/]+\/docusaurus-plugin-content-docs/;
const PAUSE_MS = 1000;
const PATIENCE_MS = 30 * 60_000;

export const say = (words) => process.stdout.write(`${words}\n`);

/** The files that are sent: `[path, content]`, by path. */
export async function collected(folder) {
  const found = [];
  for (const item of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (item.isFile() && TOP.test(item.name)) found.push(item.name);
    if (!item.isDirectory() || !ROOTS.test(item.name)) continue;
    for (const file of await readdir(join(folder, item.name), { recursive: true, withFileTypes: true })) {
      const path = relative(folder, join(file.parentPath ?? file.path, file.name)).split(sep).join("/");
      if (!file.isFile() || !TEXTS.test(path) || path.includes("/node_modules/")) continue;
      if (item.name !== "i18n" || TRANSLATED.test(path)) found.push(path);
    }
  }
  return Promise.all(found.sort().map(async (path) => [path, await readFile(join(folder, path))]));
}

/** Send a site; throws an `Error` with a sentence that says what to do. */
export async function sync({ folder, options, token, dryRun = false, address, title, tell = say, pause = PAUSE_MS }) {
  const files = await collected(folder);
  const texts = files.filter(([path]) => /\.mdx?$/i.test(path)).length;
  if (texts === 0) throw new Error(`No Markdown was found in docs, versioned_docs or i18n of ${folder}.`);
  const archive = zip(files);
  tell(`${texts} pages, ${(archive.length / 1e6).toFixed(1)} MB, for the book ${options.book} at ${options.server}.`);
  if (dryRun) return;
  if (!token) throw new Error("Set GLOSSATOR_TOKEN to an author's token: sign in with POST /api/auth/login and take access_token.");
  const call = (path, init = {}) => asked(options.server, path, token, init);
  const there = await call(`/api/books/${encodeURIComponent(options.book)}`, { missing: true });
  const form = new FormData();
  form.append("files", new Blob([archive], { type: "application/zip" }), `${options.book}.zip`);
  const fields = { url: address, title, visibility: options.visibility, ...(there ? {} : { book_id: options.book }) };
  for (const [name, value] of Object.entries(fields)) if (value) form.append(name, value);
  tell(there ? "Sending the new state of the book…" : "Sending a new book…");
  await call(there ? `/api/books/${encodeURIComponent(options.book)}` : "/api/books", { method: there ? "PUT" : "POST", body: form });
  await finished(call, options.book, tell, pause);
}

async function finished(call, book, tell, pause) {
  let told = "";
  for (const began = Date.now(); Date.now() - began < PATIENCE_MS; ) {
    const job = await call(`/api/books/${encodeURIComponent(book)}/job`);
    const { done = 0, total = 0 } = job.progress ?? {};
    const words = total > 0 ? `${job.status}: ${done} of ${total}` : job.status;
    if (words !== told) tell((told = words));
    if (job.status === "ready") {
      for (const note of job.notes ?? []) tell(`note: ${note}`);
      tell("Done. Only what had changed was read anew.");
      return;
    }
    if (job.status === "failed") throw new Error(job.error ?? "The server couldn't read the book.");
    await new Promise((next) => setTimeout(next, pause));
  }
  throw new Error("The book is still being read after half an hour. Look at the server's log.");
}

async function asked(server, path, token, { missing = false, ...init }) {
  let answer;
  try {
    answer = await fetch(server + path, { ...init, headers: { authorization: `Bearer ${token}` } });
  } catch (error) {
    throw new Error(`${server} doesn't answer (${error.cause?.code ?? error.message}). Is it running, and is the option server right?`);
  }
  if (missing && answer.status === 404) return null;
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  if (answer.status === 401) throw new Error("The token in GLOSSATOR_TOKEN isn't valid or has ended. Sign in again.");
  if (answer.status === 403) throw new Error("The token's user may not add books. An administrator gives the role: glossator user role EMAIL author.");
  throw new Error(told.detail ?? `The server answered ${answer.status}.`);
}
