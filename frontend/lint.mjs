// House rules of the pages that neither the compiler nor the bundler knows.
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isLater, PEOPLE } from "./phrases.mjs";

const SRC = join(dirname(fileURLToPath(import.meta.url)), "src");
const wrong = [];

// Where marks are placed by measured rectangles, sides are sides in every language.
const MEASURED = /mark-box|\.pdf-/;
const SIDES = /(?:^|[\s;{])(?:(?:margin|padding|border)-(?:left|right)|left|right|float|clear)\s*:|text-align\s*:\s*(?:left|right)/;

for (const entry of await readdir(SRC, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const name = path.slice(SRC.length + 1);
  const lines = (await readFile(path, "utf8")).split("\n");
  const rule = (expression, words, allowed = () => false) => {
    lines.forEach((line, n) => {
      if (expression.test(line) && !allowed(line)) wrong.push(`${name}:${n + 1} ${words}`);
    });
  };
  if (name.endsWith(".css")) rule(SIDES, "names a side: use the logical property, so that Urdu mirrors", (line) => MEASURED.test(line));
  if (name.endsWith(".ts")) {
    rule(/unsafeHTML|\.innerHTML|insertAdjacentHTML|outerHTML|document\.write/, "puts HTML into the page: only foundation/html.ts does", () => name === "foundation/html.ts");
    rule(/tabindex="?[1-9]|tabIndex = [1-9]/, "has a positive tabindex");
    if (!PEOPLE.test(name)) {
      for (const [, key] of lines.join("\n").matchAll(/"([a-z]+\.[\w.]+)"/g)) {
        if (isLater(key)) wrong.push(`${name} uses ${key}, which comes with the pages about people only (phrases.mjs)`);
      }
    }
    // While files are sent, leaving is asked about.
    rule(/["'](?:before)?unload["']|\bon(?:before)?unload\b/, "listens for the end of the page, which keeps it out of the back/forward cache: use pagehide", () => name === "app/documents/page.ts");
    rule(/\bconsole\./, "writes to the console");
    rule(/https?:\/\/(?!www\.w3\.org)/, "names another host");
    if (lines.length > 330) wrong.push(`${name} has ${lines.length} lines: split it`);
  }
}

const [en, ur] = await Promise.all(["en", "ur"].map(async (tongue) => JSON.parse(await readFile(join(SRC, `strings/${tongue}.json`), "utf8"))));
const forms = (phrase) => (typeof phrase === "string" ? [phrase] : [phrase.one, phrase.other]);
const names = (phrase) => [...new Set(forms(phrase).flatMap((form) => form.match(/\{\w+\}/g) ?? []))].sort().join();
// Names and formats that are the same in both languages.
const SAME = new Set(["app.name"]);
for (const key of new Set([...Object.keys(en), ...Object.keys(ur)])) {
  if (!(key in en) || !(key in ur)) wrong.push(`strings: ${key} is missing in ${key in en ? "ur" : "en"}.json`);
  else if (names(en[key]) !== names(ur[key])) wrong.push(`strings: ${key} has other arguments in ur.json`);
  else if (!SAME.has(key) && !/[\u0600-\u06ff]/.test(forms(ur[key]).join())) wrong.push(`strings: ${key} is not Urdu in ur.json`);
  else if (forms(en[key]).length !== forms(ur[key]).length) wrong.push(`strings: ${key} has its plural in one language only`);
}
for (const [tongue, phrases] of [["en", en], ["ur", ur]]) {
  const order = Object.keys(phrases);
  if (order.some((key, n) => n > 0 && key < order[n - 1])) wrong.push(`strings: ${tongue}.json isn't sorted by key`);
}

if (wrong.length > 0) {
  for (const line of wrong) process.stderr.write(`${line}\n`);
  process.exit(1);
}
