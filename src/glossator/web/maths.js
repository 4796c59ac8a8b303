// Formulas: KaTeX is fetched when a chapter holds one; until then its TeX source is shown.

const FOLDER = "/assets/vendor/katex/";
const OPTIONS = { output: "htmlAndMathml", trust: false, maxExpand: 200, maxSize: 20, throwOnError: true, strict: false };
const SLICE_MS = 30;

let loading = null;

function load() {
  loading ??= Promise.all([
    import(`${FOLDER}katex.min.js`),
    new Promise((resolve) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${FOLDER}katex.min.css` });
      link.addEventListener("load", resolve);
      link.addEventListener("error", resolve);
      document.head.append(link);
    }),
  ]).then(
    () => globalThis.katex,
    () => {
      loading = null; // The next chapter tries again.
      return null;
    },
  );
  return loading;
}

/** Typeset the formulas inside `root`. What KaTeX can't read stays as TeX. */
export async function typeset(root) {
  const formulas = [...root.querySelectorAll("[data-tex]:not([data-set])")];
  if (formulas.length === 0) return;
  const katex = await load();
  if (!katex) return;
  let began = performance.now();
  for (const element of formulas) {
    element.dataset.set = one(katex, element) ? "yes" : "no";
    if (performance.now() - began > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
  }
}

function one(katex, element) {
  const inside = document.createElement("span");
  try {
    katex.render(element.dataset.tex, inside, { ...OPTIONS, displayMode: element.classList.contains("display") });
  } catch {
    return false;
  }
  element.replaceChildren(...inside.childNodes);
  return true;
}
