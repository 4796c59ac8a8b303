// Builds the pages and the widget into the Python package.
//   node build.mjs            write them
//   node build.mjs --check    fail where the kept files aren't those of the sources
//   node build.mjs --sizes    print what each part weighs, gzipped
import { build } from "esbuild";
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
  const results = await Promise.all([
    build({
      ...common, outdir, format: "esm", splitting: true, chunkNames: "chunks/[name]-[hash]",
      entryPoints: {
        app: "src/app/app.ts",
        ...Object.fromEntries(["en", "en-people", "ur", "ur-people"].map((name) => [`strings-${name}`, `phrases:${name}`])),
      },
      plugins: [phrases],
    }),
    build({ ...common, outdir, format: "iife", entryPoints: { theme: "src/app/theme.ts", diagram: "src/app/reader/frame.ts", widget: "src/widget/stub.ts" } }),
    build({ ...common, outdir, format: "esm", entryPoints: { "widget-panel": "src/widget/panel.ts" }, loader: { ...common.loader, ".css": "text" } }),
    build({ ...common, outdir, entryPoints: { app: "src/styles/app.css" } }),
  ]);
  const files = new Map();
  for (const file of results.flatMap((result) => result.outputFiles)) {
    if (file.path.endsWith(".LEGAL.txt") && file.contents.length === 0) continue;
    files.set(relative(outdir, file.path), Buffer.from(file.contents));
  }
  for (const name of await list(join(HERE, "static"))) files.set(name, await readFile(join(HERE, "static", name)));
  return files;
}

async function list(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

const files = await made();
const kept = (await list(KEPT)).filter((name) => !NOT_BUILT.test(name));

if (process.argv.includes("--sizes")) {
  for (const [name, body] of [...files].sort()) {
    if (!name.endsWith(".txt")) console.log(`${(gzipSync(body, { level: 9 }).length / 1000).toFixed(1).padStart(8)} kB  ${name}`);
  }
} else if (process.argv.includes("--check")) {
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
