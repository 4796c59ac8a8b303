import type { LoadContext, OptionValidationContext, Plugin } from "@docusaurus/types";

export interface Options {
  /** The address of your Glossator, for example `https://tutor.example.org`. */
  readonly server: string;
  /** The id of the book that this site is. */
  readonly book: string;
  /** A selector of a page's text; without it, that of the classic theme. */
  readonly article?: string;
  /** The widget's language, `en` or `ur`; without it, the page's. */
  readonly language?: string;
  /** Where the site is read; without it, `url` and `baseUrl` of the site's configuration. */
  readonly site?: string;
  /** The book's title; without it, the site's. */
  readonly title?: string;
  /** Who may read and ask the book: `public` (the default of a new book) or `members`. */
  readonly visibility?: "public" | "members";
}

export default function glossator(context: LoadContext, options: Options): Plugin<void>;
export function validateOptions(context: OptionValidationContext<Options, Options>): Options;
