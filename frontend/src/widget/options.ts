// What the page's owner said on the script tag, and what stub and panel tell each other.

/** Where the widget stands: its server, its book, and how this page is built. */
export interface Options {
  /** The tutor's origin, without a slash at its end. */
  readonly api: string;
  readonly book: string;
  /** A selector of the text, where the widget's own guess is wrong. */
  readonly article: string | null;
  /** The language of the widget, where it isn't the page's. */
  readonly lang: string | null;
}

/** The element `gl-widget` as the panel sees it. */
export interface Carrier extends HTMLElement {
  readonly options: Options;
  readonly launcher: HTMLButtonElement;
  readonly shadow: ShadowRoot;
}

/** The panel as the stub sees it. */
export interface Opened {
  /** Show or hide it. */
  toggle(open?: boolean): void;
  /** Take everything back from the page. */
  end(): void;
}

/** Under this name a quote waits for the page it stands on (sessionStorage). */
export const WAITING = "glossator.quote";
