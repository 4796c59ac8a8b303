// Blocking and small: sets colours, language and direction before the first paint, and asks for
// what this address needs besides the app.

/** Put in by the build: the files of pages that are fetched when they are opened. */
declare const PARTS: Readonly<Record<string, readonly string[]>>;

(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const read = (name: string): string | null => {
    try {
      return JSON.parse(localStorage.getItem(`glossator.${name}`) ?? "null") as string | null;
    } catch {
      return null; // Storage can be forbidden; the page works without.
    }
  };
  const apply = () => {
    const theme = read("theme") ?? "auto";
    root.dataset["theme"] = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  };
  const language = read("language") ?? (/^ur\b/i.test(navigator.language) ? "ur" : "en");
  root.lang = language === "ur" ? "ur" : "en";
  root.dir = language === "ur" ? "rtl" : "ltr";
  const page = location.pathname.replace(/^(\/files\/|\/admin).+/, "$1");
  for (const name of [`strings-${root.lang}.js`, ...(PARTS[page] ?? [])]) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href: `/assets/${name}` }));
  }
  dark.addEventListener("change", apply);
  addEventListener("glossator-theme", apply);
  apply();
})();
