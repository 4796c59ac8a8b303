// The widget's styles as sheets of its own: no `style` element, so a strict policy allows them.

import tokens from "../styles/tokens.css";
import own from "./widget.css";

let made: CSSStyleSheet[] | null = null;

export const sheet = (text: string): CSSStyleSheet => {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
};

/** Made once for all widgets of a page. */
export const sheets = (): readonly CSSStyleSheet[] => (made ??= [sheet(tokens), sheet(own)]);
