// The Urdu book font: offered where the device has no Nastaliq face, fetched when somebody wants it.

import { keep, kept } from "../../foundation/kept.ts";

/** The name in `--ur-read`, after the faces that a device may have itself. */
const NAME = "Glossator Nastaliq";
const ADDRESS = "/assets/vendor/nastaliq/nastaliq.woff2";
/** As in styles/tokens.css. */
const INSTALLED = ["Noto Nastaliq Urdu", "Jameel Noori Nastaleeq", "Mehr Nastaliq Web", "Urdu Typesetting", "Gulzar"];
const SAMPLE = "نستعلیق میں لکھی ہوئی عبارت";

/** Whether the device can show Nastaliq by itself: then a line has another width than without. */
export function hasNastaliq(names: readonly string[] = INSTALLED): boolean {
  const canvas = document.createElement("canvas").getContext("2d");
  if (canvas === null) return true;
  const width = (font: string) => {
    canvas.font = `40px ${font}`;
    return canvas.measureText(SAMPLE).width;
  };
  return names.some((name) => ["serif", "monospace"].some((other) => width(`"${name}", ${other}`) !== width(other)));
}

/** Whether it was fetched on this device before. */
export const wanted = (): boolean => kept("nastaliq", false);

/** Let the page know the font; the browser fetches it with the first Urdu text that needs it. */
export function bring(): FontFace {
  const face = new FontFace(NAME, `url(${ADDRESS})`, { display: "swap", unicodeRange: "U+0600-06FF, U+0750-077F, U+200C-200F, U+FB50-FDFF, U+FE70-FEFC" });
  document.fonts.add(face);
  return face;
}

/** Fetch it now, and from now on with every page that needs it. Raises where it can't be fetched. */
export async function fetchFont(): Promise<void> {
  await bring().load();
  keep("nastaliq", true);
}
