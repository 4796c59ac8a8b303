// Builds the pages and the widget into the Python package.
//   node build.mjs            write them
//   node build.mjs --check    fail where the kept files aren't those of the sources
//   node build.mjs --sizes    print what each part weighs, gzipped
import { build, transform } from "esbuild";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { phrases } from "./phrases.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const KEPT = join(HERE, "../src/glossator/web");
// Files of others, unchanged, and the mark that makes the folder a Python package.
const NOT_BUILT = /^(vendor\/|__init__\.py$|__pycache__\/)/;

const common = {
  bundle: true,
  minify: true,
  target: ["chrome105", "safari17", "firefox128"],
  legalComments: "linked",
  charset: "utf8",
  absWorkingDir: HERE,
  write: false,
  logLevel: "warning",
  external: ["/assets/*"],
  loader: { ".json": "json" },
};

async function made() {
  const outdir = join(HERE, "out");
  const app = await build({
    ...common, outdir, format: "esm", splitting: true, chunkNames: "chunks/[name]-[hash]", metafile: true,
    entryPoints: {
      app: "src/app/app.ts",
      ...Object.fromEntries(["en", "en-people", "ur", "ur-people"].map((name) => [`strings-${name}`, `phrases:${name}`])),
    },
    plugins: [phrases, await oneFile()],
  });
  const parts = partsOfPages(app);
  const results = [app, ...(await Promise.all([
    build({ ...common, outdir, format: "iife", entryPoints: { theme: "src/app/theme.ts" }, define: { PARTS: JSON.stringify(parts) } }),
    build({ ...common, outdir, format: "iife", entryPoints: { diagram: "src/app/reader/frame.ts" } }),
    build({ ...common, outdir, format: "esm", entryPoints: { agree: "src/agree/agree.ts" } }),
    build({ ...common, outdir, format: "iife", entryPoints: { widget: "src/widget/stub.ts" }, define: { OPEN: JSON.stringify(await openWords()) } }),
    build({
      ...common, outdir, format: "esm", splitting: true, chunkNames: "widget/[name]-[hash]",
      // Only Lit's templates: its elements would be half of the widget.
      entryPoints: { "widget-panel": "src/widget/panel.ts" }, alias: { lit: "lit-html" }, plugins: [await partsForOthers()],
    }),
    build({ ...common, outdir, entryPoints: { app: "src/styles/app.css" } }),
  ]))];
  const files = new Map();
  for (const file of results.flatMap((result) => result.outputFiles)) {
    if (file.path.endsWith(".LEGAL.txt") && file.contents.length === 0) continue;
    files.set(relative(outdir, file.path), Buffer.from(file.contents));
  }
  for (const name of await list(join(HERE, "static"))) files.set(name, await readFile(join(HERE, "static", name)));
  files.set("index.html", Buffer.from(preloading(files)));
  return { files, parts };
}

// All that the app needs at once becomes one file. esbuild cuts a file of its own for each set of
// lazy parts that share something; when each of them needs the whole app, that is one set.
async function oneFile() {
  const folder = join(HERE, "src");
  const lazy = new Set();
  for (const name of (await list(folder)).filter((one) => one.endsWith(".ts") && !one.startsWith("widget/"))) {
    for (const [, path] of (await readFile(join(folder, name), "utf8")).matchAll(/import\("(\.[^"]+\.ts)"\)/g)) lazy.add(join(folder, dirname(name), path));
  }
  return {
    name: "the app as one file",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => (lazy.has(path)
        ? { contents: `import ${JSON.stringify(join(folder, "app/app.ts"))};\n${await readFile(path, "utf8")}`, loader: "ts" } : undefined));
    },
  };
}

// Where the app's other pages are, and what each may weigh, kB gzipped (the Urdu words count too).
const PAGES = [
  { at: "/", source: "src/app/library/page.ts", most: 7 },
  { at: "/files", source: "src/app/documents/page.ts", most: 9 },
  { at: "/files/", source: "src/app/viewer/page.ts", most: 9 },
  { at: "/progress", source: "src/app/progress/page.ts", most: 5 },
  { at: "/usage", source: "src/app/usage/page.ts", most: 5 },
  { at: "/settings", source: "src/app/accounts/settings.ts", most: 7 },
  { at: "/login", source: "src/app/accounts/page.ts", most: 5 },
  { at: "/admin", source: "src/app/admin/page.ts", most: 16 },
];

// Which files the page of an address needs besides the app, so that they are asked for at once.
function partsOfPages({ metafile, outputFiles }) {
  const files = new Map(outputFiles.map((file) => [relative(join(HERE, "out"), file.path), Buffer.from(file.contents)]));
  const app = imported(files, "app.js");
  const part = (source) => {
    const [path] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === source);
    return [...imported(files, relative("out", path))].filter((name) => !app.has(name));
  };
  return Object.fromEntries(PAGES.map(({ at, source }) => [at, part(source)]));
}

// The page asks for the app's parts together with the app, instead of after having read it.
function preloading(files) {
  const links = [...imported(files, "app.js")].slice(1).map((name) => `    <link rel="modulepreload" href="/assets/${name}">\n`);
  return files.get("index.html").toString().replace(/ *<script type="module"/, (tag) => links.join("") + tag);
}

