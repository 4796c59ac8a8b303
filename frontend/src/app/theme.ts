// Blocking and small: sets colours, language and direction before the first paint.
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
  const link = Object.assign(document.createElement("link"), { rel: "modulepreload", href: `/assets/strings-${root.lang}.js` });
  document.head.append(link);
  dark.addEventListener("change", apply);
  addEventListener("glossator-theme", apply);
  apply();
})();
