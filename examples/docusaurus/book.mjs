// Takes the sample book over, and adds the plugin to its configuration: the three lines of the guide.
import { cp, readFile, writeFile } from "node:fs/promises";

const BOOK = new URL("../../src/glossator/sample/physical-ai/", import.meta.url);
const HERE = new URL("./", import.meta.url);

for (const name of ["docs", "i18n", "sidebars.js"]) await cp(new URL(name, BOOK), new URL(name, HERE), { recursive: true });
const server = process.env.GLOSSATOR_SERVER ?? "http://localhost:8000";
const site = process.env.SITE ?? "http://localhost:3000";
const plugin = `plugins: [['docusaurus-plugin-glossator', { server: '${server}', book: 'physical-ai' }]],\n  themes:`;
const config = (await readFile(new URL("docusaurus.config.js", BOOK), "utf8"))
  .replace("themes:", plugin).replace("https://physical-ai.example", site)
  // The Urdu introduction links to files of chapters that are there in English alone.
  .replace("onBrokenLinks: 'throw'", "onBrokenLinks: 'warn'");
if (!config.includes(plugin) || !config.includes(site)) throw new Error("The sample book's configuration has another form than book.mjs knows.");
await writeFile(new URL("docusaurus.config.js", HERE), config);
