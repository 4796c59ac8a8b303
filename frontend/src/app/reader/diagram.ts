// Mermaid diagrams, drawn where nothing of the page can be reached: a frame without our origin.

import { t } from "../../foundation/strings.ts";
import { made } from "./dress.ts";

const FRAME = "/assets/diagram.html";
const PATIENCE_MS = 30_000;

/** Draw the diagram whose source stands in `source`; `button` says how it goes. */
export async function draw(source: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const code = source.querySelector("pre")?.textContent ?? "";
  button.setAttribute("aria-disabled", "true");
  button.textContent = t("rd.drawing");
  const svg = await drawn(code);
  if (svg === null) {
    button.textContent = t("rd.undrawn");
    (source as HTMLDetailsElement).open = true;
    return;
  }
  // As a picture it can't run anything, whatever the diagram says.
  const picture = made("img", { alt: t("rd.diagram"), src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` });
  const again = document.activeElement === button;
  const figure = made("figure", { class: "drawing", "data-ui": "", tabindex: "-1" }, picture);
  button.replaceWith(figure);
  if (again) figure.focus();
}

function drawn(code: string): Promise<string | null> {
  const frame = made("iframe", { sandbox: "allow-scripts", class: "unseen", title: t("rd.diagram"), "aria-hidden": "true", tabindex: "-1" });
  return new Promise((resolve) => {
    const end = (svg: string | null) => {
      clearTimeout(late);
      removeEventListener("message", heard);
      frame.remove();
      resolve(svg);
    };
    const late = setTimeout(() => end(null), PATIENCE_MS);
    const heard = (event: MessageEvent) => {
      // Without an origin of its own the frame can only be known by its window.
      if (event.source !== frame.contentWindow) return;
      const told = event.data as { ready?: boolean; svg?: unknown };
      if (told.ready) frame.contentWindow!.postMessage({ code, dark: document.documentElement.dataset["theme"] === "dark" }, "*");
      else end(typeof told.svg === "string" ? told.svg : null);
    };
    addEventListener("message", heard);
    frame.src = FRAME;
    document.body.append(frame);
  });
}
