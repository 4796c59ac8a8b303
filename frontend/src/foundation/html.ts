// The one door through which HTML enters the page: rendered and cleaned by our server.

import { nothing } from "lit";
import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";

interface Policy {
  createHTML(html: string): string;
}

const factory = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
let policy: Policy | undefined;

/** Put HTML of our server into an element. Nothing else may be given here. */
export function setServerHtml(element: Element, html: string): void {
  policy ??= factory?.createPolicy("glossator", { createHTML: (clean) => clean });
  element.innerHTML = policy ? policy.createHTML(html) : html;
}

class ServerHtml extends Directive {
  #shown: string | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("serverHtml() stands in an element's tag.");
  }

  render(_html: string, _filled?: (element: Element) => void): unknown {
    return nothing;
  }

  override update(part: ElementPart, [html, filled]: [string, ((element: Element) => void)?]): unknown {
    if (html !== this.#shown) {
      this.#shown = html;
      setServerHtml(part.element, html);
      filled?.(part.element);
    }
    return nothing;
  }
}

/** `<div ${serverHtml(html)}></div>`: the element's children are the server's HTML; `filled` is told. */
export const serverHtml = directive(ServerHtml);
