// Which phrases come with the app, and which only with the pages about people: most readers never
// open those. `lint.mjs` holds that no other file uses one of them.

const LATER = /^(ad|au|pg|se|us)\./;
const AT_ONCE = new Set(["au.login", "au.logout", "au.signup", "pg.done", "se.keys", "au.email", "au.pass"]);

/** The folders whose pages wait for the later phrases. */
export const PEOPLE = /^app\/(accounts|admin|progress|usage)\//;

export const isLater = (key) => LATER.test(key) && !AT_ONCE.has(key);

/** `strings-en` and `strings-en-people` as modules for esbuild: one file of words, cut in two. */
export const phrases = {
  name: "phrases",
  setup(build) {
    build.onResolve({ filter: /^phrases:/ }, ({ path }) => ({ path: path.slice("phrases:".length), namespace: "phrases" }));
    build.onLoad({ filter: /.*/, namespace: "phrases" }, async ({ path }) => {
      const [tongue, later] = path.split("-");
      const { readFile } = await import("node:fs/promises");
      const all = JSON.parse(await readFile(new URL(`src/strings/${tongue}.json`, import.meta.url), "utf8"));
      const chosen = Object.fromEntries(Object.entries(all).filter(([key]) => isLater(key) === (later === "people")));
      return { contents: JSON.stringify(chosen), loader: "json" };
    });
  },
};