// A built file and all that it imports at once.
function imported(files, name, found = new Set()) {
  if (found.has(name) || !files.has(name)) return found;
  found.add(name);
  for (const [, path] of files.get(name).toString().matchAll(/(?:from|import)"(\.\.?\/[^"]+)"/g)) imported(files, join(dirname(name), path), found);
  return found;
}

async function wordsOf(tongue) {
  return JSON.parse(await readFile(join(HERE, `src/strings/${tongue}.json`), "utf8"));
}

// The launcher's word, in both languages.
async function openWords() {
  const key = "wd.open";
  return { en: (await wordsOf("en"))[key], ur: (await wordsOf("ur"))[key] };
}

// The widget's own form of what the app has too: its styles as text, of the words only those it
// says, and buttons that need no base.
async function partsForOthers() {
  const folders = ["src/widget", "src/parts"];
  const sources = (await Promise.all(folders.map(async (folder) => (await list(join(HERE, folder))).filter((name) => name.endsWith(".ts") && name !== "states.ts")
    .map((name) => readFile(join(HERE, folder, name), "utf8"))))).flat();
  const said = (await Promise.all(sources)).join("\n");
  const spoken = (words) => Object.fromEntries(Object.entries(words).filter(([key]) => said.includes(`"${key}"`)));
  return {
    name: "parts for other people's pages",
    setup(build) {
      build.onResolve({ filter: /\/copy_button\.ts$/ }, () => ({ path: join(HERE, "src/widget/copy_button.ts") }));
      build.onLoad({ filter: /strings\/(en|ur)\.json$/ }, async ({ path }) => ({
        contents: JSON.stringify(spoken(await wordsOf(path.slice(-7, -5)))), loader: "json",
      }));
      // Indentation means nothing to templates either.
      build.onLoad({ filter: /src\/(widget|parts)\/\w+\.ts$/ }, async ({ path }) => ({
        contents: (await readFile(path, "utf8")).replace(/\n +/g, "\n"), loader: "ts",
      }));
      build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        // In a shadow the root is the host; of the themes a page's reader has light and dark, and
        // listings keep the colour of the text around them.
        const own = text.replace(/--(tok-\w|top|bar|sheet): [^;]*;/g, "").replace(/:root\[data-theme="sepia"\] \{[^}]*\}/, "").replace(/:root\[([^\]]*)\]/g, ":host([$1])").replace(/:root/g, ":host");
        const { code } = await transform(own, { loader: "css", minify: true, target: common.target });
        return { contents: code.trim(), loader: "text" };
      });
    },
  };
}

async function list(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const packed = (body) => gzipSync(body, { level: 9 }).length / 1000;

// What is fetched at once, kB at most: the app with its styles and the words of one language, and
// what a page pays for the widget before the first question: the stub, the panel with all it needs
// at once, and the words of one language (docs/guide/widget.md).
function tooHeavy(files, parts) {
  const needed = imported(files, "widget-panel.js");
  const words = [...files].filter(([name]) => /^widget\/(en|ur)-/.test(name)).map(([, body]) => packed(body));
  const stub = packed(files.get("widget.js"));
  const whole = stub + [...needed].reduce((sum, name) => sum + packed(files.get(name)), 0) + Math.max(...words);
  const first = [...imported(files, "app.js"), "index.html", "theme.js", "app.css"];
  const strings = Math.max(...["en", "ur"].map((tongue) => packed(files.get(`strings-${tongue}.js`))));
  const app = strings + first.reduce((sum, name) => sum + packed(files.get(name)), 0);
  const pages = PAGES.map(({ at, most }) => [`the page ${at}`, parts[at].reduce((sum, name) => sum + packed(files.get(name)), 0), most]);
  return [["the app before its lazy parts", app, 80], ["the widget's stub", stub, 1.2], ["the widget before its lazy parts", whole, 15], ...pages];
}

const { files, parts } = await made();
const kept = (await list(KEPT)).filter((name) => !NOT_BUILT.test(name));

if (process.argv.includes("--sizes")) {
  for (const [name, body] of [...files].sort()) {
    if (!name.endsWith(".txt")) console.log(`${packed(body).toFixed(1).padStart(8)} kB  ${name}`);
  }
  for (const [what, size, most] of tooHeavy(files, parts)) console.log(`${size.toFixed(2).padStart(8)} kB  ${what} (at most ${most})`);
} else if (process.argv.includes("--check")) {
  for (const [what, size, most] of tooHeavy(files, parts)) {
    if (size <= most) continue;
    console.error(`${what} weighs ${size.toFixed(2)} kB, more than ${most}.`);
    process.exitCode = 1;
  }
  const stale = kept.filter((name) => !files.has(name));
  for (const [name, body] of files) {
    const old = await readFile(join(KEPT, name)).catch(() => null);
    if (old === null || !old.equals(body)) stale.push(name);
  }
  if (stale.length > 0) {
    console.error(`These built files aren't those of the sources: ${stale.join(", ")}.\nRun: make pages`);
    process.exit(1);
  }
} else {
  for (const name of kept) if (!files.has(name)) await rm(join(KEPT, name));
  for (const [name, body] of files) {
    await mkdir(dirname(join(KEPT, name)), { recursive: true });
    await writeFile(join(KEPT, name), body);
  }
}
