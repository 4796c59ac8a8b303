// The plugin: the widget on every page, the chapter of each page, and the command that sends the site.

import { fileURLToPath } from "node:url";
import { checked } from "./options.js";
import { sync } from "./sync.js";

export default function glossator(context, given) {
  const options = checked(given);
  return {
    name: "docusaurus-plugin-glossator",

    getClientModules: () => [fileURLToPath(new URL("./client.js", import.meta.url))],

    /** Docusaurus knows which document each address shows, so the widget needn't guess. */
    async allContentLoaded({ allContent, actions }) {
      actions.setGlobalData({ chapters: chaptersOf(allContent["docusaurus-plugin-content-docs"] ?? {}) });
    },

    injectHtmlTags() {
      const data = { book: options.book, article: options.article, lang: options.language };
      const attributes = { src: `${options.server}/widget.js`, defer: true };
      for (const [name, value] of Object.entries(data)) if (value) attributes[`data-${name}`] = value;
      // Whoever has no scripts reads and asks where the tutor lives.
      const plain = `<a href="${options.server}/b/${encodeURIComponent(options.book)}">Ask this book</a>`;
      return { headTags: [{ tagName: "script", attributes }], postBodyTags: [{ tagName: "noscript", innerHTML: plain }] };
    },

    extendCli(cli) {
      cli
        .command("glossator:sync")
        .description("Send this site's documents to Glossator; the author's token is read from GLOSSATOR_TOKEN")
        .option("--dry-run", "say what would be sent, and send nothing")
        .action(async ({ dryRun = false }) => {
          try {
            await sync({
              folder: context.siteDir, options, token: process.env.GLOSSATOR_TOKEN, dryRun,
              address: options.site ?? new URL(context.siteConfig.baseUrl, context.siteConfig.url).href,
              title: options.title ?? context.siteConfig.title,
            });
          } catch (error) {
            process.stderr.write(`glossator:sync: ${error.message}\n`);
            process.exitCode = 1;
          }
        });
    },
  };
}

/** Which document each address shows: of all versions the one that readers get first. */
export function chaptersOf(instances) {
  const chapters = {};
  for (const { loadedVersions = [] } of Object.values(instances)) {
    for (const { docs } of loadedVersions.filter((version) => version.isLast)) {
      for (const doc of docs) chapters[doc.permalink] = doc.unversionedId ?? doc.id;
    }
  }
  return chapters;
}

export function validateOptions({ options }) {
  const { id, ...own } = options;
  return { id: id ?? "default", ...checked(own) };
}
