// Blocking and small: sets the colours before the first paint.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try {
      return localStorage.getItem("glossator.theme") || "auto";
    } catch {
      return "auto"; // Storage can be forbidden; the page works without.
    }
  }
  function apply() {
    const theme = chosen();
    root.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  }
  dark.addEventListener("change", apply);
  addEventListener("glossator-theme", apply);
  apply();
})();
