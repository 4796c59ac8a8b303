// The server's HTML made into a page: tabs, copy buttons, what scrolls, pictures and diagrams.

import { copy } from "../../foundation/clipboard.ts";
import { t } from "../../foundation/strings.ts";

const COPIED_MS = 2500;

/** A small element with its attributes; children are elements or words. */
export function made<Name extends keyof HTMLElementTagNameMap>(
  name: Name, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Give a chapter's text what the server leaves to the page. What is added carries `data-ui`. */
export function dress(text: HTMLElement): void {
  for (const set of text.querySelectorAll<HTMLElement>(".tabs")) tabs(set);
  for (const pre of text.querySelectorAll<HTMLElement>("pre")) listing(pre);
  for (const picture of text.querySelectorAll("img")) zoomable(picture);
  for (const diagram of text.querySelectorAll<HTMLElement>("details.diagram")) drawable(diagram);
}

/** Let what scrolls sideways be reached and scrolled by keyboard. */
export function reachable(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>("pre, .table, .math.display")) {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", t("rd.scroll"));
    } else if (box.hasAttribute("tabindex")) {
      for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
    }
  }
}

function listing(pre: HTMLElement): void {
  const button = made("button", { type: "button", class: "quiet" }, t("rd.copy"));
  button.addEventListener("click", () => {
    void copy(pre.textContent ?? "").then((done) => {
      button.textContent = t(done ? "ct.copied" : "ct.nocopy");
      setTimeout(() => (button.textContent = t("rd.copy")), COPIED_MS);
    });
  });
  const frame = made("div", { class: "listing" });
  pre.replaceWith(frame);
  frame.append(made("div", { class: "listing-head", "data-ui": "", dir: "ltr" }, made("span", {}, pre.dataset["language"] ?? ""), button), pre);
}

function zoomable(picture: HTMLImageElement): void {
  // A picture inside a link leads where the author wanted.
  if (picture.closest("a")) return;
  const button = made("button", { type: "button", class: "zoom", "aria-label": `${t("rd.zoom")}: ${picture.alt}` });
  picture.replaceWith(button);
  button.append(picture);
  button.addEventListener("click", () => void import("./zoom.ts").then(({ zoom }) => zoom(picture)));
}

function drawable(diagram: HTMLElement): void {
  const button = made("button", { type: "button", class: "draw", "data-ui": "" }, t("rd.draw"));
  diagram.before(button);
  button.addEventListener("click", () => void import("./diagram.ts").then(({ draw }) => draw(diagram, button)));
}

let sets = 0;

function tabs(set: HTMLElement): void {
  const panels = [...set.querySelectorAll<HTMLElement>(":scope > .tab")];
  const name = `glossator-tabs-${++sets}`;
  const buttons = panels.map((panel, n) => {
    const words = panel.dataset["title"] ?? "";
    panel.id = `${name}-panel-${n}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `${name}-${n}`);
    // The label stands in the text too, where it can be quoted; as a tab it is seen already.
    const label = panel.firstElementChild;
    if (label instanceof HTMLElement && label.textContent?.trim() === words) label.hidden = true;
    const button = made("button", { type: "button", role: "tab", id: `${name}-${n}`, "aria-controls": panel.id }, words);
    button.addEventListener("click", () => choose(panel));
    return button;
  });
  const list = made("div", { role: "tablist", "aria-label": t("rd.tabs"), "data-ui": "" }, ...buttons);
  list.addEventListener("keydown", (event) => move(event, list, buttons, panels));
  set.prepend(list);
  if (panels[0]) choose(panels[0]);
}

function move(event: KeyboardEvent, list: HTMLElement, buttons: readonly HTMLElement[], panels: readonly HTMLElement[]): void {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const ahead = getComputedStyle(list).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const at = buttons.indexOf(document.activeElement as HTMLElement) + (event.key === ahead ? 1 : -1);
  const next = (at + buttons.length) % buttons.length;
  choose(panels[next]!);
  buttons[next]!.focus();
}

function choose(panel: HTMLElement): void {
  const set = panel.parentElement!;
  for (const other of set.querySelectorAll<HTMLElement>(":scope > .tab")) {
    const chosen = other === panel;
    other.hidden = !chosen;
    const tab = set.querySelector<HTMLElement>(`[aria-controls="${other.id}"]`)!;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
  }
}

/** Open every fold and tab that hides an element. */
export function reveal(element: Element): void {
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    if (at instanceof HTMLDetailsElement) at.open = true;
    if (!(at instanceof HTMLElement)) continue;
    if (at.classList.contains("block")) at.hidden = false;
    if (at.classList.contains("tab") && at.hidden) choose(at);
  }
}
