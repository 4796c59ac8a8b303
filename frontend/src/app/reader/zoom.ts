// A picture by itself, as large as the window.

import { t } from "../../foundation/strings.ts";
import { made } from "./dress.ts";

const STEPS = [1, 1.5, 2, 3, 4];

/** Show a picture of the text in a dialog; the focus returns to where it was. */
export function zoom(picture: HTMLImageElement): void {
  const copy = made("img", { src: picture.src, alt: picture.alt });
  const box = made("div", { class: "zoom-box", tabindex: "0", role: "region", "aria-label": picture.alt || t("rd.zoom") }, copy);
  let step = 0;
  const show = (next: number) => {
    step = Math.min(STEPS.length - 1, Math.max(0, next));
    copy.style.inlineSize = `${100 * STEPS[step]!}%`;
  };
  const button = (words: string, act: () => void) => {
    const element = made("button", { type: "button" }, words);
    element.addEventListener("click", act);
    return element;
  };
  const dialog = made("dialog", { class: "zoom-dialog", "aria-label": picture.alt || t("rd.zoom") });
  dialog.append(
    made("div", { class: "zoom-tools" }, button(t("mg.smaller"), () => show(step - 1)), button(t("mg.bigger"), () => show(step + 1)),
      button(t("nav.close"), () => dialog.close())),
    box,
    ...(picture.alt ? [made("p", { class: "soft" }, picture.alt)] : []),
  );
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") show(step + 1);
    else if (event.key === "-") show(step - 1);
  });
  document.body.append(dialog);
  show(0);
  dialog.showModal();
}
