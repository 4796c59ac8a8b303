// What a viewer asks of the server.

/** A word with its place: x, y, width and height as fractions of the page as shown. */
export type Word = readonly [text: string, x: number, y: number, width: number, height: number];
export type Line = readonly Word[];

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where a quote stands on one page. */
export interface Place {
  readonly page: number;
  readonly rectangles: readonly Rectangle[];
}

/** The pages of a file. */
export interface Sizes {
  /** [width, height] in points, as shown. */
  readonly sizes: readonly (readonly [number, number])[];
  readonly direction: "ltr" | "rtl";
}

/** A document's text to be shown. */
export interface Reading {
  readonly title: string;
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  /** Rendered and cleaned by the server. */
  readonly html: string;
}

/** A quote on the pages; the active one is what was asked for. */
export interface Marked {
  readonly places: readonly Place[];
  readonly active: boolean;
}
