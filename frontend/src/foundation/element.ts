// The base of the app's elements.

import { LitElement } from "lit";

/**
 * An element whose content stands in the page itself.
 *
 * The app has one stylesheet, labels reach their fields, and find-in-page, printing and selecting
 * work across parts (docs/decisions/0014). Only the widget, a guest on others' pages, has a shadow.
 */
export class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
