// Formulas: KaTeX is fetched when a formula comes near; until then its TeX source is shown.

const FOLDER = "/assets/vendor/katex/";
const OPTIONS = { output: "htmlAndMathml", trust: false, maxExpand: 200, maxSize: 20, throwOnError: true, strict: false };
const SLICE_MS = 30;

interface Katex {
  render(tex: string, element: Element, options: object): void;
}

let loading: Promise<Katex | null> | null = null;

function load(): Promise<Katex | null> {
  loading ??= Promise.all([import(/* @vite-ignore */ `${FOLDER}katex.min.js`), styled()]).then(
    () => (globalThis as unknown as { katex: Katex }).katex,
    () => {
      loading = null; // The next chapter tries again.
      return null;
    },
  );
  return loading;
}

function styled(): Promise<unknown> {
  return new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${FOLDER}katex.min.css` });
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    document.head.append(link);
  });
}

/** Typeset the formulas inside `root`. What KaTeX can't read stays as TeX. */
export async function typeset(root: ParentNode): Promise<void> {
  const formulas = [...root.querySelectorAll<HTMLElement>("[data-tex]:not([data-set])")];
  if (formulas.length === 0) return;
  const katex = await load();
  if (!katex) return;
  let began = performance.now();
  for (const element of formulas) {
    element.dataset["set"] = one(katex, element) ? "yes" : "no";
    if (performance.now() - began > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      began = performance.now();
    }
  }
}

function one(katex: Katex, element: HTMLElement): boolean {
  const inside = document.createElement("span");
  try {
    katex.render(element.dataset["tex"]!, inside, { ...OPTIONS, displayMode: element.classList.contains("display") });
  } catch {
    return false;
  }
  element.replaceChildren(...inside.childNodes);
  return true;
}
