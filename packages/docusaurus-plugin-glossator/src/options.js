// What the site's owner says, and what is wrong with it in words.

const KNOWN = ["server", "book", "article", "language", "site", "title", "visibility"];
const BOOK = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/** The options, complete; throws an `Error` that says what to change. */
export function checked(given = {}) {
  const { id: _, ...options } = given;
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name));
  if (unknown.length > 0) throw new Error(`docusaurus-plugin-glossator has no option ${unknown.join(", ")}. It has: ${KNOWN.join(", ")}.`);
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && typeof value !== "string") throw new Error(`docusaurus-plugin-glossator: ${name} must be text.`);
  }
  if (!options.server || !URL.canParse(options.server)) throw new Error("docusaurus-plugin-glossator: set server to the address of your Glossator, for example https://tutor.example.org.");
  if (!options.book || !BOOK.test(options.book)) throw new Error("docusaurus-plugin-glossator: set book to the book's id: letters, digits, and . _ @ - between them.");
  if (options.visibility && !["public", "members"].includes(options.visibility)) throw new Error("docusaurus-plugin-glossator: visibility is public or members.");
  return { ...options, server: new URL(options.server).origin };
}
